"""Answers recorded from real servers (3.x core of 2026-08, 2.4.1): the tap ends with exactly their rows.

The expected counts and hashes were taken from the servers' own databases.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cachet_replay import Replay, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cachet_runs import Row, Tap

RECORDED = Path(__file__).with_name("recorded_answers.jsonl.gz")
OWNERS = {"incident_components": "incident_id", "schedule_components": "schedule_id"}


def digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def hash_of_ids(rows: list[Row]) -> str:
    return digest(str(number) for number in sorted(row["id"] for row in rows))


def hash_of_pairs(rows: list[Row], owner: str) -> str:
    pairs = sorted(((row[owner], row["component_id"]), row.get("status")) for row in rows)
    return digest(f"{one} {other} {'null' if status is None else status}" for (one, other), status in pairs)


def settings_for(replay: Replay, viewer: str, **more: Any) -> dict[str, Any]:
    generation, name = viewer.split()
    url = {"v3": f"{replay.url}/api", "v2": f"{replay.url}/api/v1"}[generation]
    token = {} if name == "guest" else {"api_token": "recorded"}
    return {"api_url": url, "api_version": int(generation[1]), "requests_per_minute": 0, **token, **more}


@pytest.mark.parametrize("viewer", ["v3 guest", "v3 full", "v2 guest"])
@pytest.mark.parametrize("requests_at_once", [1, 8])
def test_the_tap_ends_with_exactly_the_rows_of_the_server(tap: Tap, viewer: str, requests_at_once: int) -> None:
    answers, facts = recorded(RECORDED, viewer)
    with Replay(answers) as replay:
        config = settings_for(replay, viewer, max_concurrency=requests_at_once)
        run = tap(config, everything=True)
    assert (run.exit_code, replay.unknown, run.errors) == (0, [], [])
    assert {name: len(run.rows[name]) for name in facts["counts"]} == facts["counts"]
    for stream, sha256 in facts["ids"].items():
        assert hash_of_ids(run.rows[stream]) == sha256, stream
    for stream, sha256 in facts["pairs"].items():
        assert hash_of_pairs(run.rows[stream], OWNERS[stream]) == sha256, stream


@pytest.mark.parametrize("viewer", ["v3 guest", "v3 full", "v2 guest"])
def test_real_answers_hold_no_field_that_the_schemas_lack(tap: Tap, viewer: str) -> None:
    answers, _ = recorded(RECORDED, viewer)
    with Replay(answers) as replay:
        run = tap(settings_for(replay, viewer), everything=True)
    assert [text for text in run.warnings if "drift" in text or "should be" in text] == []


def test_the_status_of_an_incidents_component_is_not_the_one_that_the_list_tells(tap: Tap) -> None:
    answers, facts = recorded(RECORDED, "v3 full")
    with Replay(answers) as replay:
        run = tap(settings_for(replay, "v3 full"), only=["incident_components"])
    listed = {}
    for (path, _), body in answers.items():
        if path == "/api/incidents":
            told = {item["id"]: item["attributes"] for item in body.get("included", ()) if item["type"] == "components"}
            for incident in body["data"]:
                for link in incident["relationships"]["components"]["data"]:
                    pivot = told[link["id"]].get("pivot") or {}
                    listed[int(incident["id"]), int(link["id"])] = (pivot.get("component_status") or {}).get("value")
    emitted = {(row["incident_id"], row["component_id"]): row["status"] for row in run.rows["incident_components"]}
    assert emitted.keys() == listed.keys()
    wrong = sum(emitted[pair] != listed[pair] for pair in listed)
    assert wrong == facts["wrong_in_lists"]

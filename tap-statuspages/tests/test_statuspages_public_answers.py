"""Incidents and updates are found in a public answer wherever they stand, each once."""

from __future__ import annotations

from typing import Any

import pytest
from tap_statuspages.records import Times, incidents_in, snake_case, updates_in

UPDATE = {"id": "u1", "status": "identified", "message": "Found it.", "created_at": "2026-05-24T10:05:00Z"}
INCIDENT = {"id": "i1", "title": "Slow", "status": "identified", "severity": "minor", "updates": [UPDATE]}
SERVER = {"id": 7, "hostname": "web-1", "status": "degraded", "name": "Web"}

FORMS: dict[str, Any] = {
    "side by side": {"page": {"id": "p1", "title": "Acme"}, "incidents": [INCIDENT], "servers": [SERVER]},
    "inside the page": {"status_page": {"id": "p1", "title": "Acme", "servers": [SERVER], "incidents": [INCIDENT]}},
    "by state": {"incidents": {"active": [INCIDENT], "past": []}, "timestamp": "2026-05-24T10:06:00Z"},
    "by day": {"history": [{"date": "2026-05-24", "incidents": [INCIDENT]}, {"date": "2026-05-23", "incidents": []}]},
    "twice": {"active_incidents": [INCIDENT], "history": [INCIDENT]},
    "under a server": {"servers": [{**SERVER, "incidents": [INCIDENT]}]},
    "apart from its updates": {
        "incidents": [{name: value for name, value in INCIDENT.items() if name != "updates"}],
        "incident_updates": [{**UPDATE, "incident_id": "i1"}],
    },
    "in camel case": {
        "incidents": [
            {
                **INCIDENT,
                "updates": [{"createdAt": UPDATE["created_at"], **{k: UPDATE[k] for k in UPDATE if k != "created_at"}}],
            }
        ]
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_an_incident_is_found(form: str) -> None:
    (found,) = incidents_in(FORMS[form])
    assert {name: found[name] for name in ("id", "title", "status", "severity")} == {
        name: INCIDENT[name] for name in ("id", "title", "status", "severity")
    }


@pytest.mark.parametrize("form", FORMS)
def test_its_update_is_found_and_knows_it(form: str) -> None:
    assert updates_in(FORMS[form]) == [{**UPDATE, "incident_id": "i1"}]


def test_what_is_told_in_two_places_is_put_together() -> None:
    short = {"id": "i1", "title": "Slow", "status": "identified", "severity": "minor", "resolved_at": None}
    answer = {"active": [short], "history": [{**short, "message": "We look.", "resolved_at": "2026-05-24T11:00:00Z"}]}
    assert incidents_in(answer) == [{**short, "message": "We look.", "resolved_at": "2026-05-24T11:00:00Z"}]


@pytest.mark.parametrize("answer", [{}, [], None, "x", 7, {"servers": [SERVER]}, {"updates": [UPDATE]}])
def test_what_is_neither_is_not_taken_for_one(answer: Any) -> None:
    assert incidents_in(answer) == []
    assert updates_in(answer) == []


def test_an_answer_may_be_as_deep_as_it_likes() -> None:
    answer: Any = INCIDENT
    for _ in range(5000):
        answer = {"inner": [answer]}
    assert len(incidents_in(answer)) == 1
    assert len(updates_in(answer)) == 1


def test_their_order_is_kept() -> None:
    incidents = [{**INCIDENT, "id": f"i{number}", "updates": []} for number in range(20)]
    assert [found["id"] for found in incidents_in({"a": incidents[:10], "b": incidents[10:]})] == [
        f"i{number}" for number in range(20)
    ]


@pytest.mark.parametrize(
    ("sent", "name"),
    [("_id", "id"), ("displayOrder", "display_order"), ("createdAt", "created_at"), ("uptime_30d", "uptime_30d")],
)
def test_names_become_snake_case(sent: str, name: str) -> None:
    assert snake_case(sent) == name


@pytest.mark.parametrize(
    ("sent", "time"),
    [
        (1_779_616_931_007, "2026-05-24T10:02:11.007000Z"),
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999000Z"),
        ("2026-05-24T10:02:11Z", "2026-05-24T10:02:11.000000Z"),
        ("2026-05-24T12:02:11+02:00", "2026-05-24T10:02:11.000000Z"),
        ("2026-05-24 10:02:11", "2026-05-24T10:02:11.000000Z"),
        (None, None),
        ("", None),
    ],
)
def test_times_have_one_form(sent: Any, time: str | None) -> None:
    said: list[str] = []
    assert Times(said.append).utc(sent) == time
    assert said == []


@pytest.mark.parametrize("sent", ["yesterday", True, 10**30, {"at": 1}])
def test_a_time_that_is_none_is_null_and_said(sent: Any) -> None:
    said: list[str] = []
    assert Times(said.append).utc(sent) is None
    assert len(said) == 1

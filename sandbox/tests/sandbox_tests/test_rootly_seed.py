from __future__ import annotations

from datetime import datetime, timezone

import pytest
from sandbox.rootly.description import description
from sandbox.rootly.references import table_of_id
from sandbox.rootly.store import NUMBERED, RootlyStore

from sandbox import Rootly, RootlySeed
from sandbox_tests.effort import times_as_much

TABLES = tuple(RootlyStore().tables)
ANCHOR = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)


@pytest.mark.usefixtures("grown_anew")
def test_the_same_seed_grows_the_same_data_and_another_one_other_data() -> None:
    first, again, other = Rootly(RootlySeed(), 7), Rootly(None, 7), Rootly(RootlySeed(), 8)
    assert all(first.store.rows(table) == again.store.rows(table) for table in TABLES)
    assert first.canaries == again.canaries
    assert first.store.rows("incidents") != other.store.rows("incidents")


def test_sizes_are_what_was_asked_for() -> None:
    size = RootlySeed(incidents=7, alerts=9, services=3, teams=2, users=4, schedules=1, others=2, events=0)
    store = Rootly(size, 7).store
    counts = {table: len(store.rows(table)) for table in TABLES}
    assert {
        "incidents": 7,
        "alerts": 9,
        "services": 3,
        "groups": 2,
        "users": 4,
        "schedules": 1,
    }.items() <= counts.items()
    assert counts["severities"] == 2
    assert all(counts.values())


def test_there_may_be_nothing_at_all() -> None:
    nothing = RootlySeed(*([0] * 17))
    store = Rootly(nothing, 7).store
    assert sum(len(store.rows(table)) for table in TABLES) == len(store.rows("ip_ranges")) == 1


@pytest.mark.usefixtures("grown_anew")
def test_many_incidents_take_as_much_for_each_as_few() -> None:
    assert times_as_much(lambda incidents: Rootly(RootlySeed(incidents=incidents), 7), 100, 400) < 8


def test_a_company_has_thousands_of_incidents_with_what_belongs_to_them() -> None:
    store = Rootly(RootlySeed.company(), 7).store
    assert len(store.rows("incidents")) == 3000
    assert len(store.rows("incident_events")) > 10_000


def test_ids_refer_to_rows_that_there_are() -> None:
    store = Rootly(RootlySeed(), 7).store
    checked = 0
    for table in TABLES:
        for shape in description().shapes_of(table):
            for name, field in description().shapes[shape].items():
                other = table_of_id(name)
                item = field.item or field
                typed = f"{name.removesuffix('_id')}_type" in description().shapes[shape]
                if other is None or typed or (item.kind == "integer" and other not in NUMBERED):
                    continue
                for row in store.rows(table):
                    named = row[name] if isinstance(row[name], list) else [row[name]]
                    for row_id in named:
                        if row_id is not None:
                            checked += 1
                            kept = int(row_id) if other in NUMBERED else row_id
                            assert store.get(other, kept) is not None, f"{table}.{name}"
    assert checked > 1000


def test_times_lie_before_a_fixed_date_and_in_their_order() -> None:
    store = Rootly(RootlySeed(), 7).store
    for table in TABLES:
        for row in store.rows(table):
            assert row["created_at"] <= row["updated_at"] <= ANCHOR
    for row in store.rows("incidents"):
        moments = [row[f"{state}_at"] for state in ("in_triage", "started", "mitigated", "resolved", "closed")]
        told = [moment for moment in moments if moment is not None]
        assert told == sorted(told)
        assert (row["resolved_at"] is None) is (row["status"] not in {"resolved", "closed"})


def test_updates_tie_and_some_parents_have_no_children() -> None:
    store = Rootly(RootlySeed(alerts=200), 7).store
    moments = [row["updated_at"] for row in store.rows("alerts")]
    assert len(set(moments)) < len(moments)
    owners = {row["incident_id"] for row in store.rows("incident_events")}
    assert owners < {row["id"] for row in store.rows("incidents")}


def test_every_secret_is_a_canary() -> None:
    rootly = Rootly(RootlySeed(), 7)
    assert all("CANARY" in canary for canary in rootly.canaries)
    assert set(rootly.tokens.values()) <= set(rootly.canaries)
    planted = {
        row["secret"] for table in ("secrets", "heartbeats", "alert_sources") for row in rootly.store.rows(table)
    }
    planted |= {row["zoom_meeting_password"] for row in rootly.store.rows("incidents")}
    planted |= {row["session_id"] for row in rootly.store.rows("audits")}
    planted |= {row["url"] for row in rootly.store.rows("webhooks_endpoints")}
    planted |= {row["authentication_password"] for row in rootly.store.rows("status_pages")}
    assert planted <= set(rootly.canaries)
    assert planted


def test_the_store_hands_out_copies_and_deletes_what_hangs_from_a_row() -> None:
    store = Rootly(RootlySeed(), 7).store
    store.rows("incidents")[0]["title"] = "changed"
    assert store.rows("incidents")[0]["title"] != "changed"
    incident = store.rows("incident_events")[0]["incident_id"]
    store.delete("incidents", incident)
    assert incident not in {row["incident_id"] for row in store.rows("incident_events")}
    assert len(store.rows("alerts")) == 60


def test_secrets_lie_deep_in_free_json_too() -> None:
    rootly = Rootly(RootlySeed(workflows=20), 7)
    tasks = [row["task_params"] for row in rootly.store.rows("workflow_tasks")]
    told = str(tasks)
    assert any(canary in told for canary in rootly.canaries)
    endpoints = str([row["custom_headers"] for row in rootly.store.rows("webhooks_endpoints")])
    assert any(canary in endpoints for canary in rootly.canaries)

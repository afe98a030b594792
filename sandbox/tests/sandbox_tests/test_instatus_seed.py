from __future__ import annotations

from datetime import datetime, timezone

import pytest

from sandbox import Instatus, InstatusSeed, InstatusStore, Sandbox
from sandbox_tests.effort import times_as_much

TABLES = tuple(InstatusStore(0).tables)


def grown(seed: int = 7, **sizes: float) -> Instatus:
    return Sandbox(seed=seed, instatus=InstatusSeed(**sizes), bare=True).instatus  # type: ignore[arg-type]


@pytest.mark.usefixtures("grown_anew")
def test_the_same_seed_grows_the_same_data_and_another_one_other_data() -> None:
    first, again, other = grown(), grown(), grown(seed=8)
    assert all(first.store.rows(name) == again.store.rows(name) for name in TABLES)
    assert first.canaries == again.canaries
    assert {row["id"] for row in first.store.rows("incidents")}.isdisjoint(
        row["id"] for row in other.store.rows("incidents")
    )


def test_the_first_page_has_the_sizes_and_the_others_a_handful() -> None:
    store = grown(incidents=1234, components=3, subscribers=40, updates_per_incident=0).store
    first, second, *_ = (row["id"] for row in store.rows("pages"))
    sizes = {name: len(store.find(name, "siteId", first)) for name in ("incidents", "subscribers")}
    assert sizes == {"incidents": 1234, "subscribers": 40}
    assert len(store.find("incidents", "siteId", second)) == 7
    assert len([row for row in store.find("components", "siteId", second) if not row["isParent"]]) == 3
    assert store.rows("incident_updates") == []


@pytest.mark.parametrize(
    "name",
    [
        "pages",
        "workspaces",
        "groups",
        "components",
        "incidents",
        "maintenances",
        "templates",
        "teammates",
        "subscribers",
        "metrics",
        "datapoints",
        "audience_groups",
        "monitors",
        "cron_monitors",
        "monitor_alerts",
        "routing_rules",
        "escalation_policies",
    ],
)
def test_any_table_may_be_empty(name: str) -> None:
    grown(**{name: 0}).view().pages()


def test_pages_that_refuse_can_be_left_out() -> None:
    server = grown(pages=1, unowned_pages=0, forbidden_pages=0)
    assert server.view().page_ids("incidents") == [row["id"] for row in server.view().pages()]
    assert len(server.view().pages()) == 1


@pytest.mark.usefixtures("grown_anew")
def test_a_page_with_many_incidents_takes_as_much_for_each_as_one_with_few() -> None:
    assert times_as_much(lambda incidents: grown(incidents=incidents), 500, 2000) < 8


def test_times_do_not_depend_on_the_clock() -> None:
    anchor = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
    store = grown().store
    for name in ("components", "incidents", "maintenances", "subscribers", "monitors", "routing_rules"):
        assert all(row["createdAt"] <= row["updatedAt"] <= anchor for row in store.rows(name)), name
    assert any(row["start"].year == 2098 for row in store.rows("maintenances"))


def test_the_data_is_nasty() -> None:
    store = grown().store
    incidents, links = store.rows("incidents"), store.rows("incident_components")
    owners = {link["incidentId"] for link in links}
    updates = store.rows("incident_updates")
    assert any(row["id"] not in owners for row in incidents)
    assert any(row["id"] not in {update["incidentId"] for update in updates} for row in incidents)
    assert {row["status"] for row in incidents} == {"INVESTIGATING", "IDENTIFIED", "MONITORING", "RESOLVED"}
    assert {row["automated"] for row in incidents} == {None, False, True}
    assert max(sum(update["incidentId"] == row["id"] for update in updates) for row in incidents) == 120
    created = [row["createdAt"] for row in incidents]
    assert len(set(created)) < len(created)
    assert [row["id"] for row in incidents] != sorted(row["id"] for row in incidents)
    texts = "".join(row["message"] for row in updates)
    assert all(sign in texts for sign in ('"', "'", "\n", "\r", "\\", "🙏", "漢", "\u200b"))
    values = {type(row["value"]) for row in store.rows("datapoints")}
    assert values == {int, float}


def test_ids_are_texts_and_each_belongs_to_one_row_alone() -> None:
    store = grown().store
    ids = [row["id"] for name in TABLES for row in store.rows(name)]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(row_id, str) and row_id.startswith("c") and len(row_id) == 25 for row_id in ids)


def test_a_deleted_row_takes_along_what_belongs_to_it() -> None:
    store = grown().store
    page_id = store.rows("pages")[0]["id"]
    store.delete("pages", page_id)
    left = {name: [row for row in store.rows(name) if page_id in row.values()] for name in TABLES}
    assert {name for name, rows in left.items() if rows} == set()
    incidents = {row["id"] for row in store.rows("incidents")}
    assert all(row["incidentId"] in incidents for row in store.rows("incident_updates"))

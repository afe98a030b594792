from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.sigryl.settings import Order

    from .sigryl_client import SigrylClient


def test_a_page_is_a_bare_object_of_three_fields(sigryl: SigrylClient) -> None:
    page = sigryl.json("/status")
    assert set(page) == {"name", "slug", "description"}
    assert page == sigryl.server.view().status_page()


def test_components_are_told_as_they_are_displayed(sigryl: SigrylClient) -> None:
    answer = sigryl.json("/components")
    assert set(answer) == {"components"}
    rows = answer["components"]
    assert rows == sigryl.server.view().components()
    assert len(rows) == 8
    assert all(set(row) == {"_id", "name", "status", "displayOrder", "description"} for row in rows)
    places = [row["displayOrder"] for row in rows]
    assert places == sorted(places)
    assert len(set(places)) < len(places)


def test_incidents_tell_when_they_were_made_in_milliseconds(sigryl: SigrylClient) -> None:
    rows = sigryl.json("/incidents")["incidents"]
    assert rows == sigryl.server.view().incidents()
    assert all(set(row) == {"_id", "title", "status", "severity", "createdAt"} for row in rows)
    stored = sigryl.server.store.get("incidents", rows[0]["_id"])
    assert stored is not None
    assert datetime.fromtimestamp(rows[0]["createdAt"] / 1000, timezone.utc) == stored["createdAt"]


def test_active_incidents_are_those_that_are_not_resolved(sigryl: SigrylClient) -> None:
    every = sigryl.json("/incidents")["incidents"]
    active = sigryl.incident_ids("?status=active")
    assert active == [row["_id"] for row in every if row["status"] != "resolved"]
    assert 0 < len(active) < len(every)
    assert active == [row["_id"] for row in sigryl.server.view().incidents(active=True)]


def test_a_detail_has_the_incident_and_its_updates_which_have_no_id(sigryl: SigrylClient) -> None:
    view = sigryl.server.view()
    for incident in view.incidents():
        detail = sigryl.detail(incident["_id"])
        assert set(detail) == {"incident", "updates"}
        assert detail["incident"] == {name: value for name, value in incident.items() if name != "createdAt"}
        assert detail["updates"] == view.updates(incident["_id"])
        assert all(set(update) == {"status", "message", "createdAt"} for update in detail["updates"])


@pytest.mark.parametrize(("order", "last_first"), [("newest_first", True), ("oldest_first", False)])
def test_the_orders_that_no_document_tells_can_be_set(
    fresh_sigryl: SigrylClient, order: Order, *, last_first: bool
) -> None:
    settings = fresh_sigryl.server.settings
    settings.order = settings.update_order = order
    rows = fresh_sigryl.json("/incidents")["incidents"]
    made = [row["createdAt"] for row in rows]
    assert made == sorted(made, reverse=last_first)
    busiest = max((row["_id"] for row in rows), key=lambda each: len(fresh_sigryl.updates(each)))
    stored = fresh_sigryl.server.store.find("updates", "incidentId", busiest)
    told = [message for _, message in fresh_sigryl.updates(busiest)]
    assert told == [update["message"] for update in (reversed(stored) if last_first else stored)]


def test_a_description_that_there_is_none_of_is_null_or_absent(fresh_sigryl: SigrylClient) -> None:
    assert fresh_sigryl.json("/status", page=1)["description"] is None
    fresh_sigryl.server.settings.no_description = "absent"
    assert "description" not in fresh_sigryl.json("/status", page=1)
    assert "description" in fresh_sigryl.json("/status", page=0)
    rows = fresh_sigryl.json("/components")["components"]
    assert {"description" in row for row in rows} == {True, False}


def test_what_else_the_documents_leave_open_can_be_set(fresh_sigryl: SigrylClient) -> None:
    fresh_sigryl.server.settings.detail_created_at = True
    fresh_sigryl.server.settings.affected_components = True
    rows = fresh_sigryl.json("/incidents")["incidents"]
    assert fresh_sigryl.detail(rows[0]["_id"])["incident"] == rows[0]
    components = {row["_id"] for row in fresh_sigryl.json("/components")["components"]}
    affected = [set(row["affectedComponentIds"]) for row in rows]
    assert all(each <= components for each in affected)
    assert any(affected)


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_a_list_may_end_before_the_oldest_incidents_do(fresh_sigryl: SigrylClient, order: Order) -> None:
    fresh_sigryl.server.settings.order = order
    every = fresh_sigryl.incident_ids()
    fresh_sigryl.server.settings.list_cap = 5
    left = fresh_sigryl.incident_ids()
    assert left == (every[:5] if order == "newest_first" else every[-5:])
    assert left == [row["_id"] for row in fresh_sigryl.server.view().incidents()]
    oldest = next(each for each in every if each not in left)
    assert fresh_sigryl.detail(oldest)["incident"]["_id"] == oldest

"""Row by row: what the tap writes is what the pages hold, however Sigryl tells it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sigryl_facts import KEYS, STREAMS, assert_holds, settings, sigryl_rows, single_page
from singer_fanout.testing import differences

if TYPE_CHECKING:
    from singer_fanout.testing import TapRunner

    from sandbox import Sandbox


class TestAllPages:
    """Several keys in one run."""

    def test_every_stream_holds_what_the_pages_hold(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(full_box))
        assert_holds(run, sigryl_rows(full_box))
        assert run.warnings == []

    def test_one_request_at_a_time_brings_the_same_rows_in_the_same_order(
        self, full_box: Sandbox, tap: TapRunner
    ) -> None:
        many, one = tap(settings(full_box)), tap(settings(full_box, max_concurrency=1))
        assert many.rows == one.rows

    @pytest.mark.parametrize("stream", sorted(STREAMS))
    def test_a_stream_alone_brings_its_rows(self, full_box: Sandbox, tap: TapRunner, stream: str) -> None:
        run = tap(settings(full_box), only=[stream])
        assert_holds(run, {stream: sigryl_rows(full_box)[stream]})

    def test_rows_of_pages_of_the_same_name_are_told_apart(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(full_box))
        assert len({row["name"] for row in run.rows["status_pages"]}) < len(run.rows["status_pages"])
        assert {row["page_slug"] for row in run.rows["incidents"]} == {row["slug"] for row in run.rows["status_pages"]}

    def test_each_page_may_have_its_own_address(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap({**settings(full_box), "api_url": None, "pages": full_box.sigryl.pages})
        assert_holds(run, sigryl_rows(full_box))

    def test_an_address_may_end_with_a_slash(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap({**settings(full_box), "api_url": full_box.sigryl.api_url + "/"}, only=["components"])
        assert_holds(run, {"components": sigryl_rows(full_box)["components"]})


def test_a_single_key_brings_its_page_and_no_other(full_box: Sandbox, tap: TapRunner) -> None:
    run = tap(single_page(full_box, 1))
    slug = full_box.sigryl.view(1).slug
    expected = {
        stream: [row for row in rows if row.get("page_slug", row.get("slug")) == slug]
        for stream, rows in sigryl_rows(full_box).items()
    }
    assert all(expected.values())
    assert_holds(run, expected)


@pytest.mark.parametrize(
    "told",
    [
        {"order": "oldest_first"},
        {"no_description": "absent"},
        {"detail_created_at": True},
    ],
    ids=lambda told: next(iter(told)),
)
def test_what_the_documents_leave_open_does_not_matter(box: Sandbox, tap: TapRunner, told: dict[str, Any]) -> None:
    for name, value in told.items():
        setattr(box.sigryl.settings, name, value)
    assert_holds(tap(settings(box)), sigryl_rows(box))


def test_updates_may_be_told_in_any_order(box: Sandbox, tap: TapRunner) -> None:
    box.sigryl.settings.update_order = "newest_first"
    run = tap(settings(box), only=["incident_updates"])
    # Where all updates of an incident are of one millisecond, nothing tells which is the first.
    expected = [{**row, "position": 0} for row in sigryl_rows(box)["incident_updates"]]
    found = [{**row, "position": 0} for row in run.rows["incident_updates"]]
    assert sorted(found, key=_content) == sorted(expected, key=_content)
    places = Counter((row["incident_id"], row["created_at"], row["position"]) for row in run.rows["incident_updates"])
    assert set(places.values()) == {1}


def test_affected_components_are_kept_where_they_are_told(box: Sandbox, tap: TapRunner) -> None:
    box.sigryl.settings.affected_components = True
    run = tap(settings(box), only=["incidents"])
    told = {row["id"]: row["affected_component_ids"] for row in run.rows["incidents"]}
    assert told == {row["id"]: row["affectedComponentIds"] for row in box.sigryl.store.rows("incidents")}
    assert any(told.values())
    assert run.warnings == []


@pytest.mark.parametrize("order", ["oldest_first", "newest_first"])
def test_updates_of_the_same_millisecond_are_told_apart(box: Sandbox, tap: TapRunner, order: Any) -> None:
    store = box.sigryl.store
    box.sigryl.settings.update_order = order
    incident = store.rows("incidents")[0]
    for number in range(3):
        store.insert("updates", incidentId=incident["id"], message=f"same {number}", createdAt=incident["createdAt"])
    moment = incident["createdAt"] + timedelta(days=1)
    store.insert("updates", incidentId=incident["id"], message="later", createdAt=moment)
    run = tap(settings(box), only=["incident_updates"])
    found, expected = (
        [row for row in rows if row["incident_id"] == incident["id"]]
        for rows in (run.rows["incident_updates"], sigryl_rows(box)["incident_updates"])
    )
    assert differences("incident_updates", KEYS["incident_updates"], found, expected) == []
    assert len({row["position"] for row in found if "same" in row["message"]}) == 3


def test_an_incident_without_updates_has_no_rows(box: Sandbox, tap: TapRunner) -> None:
    store = box.sigryl.store
    for update in store.rows("updates"):
        store.delete("updates", update["id"])
    run = tap(settings(box))
    assert_holds(run, sigryl_rows(box))
    assert run.rows["incident_updates"] == []
    assert run.activated == STREAMS


def test_an_empty_page_is_a_page(box: Sandbox, tap: TapRunner) -> None:
    store = box.sigryl.store
    for table in ("components", "incidents"):
        for row in store.rows(table):
            store.delete(table, row["id"])
    run = tap(settings(box))
    assert_holds(run, sigryl_rows(box))
    assert len(run.rows["status_pages"]) == 2
    assert run.activated == STREAMS


def _content(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["incident_id"], row["created_at"], row["message"], row["status"]

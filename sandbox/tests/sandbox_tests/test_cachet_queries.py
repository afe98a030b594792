from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client import CachetClient


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "/incidents?filter[nope]=1",
            (
                "Requested filter(s) `nope` are not allowed. Allowed filter(s) are "
                "`name, status, occurs_after, occurs_before, occurs_on, meta`."
            ),
        ),
        (
            "/incidents?sort=updated_at",
            "Requested sort(s) `updated_at` is not allowed. Allowed sort(s) are `name, status, id, created_at`.",
        ),
        (
            "/incidents/1?include=nope",
            (
                "Requested include(s) `nope` are not allowed. Allowed include(s) are `components, componentsCount, "
                "componentsExists, components.group, updates, updatesCount, updatesExists, user, userCount, "
                "userExists, meta, metaCount, metaExists`."
            ),
        ),
        (
            "/component-groups?sort=order",
            "Requested sort(s) `order` is not allowed. Allowed sort(s) are `name, id`.",
        ),
    ],
)
def test_what_a_list_does_not_allow_is_named_with_what_it_allows(shared: CachetClient, path: str, message: str) -> None:
    answer = shared.ask(path)
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/1/points?filter[created_at]=x",
        "/schedules/1/updates?filter[nope]=1",
        "/incident-templates?include=meta",
        "/incidents?cursor=abc&page[number]=3&unknown=1",
    ],
)
def test_what_a_list_does_not_look_at_is_ignored(shared: CachetClient, path: str) -> None:
    assert shared.json(path)["data"]


def test_filters_narrow_by_part_by_alternatives_and_by_metadata(fresh: CachetClient) -> None:
    store = fresh.box.cachet.store
    for name, status in (("Über-Outage", 1), ("minor", 2), ("OUTAGE two", 4)):
        store.insert("incidents", name=name, status=status, meta={"sev": status, "on": True})
    assert fresh.ids("/incidents?sort=id&filter[name]=outage") == [61, 63]
    wanted = fresh.ids("/incidents?sort=id&per_page=100&filter[status]=1,2&filter[name]=outage,minor")
    assert wanted == [61, 62]
    assert fresh.ids("/incidents?sort=id&filter[meta][sev]=2,4&filter[meta][on]=true") == [62, 63]
    assert fresh.ids("/incidents?filter[name]=no such thing") == []


def test_sorts_take_several_columns_and_put_nulls_first(fresh: CachetClient) -> None:
    rows = fresh.json("/incidents?sort=-status,id&per_page=100")["data"]
    keys = [(row["attributes"]["status"]["value"], row["attributes"]["id"]) for row in rows]
    assert keys == sorted(keys, key=lambda key: (-(-1 if key[0] is None else key[0]), key[1]))
    assert fresh.json("/incidents?sort=status")["data"][0]["attributes"]["status"]["value"] is None
    fresh.box.cachet.settings.database = "postgresql"
    assert fresh.json("/incidents?sort=-status,id")["data"][0]["attributes"]["status"]["value"] is None


def test_incidents_and_metrics_come_newest_first_by_default(shared: CachetClient) -> None:
    for path in ("/incidents?per_page=100", "/metrics"):
        created = [row["attributes"]["created"]["string"] or "" for row in shared.json(path)["data"]]
        assert created == sorted(created, reverse=True)


def test_components_come_by_group_where_no_order_is_asked_for(shared: CachetClient) -> None:
    rows = shared.json("/components?include=group&per_page=100")["data"]
    keys = [(int((row["relationships"]["group"]["data"] or {"id": 0})["id"]), int(row["id"])) for row in rows]
    assert keys == sorted(keys)
    assert [key[1] for key in keys] != sorted(key[1] for key in keys)


def test_occurrence_is_compared_as_text_by_sqlite_and_as_time_by_others(empty: CachetClient) -> None:
    store, settings = empty.box.cachet.store, empty.box.cachet.settings
    for hour in (8, 12):
        moment = datetime(2026, 1, 3, hour, tzinfo=timezone.utc)
        store.insert("incidents", name="x", occurred_at=moment)
    store.insert("incidents", name="no time")
    assert empty.ids("/incidents?sort=id&filter[occurs_after]=2026-01-03 10:00:00") == [2]
    assert empty.ids("/incidents?sort=id&filter[occurs_before]=2026-01-03 10:00:00") == [1]
    assert empty.ids("/incidents?sort=id&filter[occurs_on]=2026-01-03") == [1, 2]
    assert empty.ids("/incidents?sort=id&filter[occurs_after]=2026-01-03T10:00:00Z") == []
    settings.database = "mariadb"
    assert empty.ids("/incidents?sort=id&filter[occurs_after]=2026-01-03T10:00:00Z") == [2]


def test_fieldsets_choose_attributes_of_included_rows_too(shared: CachetClient) -> None:
    page = shared.json(
        "/incidents?sort=id&per_page=5&include=updates&fields[incidents]=status,name&fields[updates]=message"
    )
    assert list(page["data"][0]["attributes"]) == ["name", "status"]
    assert {tuple(row["attributes"]) for row in page["included"]} == {("message",)}


def test_the_filter_of_enabled_components_takes_numbers_or_one_word(shared: CachetClient) -> None:
    def count(value: str) -> int:
        return len(shared.all_ids(f"/components?sort=id&filter[enabled]={value}", "full"))

    every = count("0,1")
    assert count("") == every
    assert count("true") + count("false") == every
    assert count("true") == len(shared.all_ids("/components?sort=id", "full")) < every
    assert count("true,false") == 0


def test_schedules_are_filtered_by_their_computed_status(shared: CachetClient) -> None:
    for status in (0, 1, 2):
        rows = shared.json(f"/schedules?filter[status]={status}")["data"]
        assert {row["attributes"]["status"]["value"] for row in rows} == {status}

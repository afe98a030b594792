"""A page is turned into rows as a whole where its resources are alike, and one by one where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_cachet.records import LocalTimes, V3Records

if TYPE_CHECKING:
    from collections.abc import Callable

ZONES = ("UTC", "Europe/Berlin")
TIME = {"human": "a day ago", "string": "2026-03-29 01:59:59"}
STATUS = {"human": "Fixed", "value": 4}
ODD_VALUES: list[Any] = [
    None,
    "",
    0,
    "text",
    [],
    ["a"],
    {},
    {"a": 1},
    {"human": None, "string": None},
    {"human": "x", "string": "yesterday"},
    {"human": "x", "string": ["2026-03-29 01:59:59"]},
    {"string": "2026-03-29 01:59:59"},
    {"human": "only"},
    {"human": "both", "string": "2026-01-01 00:00:00", "value": 1},
    {"value": 3},
]
RELATIONS = {"user": "user_id", "components": "component_ids"}


def resource(key: Any, attributes: Any) -> dict[str, Any]:
    related = {"user": {"data": {"id": "7", "type": "users"}}, "components": {"data": [{"id": "1"}, {"id": 2}]}}
    return {"id": str(key), "type": "incidents", "attributes": attributes, "relationships": related}


def plain(key: int) -> dict[str, Any]:
    times = {"created": {**TIME, "string": f"2026-03-29 02:{key % 60:02}:00"}, "updated": TIME}
    return resource(
        key,
        {
            "id": key,
            "name": f"no. {key}",
            "meta": [],
            "status": STATUS,
            "notifications": key % 2,
            "latest_update_id": 3,
            **times,
        },
    )


def odd() -> st.SearchStrategy[dict[str, Any]]:
    value = st.sampled_from([*ODD_VALUES, 1, True, TIME, STATUS])
    names = st.sampled_from(
        ["id", "name", "meta", "status", "created", "updated", "components_count", "notifications", "new"]
    )
    return st.builds(resource, st.integers(1, 9), st.dictionaries(names, value) | value)


PAGES = st.lists(st.integers(1, 200).map(plain) | odd(), max_size=6)


def records(zone: str, warn: Callable[[str], None] = lambda _: None) -> V3Records:
    return V3Records(LocalTimes(ZoneInfo(zone), warn))


@pytest.mark.parametrize("zone", ZONES)
@given(page=PAGES)
def test_every_row_is_the_same_on_a_page_of_its_own(zone: str, page: list[dict[str, Any]]) -> None:
    together = records(zone).rows(page, RELATIONS)

    alone = [row for each in page for row in records(zone).rows([each], RELATIONS)]
    assert together == alone
    assert [list(row) for row in together] == [list(row) for row in alone]


def test_resources_that_are_alike_become_the_same_rows_as_among_others() -> None:
    alike = [plain(key) for key in range(1, 101)]
    warnings: list[str] = []
    reader = records("UTC", warnings.append)

    rows = reader.rows(alike, RELATIONS)

    assert rows == reader.rows([*alike, resource(101, {"id": 101})], RELATIONS)[:-1]
    assert rows[0] == {
        "id": 1,
        "name": "no. 1",
        "meta": None,
        "status": 4,
        "status_label": "Fixed",
        "notifications": True,
        "created_at": "2026-03-29T02:01:00.000000Z",
        "updated_at": "2026-03-29T01:59:59.000000Z",
        "user_id": 7,
        "component_ids": [1, 2],
    }
    assert warnings == []


def test_a_time_that_is_none_costs_only_itself() -> None:
    page = [plain(key) for key in range(1, 4)]
    page[1]["attributes"]["updated"] = {"human": "never", "string": "never"}
    warnings: list[str] = []

    rows = records("UTC", warnings.append).rows(page, RELATIONS)

    assert [row["updated_at"] for row in rows] == ["2026-03-29T01:59:59.000000Z", None, "2026-03-29T01:59:59.000000Z"]
    assert warnings == ["the server sent 'never' where a time should be; it is loaded as null"]

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox import Fault

if TYPE_CHECKING:
    from .rootly_client import RootlyClient


def test_meta_and_links_tell_where_a_page_stands(rootly: RootlyClient) -> None:
    body = rootly.json("/v1/incidents", **{"page[size]": 15, "page[number]": 2, "sort": "created_at"})
    meta = body["meta"]
    assert (meta["current_page"], meta["next_page"], meta["prev_page"]) == (2, 3, 1)
    assert (meta["total_count"], meta["total_pages"]) == (40, 3)
    for name, number in (("first", "1"), ("prev", "1"), ("self", "2"), ("next", "3"), ("last", "3")):
        query = parse_qs(urlsplit(body["links"][name]).query)
        assert query == {"page[size]": ["15"], "page[number]": [number], "sort": ["created_at"]}
    last = rootly.json("/v1/incidents", **{"page[size]": 15, "page[number]": 3})
    assert (last["meta"]["next_page"], last["links"]["next"], last["meta"]["next_cursor"]) == (None, None, None)
    assert len(last["data"]) == 10


def test_an_empty_list_has_no_pages(rootly: RootlyClient) -> None:
    body = rootly.json("/v1/incidents", **{"filter[search]": "no such text at all"})
    assert body["data"] == []
    assert (body["meta"]["total_count"], body["meta"]["total_pages"], body["meta"]["next_page"]) == (0, 0, None)


def test_the_next_link_leads_to_the_next_page(rootly: RootlyClient) -> None:
    found, url = [], f"{rootly.server.api_url}/v1/services?page[size]=4"
    while url:
        body = rootly.session.get(url, headers={"Authorization": f"Bearer {rootly.server.token}"}, timeout=10).json()
        found += body["data"]
        url = body["links"]["next"]
    assert found == rootly.server.view()["/v1/services"]


@pytest.mark.parametrize(
    ("path", "asked", "given"),
    [("/v1/incidents", None, 25), ("/v1/incidents", 500, 100), ("/v1/alert_events", 500, 50), ("/v1/shifts", None, 50)],
)
def test_pages_have_a_default_size_and_a_largest(
    fresh_rootly: RootlyClient, path: str, asked: int | None, given: int
) -> None:
    store = fresh_rootly.server.store
    table = path.rsplit("/", 1)[-1]
    row = store.rows(table)[0]
    for _ in range(120):
        store.insert(table, **{name: value for name, value in row.items() if name != "id"})
    assert len(fresh_rootly.rows(path, **({} if asked is None else {"page[size]": asked}))) == given


@pytest.mark.parametrize("status", [400, 422])
def test_pages_that_lie_too_deep_are_refused_and_cursors_and_filters_reach_them(
    fresh_rootly: RootlyClient, status: int
) -> None:
    settings = fresh_rootly.server.settings
    settings.deepest_page, settings.deep_status = 3, status
    wanted = fresh_rootly.server.store.rows("incidents")
    for number, told in ((3, 200), (4, status)):
        page = {"page[size]": 10, "page[number]": number}
        assert fresh_rootly.ask("/v1/incidents", params=page).status_code == told
    assert len(fresh_rootly.cursored("/v1/incidents")) == len(wanted)
    newest = sorted(row["created_at"] for row in wanted)[-20].isoformat()
    assert len(fresh_rootly.pages("/v1/incidents", 10, **{"filter[created_at][gte]": newest})) == 20


def test_the_largest_page_is_a_setting(fresh_rootly: RootlyClient) -> None:
    fresh_rootly.server.settings.max_page_size = 5
    assert len(fresh_rootly.rows("/v1/incidents", **{"page[size]": 100})) == 5


@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/alerts", "/v1/alert_events"])
def test_a_cursor_reads_a_list_whole_and_in_order(rootly: RootlyClient, path: str) -> None:
    assert rootly.cursored(path, size=7) == rootly.server.view()[path]


def test_a_page_by_cursor_has_no_number(rootly: RootlyClient) -> None:
    first = rootly.json("/v1/incidents", **{"page[size]": 10})
    assert (first["meta"]["current_page"], first["meta"]["next_page"]) == (1, 2)
    body = rootly.json("/v1/incidents", **{"page[size]": 10, "page[after]": first["meta"]["next_cursor"]})
    assert (body["meta"]["current_page"], body["meta"]["next_page"]) == (None, None)
    assert "page%5Bafter%5D" in body["links"]["next"]
    assert rootly.json("/v1/alert_events")["meta"]["current_page"] is None
    assert rootly.ask("/v1/alert_events", params={"page[number]": 1}).status_code == 400


@pytest.mark.parametrize("sort", ["updated_at", "-updated_at", "resolved_at", "-resolved_at"])
def test_a_cursor_works_with_every_order_and_with_nulls(rootly: RootlyClient, sort: str) -> None:
    rows = rootly.cursored("/v1/incidents", size=7, sort=sort)
    assert [row["id"] for row in rows] == rootly.ids("/v1/incidents", **{"page[size]": 100, "sort": sort})
    assert len(rows) == 40


def test_a_cursor_belongs_to_its_order(rootly: RootlyClient) -> None:
    cursor = rootly.json("/v1/incidents", **{"page[size]": 5, "sort": "updated_at"})["meta"]["next_cursor"]
    assert rootly.ask("/v1/incidents", params={"page[after]": cursor, "sort": "-updated_at"}).status_code == 400
    assert rootly.ask("/v1/incidents", params={"page[after]": "nonsense"}).status_code == 400


def test_a_deleted_row_makes_a_numbered_read_miss_one_and_a_cursor_none(fresh_rootly: RootlyClient) -> None:
    ids = [row["id"] for row in fresh_rootly.pages("/v1/incidents", sort="created_at")]
    for read, missed in ((fresh_rootly.pages, 1), (fresh_rootly.cursored, 0)):
        gone = fresh_rootly.server.store.rows("incidents")[0]["id"]
        fresh_rootly.box.faults.add(
            Fault("move", "/rootly/v1/incidents", action="delete", api="rootly", table="incidents", id=gone, after=1)
        )
        seen = {row["id"] for row in read("/v1/incidents", 4, sort="created_at")}
        living = {row["id"] for row in fresh_rootly.server.store.rows("incidents")}
        assert len(living - seen) == missed
        ids = [row_id for row_id in ids if row_id != gone]
        assert living == set(ids)


def test_edge_connectors_are_paged_by_plain_parameters(rootly: RootlyClient) -> None:
    whole = rootly.ids("/v1/edge_connectors")
    assert rootly.ids("/v1/edge_connectors", page=2, per_page=3) == whole[3:]
    assert rootly.ask("/v1/edge_connectors", params={"page[number]": 1}).status_code == 400

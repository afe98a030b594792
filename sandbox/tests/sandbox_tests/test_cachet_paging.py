from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client import CachetClient


def test_the_first_page_has_no_prev_and_the_last_no_next(shared: CachetClient) -> None:
    base = f"{shared.box.cachet.api_url}/metrics/1/points"
    first = shared.json("/metrics/1/points?sort=id&per_page=100")
    assert first["links"] == {"first": f"{base}?page=1", "next": f"{base}?page=2"}
    assert first["meta"] == {
        "current_page": 1,
        "current_page_url": f"{base}?page=1",
        "from": 1,
        "path": base,
        "per_page": 100,
        "to": 100,
    }
    beyond = shared.json("/metrics/1/points?sort=id&per_page=100&page=99")
    assert beyond["data"] == []
    assert beyond["links"] == {"first": f"{base}?page=1", "prev": f"{base}?page=98"}
    assert (beyond["meta"]["from"], beyond["meta"]["to"]) == (None, None)


def test_the_next_link_drops_everything_but_the_page(shared: CachetClient) -> None:
    link = shared.json("/incidents?sort=id&per_page=2&include=updates")["links"]["next"]
    assert link == f"{shared.box.cachet.api_url}/incidents?page=2"


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("", 15),
        ("per_page=1000", 100),
        ("per_page=0", 1),
        ("per_page=-5", 1),
        ("per_page=abc", 1),
        ("limit=3", 15),
        ("page[size]=3&page[number]=2", 15),
    ],
)
def test_rows_a_page_are_clamped(shared: CachetClient, asked: str, rows: int) -> None:
    page = shared.json(f"/metrics/1/points?sort=id&{asked}")
    assert (len(page["data"]), page["meta"]["per_page"], page["meta"]["current_page"]) == (rows, rows, 1)


@pytest.mark.parametrize("page", ["0", "-1", "abc", ""])
def test_a_page_that_is_no_number_is_the_first(shared: CachetClient, page: str) -> None:
    assert shared.json(f"/incidents?page={page}")["meta"]["current_page"] == 1


def test_reading_all_pages_by_id_brings_every_row_once(shared: CachetClient) -> None:
    store = shared.box.cachet.store
    points = [row["id"] for row in store.rows("metric_points") if row["metric_id"] == 1]
    assert shared.all_ids("/metrics/1/points?sort=id") == points
    assert shared.all_ids("/metrics/1/points?sort=-id") == points[::-1]
    assert len(points) > 300


def test_following_a_bare_order_loses_rows_on_a_database_without_one(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.database = "postgresql"
    for _ in range(300):
        fresh.box.cachet.store.insert("incident_templates", name="same")
    unsorted = fresh.all_ids("/incident-templates?sort=name")
    assert len(unsorted) == 308
    assert len(set(unsorted)) < 308
    assert fresh.all_ids("/incident-templates?sort=name,id") == fresh.all_ids("/incident-templates?sort=name,id")
    assert fresh.all_ids("/incident-templates?sort=id") == list(range(1, 309))

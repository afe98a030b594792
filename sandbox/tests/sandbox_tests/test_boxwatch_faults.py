from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import Fault

if TYPE_CHECKING:
    from .boxwatch_client import BoxWatchClient

PUBLIC = "/boxwatch/status/{slug}"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_errors_on_demand_are_in_the_words_of_the_api(fresh_boxwatch: BoxWatchClient, status: int) -> None:
    fresh_boxwatch.box.faults.add(Fault("status", route="/boxwatch/servers", status=status))
    answer = fresh_boxwatch.ask("/servers")
    assert (answer.status_code, set(answer.json())) == (status, {"error"})
    assert isinstance(answer.json()["error"], str)
    assert fresh_boxwatch.ask("/servers").ok


def test_one_of_several_public_pages_is_spoiled(fresh_boxwatch: BoxWatchClient) -> None:
    fresh_boxwatch.box.faults.add(Fault("html", route=PUBLIC, after=1))
    kinds = [
        fresh_boxwatch.anybody(f"/status/{slug}").headers["Content-Type"].partition(";")[0]
        for slug in fresh_boxwatch.server.view().public_slugs()
    ]
    assert kinds == ["application/json", "text/html", "application/json"]


def test_a_truncated_public_page_is_shorter_than_it_says(fresh_boxwatch: BoxWatchClient) -> None:
    fresh_boxwatch.box.faults.add(Fault("truncated", route=PUBLIC))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        fresh_boxwatch.anybody("/status/acme-1")


def test_a_page_is_disabled_just_before_it_is_read(fresh_boxwatch: BoxWatchClient) -> None:
    disabled = Fault(
        "move",
        route=PUBLIC,
        api="boxwatch",
        action="update",
        table="status_pages",
        id=fresh_boxwatch.page_id,
        values={"enabled": False},
    )
    fresh_boxwatch.box.faults.add(disabled)
    assert fresh_boxwatch.anybody("/status/acme-1").status_code == 404
    assert fresh_boxwatch.json("/status-pages")["status_pages"][0]["enabled"] == 0

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox import Fault

if TYPE_CHECKING:
    from .instatus_client import InstatusClient

ROUTE = "/instatus/v1/{page_id}/incidents"


def ids_after(client: InstatusClient, order: str, fault: Fault) -> tuple[list[str], list[str]]:
    """The ids that a reader of pages of five finds who is met by a move after two pages, and the ids before."""
    client.server.settings.order = order  # type: ignore[assignment]
    before = [row["id"] for row in client.all_rows("/v1/{page}/incidents")]
    client.box.faults.add(fault)
    return [row["id"] for row in client.all_rows("/v1/{page}/incidents", size="per_page=5")], before


def move(action: Any, row_id: str | None = None, **values: Any) -> Fault:
    return Fault(
        "move", route=ROUTE, after=2, action=action, api="instatus", table="incidents", id=row_id, values=values
    )


def test_an_insert_shows_a_row_twice_where_the_newest_come_first(fresh_instatus: InstatusClient) -> None:
    found, before = ids_after(fresh_instatus, "newest_first", move("insert", siteId=fresh_instatus.page_id, name="x"))
    assert len(found) == len(before) + 1
    assert set(found) == set(before)


def test_a_delete_hides_a_row_from_a_reader_of_pages(fresh_instatus: InstatusClient) -> None:
    first = fresh_instatus.server.store.find("incidents", "siteId", fresh_instatus.page_id)[0]["id"]
    found, before = ids_after(fresh_instatus, "oldest_first", move("delete", first))
    assert len(found) == len(before) - 1
    assert len(set(before) - set(found)) == 1
    assert first in found


def test_an_update_moves_a_row_to_the_front_where_the_order_is_by_it(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.server.settings.order = "updated_first"
    last = fresh_instatus.all_rows("/v1/{page}/incidents")[-1]["id"]
    found, before = ids_after(fresh_instatus, "updated_first", move("update", last, name="moved"))
    assert set(before) - set(found) == {last}


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_errors_on_demand_are_in_the_words_of_the_api(fresh_instatus: InstatusClient, status: int) -> None:
    fresh_instatus.box.faults.add(Fault("status", route=ROUTE, status=status, retry_after=3))
    answer = fresh_instatus.ask("/v1/{page}/incidents")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "3")
    assert set(answer.json()["error"]) == {"code", "message"}
    assert fresh_instatus.ask("/v1/{page}/incidents").ok


def test_broken_answers_on_demand(fresh_instatus: InstatusClient) -> None:
    for kind in ("truncated", "drop"):
        fresh_instatus.box.faults.add(Fault(kind, route=ROUTE))
        with pytest.raises(requests.exceptions.RequestException):
            fresh_instatus.ask("/v1/{page}/incidents")
    fresh_instatus.box.faults.add(Fault("malformed", route=ROUTE))
    with pytest.raises(requests.exceptions.JSONDecodeError):
        fresh_instatus.ask("/v1/{page}/incidents").json()


def test_a_public_host_can_break_too(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.box.faults.add(Fault("status", route="/instatus-public/{host}/summary.json", status=502))
    answer = fresh_instatus.public("/summary.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/plain; charset=utf-8")


def test_the_log_names_routes_and_keeps_the_headers(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.ask("/v1/{page}/incidents?page=2")
    fresh_instatus.public("/summary.json")
    log = fresh_instatus.box.requests
    assert log.by_route == {ROUTE: 1, "/instatus-public/{host}/summary.json": 1}
    assert log.urls == [
        f"/instatus/v1/{fresh_instatus.page_id}/incidents?page=2",
        "/instatus-public/status-1/summary.json",
    ]
    assert ["authorization" in headers for headers in log.headers] == [True, False]


def test_tables_are_read_through_the_control_routes(fresh_instatus: InstatusClient) -> None:
    url = f"{fresh_instatus.box.base_url}/_sandbox/store/instatus/incidents"
    rows = fresh_instatus.session.get(url, timeout=10).json()
    assert [row["id"] for row in rows] == [row["id"] for row in fresh_instatus.server.store.rows("incidents")]


def test_a_page_for_people_has_no_next_link_that_could_lead_elsewhere(fresh_instatus: InstatusClient) -> None:
    private = next(page for page in fresh_instatus.server.store.rows("pages") if page["private"])
    url = f"{fresh_instatus.server.public_url(private)}/summary.json"
    login_page = requests.get(url, timeout=10)
    fresh_instatus.box.faults.add(Fault("next_link", location="http://elsewhere.example"))
    answer = requests.get(url, timeout=10)
    assert fresh_instatus.box.faults.injected == {"next_link": 1}
    assert (answer.status_code, answer.content) == (login_page.status_code, login_page.content)

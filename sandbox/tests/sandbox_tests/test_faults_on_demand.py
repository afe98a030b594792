from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import Fault

if TYPE_CHECKING:
    from .client import CachetClient

LIST = "/cachet/api/incidents"


def test_a_status_fault_answers_in_the_words_of_the_api_and_then_ends(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("status", route=LIST, status=502, times=2))
    answers = [fresh.ask("/incidents") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [502, 502, 200]
    assert answers[0].json() == {"message": "Server Error"}


def test_a_fault_hits_only_its_route_and_method(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("status", route=LIST, times=None))
    assert fresh.ask("/incidents/1").status_code == 200
    assert fresh.write("POST", "/incidents", name="a", message="b").status_code == 201
    assert fresh.ask("/incidents").status_code == 503


def test_a_fault_hits_only_what_it_is_about_in_the_address_or_the_credentials(fresh: CachetClient) -> None:
    key = {"Authorization": "Bearer one-of-several"}
    url = f"{fresh.box.base_url}{LIST}"
    fresh.box.faults.add(Fault("status", about="/incidents/2", status=410, times=None))
    fresh.box.faults.add(Fault("status", about="one-of-several", status=401, times=None))
    assert [fresh.ask(path).status_code for path in ("/incidents/1", "/incidents/2", "/incidents")] == [200, 410, 200]
    assert requests.get(url, headers=key, timeout=10).status_code == 401


def test_a_fault_waits_for_its_turn(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("status", route=LIST, after=2))
    assert [fresh.ask("/incidents").status_code for _ in range(4)] == [200, 200, 503, 200]


def test_chances_are_the_same_for_the_same_seed(fresh: CachetClient) -> None:
    def statuses(*, start_over: bool = True) -> list[int]:
        fresh.box.faults.clear(start_over=start_over)
        fresh.box.faults.add(Fault("status", route="*", times=None, probability=0.5))
        return [fresh.ask("/ping").status_code for _ in range(30)]

    first = statuses()
    assert {200, 503} == set(first)
    assert statuses() == first
    assert statuses(start_over=False) != first


@pytest.mark.parametrize("retry_after", [7, "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_throttle_fault_sends_seconds_or_a_date(fresh: CachetClient, retry_after: float | str) -> None:
    fresh.box.faults.add(Fault("throttle", route=LIST, retry_after=retry_after))
    answer = fresh.ask("/incidents")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(retry_after)
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert fresh.box.requests.throttled == 1


def test_a_dropped_connection_has_no_answer(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("drop", route=LIST))
    with pytest.raises(requests.ConnectionError):
        fresh.ask("/incidents")
    assert fresh.ask("/incidents").status_code == 200


def test_a_truncated_body_is_shorter_than_it_says(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("truncated", route=LIST))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        fresh.ask("/incidents")


def test_a_malformed_body_says_that_it_is_json(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("malformed", route=LIST))
    answer = fresh.ask("/incidents")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/vnd.api+json")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_login_page_and_an_empty_body_are_answered_with_200(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("html", route=LIST))
    fresh.box.faults.add(Fault("empty", route=LIST))
    page, nothing = fresh.ask("/incidents"), fresh.ask("/incidents")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (nothing.status_code, nothing.content) == (200, b"")


def test_a_slow_body_takes_its_time_and_is_whole(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("slow", route=LIST, seconds=0.3))
    started = time.monotonic()
    assert len(fresh.ids("/incidents")) == 15
    assert time.monotonic() - started >= 0.3


def test_a_redirect_leads_where_it_is_told_to(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("redirect", route=LIST, location="http://elsewhere.example/x"))
    answer = fresh.ask("/incidents", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://elsewhere.example/x")


def test_a_next_link_leads_to_another_host(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("next_link", route="*", times=None, location="http://elsewhere.example"))
    assert fresh.json("/incidents")["links"]["next"] == "http://elsewhere.example/cachet/api/incidents?page=2"
    v2 = fresh.json("/incidents", base=fresh.box.cachet.v2_api_url, headers={"Accept": "application/json"})
    assert v2["meta"]["pagination"]["links"]["next_page"].startswith("http://elsewhere.example/cachet-v2/")


def test_an_answer_is_rewritten_body_and_headers(fresh: CachetClient) -> None:
    fresh.box.faults.add(
        Fault("rewrite", LIST, rewrite=lambda body: body.replace(b"data", b"rows"), headers={"Content-Type": "text/x"})
    )
    answer = fresh.ask("/incidents")
    assert answer.headers["Content-Type"] == "text/x"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert len(answer.json()["rows"]) == 15


def test_rows_move_just_before_the_answer(fresh: CachetClient) -> None:
    store = fresh.box.cachet.store
    first = fresh.ids("/incident-templates?sort=id&per_page=3")
    fresh.box.faults.add(
        Fault("move", route="/cachet/api/incident-templates", action="delete", table="incident_templates")
    )
    second = fresh.ids("/incident-templates?sort=id&per_page=3&page=2")
    assert first == [1, 2, 3]
    assert second == [5, 6, 7]
    fresh.box.faults.add(Fault("move", action=lambda: store.insert("incident_templates", name="late")))
    assert 9 in fresh.ids("/incident-templates?sort=-id")
    fresh.box.faults.add(Fault("move", action="update", table="incident_templates", id=9, values={"name": "later"}))
    assert fresh.json("/incident-templates/9")["data"]["attributes"]["name"] == "later"
    fresh.box.faults.add(Fault("move", action="insert", table="users", values={"name": "x"}))
    fresh.ask("/ping")
    assert store.rows("users")[-1]["name"] == "x"


def test_a_move_and_another_fault_hit_the_same_request(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("status"))
    fresh.box.faults.add(Fault("move", action="delete", table="users"))
    fresh.box.faults.add(Fault("empty"))
    assert fresh.ask("/ping").status_code == 503
    assert [row["id"] for row in fresh.box.cachet.store.rows("users")] == [2, 3]
    assert fresh.ask("/ping").content == b""


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"kind": "explode"}, "kind is one of"),
        ({"kind": "redirect"}, "needs a location"),
        ({"kind": "rewrite"}, "needs a callable"),
        ({"kind": "move"}, "needs an action"),
        ({"kind": "move", "action": "delete"}, "needs the table"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(values: dict[str, str], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Fault(**values)  # type: ignore[arg-type]


def test_faults_are_counted_by_kind_also_after_they_have_ended(fresh: CachetClient) -> None:
    fresh.box.faults.add(Fault("status", route=LIST, times=2))
    fresh.box.faults.add(Fault("empty", route=LIST, times=None))
    for _ in range(5):
        fresh.ask("/incidents")
    fresh.ask("/components")
    fresh.box.faults.clear()
    fresh.ask("/incidents")
    assert fresh.box.faults.injected == {"status": 2, "empty": 3}

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .instatus_client import InstatusClient


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nonsense", "Basic {owner}", "{owner}", "Bearer {revoked}"]
)
def test_without_a_valid_key_everything_is_401_and_the_error_has_no_code(
    instatus: InstatusClient, authorization: str
) -> None:
    sent = authorization.format(**instatus.server.api_keys)
    for path in ("/v2/pages", "/v1/{page}/incidents", "/v1/user", "/nowhere"):
        answer = instatus.ask(path, headers={"Authorization": sent})
        assert (answer.status_code, set(answer.json()["error"])) == (401, {"message"})


def test_a_page_that_is_not_the_users_answers_401_with_another_error(instatus: InstatusClient) -> None:
    unowned = instatus.page_ids[3]
    assert unowned in {row["id"] for row in instatus.json("/v2/pages")}
    for path in (f"/v1/{unowned}/incidents", f"/{unowned}/monitors", "/v1/cnowhere/incidents"):
        answer = instatus.ask(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


def test_a_page_that_may_not_be_read_answers_403(instatus: InstatusClient) -> None:
    answer = instatus.ask(f"/v1/{instatus.page_ids[4]}/components")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_a_member_sees_one_page_without_its_subscribers_and_team(instatus: InstatusClient) -> None:
    assert [row["id"] for row in instatus.json("/v2/pages", key="member")] == [instatus.page_id]
    answers = {
        path: instatus.ask(f"/{path}", key="member").status_code
        for path in (
            "v1/{page}/incidents",
            "v1/{page}/team",
            "v1/{page}/subscribers",
            "v2/{page}/subscribers",
            f"v1/{instatus.page_ids[1]}/incidents",
        )
    }
    assert list(answers.values()) == [200, 403, 403, 403, 401]
    view = instatus.server.view("member")
    assert (view.page_ids("incidents"), view.page_ids("team")) == ([instatus.page_id], [])


def test_what_is_refused_can_be_changed(fresh_instatus: InstatusClient) -> None:
    server, page_id = fresh_instatus.server, fresh_instatus.page_id
    server.refuse(page_id, 403, "audience_groups")
    assert fresh_instatus.ask("/v1/{page}/audience-groups").status_code == 403
    assert fresh_instatus.ask("/v1/{page}/incidents").status_code == 200
    server.refuse(page_id, 401, listed=False)
    assert fresh_instatus.ask("/v1/{page}/incidents").status_code == 401
    assert page_id not in {row["id"] for row in fresh_instatus.json("/v2/pages")}
    server.allow(page_id)
    assert fresh_instatus.ask("/v1/{page}/audience-groups").status_code == 200
    assert page_id in {row["id"] for row in fresh_instatus.json("/v2/pages")}


def test_every_request_needs_the_documented_content_type_unless_that_is_off(fresh_instatus: InstatusClient) -> None:
    other = {"Content-Type": "text/plain"}
    answer = fresh_instatus.ask("/v2/pages", headers=other)
    assert (answer.status_code, "Content-Type" in answer.json()["error"]["message"]) == (400, True)
    assert fresh_instatus.ask("/v2/pages", headers={"Content-Type": "application/json; charset=utf-8"}).ok
    fresh_instatus.server.settings.require_content_type = False
    assert fresh_instatus.ask("/v2/pages", headers=other).ok


def test_unknown_routes_and_methods_are_told_apart(instatus: InstatusClient) -> None:
    nowhere = instatus.ask("/v1/{page}/nothing")
    assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (404, "not_found")
    patched = instatus.ask("/v2/pages", method="PATCH")
    assert (patched.status_code, patched.headers["Allow"]) == (405, "GET")
    # No list of these is documented.
    for path in ("/on-call-schedules", "/v1/{page}/incidents/x/incident-updates", "/{page}/monitors/x"):
        assert instatus.ask(path).status_code in {404, 405}


def test_its_own_limit_is_a_setting_and_holds_for_each_key(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.server.settings.rate_limit = 2
    statuses = [fresh_instatus.ask("/v2/pages").status_code for _ in range(3)]
    limited = fresh_instatus.ask("/v2/pages")
    assert statuses == [200, 200, 429]
    assert int(limited.headers["Retry-After"]) in range(1, 61)
    assert limited.json()["error"]["code"] == "too_many_requests"
    assert fresh_instatus.ask("/v2/pages", key="member").status_code == 200
    assert fresh_instatus.box.requests.throttled == 2
    fresh_instatus.server.settings.retry_after = False
    assert "Retry-After" not in fresh_instatus.ask("/v2/pages").headers
    fresh_instatus.server.settings.rate_limit = None
    assert fresh_instatus.ask("/v2/pages").status_code == 200


def test_a_read_with_a_side_effect_has_it(fresh_instatus: InstatusClient) -> None:
    monitor = fresh_instatus.server.store.rows("monitors")[0]
    assert monitor["status"] != "UNKNOWN"
    fresh_instatus.json(f"/monitors-groups/{monitor['id']}/run?location=US_EAST_1")
    after = fresh_instatus.server.store.get("monitors", monitor["id"])
    assert after is not None
    assert after["status"] == "UNKNOWN"
    assert fresh_instatus.box.requests.count("/instatus/monitors-groups/{id}/run") == 1
    assert fresh_instatus.json("/monitors/check_inserted_logs") == {"message": "ok"}

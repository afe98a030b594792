from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import RateLimit

if TYPE_CHECKING:
    import requests

    from .client import CachetClient


def control(client: CachetClient, path: str, method: str = "GET", body: Any = None) -> requests.Response:
    return client.ask(f"/_sandbox/{path}", method=method, json=body, base=client.box.base_url)


def test_requests_are_read_and_cleared(fresh: CachetClient) -> None:
    fresh.ask("/incidents/1")
    log = control(fresh, "requests").json()
    assert (log["total"], log["by_route"]) == (1, {"/cachet/api/incidents/{id}": 1})
    assert control(fresh, "requests", "DELETE").status_code == 204
    assert control(fresh, "requests").json()["total"] == 0


def test_faults_latency_and_limit_are_set_read_and_cleared(fresh: CachetClient) -> None:
    body = {
        "latency": 0.01,
        "limit": {"requests": 100, "seconds": 60},
        "faults": [{"kind": "status", "route": "/cachet/api/ping", "status": 500}],
    }
    answer = control(fresh, "faults", "POST", body)
    assert answer.status_code == 201
    described = control(fresh, "faults").json()
    assert (described["latency"], described["limit"]) == (0.01, {"requests": 100, "seconds": 60})
    assert described["faults"][0]["route"] == "/cachet/api/ping"
    assert fresh.ask("/ping").status_code == 500
    control(fresh, "faults", "DELETE")
    assert control(fresh, "faults").json() == {"latency": 0.0, "limit": None, "faults": []}


def test_one_fault_or_a_list_will_do(fresh: CachetClient) -> None:
    move = {"kind": "move", "action": "delete", "table": "users", "route": "/cachet/api/ping"}
    control(fresh, "faults", "POST", move)
    control(fresh, "faults", "POST", [{"kind": "empty"}])
    assert fresh.ask("/ping").content == b""
    assert len(control(fresh, "store/cachet/users").json()) == 2


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"kind": "nope"}, "kind is one of"),
        ({"kind": "drop", "colour": "red"}, "no field colour"),
        ({"route": "*", "faults": []}, "send a fault"),
        ({"kind": "move", "action": "delete", "table": "nope"}, "no table nope"),
        ({"kind": "move", "action": "delete", "table": "users", "api": "x"}, "no API x"),
        ({"kind": "move", "action": "insert", "table": "users", "values": {"x": 1}}, "no column x"),
        ([{}], "needs a kind"),
        (5, "send a fault"),
    ],
)
def test_what_is_no_fault_is_refused_with_a_reason(fresh: CachetClient, body: Any, text: str) -> None:
    answer = control(fresh, "faults", "POST", body)
    assert answer.status_code == 422
    assert text in answer.json()["message"]
    assert fresh.box.faults.active() == []


def test_a_table_is_read_raw(fresh: CachetClient) -> None:
    rows = control(fresh, "store/cachet/subscribers").json()
    assert len(rows) == 20
    assert "CANARY" in rows[0]["verify_code"]
    assert rows[0]["created_at"].endswith("Z")
    assert control(fresh, "store/cachet/nope").status_code == 404


def test_control_routes_are_never_logged_limited_or_spoiled(fresh: CachetClient) -> None:
    control(fresh, "faults", "POST", {"kind": "drop", "route": "*", "method": "*", "times": None})
    fresh.box.faults.limit = RateLimit(requests=0, seconds=60)
    assert control(fresh, "requests").json()["total"] == 0

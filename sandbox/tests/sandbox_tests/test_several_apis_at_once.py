"""The log, the limit, faults and control routes tell the APIs of one sandbox apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import BoxWatchSeed, Fault, InstatusSeed, RateLimit, Sandbox, SigrylSeed

from .conftest import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    import requests


class Caller:
    """Asks one list of incidents or so of each API."""

    def __init__(self, box: Sandbox, session: requests.Session) -> None:
        self.box = box
        self.session = session

    def ask(self, api: str) -> requests.Response:
        box = self.box
        json_type = {"Content-Type": "application/json"}
        url, key, headers = {
            "cachet": (f"{box.cachet.api_url}/incidents", box.cachet.tokens["full"], {}),
            "instatus": (f"{box.instatus.api_url}/v2/pages", box.instatus.api_key, json_type),
            "rootly": (f"{box.rootly.api_url}/v1/incidents", box.rootly.tokens["full"], {}),
            "sigryl": (f"{box.sigryl.api_url}/api/v1/incidents", box.sigryl.api_keys[0], {}),
            "boxwatch": (f"{box.boxwatch.api_url}/servers", box.boxwatch.api_key, {}),
        }[api]
        return self.session.get(url, headers={"Authorization": f"Bearer {key}", **headers}, timeout=10)

    def statuses(self) -> dict[str, int]:
        return {api: self.ask(api).status_code for api in ROUTES}


ROUTES = {
    "cachet": "/cachet/api/incidents",
    "instatus": "/instatus/v2/pages",
    "rootly": "/rootly/v1/incidents",
    "sigryl": "/sigryl/api/v1/incidents",
    "boxwatch": "/boxwatch/servers",
}
FINE = dict.fromkeys(ROUTES, 200)


def _caller(ending: Executor) -> Iterator[Caller]:
    instatus = InstatusSeed(pages=1, unowned_pages=0, forbidden_pages=0, incidents=4)
    sigryl, boxwatch = SigrylSeed(pages=1, incidents=5), BoxWatchSeed(servers=3)
    box = Sandbox(seed=7, bare=True, instatus=instatus, sigryl=sigryl, boxwatch=boxwatch)
    with served(box, ending) as (_, session):
        yield Caller(box, session)


@pytest.fixture(scope="module")
def running(ending: Executor) -> Iterator[Caller]:
    """A sandbox for the tests of this module."""
    yield from _caller(ending)


@pytest.fixture
def caller(running: Caller) -> Caller:
    """The same without faults and with an empty log; its data stays as it is."""
    running.box.faults.clear()
    running.box.requests.clear()
    return running


@pytest.fixture
def fresh_caller(ending: Executor) -> Iterator[Caller]:
    """A sandbox of the test's own."""
    yield from _caller(ending)


def test_all_apis_answer_on_one_port_and_are_logged_by_their_routes(caller: Caller) -> None:
    assert caller.statuses() == FINE
    assert caller.statuses() == FINE
    assert caller.box.requests.by_route == dict.fromkeys(ROUTES.values(), 2)
    assert [url.split("/")[1] for url in caller.box.requests.urls] == [*ROUTES, *ROUTES]


@pytest.mark.parametrize("api", ROUTES)
def test_a_fault_of_a_route_hits_no_other_api(caller: Caller, api: str) -> None:
    caller.box.faults.add(Fault("status", route=ROUTES[api], status=500, times=None))
    assert caller.statuses() == {**FINE, api: 500}
    assert len(caller.box.faults.active()) == 1


def test_a_fault_of_all_routes_speaks_the_language_of_each(caller: Caller) -> None:
    caller.box.faults.add(Fault("status", status=503, times=None))
    shapes: dict[str, Any] = {}
    for api in ROUTES:
        answer = caller.ask(api)
        assert answer.status_code == 503
        shapes[api] = {name: type(value) for name, value in answer.json().items()}
    assert shapes["cachet"] == {"message": str}
    assert shapes["instatus"] == {"error": dict}
    assert shapes["rootly"] == {"errors": list}
    assert shapes["sigryl"] == {"error": dict}
    assert shapes["boxwatch"] == {"error": str}


@pytest.mark.parametrize("api", ROUTES)
def test_a_key_of_one_api_opens_no_other(caller: Caller, api: str) -> None:
    key = {
        "cachet": caller.box.cachet.tokens["full"],
        "instatus": caller.box.instatus.api_key,
        "rootly": caller.box.rootly.tokens["full"],
        "sigryl": caller.box.sigryl.api_keys[0],
        "boxwatch": caller.box.boxwatch.api_key,
    }[api]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for other in {"instatus", "rootly", "sigryl", "boxwatch"} - {api}:
        answer = caller.session.get(caller.box.base_url + ROUTES[other], headers=headers, timeout=10)
        assert answer.status_code == 401, other


def test_a_row_of_one_api_moves_while_another_is_read(fresh_caller: Caller) -> None:
    move = Fault(
        "move", route=ROUTES["sigryl"], api="boxwatch", action="insert", table="servers", values={"name": "late"}
    )
    fresh_caller.box.faults.add(move)
    assert len(fresh_caller.ask("boxwatch").json()["servers"]) == 3
    assert len(fresh_caller.ask("sigryl").json()["incidents"]) == 5
    assert [row["name"] for row in fresh_caller.ask("boxwatch").json()["servers"]][3:] == ["late"]


@pytest.mark.parametrize("api", ["instatus", "sigryl", "boxwatch"])
def test_tables_of_the_same_name_are_moved_by_api(fresh_caller: Caller, api: str) -> None:
    stores: dict[str, Any] = {name: getattr(fresh_caller.box, name).store for name in ROUTES}
    before = {name: [row["id"] for row in store.rows("incidents")] for name, store in stores.items()}
    fresh_caller.box.faults.add(Fault("move", action="delete", api=api, table="incidents"))
    fresh_caller.ask(api)
    after = {name: [row["id"] for row in store.rows("incidents")] for name, store in stores.items()}
    assert after == {**before, api: before[api][1:]}
    assert before[api]


@pytest.mark.parametrize("api", ROUTES)
def test_the_store_of_each_api_is_read_by_its_name(caller: Caller, api: str) -> None:
    stores: dict[str, Any] = {name: getattr(caller.box, name).store for name in ROUTES}
    for table in stores[api].tables:
        answer = caller.session.get(f"{caller.box.base_url}/_sandbox/store/{api}/{table}", timeout=10)
        assert len(answer.json()) == len(stores[api].rows(table))
    assert caller.session.get(f"{caller.box.base_url}/_sandbox/store/{api}/nope", timeout=10).status_code == 404


def test_the_limit_over_the_whole_server_counts_all_apis_together(caller: Caller) -> None:
    caller.box.faults.limit = RateLimit(requests=3, seconds=60)
    assert list(caller.statuses().values()) == [200, 200, 200, 429, 429]
    assert caller.box.requests.throttled == 2


def test_the_limit_of_one_api_leaves_the_others_alone(fresh_caller: Caller) -> None:
    fresh_caller.box.sigryl.settings.reads = 1
    assert fresh_caller.statuses() == FINE
    assert fresh_caller.statuses() == {**FINE, "sigryl": 429}


def test_a_bare_sandbox_holds_only_what_a_size_is_given_for() -> None:
    box = Sandbox(bare=True, sigryl=SigrylSeed(pages=1, incidents=5))
    stores: dict[str, Any] = {name: getattr(box, name).store for name in ("cachet", "instatus", "sigryl", "boxwatch")}
    assert {name: len(store.rows("incidents")) for name, store in stores.items()} == {
        "cachet": 0,
        "instatus": 0,
        "sigryl": 5,
        "boxwatch": 0,
    }

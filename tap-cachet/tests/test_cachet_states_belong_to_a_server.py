"""A state belongs to the server that it was read from: another one is asked for nothing until somebody says so."""

from __future__ import annotations

import socket
from copy import deepcopy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from cachet_runs import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cachet_runs import Run, Tap

    from sandbox import Sandbox

OLD, NEW = "status.example.com", "status.example.net"
ONLY = ("components", "metric_points")


@pytest.fixture(autouse=True)
def names_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts that are no loopback addresses by their names, and lead to the servers of the tests."""
    look_up = socket.getaddrinfo

    def find(host: Any, *arguments: Any, **options: Any) -> Any:
        return look_up("127.0.0.1" if str(host).startswith("status.example.") else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", find)


def at(host: str, box: Sandbox, **more: Any) -> dict[str, Any]:
    """Settings that read a server by a name."""
    own = settings(box, "full", **more)
    port = urlsplit(own["api_url"]).port
    return {**own, "api_url": own["api_url"].replace(f"127.0.0.1:{port}", f"{host}:{port}"), "allow_http": True}


def hosts(state: Mapping[str, Any]) -> dict[str, Any]:
    return {stream: part.get("host") for stream, part in state["bookmarks"].items()}


def assert_refused(run: Run, box: Sandbox) -> None:
    (error,) = run.errors
    assert run.exit_code == 1
    assert OLD in error
    assert NEW in error
    assert "accept_new_address: true" in error
    assert "a new state" in error
    assert "a schema of its own" in error
    assert run.output == ""
    assert box.requests.total == 0


def test_a_state_names_the_host_of_every_stream_with_rows(tap: Tap, box: Sandbox) -> None:
    for row in list(box.cachet.store.tables["incident_templates"]):
        box.cachet.store.tables["incident_templates"].delete(row["id"])
    run = tap(at(OLD, box), only=(*ONLY, "incident_templates"))
    assert run.exit_code == 0, run.log
    assert hosts(run.state) == {**dict.fromkeys(ONLY, OLD), "incident_templates": None}


def test_another_host_ends_the_run_before_its_first_request(tap: Tap, box: Sandbox, large_box: Sandbox) -> None:
    state = tap(at(OLD, box), only=ONLY).state
    assert_refused(tap(at(NEW, large_box), only=ONLY, state=state), large_box)


def test_a_stream_that_is_selected_later_is_bound_as_well(tap: Tap, box: Sandbox, large_box: Sandbox) -> None:
    state = tap(at(OLD, box), only=("components",)).state
    assert_refused(tap(at(NEW, large_box), only=("metric_points",), state=state), large_box)


def test_the_same_host_may_have_another_port_path_and_spelling(tap: Tap, box: Sandbox, large_box: Sandbox) -> None:
    state = tap(at(OLD, box), only=ONLY).state
    for name in (OLD, "Status.Example.COM", f"{OLD}."):
        run = tap(at(name, large_box), only=("components",), state=state)
        assert run.exit_code == 0, run.log
        assert hosts(run.state) == dict.fromkeys(ONLY, OLD)
    run = tap(at(OLD, box, server="v2", api_token=None), only=("components",), state=state)
    assert run.exit_code == 0, run.log


def test_a_server_that_has_moved_goes_on_from_its_state(tap: Tap, box: Sandbox) -> None:
    first = tap(at(OLD, box), only=ONLY)
    moved = tap(at(NEW, box, accept_new_address=True), only=("metric_points",), state=first.state)
    assert moved.exit_code == 0, moved.log
    assert f"The state belonged to {OLD}; it is carried over, because accept_new_address is set" in moved.warnings
    assert hosts(moved.state) == dict.fromkeys(ONLY, NEW)
    assert len(moved.rows["metric_points"]) < len(first.rows["metric_points"])
    assert not moved.activated
    # The setting is needed no longer, and the old address is another one now.
    assert tap(at(NEW, box), only=ONLY, state=moved.state).exit_code == 0
    back = tap(at(OLD, box), only=ONLY, state=moved.state)
    assert back.errors[0].startswith(f"The state belongs to {NEW}, and api_url names {OLD}")


def test_accepting_a_new_address_changes_nothing_where_there_is_none(tap: Tap, box: Sandbox) -> None:
    state = tap(at(OLD, box), only=ONLY).state
    run = tap(at(OLD, box, accept_new_address=True), only=ONLY, state=state)
    assert run.exit_code == 0
    assert not [line for line in run.warnings if "accept_new_address" in line]
    assert hosts(run.state) == dict.fromkeys(ONLY, OLD)


def test_a_state_without_a_host_is_taken_over(tap: Tap, box: Sandbox) -> None:
    state = deepcopy(tap(at(OLD, box), only=ONLY).state)
    for part in state["bookmarks"].values():
        del part["host"]
    run = tap(at(NEW, box), only=ONLY, state=state)
    assert run.exit_code == 0, run.log
    assert hosts(run.state) == dict.fromkeys(ONLY, NEW)
    assert not run.activated & {"metric_points"}


def test_servers_on_this_machine_are_neither_compared_nor_written_down(tap: Tap, box: Sandbox) -> None:
    here = tap(settings(box, "full"), only=ONLY)
    assert hosts(here.state) == dict.fromkeys(ONLY)
    there = tap(at(OLD, box), only=ONLY, state=here.state)
    assert hosts(there.state) == dict.fromkeys(ONLY, OLD)
    again = tap(settings(box, "full"), only=ONLY, state=there.state)
    assert again.exit_code == 0
    assert hosts(again.state) == dict.fromkeys(ONLY, OLD)


def test_an_address_that_brought_nothing_is_not_remembered(tap: Tap, box: Sandbox) -> None:
    wrong = at(NEW, box)
    wrong["api_url"] = wrong["api_url"].replace("/cachet/api", "/nothing/here")
    run = tap(wrong, only=ONLY, state={"bookmarks": {}})
    assert run.exit_code == 1
    assert NEW not in run.output
    assert tap(at(OLD, box), only=ONLY, state=run.state).exit_code == 0

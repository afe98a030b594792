from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import Fault

from .sigryl_client import DETAIL, INCIDENTS, error

if TYPE_CHECKING:
    from .sigryl_client import SigrylClient


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "BAD_REQUEST"),
        (401, "UNAUTHORIZED"),
        (403, "FORBIDDEN"),
        (404, "NOT_FOUND"),
        (429, "RATE_LIMITED"),
        (503, "INTERNAL_ERROR"),
    ],
)
def test_errors_on_demand_are_in_the_words_of_the_api(fresh_sigryl: SigrylClient, status: int, code: str) -> None:
    fresh_sigryl.box.faults.add(Fault("status", route=INCIDENTS, status=status, retry_after=3))
    answer = fresh_sigryl.ask("/incidents")
    assert error(answer) == (status, code)
    assert answer.headers["Retry-After"] == "3"
    assert fresh_sigryl.ask("/incidents").ok


def test_a_fault_of_the_detail_leaves_the_list_alone(fresh_sigryl: SigrylClient) -> None:
    fresh_sigryl.box.faults.add(Fault("drop", route=DETAIL, times=None))
    assert len(fresh_sigryl.incident_ids()) == 8
    with pytest.raises(requests.ConnectionError):
        fresh_sigryl.ask("/incidents/detail?id=x")


def test_an_incident_is_resolved_between_the_list_and_its_detail(fresh_sigryl: SigrylClient) -> None:
    first = fresh_sigryl.incident_ids("?status=active")[0]
    resolved = Fault(
        "move", route=DETAIL, api="sigryl", action="update", table="incidents", id=first, values={"status": "resolved"}
    )
    fresh_sigryl.box.faults.add(resolved)
    assert fresh_sigryl.detail(first)["incident"]["status"] == "resolved"
    assert first not in fresh_sigryl.incident_ids("?status=active")


def test_an_incident_is_gone_between_the_list_and_its_detail(fresh_sigryl: SigrylClient) -> None:
    first = fresh_sigryl.incident_ids()[0]
    fresh_sigryl.box.faults.add(Fault("move", route=DETAIL, api="sigryl", action="delete", table="incidents", id=first))
    assert error(fresh_sigryl.ask(f"/incidents/detail?id={first}")) == (404, "NOT_FOUND")

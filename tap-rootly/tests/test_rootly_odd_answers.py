"""A field that is missing or odd costs itself: every other field and every other row arrives."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from rootly_runs import settings
from singer_fanout.testing import MISSING, ODD, paths, spoil

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_fanout.testing import FieldPath, Run, TapRunner

    from sandbox import Sandbox

LISTS = {
    "/rootly/v1/incidents": ("incidents", "incident_events", "incident_action_items", "incident_alerts"),
    "/rootly/v1/services": ("services",),
    "/rootly/v1/alerts": ("alerts",),
    "/rootly/v1/users": ("users",),
    "/rootly/v1/teams": ("teams",),
    "/rootly/v1/schedules": ("schedules", "schedule_rotations"),
    "/rootly/v1/escalation_policies": ("escalation_policies", "escalation_paths"),
    "/rootly/v1/workflows": ("workflows",),
}
IDENTIFIES = {
    ("id",),
    ("attributes", "updated_at"),
    ("attributes", "created_at"),
    ("attributes",),
    ("attributes", "id"),
}
"""What a row cannot be told apart without, or read again."""


def spoiled(odd: Any, found: list[tuple[str, FieldPath]]) -> Callable[[bytes], bytes]:
    """Rewrites a list so that each row has another odd field; notes which."""

    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        if not isinstance(document.get("data"), list):
            return body
        for number, resource in enumerate(document["data"]):
            ways = [path for path in paths(resource) if path not in IDENTIFIES and path[-1] != "[]"]
            path = ways[number * 7 % len(ways)]
            found.append((resource["id"], path))
            spoil(resource, path, copy.deepcopy(odd) if odd is not MISSING else odd)
        return json.dumps(document).encode()

    return rewrite


@pytest.fixture
def whole(box: Sandbox, tap: TapRunner) -> Run:
    """A run in which nothing is odd."""
    return tap(settings(box), only=[stream for streams in LISTS.values() for stream in streams])


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_field_costs_itself(box: Sandbox, tap: TapRunner, whole: Run, odd: Any) -> None:
    found: list[tuple[str, FieldPath]] = []
    for route in LISTS:
        box.faults.add(Fault("rewrite", route, times=None, rewrite=spoiled(odd, found)))
    run = tap(settings(box), only=[stream for streams in LISTS.values() for stream in streams])
    assert found
    assert run.exit_code == 0, run.log
    assert "failed" not in run.log
    for route, (stream, *_) in LISTS.items():
        ids = {row["id"] for row in run.rows[stream]}
        assert ids == {row["id"] for row in whole.rows[stream]}, route
    for stream in (streams[0] for streams in LISTS.values()):
        before = {row["id"]: row for row in whole.rows[stream]}
        for row in run.rows[stream]:
            was, odd_at = before[row["id"]], [path for key, path in found if key == row["id"]]
            different = {name for name in row.keys() | was.keys() if row.get(name) != was.get(name)}
            assert {name for name in different if not any(comes_from(path, name) for path in odd_at)} == set(), odd_at


def comes_from(path: FieldPath, column: str) -> bool:
    """Whether a column is made of the field where a path leads."""
    if path == ("relationships",):
        return True
    # Whole resources stand in documents, whose names tell nothing.
    name = next((step for step in path[1:] if path[0] == "attributes" or step != "data"), path[0])
    return column.startswith(name[:-1])


@pytest.mark.parametrize("element", [None, "odd", 7, []], ids=repr)
def test_something_that_is_no_resource_in_a_list_costs_itself(
    box: Sandbox, tap: TapRunner, whole: Run, element: Any
) -> None:
    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        document["data"].insert(1, element)
        document.setdefault("included", []).append(element)
        return json.dumps(document).encode()

    for route in LISTS:
        box.faults.add(Fault("rewrite", route, times=None, rewrite=rewrite))
    run = tap(settings(box), only=["services", "incidents", "incident_events"])
    assert run.exit_code == 0, run.log
    for stream in ("services", "incidents", "incident_events"):
        assert {row["id"] for row in run.rows[stream]} == {row["id"] for row in whole.rows[stream]}
    assert run.activated.isdisjoint({"services", "incidents", "incident_events"})

"""What the state tells of the parts that a table has rows of: no part with rows is forgotten."""

from __future__ import annotations

from typing import Any

from singer_fanout.parts import LOADED, Parts


def test_a_first_run_tells_of_all_parts_before_their_rows_and_that_it_has_not_ended() -> None:
    state: dict[str, Any] = {}
    parts = Parts(state, is_known=False)
    assert parts.announce(["a", "b"])
    assert state[LOADED] == [None, "a", "b"]
    parts.begin("a")
    parts.end("a")
    parts.leave_out("page b", "b")
    parts.settle(activated=False)
    assert state[LOADED] == ["a"]


def test_only_a_new_part_is_announced_by_a_later_run() -> None:
    state: dict[str, Any] = {LOADED: ["a"]}
    parts = Parts(state, is_known=True)
    assert not parts.announce(["a"])
    assert parts.announce(["a", "b"])
    assert state[LOADED] == ["a", "b"]


def test_a_part_that_an_interrupted_first_run_has_brought_is_waited_for() -> None:
    state: dict[str, Any] = {LOADED: [None, "b"]}
    for _ in range(2):
        parts = Parts(state, is_known=True)
        parts.begin("a")
        parts.end("a")
        parts.leave_out("page b", "b")
        assert list(parts.holding_back()) != []
        parts.settle(activated=False)
    assert state[LOADED] == ["a", "b"]


def test_a_part_that_fails_in_a_first_run_counts_as_loaded() -> None:
    state: dict[str, Any] = {}
    parts = Parts(state, is_known=False)
    parts.fail("page b", "b")
    parts.settle(activated=False)
    assert state[LOADED] == ["b"]


def test_a_first_run_does_not_end_as_long_as_a_part_fails_that_nobody_can_name() -> None:
    state: dict[str, Any] = {}
    parts = Parts(state, is_known=False)
    parts.fail("pages[1]", None)
    parts.settle(activated=False)
    assert state[LOADED] == [None]


def test_a_state_of_the_first_version_is_kept_by_a_stream_that_breaks_off() -> None:
    state: dict[str, Any] = {}
    Parts(state, is_known=True).settle(activated=False, ended=False)
    assert LOADED not in state

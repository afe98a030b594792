"""A run whose state is missing or empty reads everything, says so, and leaves a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from status_runs import TapRunner


@pytest.mark.parametrize("content", ["", "\n", "  \t\r\n ", "\ufeff"])
def test_an_empty_state_is_a_first_run(tap: TapRunner, config: Callable[..., dict[str, Any]], content: str) -> None:
    state = tap.file("state.json", content)
    run = tap.command(["--config", tap.file("config.json", config()), "--state", state])
    assert run.exit_code == 0
    assert f"The file given with --state is empty: {state}. This is a first run" in run.warnings
    assert run.state["bookmarks"]


def test_a_state_that_is_not_there_is_a_first_run(
    tap: TapRunner, config: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    state = tmp_path / "not" / "there.json"
    run = tap.command(["--config", tap.file("config.json", config()), "--state", str(state)])
    assert run.exit_code == 0
    assert f"The file given with --state is not there: {state}. This is a first run" in run.warnings
    assert run.state["bookmarks"]


def test_a_state_that_is_there_and_cannot_be_read_is_told_in_one_line(
    tap: TapRunner, config: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    run = tap.command(["--config", tap.file("config.json", config()), "--state", str(tmp_path)])
    (error,) = run.errors
    assert run.exit_code == 1
    assert error.startswith("The file given with --state cannot be read: ")
    assert "Traceback" not in run.log

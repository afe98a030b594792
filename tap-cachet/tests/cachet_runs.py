"""Runs of the tap against a sandbox: the tap, its catalog, and settings that read a server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from singer_fanout import testing
from singer_fanout.testing import Row, Run
from tap_cachet.tap import TapCachet

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox

__all__ = ["Row", "Run", "Tap", "run", "selecting", "settings"]

run = partial(testing.run_tap, TapCachet)
"""Run the tap with these arguments in this process."""
selecting = partial(testing.selecting, TapCachet)
"""The tap's catalog with some streams selected, or all of them."""


class Tap(testing.TapRunner):
    """The tap's command line, run in this process.

    Args:
        folder: Where the files go that a command line names.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(TapCachet, folder)


def settings(box: Sandbox, token: str | None = None, server: str = "current", **more: Any) -> dict[str, Any]:
    """Settings that read a sandbox without a limit of their own.

    Args:
        box: The sandbox.
        token: The name of the token; None for a guest.
        server: `current`, `older` or `v2`.
        more: Further settings.
    """
    url = {"current": box.cachet.api_url, "older": box.cachet.older_api_url, "v2": box.cachet.v2_api_url}[server]
    own = {"api_token": box.cachet.tokens[token]} if token else {}
    version = {"api_version": 2} if server == "v2" else {}
    return {"api_url": url, "requests_per_minute": 0, "max_retries": 1, **version, **own, **more}

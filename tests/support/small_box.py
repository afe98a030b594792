"""A sandbox for loads that take seconds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox import CachetSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


SEVERAL_PAGES = CachetSeed(incidents=130, components=40, groups=6, metrics=4, points=420, templates=9, schedules=24)
"""More than one page of some tables."""


@contextmanager
def small_box() -> Iterator[Sandbox]:
    """A sandbox that is small enough to be loaded in seconds, with more than one page of some tables."""
    with Sandbox(seed=7, cachet=SEVERAL_PAGES, bare=True) as sandbox:
        # Several loads a minute would only wait for it.
        sandbox.cachet.settings.rate_limit = None
        yield sandbox

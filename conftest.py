"""What holds for the tests of all packages: none leaves its logging to the next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Take away the handlers that plugins add to the root logger whenever their command line runs.

    In a process of its own a plugin adds one. In one process for thousands of tests every line would be written to
    as many logs that nobody reads.
    """
    root = logging.getLogger()
    level, before = root.level, root.handlers.copy()
    try:
        return (yield)
    finally:
        root.setLevel(level)
        for handler in [each for each in root.handlers if each not in before]:
            root.removeHandler(handler)

"""Importing the engine leaves the garbage collector as it was."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(("before", "after"), [("enable", "True"), ("disable", "False")])
def test_the_collector_is_after_the_import_as_it_was_before(before: str, after: str) -> None:
    code = f"import gc; gc.{before}(); import singer_fanout; print(gc.isenabled())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    assert done.stdout.split() == [after]

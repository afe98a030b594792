"""What importing the engine does without, and that it is there when it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from singer_fanout import imports

if TYPE_CHECKING:
    from pathlib import Path

IMPORT_SDK = f"import runpy; runpy.run_path({imports.__file__!r})['import_sdk'](); import singer_sdk, sys; "


def printed(code: str, *folders: Path) -> list[str]:
    """What a new interpreter prints, which imports from these folders first."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 - ours
    return done.stdout.split()


@pytest.mark.parametrize(("before", "after"), [("enable", "True"), ("disable", "False")])
def test_the_collector_is_after_the_import_as_it_was_before(before: str, after: str) -> None:
    assert printed(f"import gc; gc.{before}(); import singer_fanout; print(gc.isenabled())") == [after]


def test_a_tap_starts_without_what_only_targets_and_retries_need() -> None:
    unused = {"joblib", "upath", "fsspec", "tenacity"}
    assert printed(f"import singer_fanout, sys; print({unused!r} & set(sys.modules))") == ["set()"]


def test_what_the_sdk_was_imported_without_is_there_when_it_is_called() -> None:
    code = "from singer_sdk.helpers._batch import UPath; print(UPath('/a').name, 'upath' in sys.modules)"
    assert printed(IMPORT_SDK + code) == ["a", "True"]


def test_an_sdk_that_needs_more_of_the_packages_gets_them(tmp_path: Path) -> None:
    package = tmp_path / "singer_sdk"
    package.mkdir()
    (package / "__init__.py").write_text("import singer_sdk.paths\n")
    (package / "paths.py").write_text("from upath import UPath\n\nclass Root(UPath):\n    pass\n")
    code = "import upath; print(issubclass(singer_sdk.paths.Root, upath.UPath))"
    assert printed(IMPORT_SDK + code, tmp_path) == ["True"]

"""What a start of the loader does without."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import gc, sys
from target_duckdb.__main__ import main
try:
    main()
finally:
    print(gc.isenabled(), "pyarrow.parquet" in sys.modules)
"""


def test_the_loader_starts_without_what_only_batch_files_need_and_collects_garbage_after_it() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, "--version"], check=True, capture_output=True, text=True)  # noqa: S603
    assert done.stdout.splitlines()[-1] == "True False"

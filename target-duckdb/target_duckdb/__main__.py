"""Run the loader, as `target-duckdb` or with `python -m target_duckdb`."""

from __future__ import annotations

import gc
import signal
import sys
from typing import TYPE_CHECKING

from target_duckdb.deferred import deferred

if TYPE_CHECKING:
    from target_duckdb.target import TargetDuckDB

UNUSED = ("joblib", "upath")
"""What the SDK imports and the loader does not need."""
OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Instead of 700, which some dozens of records have, without any garbage that only a collection finds."""


def main() -> None:
    """Import the loader without looking for garbage in between, which makes the start a tenth faster, and run it.

    What has been imported is never looked at again, and records are looked at seldom.
    """
    # Until the loader hears signals there is nothing to be saved, and nothing to be told.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()
    target = _target()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    gc.enable()
    try:
        target.cli()
    finally:
        # DuckDB complains of objects that are still there when Python ends.
        gc.unfreeze()


def _target() -> type[TargetDuckDB]:
    before = set(sys.modules)
    try:
        with deferred(*UNUSED):
            from target_duckdb.target import TargetDuckDB  # noqa: PLC0415
    except ImportError:
        # An SDK that asks for more than a name of them: import all of it, as if nothing had been tried.
        for name in [name for name in sys.modules if name not in before]:
            if name.partition(".")[0] in {"singer_sdk", "target_duckdb"}:
                del sys.modules[name]
        from target_duckdb.target import TargetDuckDB  # noqa: PLC0415
    return TargetDuckDB


if __name__ == "__main__":
    main()

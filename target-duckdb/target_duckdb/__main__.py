"""Entry point of the loader: `target-duckdb` or `python -m target_duckdb`."""

from __future__ import annotations

import gc
import signal
import sys
from typing import TYPE_CHECKING

from target_duckdb.deferred import deferred

if TYPE_CHECKING:
    from target_duckdb.target import TargetDuckDB

UNUSED = ("joblib", "upath")
"""Modules that the SDK imports and the loader does not need."""
OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Garbage collection threshold, instead of 700, which a few dozen records reach without any cyclic garbage."""


def main() -> None:
    """Import the loader with garbage collection off, which starts it 10% faster, and run it.

    Imported objects are frozen and never scanned again, and collections during the load are rare.
    """
    # Until the loader installs its own handlers there is nothing to save and nothing to report.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()
    target = _target()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    gc.enable()
    try:
        target.cli()
    finally:
        # DuckDB complains about objects that are still alive when Python exits.
        gc.unfreeze()


def _target() -> type[TargetDuckDB]:
    before = set(sys.modules)
    try:
        with deferred(*UNUSED):
            from target_duckdb.target import TargetDuckDB  # noqa: PLC0415
    except ImportError:
        # The SDK needs more of these modules than their names: import all of it, as if nothing had been deferred.
        for name in [name for name in sys.modules if name not in before]:
            if name.partition(".")[0] in {"singer_sdk", "target_duckdb"}:
                del sys.modules[name]
        from target_duckdb.target import TargetDuckDB  # noqa: PLC0415
    return TargetDuckDB


if __name__ == "__main__":
    main()

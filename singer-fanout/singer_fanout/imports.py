"""Imports of a start: without garbage collection in between, and without packages that no tap uses."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNUSED = ("joblib", "upath")
"""With these the SDK drains the sinks of targets and reads batch files; they bring in fsspec and others."""


@contextmanager
def without_collecting() -> Iterator[None]:
    """Pause the garbage collector, and restore it as it was: there is nothing to collect, and it costs a tenth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def import_sdk() -> None:
    """Import the SDK without the packages in `UNUSED`, which are a quarter of its time."""
    before = set(sys.modules)
    stand_ins = {name: _StandIn(name) for name in UNUSED if name not in before}
    sys.modules.update(stand_ins)
    needs_more = False
    try:
        import_module("singer_sdk")
    except (AttributeError, ImportError, TypeError):
        needs_more = True
    finally:
        for name in stand_ins:
            del sys.modules[name]
    if needs_more:
        # Another version of the SDK does more with them than import their functions.
        for name in [name for name in sys.modules if name not in before and name.partition(".")[0] == "singer_sdk"]:
            del sys.modules[name]
        import_module("singer_sdk")


class _StandIn(ModuleType):
    """Stands in for a package while functions are imported from it; the package is imported when one is called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **options: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*args, **options)

        return call

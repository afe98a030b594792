"""Lets modules be imported without packages that they name but do not use yet; those are imported on first use.

The SDK imports `joblib` and `upath` (with fsspec) to drain sinks in threads and to read batch files. The loader never
does the former and rarely the latter, and importing both would add a sixth to the processor time of every start.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def deferred(*packages: str) -> Iterator[None]:
    """Replace each package that is not imported yet by a stand-in while other modules are imported."""
    stand_ins = {name: _Package(name) for name in packages if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


class _Package(ModuleType):
    """Supports `from package import name`; importing a submodule of the package raises ImportError."""

    def __getattr__(self, name: str) -> _Deferred:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Deferred(self, name)


class _Deferred:
    """A class or function of a package, which is looked up when it is first used."""

    def __init__(self, package: _Package, name: str) -> None:
        self.__package = package
        self.__name = name

    def __resolved(self) -> Any:
        name = self.__package.__name__
        if sys.modules.get(name) is self.__package:
            del sys.modules[name]
        return getattr(import_module(name), self.__name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.__resolved()(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__resolved(), name)

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, self.__resolved())

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, self.__resolved())

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self.__resolved(),)

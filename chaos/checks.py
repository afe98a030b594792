"""Invariants of a warehouse: after every run, whatever its outcome, and after the last one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chaos.warehouse import by_key, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from chaos.warehouse import Row, Tables

Key = tuple[Any, ...]
Keys = dict[str, set[Key]]
SHOWN = 5
"""Number of rows to name if a table is wrong; the others are only counted."""


@dataclass(frozen=True)
class Stream:
    """How to compare a table.

    Attributes:
        key: The columns that identify a row.
        keeps: Whether rows deleted at the source stay, because the stream only reads what is new.
    """

    key: tuple[str, ...]
    keeps: bool = False


@dataclass
class Checks:
    """Looks for missing, leftover, duplicate or wrong rows.

    Args:
        streams: The tables that can be compared.

    Attributes:
        rows: Number of rows checked.
        kept: Number of rows at the end that no longer exist at the source and may stay.
    """

    streams: Mapping[str, Stream]
    rows: int = 0
    kept: int = 0
    _told: Keys = field(default_factory=dict)
    _loaded: Keys = field(default_factory=dict)

    def begin(self, store: Tables, warehouse: Tables) -> None:
        """Record the contents of the store and the warehouse before a run."""
        self._told, self._loaded = self._keys(store), self._keys(warehouse)

    def after_a_run(self, store: Tables, warehouse: Tables) -> Iterator[str]:
        """Yield what is wrong after a run, whether it was killed, failed or succeeded.

        A row that was in the store all the time, and in the warehouse before, must still be there, and no row may be
        there twice.
        """
        told, loaded = self._keys(store), self._keys(warehouse)
        for name, before in self._told.items():
            self.rows += len(loaded.get(name, ()))
            stood = before & self._loaded.get(name, set()) & told.get(name, set())
            yield from _some(stood - loaded.get(name, set()), f"{name}: deleted, though it was never gone")
        yield from self._twice(warehouse)

    def as_said(
        self, store: Tables, warehouse: Tables, *, read: AbstractSet[str], deleted: AbstractSet[str]
    ) -> Iterator[str]:
        """Yield where the summary of a run that was not killed is wrong, whether or not rows changed during it.

        Args:
            store: The rows at the source.
            warehouse: The loaded rows.
            read: The streams that were read completely, according to the summary.
            deleted: The streams whose rows were deleted if they no longer exist at the source, according to it.
        """
        told, loaded = self._keys(store), self._keys(warehouse)
        for name in sorted(read & self.streams.keys()):
            stood = self._told.get(name, set()) & told.get(name, set())
            yield from _some(stood - loaded.get(name, set()), f"{name}: said to be read, and lost")
        for name in sorted(deleted & self.streams.keys()):
            gone = self._loaded.get(name, set()) - self._told.get(name, set()) - told.get(name, set())
            if not self.streams[name].keeps:
                yield from _some(gone & loaded.get(name, set()), f"{name}: said to be deleted, and still there")

    def at_the_end(
        self,
        store: Tables,
        warehouse: Tables,
        ever: AbstractSet[Any],
        without: AbstractSet[str] = frozenset(),
    ) -> Iterator[str]:
        """Yield what is wrong after a run without temporary faults: the tables must equal the store.

        Args:
            store: The rows at the source.
            warehouse: The loaded rows.
            ever: All ids that have ever been in the store.
            without: Tables that need not be right.
        """
        yield from self._twice(warehouse)
        for name, stream in self.streams.items():
            if name in without:
                continue
            if name not in warehouse:
                yield f"{name}: there is no such table"
                continue
            found = by_key(warehouse[name], stream.key)
            expected = by_key(store[name], stream.key)
            yield from _some(expected.keys() - found.keys(), f"{name}: lost")
            extra = found.keys() - expected.keys()
            if stream.keeps:
                self.kept += len(extra)
                extra = {key for key in extra if key[-1] not in ever and str(key[-1]) not in ever}
            yield from _some(extra, f"{name}: gone at the source, and still there")
            self.rows += len(found)
            wrong = [text for key in found.keys() & expected.keys() for text in _wrong(found[key][0], expected[key][0])]
            yield from _some(wrong, f"{name}: not as the source tells it")

    def _twice(self, warehouse: Tables) -> Iterator[str]:
        for name, stream in self.streams.items():
            twice = {key for key, rows in by_key(warehouse.get(name, []), stream.key).items() if len(rows) > 1}
            yield from _some(twice, f"{name}: there twice")

    def _keys(self, tables: Tables) -> Keys:
        return {
            name: set(by_key(rows, self.streams[name].key)) for name, rows in tables.items() if name in self.streams
        }


def _wrong(found: Row, expected: Row) -> Iterator[str]:
    for column, told in expected.items():
        if column in found and not same(found[column], told):
            yield f"{column} is {found[column]!r} and should be {told!r}"


def _some(wrong: Any, what: str) -> Iterator[str]:
    shown = sorted(map(str, wrong))
    if shown:
        more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
        yield f"{what}: {'; '.join(shown[:SHOWN])}{more}"

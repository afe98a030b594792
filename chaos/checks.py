"""What must be true of a warehouse after every run, however it ended, and after the last one."""

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
"""Rows that are named when a table is wrong; the number of the others is told."""


@dataclass(frozen=True)
class Stream:
    """What a table has to be compared by.

    Attributes:
        key: The columns that identify a row.
        keeps: Whether rows stay that are gone at the source, because the stream reads only what is new.
    """

    key: tuple[str, ...]
    keeps: bool = False


@dataclass
class Checks:
    """Looks for rows that were lost, left over, doubled or wrong.

    Args:
        streams: The tables that can be compared.

    Attributes:
        rows: How many rows were looked at.
        kept: How many rows the tables still hold, at the end, that are gone at the source and may stay.
    """

    streams: Mapping[str, Stream]
    rows: int = 0
    kept: int = 0
    _told: Keys = field(default_factory=dict)
    _loaded: Keys = field(default_factory=dict)

    def begin(self, store: Tables, warehouse: Tables) -> None:
        """Note what stands in the store and in the warehouse before a run."""
        self._told, self._loaded = self._keys(store), self._keys(warehouse)

    def after_a_run(self, store: Tables, warehouse: Tables) -> Iterator[str]:
        """Yield what is wrong after a run, whether it was killed, failed or ended well.

        A row that was in the store all the time, and in the warehouse before, must be there still, and no row twice.
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
        """Yield where a run that was not killed has said what is not so, while rows moved or not.

        Args:
            store: The rows that the source tells.
            warehouse: The rows that were loaded.
            read: The streams of which nothing is said to be missing.
            deleted: Those whose rows are said to be deleted where the source has them no longer.
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
        """Yield what is wrong after a run without passing faults: the tables must be what the store holds.

        Args:
            store: The rows that the source tells.
            warehouse: The rows that were loaded.
            ever: All ids that the store has ever held.
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

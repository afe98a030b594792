"""Tables of plain dict rows: ordered by id, indexed by parent, cheap to page through."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

Row: TypeAlias = "dict[str, Any]"
Id: TypeAlias = "int | str"


class Table:
    """Rows by id: ascending if ids are numbers, in insertion order if they are strings.

    Args:
        name: The table's name.
        columns: See below.
        indexes: What rows can be found by: name -> key of a row.
        new_id: Makes the id of the nth row, from 1; by default the number itself.

    Attributes:
        name: The table's name.
        columns: The columns of every row and their default values; a type stands for a new value of it.
        version: A number that changes with every write, for caches.
    """

    def __init__(
        self,
        name: str,
        columns: Mapping[str, Any],
        indexes: Mapping[str, Callable[[Row], Hashable]] | None = None,
        new_id: Callable[[int], Id] = int,
    ) -> None:
        self.name = name
        self.columns = {"id": None, **columns}
        self.version = 0
        self._made = {name: default for name, default in columns.items() if isinstance(default, type)}
        self._new_id = new_id
        self._rows: dict[Id, Row] = {}
        self._ids: list[Id] = []
        self._places: dict[Id, int] = {}
        self._last_id = 0
        self._key_of = dict(indexes or {})
        self._indexes: dict[str, dict[Hashable, list[Id]]] = {name: defaultdict(list) for name in self._key_of}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return (self._rows[row_id] for row_id in self._ids)

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._rows

    def get(self, row_id: Id) -> Row | None:
        """The row itself, not a copy, or None."""
        return self._rows.get(row_id)

    def find(self, index: str, key: Hashable) -> list[Row]:
        """The rows whose index has this key, in the table's order."""
        return [self._rows[row_id] for row_id in self._indexes[index].get(key, ())]

    def insert(self, values: Mapping[str, Any]) -> Row:
        """Add a row; an id is assigned unless the values include one.

        Raises:
            KeyError: A value has no column.
            ValueError: The id is taken.
        """
        self._check(values)
        row = {**self.columns, **{name: make() for name, make in self._made.items()}, **values}
        if row["id"] is None:
            row["id"] = self._new_id(self._last_id + 1)
        row_id = row["id"]
        if row_id in self._rows:
            raise ValueError(f"{self.name} has a row {row_id} already")
        self._rows[row_id] = row
        place = row_id if isinstance(row_id, int) else self._last_id + 1
        self._places[row_id] = place
        if place > self._last_id:
            self._last_id = place
            self._ids.append(row_id)
        else:
            self._sort_in(self._ids, row_id)
        for name, key_of in self._key_of.items():
            self._sort_in(self._indexes[name][key_of(row)], row_id)
        self.version += 1
        return row

    def update(self, row_id: Id, values: Mapping[str, Any]) -> Row:
        """Change some values of a row.

        Raises:
            KeyError: There is no such row, or a value has no column.
        """
        self._check(values)
        row = self._rows[row_id]
        before = {name: key_of(row) for name, key_of in self._key_of.items()}
        row.update(values)
        for name, key_of in self._key_of.items():
            if key_of(row) != before[name]:
                self._indexes[name][before[name]].remove(row_id)
                self._sort_in(self._indexes[name][key_of(row)], row_id)
        self.version += 1
        return row

    def delete(self, row_id: Id) -> Row:
        """Remove a row; its id is never reused.

        Raises:
            KeyError: There is no such row.
        """
        row = self._rows.pop(row_id)
        del self._places[row_id]
        self._ids.remove(row_id)
        for name, key_of in self._key_of.items():
            self._indexes[name][key_of(row)].remove(row_id)
        self.version += 1
        return row

    @property
    def contents(self) -> tuple[Any, ...]:
        """The rows, and what finds them: assigned to an empty table of the same kind, it has them instead."""
        indexes = {name: dict(index) for name, index in self._indexes.items()}
        return self._rows, self._ids, self._places, self._last_id, indexes, self.version

    @contents.setter
    def contents(self, contents: tuple[Any, ...]) -> None:
        self._rows, self._ids, self._places, self._last_id, indexes, self.version = contents
        self._indexes = {name: defaultdict(list, index) for name, index in indexes.items()}

    def _sort_in(self, ids: list[Id], row_id: Id) -> None:
        insort(ids, row_id, key=self._places.__getitem__)

    def _check(self, values: Mapping[str, Any]) -> None:
        unknown = values.keys() - self.columns.keys()
        if unknown:
            raise KeyError(f"{self.name} has no column {', '.join(sorted(unknown))}")

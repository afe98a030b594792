"""Moves rows while a list is being read, for `move` faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.faults import Fault
    from sandbox.tables import Row, Table


class Store(Protocol):
    """A store whose rows can be moved."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name."""

    def rows(self, table: str) -> list[Row]:
        """Copies of all rows of a table."""

    def insert(self, table: str, **values: Any) -> Any:
        """Add a row."""

    def update(self, table: str, row_id: Any, **values: Any) -> Any:
        """Change a row."""

    def delete(self, table: str, row_id: Any) -> None:
        """Delete a row."""


class Mover:
    """Runs the actions of `move` faults.

    Args:
        stores: The stores by the name of their API.
    """

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self._stores = stores

    def check(self, fault: Fault) -> None:
        """Check that a move is possible.

        Raises:
            ValueError: There is no such API, table or column.
        """
        if fault.kind != "move" or callable(fault.action):
            return
        if fault.api not in self._stores:
            raise ValueError(f"there is no API {fault.api}; there are {', '.join(self._stores)}")
        tables = self._stores[fault.api].tables
        if fault.table not in tables:
            raise ValueError(f"{fault.api} has no table {fault.table}; it has {', '.join(tables)}")
        unknown = fault.values.keys() - tables[fault.table].columns.keys()
        if unknown:
            raise ValueError(f"{fault.table} has no column {', '.join(sorted(unknown))}")

    def move(self, fault: Fault) -> None:
        """Run the action of a `move` fault; does nothing if there is no row to move."""
        if callable(fault.action):
            fault.action()
            return
        store = self._stores[fault.api]
        if fault.action == "insert":
            store.insert(fault.table, **fault.values)
            return
        row_id = fault.id
        if row_id is None:
            living = (row for row in store.rows(fault.table) if row.get("deleted_at") is None)
            row_id = next((row["id"] for row in living), None)
        if row_id is None or row_id not in store.tables[fault.table]:
            return
        if fault.action == "delete":
            store.delete(fault.table, row_id)
        else:
            store.update(fault.table, row_id, **fault.values)

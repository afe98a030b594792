"""Tables of a warehouse against rows as a tap tells them: times as texts, objects and lists as JSON has them."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.comparison import by_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.comparison import Row, Tables


def assert_tables_tell(found: Tables, expected: Mapping[str, Sequence[Row]], keys: Mapping[str, Sequence[str]]) -> None:
    """Compare every row of every table, column by column; what the expected rows lack must be null.

    Args:
        found: The rows of the warehouse.
        expected: The rows as the tap tells them, by table. A table without rows need not be there.
        keys: The key of each table.

    Raises:
        AssertionError: They differ.
    """
    assert {name for name, rows in found.items() if rows} == {name for name, rows in expected.items() if rows}
    for name, rows in found.items():
        times = {column for row in rows for column, value in row.items() if isinstance(value, date)}
        wanted = by_key([_with_times(row, times) for row in expected[name]], keys[name])
        there = by_key(rows, keys[name])
        assert there.keys() == wanted.keys(), name
        for key, row in there.items():
            for column in row.keys() | wanted[key].keys():
                assert _plain(row.get(column)) == _plain(wanted[key].get(column)), f"{name} {key}: {column}"


def _with_times(row: Row, columns: set[str]) -> Row:
    """A row whose times and dates are no texts, where the columns of the warehouse hold them."""
    return {n: _time(v) if n in columns and isinstance(v, str) and v else v for n, v in row.items()}


def _time(text: str) -> date:
    if "T" not in text:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if inner is not None} or None
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        return items if any(isinstance(item, dict) for item in items) else sorted(items, key=repr)
    return float(value) if isinstance(value, (Decimal, int)) and not isinstance(value, bool) else value

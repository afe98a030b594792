"""Which table a column refers to: by its name, or according to `references.json`."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_rootly.records import singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REFERENCES = Path(__file__).with_name("references.json")


class References:
    """The references between the tables of a product.

    Args:
        product: Its name, under which `references.json` lists references that are not evident from column names.
        tables: The names of its tables.
    """

    def __init__(self, product: str, tables: Iterable[str]) -> None:
        self._by_pattern = _told().get(product, {})
        self._by_name = {f"{singular(table)}_{ending}": table for table in tables for ending in ("id", "ids")}

    def of(self, table: str, column: str) -> str | None:
        """The table that a column refers to.

        Args:
            table: The column's table.
            column: Its name.
        """
        for name in (f"{table}.{column}", column):
            for pattern, target in self._by_pattern.items():
                if fnmatchcase(name, pattern):
                    return None if target is None else str(target)
        return self._by_name.get(column)


@cache
def _told() -> Mapping[str, Mapping[str, Any]]:
    return dict(json.loads(REFERENCES.read_text()))

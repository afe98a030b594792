"""The data of the Sigryl server: pages and their children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ids import opaque_ids
from sandbox.memory import MemoryStore
from sandbox.sigryl.times import utc_now
from sandbox.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "pages": {"slug": "", "name": "", "description": None, "apiKey": ""},
    "components": {"pageId": None, "name": "", "description": None, "status": "operational", "displayOrder": 0},
    "incidents": {
        "pageId": None,
        "title": "",
        "status": "investigating",
        "severity": "minor",
        "affectedComponentIds": list,
        "createdAt": None,
    },
    "updates": {"incidentId": None, "status": "investigating", "message": "", "createdAt": None},
}
_FOUND_BY: Mapping[str, str] = {
    "pages": "apiKey",
    "components": "pageId",
    "incidents": "pageId",
    "updates": "incidentId",
}
_BELONGINGS = {"pages": (("components", "pageId"), ("incidents", "pageId")), "incidents": (("updates", "incidentId"),)}


class SigrylStore(MemoryStore):
    """The tables `pages`, `components`, `incidents` and `updates`: ids are strings, times in whole milliseconds.

    Args:
        seed: The seed of the ids.
    """

    def __init__(self, seed: int) -> None:
        tables = [_table(name, columns, seed) for name, columns in _COLUMNS.items()]
        super().__init__(tables, created="createdAt", now=utc_now, belongings=_BELONGINGS)


def _table(name: str, columns: Mapping[str, Any], seed: int) -> Table:
    column = _FOUND_BY[name]
    return Table(
        name, columns, {column: lambda row: row[column]}, opaque_ids(seed, f"sigryl {name}", prefix="j", length=31)
    )

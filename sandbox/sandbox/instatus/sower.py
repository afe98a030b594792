"""The base of the classes that fill a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.instatus.planter import Planter
    from sandbox.instatus.seed import InstatusSeed
    from sandbox.instatus.store import InstatusStore

_HANDFUL = 7


@dataclass
class Plot:
    """A page that is being filled.

    Attributes:
        store: Where rows go.
        size: How much data to create.
        planter: Random choices, times and secrets.
        number: The number of the page, from 1.
        people: The ids of the users.
        page_id: The id of the page; empty until it exists.
        components: The ids of its components, without groups.
    """

    store: InstatusStore
    size: InstatusSeed
    planter: Planter
    number: int
    people: list[str]
    page_id: str = ""
    components: list[str] = field(default_factory=list)


class Sower:
    """Sows on a page.

    Args:
        plot: The page.
    """

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._store = plot.store
        self._size = plot.size
        self._planter = plot.planter
        self._random = plot.planter.random
        self._number = plot.number
        self._components = plot.components

    @property
    def _page_id(self) -> str:
        return self._plot.page_id

    def _add(self, table: str, **values: Any) -> str:
        return str(self._store.insert(table, **values)["id"])

    def _count(self, wanted: int) -> int:
        """The number of rows of a kind: as requested on the first page, a handful on the others."""
        return wanted if self._number == 1 else min(wanted, _HANDFUL)

    def _moments(self, wanted: int) -> list[tuple[int, datetime]]:
        """The numbers of rows of a kind with their times of creation."""
        return list(enumerate(self._planter.moments(self._count(wanted)), 1))

    def _nested_id(self) -> str:
        """An id of something without its own table."""
        return f"c{self._random.getrandbits(120):030x}"[:25]

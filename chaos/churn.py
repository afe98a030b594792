"""Changes at the source during a run: rows are added, changed and deleted, one at a time, at random."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from types import TracebackType

Row = dict[str, Any]
GIVEN_BY_THE_SERVER = frozenset({"id", "created_at", "updated_at", "createdAt", "updatedAt"})
LONGEST_PAUSE = 0.4
"""Seconds between two changes made by the thread."""


class Store(Protocol):
    """The methods of a sandbox's store that changes need."""

    lock: threading.RLock

    def rows(self, table: str) -> list[Row]:
        """Copies of all rows of a table."""

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row."""

    def update(self, table: str, row_id: Any, **values: Any) -> Row:
        """Change a row."""

    def delete(self, table: str, row_id: Any) -> None:
        """Delete a row."""


class Change(Protocol):
    """A kind of change to a store."""

    def __call__(self, store: Store, chance: random.Random) -> str | None:
        """Make the change.

        Returns:
            `insert`, `update` or `delete`; None if it was not possible.
        """


def is_gone(row: Row) -> bool:
    """Whether a row counts as deleted although the table still has it."""
    return row.get("deleted_at") is not None or row.get("deletedAt") is not None


@dataclass
class Rows:
    """Adds, changes and deletes rows of a table, and keeps their number roughly constant.

    Attributes:
        table: The table.
        text: A column whose text is changed; None if rows are never changed.
        unique: Columns whose texts have to be unique.
        deletes: Whether rows are deleted.
        inserts: Whether rows are added.
        chosen: Which rows may be changed or deleted.
        after: Called with the store and the changed row, to make dependent changes.
    """

    table: str
    text: str | None
    unique: tuple[str, ...] = ()
    deletes: bool = True
    inserts: bool = True
    chosen: Callable[[Store, Row], bool] = lambda _, __: True
    after: Callable[[Store, Row], None] = lambda _, __: None
    _usual: int = field(default=0, init=False)

    def __call__(self, store: Store, chance: random.Random) -> str | None:
        """Add, change or delete a row."""
        living = [row for row in store.rows(self.table) if not is_gone(row) and self.chosen(store, row)]
        if not living:
            return None
        self._usual = self._usual or len(living)
        row = chance.choice(living)
        kind = self._kind(len(living), chance)
        if kind == "insert":
            row = self._insert(store, row, chance)
        elif kind == "update":
            store.update(self.table, row["id"], **{str(self.text): _text(chance)})
        elif kind == "delete":
            store.delete(self.table, row["id"])
        if kind is not None:
            self.after(store, row)
        return kind

    def _kind(self, count: int, chance: random.Random) -> str | None:
        kinds = ["update"] if self.text else []
        if self.inserts:
            kinds += ["insert"] * (2 if count <= self._usual else 1)
        if self.deletes and count > 1:
            kinds += ["delete"] * (2 if count >= self._usual else 1)
        return chance.choice(kinds) if kinds else None

    def _insert(self, store: Store, like: Row, chance: random.Random) -> Row:
        values = {name: value for name, value in like.items() if name not in GIVEN_BY_THE_SERVER}
        changed = (*self.unique, *((self.text,) if self.text else ()))
        return store.insert(self.table, **{**values, **{name: _text(chance) for name in changed}})


@dataclass
class Links:
    """Adds and deletes pairs of rows; none is added twice, so a pair seen twice in a row has been there throughout.

    Attributes:
        table: The table of the pairs.
        owner: The column that refers to one side, and its table.
        other: The column that refers to the other side, and its table.
        fits: Whether two rows may be linked.
        more: Further columns of a pair.
    """

    table: str
    owner: tuple[str, str]
    other: tuple[str, str]
    fits: Callable[[Row, Row], bool] = lambda _, __: True
    more: Row = field(default_factory=dict)
    _used: set[Hashable] = field(default_factory=set, init=False)

    def __call__(self, store: Store, chance: random.Random) -> str | None:
        """Add or delete a pair."""
        pairs = store.rows(self.table)
        self._used |= {self._pair(pair) for pair in pairs}
        if pairs and chance.random() < 0.5:  # noqa: PLR2004
            store.delete(self.table, chance.choice(pairs)["id"])
            return "delete"
        owner, other = (
            chance.choice([row for row in store.rows(table) if not is_gone(row)])
            for _, table in (self.owner, self.other)
        )
        pair = {self.owner[0]: owner["id"], self.other[0]: other["id"]}
        if not self.fits(owner, other) or self._pair(pair) in self._used:
            return None
        store.insert(self.table, **pair, **self.more)
        return "insert"

    def _pair(self, row: Row) -> Hashable:
        return row[self.owner[0]], row[self.other[0]]


class Ledger:
    """A store that records the ids of all rows that it has ever contained.

    Args:
        store: The store.
        tables: Its tables.

    Attributes:
        lock: The store's lock.
        ever: The ids of all present and past rows.
    """

    def __init__(self, store: Store, tables: Sequence[str]) -> None:
        self._store = store
        self.lock = store.lock
        self.ever: set[Any] = {row["id"] for table in tables for row in store.rows(table)}

    def rows(self, table: str) -> list[Row]:
        """Copies of all rows of a table."""
        return self._store.rows(table)

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row."""
        row = self._store.insert(table, **values)
        self.ever.add(row["id"])
        return row

    def update(self, table: str, row_id: Any, **values: Any) -> Row:
        """Change a row."""
        return self._store.update(table, row_id, **values)

    def delete(self, table: str, row_id: Any) -> None:
        """Delete a row."""
        self._store.delete(table, row_id)


class Churn:
    """Makes random changes to a store.

    Args:
        store: The store.
        changes: The kinds of change.
        seed: With the same seed the changes are the same.

    Attributes:
        done: Number of rows added, changed and deleted.
    """

    def __init__(self, store: Store, changes: Sequence[Change], seed: int) -> None:
        self._store = store
        self._changes = tuple(changes)
        self._chance = random.Random(seed)  # noqa: S311 - deliberately reproducible
        self.done: Counter[str] = Counter()

    def step(self) -> None:
        """Make one change."""
        with self._store.lock:
            kind = self._chance.choice(self._changes)(self._store, self._chance)
            if kind is not None:
                self.done[kind] += 1


class Meanwhile:
    """A thread that changes rows until the context ends.

    Args:
        churn: The changes.
        seed: Seed for the pauses between them.
    """

    def __init__(self, churn: Churn, seed: int) -> None:
        self._churn = churn
        self._chance = random.Random(seed)  # noqa: S311 - deliberately reproducible
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="churn")
        self._failure: BaseException | None = None

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _run(self) -> None:
        try:
            while not self._over.wait(self._chance.uniform(0, LONGEST_PAUSE)):
                self._churn.step()
        except Exception as failure:  # noqa: BLE001 - raised when the context ends
            self._failure = failure


def _text(chance: random.Random) -> str:
    return f"written {chance.getrandbits(48):012x}"

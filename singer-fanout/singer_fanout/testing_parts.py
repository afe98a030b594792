"""For the tests of taps with several parts: a sequence of runs, loaded into a target that trusts each of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from singer_fanout.parts import LOADED
from singer_fanout.testing import differences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from singer_fanout.testing import Row, Run, TapRunner

StateIs = Literal["kept", "lost", "old"]
KEPT: StateIs = "kept"
LOST: StateIs = "lost"
"""The next run gets no state."""
OLD: StateIs = "old"
"""The next run gets a state of version 0.1, which names no parts."""


@dataclass(frozen=True)
class Circumstances:
    """The circumstances of a run.

    Attributes:
        source: The rows of the source by stream, including those of unreadable parts.
        unreadable: Parts that are refused, failing, or left out by a setting.
        failing: Those of them that fail.
        unnamed: Those of them that neither a setting nor a listing names.
        given_up: Parts that the user has given up.
    """

    source: Mapping[str, list[Row]]
    unreadable: Collection[str] = ()
    failing: Collection[str] = ()
    unnamed: Collection[str] = ()
    given_up: Collection[str] = ()


class ChangingSource(Protocol):
    """A source of several parts that changes between runs."""

    def begin(self) -> None:
        """Start over with the parts that every history begins with."""

    def change(self, what: str, place: int, how: Any) -> None:
        """Make a change: a part is refused, left out, given up or replaced; a row is added or deleted."""

    def mend(self) -> None:
        """Make every part readable again."""

    def settings(self) -> Mapping[str, Any]:
        """The settings of the next run."""

    def circumstances(self) -> Circumstances:
        """The circumstances of the next run."""


Step = tuple["Iterable[tuple[str, int, Any]]", StateIs, "float | None"]
"""The changes before a run, what happens to the state, and the share of its messages after which it is killed."""


class PartsHistory:
    """A sequence of runs, loaded into tables from which an activated version deletes the rows of all others.

    Args:
        tap: Runs the tap.
        keys: The key of each stream that is read.
        part_columns: The column of each stream that holds the part of a row.
    """

    def __init__(self, tap: TapRunner, keys: Mapping[str, Sequence[str]], part_columns: Mapping[str, str]) -> None:
        self._tap = tap
        self._keys = keys
        self._part_columns = part_columns
        self._tables: dict[str, dict[tuple[Any, ...], tuple[int, Row]]] = {stream: {} for stream in keys}
        self._state: dict[str, Any] | None = None
        self._not_remembered: defaultdict[StateIs, set[tuple[str, str]]] = defaultdict(set)

    @property
    def streams(self) -> set[str]:
        """The streams that are read."""
        return set(self._keys)

    def lose(self, state_is: StateIs) -> None:
        """Drop the state, or what version 0.1 did not write to it."""
        if state_is == LOST:
            self._state = None
        elif state_is == OLD and self._state is not None:
            bookmarks = self._state["bookmarks"].items()
            without = {stream: {n: v for n, v in kept.items() if n != LOADED} for stream, kept in bookmarks}
            self._state = {**self._state, "bookmarks": without}
        if state_is != KEPT:
            loaded = {(stream, self._part(stream, row)) for stream in self._keys for row in self._rows(stream)}
            self._not_remembered[state_is] |= loaded

    def run(self, config: Mapping[str, Any], circumstances: Circumstances, *, killed_after: float | None = None) -> Run:
        """Run once, and check what is deleted.

        Args:
            config: The settings.
            circumstances: The circumstances of the run.
            killed_after: The share of its messages that the target gets; None for a complete run.

        Raises:
            AssertionError: Rows were deleted that the source still has and that could be read again.
        """
        run = self._tap(config, only=self._keys, state=self._state)
        if "Traceback" in run.log:
            raise AssertionError(run.log)
        messages = run.messages
        if killed_after is not None:
            messages = messages[: int(killed_after * len(messages))]
        before = {stream: dict(table) for stream, table in self._tables.items()}
        self._load(messages)
        for stream in self._keys:
            gone = before[stream].keys() - self._tables[stream].keys()
            has = {self._key(stream, row) for row in circumstances.source[stream]}
            for key in gone & has:
                part = self._part(stream, before[stream][key][1])
                if not self._may_go(stream, part, circumstances):
                    raise AssertionError(f"{stream} has lost {key}:\n{run.log}")
        if killed_after is None:
            failed = {(stream, part) for stream in self._keys for part in circumstances.failing}
            self._not_remembered[LOST] -= failed
        return run

    def assert_holds(self, source: Mapping[str, list[Row]]) -> None:
        """Assert that the tables hold exactly the rows of the source.

        Raises:
            AssertionError: They do not.
        """
        for stream, key in self._keys.items():
            held, wanted = (
                [{name: row[name] for name in key} for row in rows] for rows in (self._rows(stream), source[stream])
            )
            if wrong := differences(stream, key, held, wanted):
                raise AssertionError("\n".join(wrong))

    def _may_go(self, stream: str, part: str, circumstances: Circumstances) -> bool:
        """Whether the tap may delete the rows of a part."""
        if part not in circumstances.unreadable:
            return False
        if part in circumstances.given_up:
            return True
        if (stream, part) in self._not_remembered[LOST]:
            return part not in circumstances.failing
        return (stream, part) in self._not_remembered[OLD] and part in circumstances.unnamed

    def _load(self, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            stream = message.get("stream", "")
            if message["type"] == "RECORD":
                row = message["record"]
                self._tables[stream][self._key(stream, row)] = message["version"], row
                for forgotten in self._not_remembered.values():
                    forgotten.discard((stream, self._part(stream, row)))
            elif message["type"] == "ACTIVATE_VERSION":
                table = self._tables[stream].items()
                self._tables[stream] = {key: kept for key, kept in table if kept[0] == message["version"]}
            elif message["type"] == "STATE":
                self._state = message["value"]

    def _rows(self, stream: str) -> list[Row]:
        return [row for _, row in self._tables[stream].values()]

    def _key(self, stream: str, row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in self._keys[stream])

    def _part(self, stream: str, row: Row) -> str:
        return str(row[self._part_columns[stream]])


def assert_that_no_row_is_lost(source: ChangingSource, history: PartsHistory, steps: Iterable[Step]) -> None:
    """Run the tap after each step, and once more with every part readable: then the tables match the source.

    Args:
        source: What is read.
        history: Runs the tap.
        steps: What happens.

    Raises:
        AssertionError: Rows were deleted that the source still has, or the tables do not match after the last run.
    """
    source.begin()
    for changes, state_is, killed_after in steps:
        for change in changes:
            source.change(*change)
        history.lose(state_is)
        history.run(source.settings(), source.circumstances(), killed_after=killed_after)
    source.mend()
    now = source.circumstances()
    run = history.run(source.settings(), now)
    if run.exit_code != 0 or run.activated != history.streams:
        raise AssertionError(run.log)
    history.assert_holds(now.source)

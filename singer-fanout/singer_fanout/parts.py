"""The parts (pages, accounts) that a table has rows of, and whether a read of them allows a target to delete rows.

A version may be activated if every part that ever contributed rows to the table was read completely or is known to be
gone. A part that was never read has no rows to lose. So the state records the parts that were loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

LOADED = "loaded_parts"
"""Key in the state: the list of the parts' ids, which includes a null until the first run has ended."""


class Parts:
    """The parts of one stream.

    Args:
        state: The stream's part of the state.
        is_known: Whether an earlier run left that state. One without a list of parts is from version 0.1: then
            each part that is listed counts as loaded.
        given_up: Parts that no longer hold back deletes.
    """

    def __init__(self, state: dict[str, Any], *, is_known: bool, given_up: Collection[str] = ()) -> None:
        self._state = state
        self._given_up = frozenset(given_up)
        loaded = state.get(LOADED)
        kept = loaded if is_known and isinstance(loaded, list) else [None]
        self._counts_all = is_known and LOADED not in state
        self._is_first_run = not self._counts_all and None in kept
        self._was_interrupted = self._is_first_run and is_known
        self._loaded = {part for part in kept if isinstance(part, str)}
        self._listed: set[str] | None = None
        self._announced: set[str] = set()
        self._begun: set[str] = set()
        self._whole: set[str] = set()
        self._left_out: dict[str, str | None] = {}
        self._failed: dict[str, str | None] = {}
        if self._is_first_run:
            self._remember(self._loaded, ended=False)

    def list_whole(self, parts: Iterable[str]) -> None:
        """Declare that these are all the parts there are: a loaded part not among them is gone."""
        self._listed = set(parts)

    def announce(self, parts: Iterable[str]) -> bool:
        """Announce parts before they are read; returns whether the state must be written before their first row.

        A run that is killed between the rows and the state would leave an unrecorded part in the table. A run that ends
        normally removes parts that were announced but not loaded.
        """
        self._announced |= set(parts)
        if self._counts_all or self._announced <= self._loaded:
            return False
        self._remember(self._loaded | self._announced, ended=not self._is_first_run)
        return True

    def begin(self, part: str) -> None:
        """Note that rows of a part are about to be emitted."""
        self._begun.add(part)

    def end(self, part: str) -> None:
        """Note that a part was read completely."""
        self._whole.add(part)

    def leave_out(self, name: str, part: str | None) -> None:
        """Note that a part was refused or is left out by a setting.

        Args:
            name: Its display name.
            part: Its id; None if only the part itself could say.
        """
        self._left_out[name] = part

    def fail(self, name: str, part: str | None) -> None:
        """Note that a part failed, although access to it is allowed."""
        self._failed[name] = part

    def holding_back(self) -> Iterator[str]:
        """Yield why the version may not be activated, one line per part."""
        for name in self._failed:
            yield f"{name} failed"
        loaded = self._counted
        for name, part in self._left_out.items():
            if part in self._given_up:
                continue
            if self._is_first_run:
                yield f"{name} was left out of the first run"
            elif part in loaded or (part is None and self._counts_all):
                yield f"{name} was loaded before and cannot be read now"
        told = {*self._whole, *self._left_out.values(), *self._failed.values(), *self._given_up}
        for part in sorted(loaded - told - self._gone):
            yield f"{part} was loaded before and is not read now"

    @property
    def _counted(self) -> set[str]:
        if not self._counts_all:
            return self._loaded
        named = {part for part in (*self._left_out.values(), *self._failed.values()) if part is not None}
        return self._begun | self._whole | named | (self._listed or set())

    @property
    def _gone(self) -> set[str]:
        return set() if self._listed is None else self._counted - self._listed

    def settle(self, *, activated: bool, ended: bool = True) -> None:
        """Record which parts the table has rows of, after the stream has succeeded or failed.

        Args:
            activated: Whether the version was activated, which deletes rows of parts that are gone or given up.
            ended: Whether every part was tried; an aborted stream says nothing about the remaining ones.
        """
        if self._counts_all and (not ended or None in {*self._left_out.values(), *self._failed.values()}):
            # A part that was not tried, or whose id is known only once it is read, would be forgotten.
            return
        loaded = self._counted | self._begun | self._whole
        if self._is_first_run:
            # A failing part may have been loaded by runs whose state was lost.
            loaded |= {part for part in self._failed.values() if part is not None}
            loaded |= set() if ended else self._announced
        if activated:
            loaded -= (self._gone | self._given_up) - self._whole
        self._remember(loaded, ended=not self._is_first_run or (ended and not self._misses_unknown))

    @property
    def _misses_unknown(self) -> bool:
        """Whether a part of unknown id may have rows after a first run.

        A refused one has none, unless they may come from an aborted run, or from one that could not name its parts.
        """
        maybe = (*self._failed.values(), *(self._left_out.values() if self._was_interrupted else ()))
        return None in maybe

    def _remember(self, parts: Iterable[str], *, ended: bool = True) -> None:
        self._state[LOADED] = [*([] if ended else [None]), *sorted(parts)]

"""The single owner of a stream's bookmark: nothing else reads it from the state or advances it.

Only a full read may lead to deletes; an incremental one must not. So whether a read is full is decided once, here, and
anything else the stream keeps in its state lives and dies with the bookmark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout.errors import SettingsError
from singer_fanout.times import earlier, is_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEY, VALUE = "replication_key", "replication_key_value"


class Bookmark:
    """What a stream has read so far.

    Args:
        stream: Its name.
        state: Its part of the state, as left by the previous run.
        key: The replication key; None for a stream without one.
        is_honoured: False ignores the state and reads everything, as `FULL_TABLE` in a catalog requests.
        start_date: The time to read from when there is no bookmark.
    """

    def __init__(
        self, stream: str, state: Mapping[str, Any], *, key: str | None, is_honoured: bool, start_date: str | None
    ) -> None:
        self._stream = stream
        self._key = key
        self._is_honoured = is_honoured and key is not None
        known = state.get(VALUE) if state.get(KEY) == key else None
        self._value = known if self._is_honoured else None
        self._start_date = start_date if key is not None else None

    @property
    def reads_all(self) -> bool:
        """Whether this is a full read of the source."""
        return self._value is None and not self._start_date

    @property
    def is_known(self) -> bool:
        """Whether an earlier run left a bookmark to resume from."""
        return self._value is not None

    def since(self, lookback_seconds: float) -> str | None:
        """The time to read from: the bookmark less the look-back, but not before `start_date`; None for everything.

        Raises:
            SettingsError: The state does not hold a time.
        """
        times = [] if self._start_date is None else [earlier(self._start_date, 0)]
        if self._value is not None:
            if not is_time(self._value):
                raise SettingsError(
                    f"The state of the stream {self._stream} holds {self._value!r} where a time should be."
                )
            times.append(earlier(self._value, lookback_seconds))
        return max(times, default=None)

    def begin(self, state: dict[str, Any], along: Iterable[str]) -> None:
        """Start a read.

        Args:
            state: The stream's part of the state, to be written.
            along: Other keys that the stream keeps there; meaningless without the bookmark, they are dropped with it.
        """
        for name in along if self.reads_all else ():
            state.pop(name, None)

    def move(self, state: dict[str, Any], value: Any) -> bool:
        """Advance to a value of the replication key; returns whether the bookmark moved."""
        known = state.get(VALUE) if state.get(KEY) == self._key else None
        if not self._is_honoured or (known is not None and value <= known):
            return False
        state[KEY], state[VALUE] = self._key, value
        return True

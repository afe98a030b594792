"""What is new to a stream has one owner: it alone reads the state's bookmark, and moves it.

A read that brings everything and one that brings what has changed differ in what may be deleted afterwards. So the
question whether a read is whole is answered once, here, and whatever else a stream remembers goes with the bookmark.
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
        state: Its part of the state as the run before left it.
        key: The replication key; None for a stream without one.
        is_honoured: False reads everything whatever the state says, as a catalog with `FULL_TABLE` asks for.
        start_date: The time to read from when nothing is known.
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
        """Whether this read brings all rows that the source has."""
        return self._value is None and not self._start_date

    @property
    def is_known(self) -> bool:
        """Whether an earlier run has left one, from which this one goes on."""
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
        """Begin to read.

        Args:
            state: The stream's part of the state, to be written.
            along: What else the stream remembers there; without the bookmark it means nothing, and is forgotten.
        """
        for name in along if self.reads_all else ():
            state.pop(name, None)

    def move(self, state: dict[str, Any], value: Any) -> bool:
        """Move forward to a value of the replication key; returns whether that was news."""
        known = state.get(VALUE) if state.get(KEY) == self._key else None
        if not self._is_honoured or (known is not None and value <= known):
            return False
        state[KEY], state[VALUE] = self._key, value
        return True

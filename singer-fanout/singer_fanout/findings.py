"""Reports what does not fit the schema in a stream's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from singer_fanout.summary import RunSummary
    from singer_fanout.undeclared import Leftovers


class StreamFindings:
    """Reports to the run's summary what does not fit the schema.

    Args:
        stream: The stream's name.
        summary: Lists each such field once, at the end of the run.
        leftovers: Keeps the fields that the schema lacks; None drops them.
        keys: The fields without which a row is left out.
    """

    def __init__(
        self, stream: str, summary: RunSummary, leftovers: Leftovers | None, keys: Collection[str] = ()
    ) -> None:
        self._stream = stream
        self._summary = summary
        self._leftovers = leftovers
        self._keys = frozenset(keys)

    def undeclared(self, path: str, value: Any, *, listed: bool) -> None:
        """Report a field that the schema lacks."""
        kept = self._leftovers is not None and self._leftovers.add(path, value, listed=listed)
        self._summary.drift(self._stream, path, kept=kept, may_be_kept=self._leftovers is None)

    def kept(self) -> dict[str, Any]:
        """The undeclared fields of the current record that are to be kept."""
        return self._leftovers.take() if self._leftovers is not None else {}

    def mistyped(self, path: str, value: Any) -> None:
        """Report a value that is dropped for its type, unless it is a key's: that row is left out and reported."""
        if path not in self._keys:
            self._summary.mistype(self._stream, path, value)

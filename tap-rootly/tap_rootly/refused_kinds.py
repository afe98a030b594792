"""Values of `include` that a server was found to refuse, remembered between runs to save requests.

Servers change, so after a week everything is requested again.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from singer_fanout import ApiError, RefusedError, RejectedError, as_object, is_time, parse_utc, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_rootly.client import RootlyListStream

REFUSED = "refused_include"
"""Key in the state of a stream: the server refuses the include that it is made from."""
TOGETHER = "included_together"
"""Key in the state of the parents: how many kinds the server accepts in one request."""
ASKED_AGAIN_AFTER = timedelta(days=7)


class RefusedKinds:
    """What is known about the kinds that can be included with one list.

    Args:
        stream: The stream of the list.
        owners: The stream made from each kind.
    """

    def __init__(self, stream: RootlyListStream, owners: Mapping[str, RootlyListStream]) -> None:
        self._stream = stream
        self._owners = owners

    @property
    def most_together(self) -> int | None:
        """How many kinds may be requested at once; None if no limit is known."""
        known = self._known(self._stream, TOGETHER)
        most = known.get("most")
        return most if type(most) is int and most > 0 else None

    def take_together(self, most: int) -> None:
        """Record how many kinds the server accepts at once."""
        self._remember(self._stream, TOGETHER, {"most": most})

    def remembered(self, kind: str) -> ApiError | None:
        """The error of a recently refused kind; None for any other."""
        known = self._known(self._owner(kind), self._entry(kind))
        if not known:
            return None
        told, status = known.get("error"), known.get("status")
        text = f"{told}. So it was on {known['at']}; it is asked for again {ASKED_AGAIN_AFTER.days} days later"
        refused = status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
        return (RefusedError if refused else RejectedError)(text, status=status if type(status) is int else None)

    def refuse(self, kind: str, error: ApiError) -> None:
        """Record that a kind is refused on its own."""
        facts = {"status": error.status, "error": str(error).rstrip(".")}
        self._remember(self._owner(kind), self._entry(kind), facts)

    def accept(self, kind: str) -> None:
        """Drop the record that a kind was refused."""
        owner = self._owner(kind)
        if owner.stream_state.pop(self._entry(kind), None) is not None:
            owner.state_manager.is_flushed = False

    def _owner(self, kind: str) -> RootlyListStream:
        return self._owners.get(kind, self._stream)

    def _entry(self, kind: str) -> str:
        """The key of a kind: kinds without a stream of their own are recorded in the state of the parents, by name."""
        return REFUSED if kind in self._owners else f"{REFUSED}:{kind.strip('()')}"

    def _known(self, stream: RootlyListStream, entry: str) -> Mapping[str, Any]:
        """The entry in the state, unless it is too old."""
        known = as_object(stream.stream_state.get(entry))
        at = known.get("at")
        if not isinstance(at, str) or not is_time(at):
            return {}
        return known if datetime.now(timezone.utc) - parse_utc(at) < ASKED_AGAIN_AFTER else {}

    def _remember(self, stream: RootlyListStream, entry: str, facts: Mapping[str, Any]) -> None:
        stream.stream_state[entry] = {"at": utc_text(datetime.now(timezone.utc)), **facts}
        stream.state_manager.is_flushed = False

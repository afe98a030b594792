"""Runs that follow each other, each with the state of the one before, and what a warehouse holds after them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rootly_facts import differences, expected_rows
from rootly_runs import STREAM_CLASSES, settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_fanout.testing import Row, Run, TapRunner

    from sandbox import Sandbox


class History:
    """Keeps what a target would: the last version of each row, without those that an activation deletes.

    Args:
        tap: Runs the tap.
        box: The server.
    """

    def __init__(self, tap: TapRunner, box: Sandbox) -> None:
        self._tap = tap
        self._box = box
        self.state: dict[str, Any] = {}
        self.tables: dict[str, dict[Any, Row]] = defaultdict(dict)
        self._versions: dict[tuple[str, Any], Any] = {}

    def __call__(self, streams: Iterable[str] | None = None, **more: Any) -> Run:
        """Run the tap once more; the server's log begins anew."""
        self._box.requests.clear()
        run = self._tap(settings(self._box, **more), only=streams, state=self.state or None)
        self.load(run.messages)
        return run

    def load(self, messages: Iterable[dict[str, Any]]) -> None:
        """Load messages as a target does."""
        for message in messages:
            stream = message.get("stream", "")
            if message["type"] == "RECORD":
                key = tuple(message["record"][name] for name in STREAM_CLASSES[stream].primary_keys)
                self.tables[stream][key] = message["record"]
                self._versions[stream, key] = message.get("version")
            elif message["type"] == "ACTIVATE_VERSION":
                gone = [key for key in self.tables[stream] if self._versions[stream, key] != message["version"]]
                for key in gone:
                    del self.tables[stream][key]
            elif message["type"] == "STATE":
                self.state = message["value"]

    def differences(self, *streams: str) -> list[str]:
        """What is wrong with the tables."""
        expected = expected_rows(self._box, streams)
        return [
            line for stream in streams for line in differences(stream, self.tables[stream].values(), expected[stream])
        ]

"""The workspaces and the user of the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_instatus.client import InstatusListStream, InstatusStream, is_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_instatus.records import Row


class Workspaces(InstatusListStream):
    """A workspace that status pages belong to."""

    name = "workspaces"
    path = "/v1/workspaces"


class User(InstatusStream):
    """The user that the API key belongs to: a single row."""

    name = "user"
    path = "/v1/user"

    def read_rows(self) -> Iterator[Row]:
        """Yield the one row."""
        answer = self.get(self.path)
        self.check_is(answer, is_object)
        self._tap.extracted_at = answer.received_at
        yield self.row(answer.body)

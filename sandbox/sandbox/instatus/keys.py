"""The server's keys, and the permissions of their users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.instatus import problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.instatus.store import InstatusStore
    from sandbox.tables import Row

EVERYTHING = "*"
_SCHEME = "bearer "


class Keys:
    """The keys by name: `owner`, `member` and `revoked`.

    Attributes:
        by_name: The keys as a client sends them.
    """

    def __init__(self, seed: int) -> None:
        self.by_name: Mapping[str, str] = {
            name: f"sandbox{seed}{name}CANARYkey" for name in ("owner", "member", "revoked")
        }
        self._names = {key: name for name, key in self.by_name.items() if name != "revoked"}

    def name(self, headers: Mapping[str, Any]) -> str:
        """The name of a request's key.

        Raises:
            Problem: 401, the key is missing or invalid.
        """
        sent = headers.get("authorization", "")
        name = self._names.get(sent[len(_SCHEME) :].strip()) if sent.lower().startswith(_SCHEME) else None
        if name is None:
            raise problems.wrong_key()
        return name


def lists_page(store: InstatusStore, key: str, page_id: str) -> bool:
    """Whether a page is in the list of pages of a key's user."""
    return all(refusal["listed"] for refusal in _refusals(store, key, page_id))


def refusal_of(store: InstatusStore, key: str, page_id: str, resource: str) -> int | None:
    """The status that refuses a key's user a resource of a page; None if they may read it."""
    for refusal in _refusals(store, key, page_id):
        if refusal["resource"] in {EVERYTHING, resource}:
            return int(refusal["status"])
    return None


def _refusals(store: InstatusStore, key: str, page_id: str) -> list[Row]:
    return [row for row in store.tables["refusals"].find("pageId", page_id) if row["key"] == key]

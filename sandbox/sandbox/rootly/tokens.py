"""API keys and their scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORGANISATION_ONLY = (
    "/v1/api_keys",
    "/v1/audits",
    "/v1/authorizations",
    "/v1/edge_connectors",
    "/v1/roles",
    "/v1/secrets",
    "/v1/webhooks",
)
"""What a team's key may not see."""


class Tokens:
    """The API keys of the organisation.

    Attributes:
        by_name: The keys as a client sends them: `full` has all permissions, `readonly` may not write, `team` is a
            team's key, `expired` is no longer valid.
    """

    def __init__(self, seed: int) -> None:
        self.by_name: Mapping[str, str] = {
            name: f"rootly_{seed}_{name}_CANARY_key" for name in ("full", "readonly", "team", "expired")
        }
        self._names = {token: name for name, token in self.by_name.items() if name != "expired"}

    def holder(self, authorization: str) -> str | None:
        """The name of the key in an `Authorization` header; None if it is missing, wrong or expired."""
        scheme, _, token = authorization.partition(" ")
        return self._names.get(token.strip()) if scheme.lower() == "bearer" else None

    def may(self, holder: str, method: str, path: str) -> bool:
        """Whether a key's scope covers a route."""
        if method not in {"GET", "HEAD"} and holder != "full":
            return False
        return holder != "team" or not path.startswith(_ORGANISATION_ONLY)

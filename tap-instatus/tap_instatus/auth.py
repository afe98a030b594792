"""How Instatus is told who asks: a Bearer key that belongs to a person and opens every page of that person."""

from __future__ import annotations

from singer_sdk.authenticators import BearerTokenAuthenticator

UNAUTHORIZED_HINT = (
    "Check the setting api_key: make a key at https://dashboard.instatus.com/developer, signed in as someone "
    "who owns the pages"
)


def instatus_authenticator(key: str) -> BearerTokenAuthenticator:
    """Adds the key to a request."""
    return BearerTokenAuthenticator(token=key)

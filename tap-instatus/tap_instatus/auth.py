"""Authentication: a Bearer key that belongs to a person and gives access to all of their pages."""

from __future__ import annotations

from singer_sdk.authenticators import BearerTokenAuthenticator

UNAUTHORIZED_HINT = (
    "Check the setting api_key: make a key at https://dashboard.instatus.com/developer, signed in as someone "
    "who owns the pages"
)


def instatus_authenticator(key: str) -> BearerTokenAuthenticator:
    """Create the authenticator."""
    return BearerTokenAuthenticator(token=key)

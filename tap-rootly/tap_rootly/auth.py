"""Authentication: a Bearer token."""

from __future__ import annotations

from singer_sdk.authenticators import BearerTokenAuthenticator

UNAUTHORIZED_HINT = (
    "Check the setting api_token: make a key in Rootly under Organization Settings > API Keys; "
    "a global key sees everything, a team's or a person's key what they may see"
)


def rootly_authenticator(token: str) -> BearerTokenAuthenticator:
    """Create the authenticator."""
    return BearerTokenAuthenticator(token=token)

"""How Cachet is told who asks: a Bearer token on 3.x, a header of its own on 2.x."""

from __future__ import annotations

from singer_sdk.authenticators import APIKeyAuthenticator, BearerTokenAuthenticator

UNAUTHORIZED_HINT = (
    "Check the setting api_token: on 3.x make a token in the dashboard under Settings > API keys, "
    "on 2.x use the API key of your profile"
)


def cachet_authenticator(token: str, *, v2: bool) -> APIKeyAuthenticator | BearerTokenAuthenticator:
    """Adds the token to a request, the way this generation of servers reads it."""
    if v2:
        return APIKeyAuthenticator(key="X-Cachet-Token", value=token, location="header")
    return BearerTokenAuthenticator(token=token)

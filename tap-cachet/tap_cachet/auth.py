"""Authentication: a Bearer token on 3.x, a custom header on 2.x."""

from __future__ import annotations

from singer_sdk.authenticators import APIKeyAuthenticator, BearerTokenAuthenticator

UNAUTHORIZED_HINT = (
    "Check the setting api_token: on 3.x make a token in the dashboard under Settings > API keys, "
    "on 2.x use the API key of your profile"
)


def cachet_authenticator(token: str, *, v2: bool) -> APIKeyAuthenticator | BearerTokenAuthenticator:
    """Create the authenticator for this generation of servers."""
    if v2:
        return APIKeyAuthenticator(key="X-Cachet-Token", value=token, location="header")
    return BearerTokenAuthenticator(token=token)

"""Authentication: a Bearer key, for a page at Sigryl, for an account or a custom endpoint at BoxWatch."""

from __future__ import annotations

from singer_sdk.authenticators import BearerTokenAuthenticator

UNAUTHORIZED_HINT = (
    "Check the setting api_key (with several pages or accounts: the api_key of each): it is the whole key, "
    "sk_live_... of the status page at Sigryl, bw_ and 64 hex digits of the account at BoxWatch, bw_api_... of a "
    "custom endpoint in endpoint_keys"
)
ENDPOINT = "endpoint"
"""What a key that is not an account's gives access to."""
FOREIGN_KEYS = {
    "sigryl": {"bw_": "a key of BoxWatch (provider: boxwatch)"},
    "boxwatch": {
        "sk_live_": "a key of Sigryl (provider: sigryl)",
        "bw_api_": "the key of a custom endpoint, which does not open the account",
        "bw_tv_": "the key of a TV view, which does not open the account",
    },
    ENDPOINT: {
        "sk_live_": "a key of Sigryl, which does not open a custom endpoint",
        "bw_tv_": "the key of a TV view, which does not open a custom endpoint",
    },
}
"""Prefixes of keys of the wrong kind: what the key should be for -> prefix -> what it is."""


def statuspages_authenticator(key: str) -> BearerTokenAuthenticator:
    """Create the authenticator."""
    return BearerTokenAuthenticator(token=key)


def key_errors(setting: str, key: str, provider: str) -> list[str]:
    """The errors in a key, one line each; the key is not shown."""
    if not key.strip():
        return [f"{setting}: is empty"]
    if provider == ENDPOINT and key.startswith("bw_") and not key.startswith(("bw_api_", "bw_tv_")):
        return [f"{setting}: this is the key of an account, which does not open a custom endpoint (bw_api_...)"]
    found = (what for start, what in FOREIGN_KEYS.get(provider, {}).items() if key.startswith(start))
    return [f"{setting}: this is {what}" for what in found][:1]

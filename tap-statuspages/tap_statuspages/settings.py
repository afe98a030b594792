"""Rules about settings that a JSON schema cannot express: which go together, and what each key is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_fanout import url_errors

from tap_statuspages.auth import ENDPOINT, key_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIGRYL = "sigryl"
BOXWATCH = "boxwatch"
BOXWATCH_URL = "https://api.boxwatch.app"
ACTIVE = "active"
ROUTES = "/api/v1"
"""The prefix of Sigryl's routes, which users may include in the URL."""
ONLY_SIGRYL = {
    "pages": "an account of BoxWatch shows all its pages with one api_key; several accounts are given as accounts",
    "status": "BoxWatch shows what is on the public page",
    "reread_resolved": "BoxWatch's incidents are all read in every run",
}
"""Settings that do not apply to BoxWatch, and why."""
ONLY_BOXWATCH = {
    "accounts": "a key of Sigryl opens one page; several pages are given as pages",
    "endpoint_keys": "Sigryl has no custom endpoints",
}
"""Settings that do not apply to Sigryl, and why."""


@dataclass(frozen=True)
class PageSetting:
    """A page of Sigryl: its URL and key.

    Attributes:
        name: The name of the setting, `pages[0]` for one of a list; empty for a single page.
        api_url: The base URL of its deployment, without a trailing slash.
        api_key: The key of this page.
        has_own_url: Whether the URL is set for this page and not for all.
    """

    name: str
    api_url: str
    api_key: str = field(repr=False)
    has_own_url: bool = False

    def whole_name(self, name: str) -> str:
        """The full name of one of its settings."""
        return f"{self.name}.{name}" if self.name else name


@dataclass(frozen=True)
class AccountSetting:
    """An account of BoxWatch: its key, and those of its custom endpoints.

    Attributes:
        name: The name of the setting, `accounts[0]` for one of a list; empty for a single account.
        account: The value of `account` in its rows; None for a single account.
        api_key: The key of this account.
        endpoint_keys: The key of each custom endpoint.
    """

    name: str
    account: str | None
    api_key: str = field(repr=False)
    endpoint_keys: tuple[str, ...] = field(repr=False, default=())

    def whole_name(self, name: str) -> str:
        """The full name of one of its settings."""
        return f"{self.name}.{name}" if self.name else name


def account_settings(config: Mapping[str, Any]) -> list[AccountSetting]:
    """The accounts of BoxWatch to read."""
    accounts = config.get("accounts")
    if not accounts or not isinstance(accounts, list):
        return [AccountSetting("", None, _text(config.get("api_key")), _texts(config.get("endpoint_keys")))]
    return [
        AccountSetting(
            f"accounts[{number}]",
            _text(account.get("name")),
            _text(account.get("api_key")),
            _texts(account.get("endpoint_keys")),
        )
        for number, account in enumerate(accounts)
        if isinstance(account, dict)
    ]


def page_settings(config: Mapping[str, Any]) -> list[PageSetting]:
    """The pages of Sigryl to read; a page without a URL uses the tap's."""
    common, pages = _text(config.get("api_url")), config.get("pages")
    if not pages or not isinstance(pages, list):
        return [PageSetting("", common, _text(config.get("api_key")))]
    return [
        PageSetting(
            f"pages[{number}]",
            _text(page.get("api_url")) or common,
            _text(page.get("api_key")),
            has_own_url=bool(_text(page.get("api_url"))),
        )
        for number, page in enumerate(pages)
        if isinstance(page, dict)
    ]


def provider_errors(provider: str, config: Mapping[str, Any]) -> Iterator[str]:
    """The errors in the settings of a provider, one line each."""
    if provider == SIGRYL:
        yield from _sigryl_errors(config)
    elif provider == BOXWATCH:
        yield from _boxwatch_errors(config)


def _sigryl_errors(config: Mapping[str, Any]) -> Iterator[str]:
    for name, reason in ONLY_BOXWATCH.items():
        if config.get(name) not in (None, []):
            yield f"{name}: is for BoxWatch; {reason}"
    if config.get("pages") and config.get("api_key"):
        yield "api_key: give the key of each page in pages, or a single page as api_url and api_key, not both"
        return
    pages = page_settings(config)
    yield from dict.fromkeys(error for page in pages for error in _url_errors(page, config))
    seen: dict[tuple[str, str], str] = {}
    for page in pages:
        yield from key_errors(page.whole_name("api_key"), page.api_key, SIGRYL)
        if (same := seen.setdefault((page.api_url, page.api_key), page.name)) != page.name:
            yield f"{page.name}: is the same page as {same}"


def _url_errors(page: PageSetting, config: Mapping[str, Any]) -> Iterator[str]:
    setting = page.whole_name("api_url") if page.has_own_url else "api_url"
    if not page.api_url:
        yield f"{setting}: is missing; each deployment of Sigryl (provider: sigryl) has an address of its own"
    if page.has_own_url:
        yield from url_errors(setting, page.api_url, allow_http=config.get("allow_http") is True)
    if page.api_url.endswith(ROUTES):
        yield f"{setting}: must end before {ROUTES}"


def _boxwatch_errors(config: Mapping[str, Any]) -> Iterator[str]:
    for name, reason in ONLY_SIGRYL.items():
        if config.get(name) not in (None, False, "all", []):
            yield f"{name}: is for Sigryl; {reason}"
    if config.get("accounts"):
        for name in ("api_key", "endpoint_keys"):
            if config.get(name):
                yield f"{name}: give the keys of each account in accounts, or those of a single account, not both"
    seen: dict[str, str] = {}
    for account in account_settings(config):
        keys = [(f"endpoint_keys[{number}]", key) for number, key in enumerate(account.endpoint_keys)]
        yield from key_errors(account.whole_name("api_key"), account.api_key, BOXWATCH)
        for name, key in keys:
            yield from key_errors(account.whole_name(name), key, ENDPOINT)
        # A message names the setting of a key, never the key.
        named = [("name", account.account)] if account.account else []
        for name, value in (*named, ("api_key", account.api_key), *keys):
            whole = account.whole_name(name)
            if (same := seen.setdefault(f"{name == 'name'} {value}", whole)) != whole:
                yield f"{whole}: is the same as {same}"


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return value.rstrip("/") if isinstance(value, str) else ""

"""What a JSON schema cannot say about the settings: which go together, and which page each key opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_fanout import url_errors

from tap_statuspages.auth import key_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIGRYL = "sigryl"
BOXWATCH = "boxwatch"
BOXWATCH_URL = "https://api.boxwatch.app"
ACTIVE = "active"
ROUTES = "/api/v1"
"""Where Sigryl's routes begin: some give it as part of the address."""
ONLY_SIGRYL = {
    "pages": "an account of BoxWatch shows all its pages with one api_key",
    "status": "BoxWatch shows what is on the public page",
    "reread_resolved": "BoxWatch's incidents are all read in every run",
}
"""Settings that BoxWatch has no use for, and why."""


@dataclass(frozen=True)
class PageSetting:
    """Where a page of Sigryl is, and its key.

    Attributes:
        name: The name of the setting, `pages[0]` for one of a list; empty for a single page.
        api_url: The base of its deployment, without a slash at the end.
        api_key: Opens this page and no other.
        has_own_url: Whether the address stands with the page, and not once for all.
    """

    name: str
    api_url: str
    api_key: str = field(repr=False)
    has_own_url: bool = False

    def whole_name(self, name: str) -> str:
        """The whole name of one of its settings."""
        return f"{self.name}.{name}" if self.name else name


def page_settings(config: Mapping[str, Any]) -> list[PageSetting]:
    """The pages of Sigryl that are to be read; a page without an address is at that of the tap."""
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
    """What is wrong with the settings of a provider, one line for each."""
    if provider == SIGRYL:
        yield from _sigryl_errors(config)
    elif provider == BOXWATCH:
        yield from _boxwatch_errors(config)


def _sigryl_errors(config: Mapping[str, Any]) -> Iterator[str]:
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
    yield from key_errors("api_key", _text(config.get("api_key")), BOXWATCH)


def _text(value: Any) -> str:
    return value.rstrip("/") if isinstance(value, str) else ""

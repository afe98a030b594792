"""Public data of a page, read without the key."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_fanout import (
    RedirectedError,
    RefusedError,
    RejectedError,
    TransientError,
    UnauthorizedError,
    as_list,
    as_object,
    is_loopback,
    url_errors,
)

from tap_instatus.client import InstatusFanOutStream
from tap_instatus.records import BY_LANGUAGE, TIMES, column, in_one_language, utc_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_fanout import Answer, ApiClient

    from tap_instatus.records import Row

MOST_RETRIES = 2
"""A private page always answers with a login page: not worth many retries."""
SUMMARY = {"page", "activeIncidents", "activeMaintenances"}
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
"""A host that may be put into a URL: nothing that could redirect it elsewhere."""


class PublicSummary(InstatusFanOutStream):
    """A page's public summary: its state and active incidents. A private page has none."""

    name = "public_summary"
    path = "/summary.json"
    primary_keys = ("page_id",)
    parent_fields = {"page_id": "id", "subdomain": "subdomain", "custom_domain": "custom_domain"}

    def read_rows(self) -> Iterator[Row]:
        """Yield a row for each page that has a summary."""
        pages = self.parents()
        self._tap.progress.expect("status page", len(pages))
        for page, answer in self.concurrently(self._summary, pages):
            if isinstance(answer, RefusedError):
                self.without_parent(page, answer)
            else:
                self._tap.extracted_at = answer.received_at
                self.parts.begin(page["page_id"])
                (row,) = self.parse_page(answer.body)
                yield {**row, "page_id": page["page_id"]}
                self.parts.end(page["page_id"])
            self._tap.progress.advance()

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield the single row; the summary omits what is not active."""
        yield {
            **self.row(as_object(page.get("page"))),
            "active_incidents": self._items(page, "activeIncidents"),
            "active_maintenances": self._items(page, "activeMaintenances"),
        }

    def _items(self, page: Mapping[str, Any], name: str) -> list[Row]:
        items = as_list(page.get(name))
        told = [_item(item) for item in items if isinstance(item, dict)]
        if len(told) < len(items):
            self._tap.summary.warn_once(f"Instatus sent {name} that tell nothing: they are left out")
        return told

    def _summary(self, page: Row) -> tuple[Row, Answer | RefusedError]:
        """Get a page's summary; runs in a thread."""
        try:
            return page, self._ask(page)
        except RefusedError as error:
            return page, error
        except (UnauthorizedError, RejectedError, TransientError) as error:
            text = f"{str(error).rstrip('.')}. Is the page private, or not where public_url says?"
            return page, RefusedError(text, status=error.status)

    def _ask(self, page: Row) -> Answer:
        address = self._address(page)
        client = self._tap.new_client(address)
        try:
            answer = self._get(client, client.url(self.path))
        except RedirectedError as error:
            if not self.leads_home(page, address, error.target):
                raise
            answer = self._get(self._tap.new_client(_base(error.target)), error.target)
        if not isinstance(answer.body, dict) or not SUMMARY & answer.body.keys():
            raise RefusedError(f"GET {answer.url} is not answered with a summary")
        return answer

    def _get(self, client: ApiClient, url: str) -> Answer:
        return client.get(
            url,
            max_retries=min(MOST_RETRIES, self._tap.setting("max_retries")),
            on_attempt=lambda number: self._tap.summary.attempt(self.name, number),
        )

    def leads_home(self, page: Row, address: str, target: str) -> bool:
        """Whether a redirect leads to the page's own domain, encrypted if the settings require it.

        Args:
            page: The page.
            address: Where its summary was requested. A host on this machine stands for any domain.
            target: Where the redirect leads.
        """
        own, host = _host(page.get("custom_domain")), _host(target) or ""
        is_own = host == own or (is_loopback(host) and is_loopback(_host(address) or ""))
        allow_http = bool(self._tap.setting("allow_http"))
        return own is not None and is_own and not url_errors("custom_domain", _base(target), allow_http=allow_http)

    def _address(self, page: Row) -> str:
        pattern: str = self._tap.setting("public_url")
        for _, name, _, _ in Formatter().parse(pattern):
            if name and not HOST.fullmatch(str(page.get(name) or "")):
                raise RefusedError(f"page {page['page_id']} has no {name} that public_url could be filled with")
        return pattern.format(**page)


def _item(resource: Mapping[str, Any]) -> Row:
    return {column(name): _told(name, value) for name, value in resource.items()}


def _told(name: str, value: Any) -> Any:
    if name in TIMES:
        return _time(value)
    return in_one_language(value) if name in BY_LANGUAGE else value


def _base(address: str) -> str:
    """The part of a URL before its path."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _host(domain: Any) -> str | None:
    """The host of a domain, however it was entered; None if there is none."""
    if not isinstance(domain, str):
        return None
    try:
        host = urlsplit(domain if "//" in domain else f"//{domain}").hostname or ""
        return host.rstrip(".").encode("idna").decode() or None
    except ValueError:
        return None


def _time(text: Any) -> Any:
    # Some pages format times the way JavaScript prints them.
    try:
        return utc_from(text)
    except (TypeError, ValueError):
        return text

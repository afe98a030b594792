"""What every visitor of a page sees, read without the key."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any

from singer_fanout import RefusedError, RejectedError, TransientError, UnauthorizedError

from tap_instatus.client import InstatusFanOutStream
from tap_instatus.records import TIMES, column, utc_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_fanout import Answer

    from tap_instatus.records import Row

MOST_RETRIES = 2
"""A private page answers with a login page each time: no reason to wait long for it."""
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
"""What may be filled into an address: nothing that could lead it elsewhere."""


class PublicSummary(InstatusFanOutStream):
    """What the page tells everybody: its state, and what goes on. A private page tells nothing."""

    name = "public_summary"
    path = "/summary.json"
    primary_keys = ("page_id",)
    parent_fields = {"page_id": "id", "subdomain": "subdomain", "custom_domain": "custom_domain"}

    def read_rows(self) -> Iterator[Row]:
        """Yield a row for each page that has a summary."""
        pages = self.parents()
        self._tap.progress.expect("status pages", len(pages))
        for page, answer in self.concurrently(self._summary, pages):
            if isinstance(answer, RefusedError):
                self.without_parent(page, answer)
            else:
                self._tap.extracted_at = answer.received_at
                self.begin_part(page["page_id"])
                (row,) = self.parse_page(answer.body)
                yield {**row, "page_id": page["page_id"]}
                self.parts.end(page["page_id"])
            self._tap.progress.advance()

    def parse_page(self, page: Any) -> Iterable[Row]:
        """The one row; what is not going on is not mentioned by the page."""
        yield {
            **self.row(page["page"]),
            "active_incidents": [_item(incident) for incident in page.get("activeIncidents") or ()],
            "active_maintenances": [_item(maintenance) for maintenance in page.get("activeMaintenances") or ()],
        }

    def _summary(self, page: Row) -> tuple[Row, Answer | RefusedError]:
        """Runs in a thread."""
        try:
            return page, self._ask(self._address(page))
        except RefusedError as error:
            return page, error
        except (UnauthorizedError, RejectedError, TransientError) as error:
            text = f"{str(error).rstrip('.')}. Is the page private, or not where public_url says?"
            return page, RefusedError(text, status=error.status)

    def _ask(self, address: str) -> Answer:
        client = self._tap.new_client(address)
        answer = client.get(
            client.url(self.path),
            max_retries=min(MOST_RETRIES, self._tap.setting("max_retries")),
            on_attempt=lambda number: self._tap.summary.attempt(self.name, number),
        )
        if not isinstance(answer.body, dict) or not isinstance(answer.body.get("page"), dict):
            raise RefusedError(f"GET {answer.url} is not answered with a summary")
        return answer

    def _address(self, page: Row) -> str:
        pattern: str = self._tap.setting("public_url")
        for _, name, _, _ in Formatter().parse(pattern):
            if name and not HOST.fullmatch(page[name] or ""):
                raise RefusedError(f"page {page['page_id']} has no {name} that public_url could be filled with")
        return pattern.format(**page)


def _item(resource: Mapping[str, Any]) -> Row:
    return {column(name): _time(value) if name in TIMES else value for name, value in resource.items()}


def _time(text: Any) -> Any:
    # Some pages write times the way JavaScript prints them.
    try:
        return utc_from(text)
    except (TypeError, ValueError):
        return text

"""The base classes of streams: Sigryl has a key per page, BoxWatch a key per account and public routes."""

from __future__ import annotations

import abc
from collections import Counter
from datetime import datetime, timezone
from functools import cached_property, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_fanout import (
    Answer,
    ApiError,
    FanOutStream,
    MalformedError,
    PagedStream,
    RefusedError,
    RejectedError,
    SettingsError,
    TransientError,
    utc_text,
)
from singer_fanout.undeclared import UNDECLARED
from singer_sdk import SchemaDirectory, StreamSchema

from tap_statuspages.pagination import StatusPagesPaginator, is_list_of
from tap_statuspages.parts import Part, PartsStream
from tap_statuspages.records import snake_case, text
from tap_statuspages.schemas import boxwatch, sigryl

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from tap_statuspages.records import Row
    from tap_statuspages.tap import TapStatusPages

STATUS = "/api/v1/status"
"""Sigryl's route that identifies the page of a key."""
LOOKS = 2
"""Attempts for a response that is not JSON, which may be an accident once."""


class StatusPagesStream(PartsStream):
    """A stream of either provider."""

    primary_keys: Sequence[str] = ("id",)
    hidden: ClassVar[frozenset[str]] = frozenset()
    """Fields that must not be emitted, or are in another stream."""
    _tap: TapStatusPages

    def row(self, sent: Mapping[str, Any]) -> Row:
        """Turn an object into a row; an unusable text key becomes null."""
        row = {snake_case(name): value for name, value in sent.items() if name not in self.hidden}
        for name in self._times & row.keys():
            row[name] = self._tap.times.utc(row[name])
        for name in self._identities & row.keys():
            row[name] = text(row[name])
        return row

    @cached_property
    def _times(self) -> frozenset[str]:
        declared = self.schema["properties"].items()
        return frozenset(name for name, column in declared if column.get("format") == "date-time")

    @cached_property
    def _identities(self) -> frozenset[str]:
        """The key columns that are strings: the state refers to rows by them, before they are fitted to the schema."""
        declared = self.schema["properties"]
        return frozenset(
            name for name in self.primary_keys if name not in self._times and "string" in declared[name]["type"]
        )


class StatusPagesListStream(StatusPagesStream, PagedStream, abc.ABC):
    """A list: a single response holds all of it, without a time of change."""

    envelope: ClassVar[str]
    """The field of the response that holds the list."""

    def get_new_paginator(self) -> StatusPagesPaginator:
        """A single page."""
        return StatusPagesPaginator(self.envelope)

    def reading_keys(self) -> Iterable[Hashable]:
        """None: responses are kept with their part."""
        return ()

    def row(self, sent: Mapping[str, Any]) -> Row:
        """Turn an object into a row with every column; missing ones are null."""
        return {**self._empty, **super().row(sent)}

    def objects(self, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the objects of the list; any other elements are left out."""
        for item in body[self.envelope]:
            if isinstance(item, dict):
                yield item
            else:
                self.leave_out(f"the list of {self.envelope} holds something that is not an object")

    def check(self, part: Part, answer: Answer) -> Answer:  # noqa: ARG002
        """Check that a response holds this list, and return it.

        Raises:
            MalformedError: It does not.
        """
        if is_list_of(self.envelope, answer.body):
            return answer
        raise MalformedError(
            f"GET {answer.url} answered without a list of {self.envelope}, which is not how "
            f"{self._tap.provider} answers. Check the settings provider and api_url"
        )

    @cached_property
    def _empty(self) -> Row:
        # What is kept of undeclared fields is no field that could be missing.
        return {name: None for name in self.schema["properties"] if name != UNDECLARED}


# Sigryl


class SigrylStream(StatusPagesStream):
    """A stream of Sigryl, read from all pages concurrently."""

    schema = StreamSchema(SchemaDirectory(sigryl))
    primary_keys: Sequence[str] = ("page_slug", "id")

    def of_pages(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        check: Callable[[Part, Answer], Answer] | None = None,
    ) -> Iterator[tuple[str, Any]]:
        """Yield the slug of each page and its response to a route; only the first page in a connection test.

        Args:
            path: The route.
            params: Query parameters.
            check: Checks a response, if the route is another stream's.

        Raises:
            ApiError: No page responds, or one refuses and none may be left out.
            SettingsError: Two keys open the same page.
        """
        missing: dict[Part, ApiError] = {}
        pages = self._opened(missing)
        for page, answer in self.of_parts(pages, path, params, check=check or self.check, missing=missing):
            yield str(page.label), answer.body

    def check(self, part: Part, answer: Answer) -> Answer:  # noqa: ARG002
        """Check that a response is one of this stream's route, and return it."""
        return answer

    def _opened(self, missing: dict[Part, ApiError]) -> list[Part]:
        """The pages, after all of them were identified, before the first row of any."""
        asked = self._tap.status_pages[: 1 if self.is_dry_run else None]
        told = self.answers_of(asked, STATUS, check=self._told, missing=missing)
        pages = [page for page, _ in told]
        _check_that_they_differ(pages)
        return pages

    def _told(self, page: Part, answer: Answer) -> Answer:
        """Record the identity of a page from a response, and return the response."""
        page.label = text(answer.body.get("slug")) if isinstance(answer.body, dict) else None
        if page.label is not None:
            return answer
        told = f"GET {answer.url} answered without the slug of a status page, which is not how sigryl answers"
        if len(self._tap.status_pages) == 1:
            raise SettingsError(f"{told}. Check the settings provider and api_url")
        raise MalformedError(told)


class SigrylListStream(SigrylStream, StatusPagesListStream, abc.ABC):
    """A list of every page of Sigryl."""

    def check(self, part: Part, answer: Answer) -> Answer:
        """Check that a response holds this list, and return it."""
        return StatusPagesListStream.check(self, part, answer)

    def pages(self, since: str | None = None) -> Iterator[tuple[str, Any]]:
        """Yield the slug of each status page and its list."""
        return self.of_pages(self.path, self.list_params(since))

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each object, with the slug of its page."""
        slug, body = page
        return ({**self.row(item), "page_slug": slug} for item in self.objects(body))


def _check_that_they_differ(pages: Iterable[Part]) -> None:
    names: dict[str | None, str] = {}
    for page in pages:
        if page.label in names:
            raise SettingsError(
                f"{page.name} is the page {page.label}, as {names[page.label]} is: their rows would replace each "
                "other. Leave one out, or load it by a configuration and into a schema of its own"
            )
        names[page.label] = page.name


# BoxWatch


class BoxWatchStream(StatusPagesStream):
    """A stream of BoxWatch."""

    schema = StreamSchema(SchemaDirectory(boxwatch))
    account_identifies: ClassVar[bool] = False
    """Whether rows of two accounts may have the same key: their ids are numbers, not UUIDs."""

    def __init__(self, tap: TapStatusPages) -> None:
        super().__init__(tap)
        if self.account_identifies and tap.has_accounts:
            self.primary_keys = ("account", *self.primary_keys)


class BoxWatchListStream(BoxWatchStream, StatusPagesListStream, abc.ABC):
    """A list of every account."""

    def pages(self, since: str | None = None) -> Iterator[tuple[str | None, Any]]:
        """Yield the name of each account and its list."""
        return ((account.label, answer.body) for account, answer in self.told_by(self._tap.accounts, since))

    def told_by(self, parts: Iterable[Part], since: str | None) -> Iterator[tuple[Part, Answer]]:
        """Yield each part with its list.

        Raises:
            SettingsError: The catalog was made with other accounts, and its keys do not tell the rows apart.
        """
        if self.account_identifies and ("account" in self.primary_keys) != self._tap.has_accounts:
            raise SettingsError(
                f"The catalog's key of the stream {self.name} is {', '.join(self.primary_keys)}, which does not go "
                f"with{'' if self._tap.has_accounts else 'out'} the setting accounts. Make a new one with --discover"
            )
        return self.of_parts(parts, self.path, self.list_params(since), check=self.check)

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each object, with the name of its account."""
        account, body = page
        return ({**self.row(item), "account": account} for item in self.objects(body))


class BoxWatchPublicStream(BoxWatchStream, FanOutStream, abc.ABC):
    """The public data of each status page, requested without the key; its shape is not documented."""

    path = "/status/{page_slug}"
    parent_stream = "status_pages"
    parent_fields: ClassVar[Mapping[str, str]] = {
        "account": "account",
        "page_slug": "slug",
        "status_page_id": "id",
        "enabled": "enabled",
    }
    children_key = "public answers"

    def __init__(self, tap: TapStatusPages) -> None:
        super().__init__(tap)
        self._switched_off: set[object] = set()
        self._without_key: Counter[str] = Counter()

    def get_new_paginator(self) -> StatusPagesPaginator:
        """A single page."""
        return StatusPagesPaginator("")

    def row(self, sent: Mapping[str, Any]) -> Row:
        """Turn an object into a row, without the fields of its place, which come from the page."""
        return {name: value for name, value in super().row(sent).items() if name not in self.parent_fields}

    def read_rows(self) -> Iterator[Row]:
        """Yield the rows, and report how many had no usable key."""
        yield from super().read_rows()
        if self._without_key:
            self.leave_out("; ".join(f"{number} {what}" for what, number in self._without_key.items()))

    def without_key(self, what: str) -> None:
        """Count a row without a usable key."""
        self._without_key[what] += 1

    def parents(self) -> Iterable[Row]:
        """The status pages that have a public address."""
        # Shared by threads, so it is created before there are any.
        _ = self._tap.public_client
        if self._tap.has_accounts:
            self.announce_parts(str(account.label) for account in self._tap.accounts)
        for parent in super().parents():
            if parent["account"] is not None:
                self.parts.begin(parent["account"])
            enabled = parent.pop("enabled")
            slug = parent["page_slug"] = text(parent["page_slug"])
            if slug is None:
                self.leave_out(f"the status page {parent['status_page_id']} comes without its slug")
                continue
            if isinstance(enabled, int) and not enabled:
                self._switched_off.add(slug)
            yield parent
        self._account_for_accounts()

    def _account_for_accounts(self) -> None:
        """Note that accounts missing from the parents are missing from their children, too."""
        missing = cast("BoxWatchListStream", self.parent).missing
        for account in self._tap.accounts:
            if account in missing:
                self.without_part(account.name, account.label, missing[account])
            elif account.label is not None:
                self.parts.end(account.label)

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a public response; null for a page that is switched off and therefore not found.

        Raises:
            RefusedError: It cannot be read, which is no error, because the route is undocumented.
        """
        try:
            answer = self._ask(self._tap.public_client.url(path, params, **keys))
        except RejectedError as error:
            raise RefusedError(str(error), status=error.status) from None
        except RefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND and keys["page_slug"] in self._switched_off:
                return Answer("", HTTPStatus.NOT_FOUND, {}, b"null", utc_text(datetime.now(timezone.utc)))
            raise
        if not isinstance(answer.body, dict):
            raise RefusedError(f"GET {answer.url} answered with JSON that is not an object", status=answer.status)
        return answer

    def _ask(self, url: str) -> Answer:
        """Retry as usual, except responses that are not JSON: those are web pages, and remain so."""
        ask = partial(self._tap.get, self.name, url, client=self._tap.public_client)
        retries = self._tap.setting("max_retries")
        failures = []
        for _ in range(min(LOOKS, 1 + retries)):
            answer = _once(ask)
            if isinstance(answer, Answer):
                return answer
            failures.append(answer)
        if all(failure.status == HTTPStatus.OK for failure in failures):
            raise RefusedError(str(failures[-1]), status=HTTPStatus.OK)
        if retries < LOOKS:
            raise failures[-1]
        return ask(max_retries=retries - LOOKS)


class AppendedStream(StatusPagesStream, abc.ABC):
    """Rows about a moment in time: none is ever gone, so there is no version, and nothing is deleted."""

    def _begin_version(self) -> bool:
        self._stream_version = None
        return False


def _once(ask: Callable[..., Answer]) -> Answer | TransientError:
    try:
        return ask(max_retries=0)
    except TransientError as error:
        return error

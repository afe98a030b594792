"""How the tap talks to Sigryl, a key for each page, and to BoxWatch, a key for all of them and public answers."""

from __future__ import annotations

import abc
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import (
    Answer,
    ApiStream,
    FanOutStream,
    PagedStream,
    RefusedError,
    RejectedError,
    SettingsError,
    TransientError,
    UnauthorizedError,
    utc_text,
)
from singer_sdk import SchemaDirectory, StreamSchema

from tap_statuspages.pagination import StatusPagesPaginator, is_list_of
from tap_statuspages.records import snake_case
from tap_statuspages.schemas import boxwatch, sigryl

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from singer_fanout import ApiClient

    from tap_statuspages.records import Row
    from tap_statuspages.settings import PageSetting
    from tap_statuspages.tap import TapStatusPages

STATUS = "/api/v1/status"
"""Sigryl's route that tells which page a key opens."""
LOOKS = 2
"""An answer that is not JSON may be an accident once."""


class StatusPagesStream(ApiStream):
    """Anything that is read from either provider."""

    primary_keys: Sequence[str] = ("id",)
    hidden: ClassVar[frozenset[str]] = frozenset()
    """What is sent and must not be told, or is told by another stream."""
    _tap: TapStatusPages

    def row(self, sent: Mapping[str, Any]) -> Row:
        """One object as a row."""
        row = {snake_case(name): value for name, value in sent.items() if name not in self.hidden}
        for name in self._times & row.keys():
            row[name] = self._tap.times.utc(row[name])
        return row

    @cached_property
    def _times(self) -> frozenset[str]:
        declared = self.schema["properties"].items()
        return frozenset(name for name, column in declared if column.get("format") == "date-time")


class StatusPagesListStream(StatusPagesStream, PagedStream, abc.ABC):
    """A list: one answer holds all of it, and nothing tells what has changed."""

    envelope: ClassVar[str]
    """The name under which the answer holds the list."""

    def get_new_paginator(self) -> StatusPagesPaginator:
        """A single page."""
        return StatusPagesPaginator(self.envelope)

    def check(self, answer: Answer) -> Answer:
        """The answer, if it holds this list.

        Raises:
            SettingsError: It holds something else: it comes from somewhere else.
        """
        if is_list_of(self.envelope, answer.body):
            return answer
        raise SettingsError(
            f"GET {answer.url} is answered without a list of {self.envelope}, which is not how "
            f"{self._tap.provider} answers. Check the settings provider and api_url"
        )


# Sigryl


@dataclass(eq=False)
class StatusPage:
    """A page of Sigryl.

    Attributes:
        setting: Where it is.
        client: The connection of its key.
        answers: What it has answered in this run: address -> answer or refusal.
        slug: Its name in addresses; None until it was asked.
    """

    setting: PageSetting
    client: ApiClient
    answers: dict[str, Answer | RefusedError] = field(default_factory=dict)
    slug: str | None = None


class SigrylStream(StatusPagesStream):
    """Anything that is read from Sigryl: of all pages, and of all at the same time."""

    schema = StreamSchema(SchemaDirectory(sigryl))
    primary_keys: Sequence[str] = ("page_slug", "id")

    @property
    def is_dry_run(self) -> bool:
        """Whether only a first record is wanted, perhaps of a stream that builds on this one."""
        streams = self._tap.streams.values()
        return any(isinstance(stream, ApiStream) and stream.ABORT_AT_RECORD_COUNT is not None for stream in streams)

    def of_pages(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[tuple[str, Any]]:
        """Yield the slug of each page and its answer to a route; of the first page where a first record is enough.

        Raises:
            RefusedError: No page answers, or one does not and none may be left out.
            SettingsError: Two keys open the same page.
        """
        refusals: dict[str, RefusedError] = {}
        pages = self._opened(refusals)
        answered = False
        for page, answer in self._answers(path, params, pages, refusals):
            answered = True
            self._tap.extracted_at = answer.received_at
            yield str(page.slug), answer.body
        for name, refusal in refusals.items():
            if self._tap.strict or not answered:
                raise refusal
            self.leave_out(f"{name}: {refusal}")

    def _opened(self, refusals: dict[str, RefusedError]) -> list[StatusPage]:
        """The pages, once all of them have told which ones they are: before the first row of any."""
        pages = []
        first = 1 if self.is_dry_run else None
        for page, answer in self._answers(STATUS, None, self._tap.status_pages[:first], refusals):
            page.slug = _slug(answer)
            pages.append(page)
        _check_that_they_differ(pages)
        return pages

    def _answers(
        self,
        path: str,
        params: Mapping[str, Any] | None,
        pages: Iterable[StatusPage],
        refusals: dict[str, RefusedError],
    ) -> Iterator[tuple[StatusPage, Answer]]:
        """Ask pages for a route, all at the same time; refusals are put down under the name of the page's setting."""

        def ask(page: StatusPage) -> tuple[StatusPage, Answer | RefusedError]:
            try:
                return page, self._once(page, path, params)
            except RefusedError as error:
                return page, error

        for page, answer in self.concurrently(ask, pages):
            self._tap.check_running()
            if isinstance(answer, RefusedError):
                refusals[page.setting.name] = answer
            else:
                yield page, answer

    def _once(self, page: StatusPage, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """A route's answer, asked for once in a run: several streams may be made of it."""
        url = page.client.url(path, params)
        if url not in page.answers:
            try:
                page.answers[url] = self.get_from(page, url)
            except RefusedError as error:
                page.answers[url] = error
        answer = page.answers[url]
        if isinstance(answer, RefusedError):
            raise answer
        return answer

    def get_from(self, page: StatusPage, url: str) -> Answer:
        """Get a URL with the key of its page."""
        try:
            return self._tap.get(self.name, url, client=page.client)
        except UnauthorizedError as error:
            raise UnauthorizedError(f"{page.setting.whole_name('api_key')}: {error}", status=error.status) from None


class SigrylListStream(SigrylStream, StatusPagesListStream, abc.ABC):
    """A list that every page of Sigryl has."""

    def reading_keys(self) -> Iterable[Hashable]:
        """None: answers are kept with their page."""
        return ()

    def pages(self, since: str | None = None) -> Iterator[tuple[str, Any]]:
        """Yield the slug of each status page and its list."""
        return self.of_pages(self.path, self.list_params(since))

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each object, under the slug of its page."""
        slug, body = page
        return ({"page_slug": slug, **self.row(item)} for item in body[self.envelope])

    def get_from(self, page: StatusPage, url: str) -> Answer:
        """Get the list, or the page's status before it."""
        answer = super().get_from(page, url)
        return answer if url == page.client.url(STATUS) else self.check(answer)


def _check_that_they_differ(pages: Iterable[StatusPage]) -> None:
    names: dict[str | None, str] = {}
    for page in pages:
        if page.slug in names:
            raise SettingsError(
                f"{page.setting.name} is the page {page.slug}, as {names[page.slug]} is: their rows would replace each "
                "other. Leave one out, or load it by a configuration and into a schema of its own"
            )
        names[page.slug] = page.setting.name


def _slug(answer: Answer) -> str:
    slug = answer.body.get("slug") if isinstance(answer.body, dict) else None
    if isinstance(slug, str) and slug:
        return slug
    raise SettingsError(
        f"GET {answer.url} is answered without the slug of a status page, which is not how sigryl answers. "
        "Check the settings provider and api_url"
    )


# BoxWatch


class BoxWatchStream(StatusPagesStream):
    """Anything that is read from BoxWatch."""

    schema = StreamSchema(SchemaDirectory(boxwatch))


class BoxWatchListStream(BoxWatchStream, StatusPagesListStream, abc.ABC):
    """A list of the account."""

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get the list, and know it for what BoxWatch says."""
        return self.check(super().get(path, params, **keys))

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each object."""
        return (self.row(item) for item in page[self.envelope])


class BoxWatchPublicStream(BoxWatchStream, FanOutStream, abc.ABC):
    """What the public sees of each status page, asked for without the key; its form is not documented."""

    path = "/status/{page_slug}"
    parent_stream = "status_pages"
    parent_fields: ClassVar[Mapping[str, str]] = {"page_slug": "slug", "status_page_id": "id", "enabled": "enabled"}
    children_key = "public answers"

    def __init__(self, tap: TapStatusPages) -> None:
        super().__init__(tap)
        self._switched_off: set[object] = set()

    def get_new_paginator(self) -> StatusPagesPaginator:
        """A single page."""
        return StatusPagesPaginator("")

    def parents(self) -> Iterable[Row]:
        """The status pages."""
        # Threads share it, so it is made before there are any.
        _ = self._tap.public_client
        for parent in super().parents():
            if parent.pop("enabled") in (0, False):
                self._switched_off.add(parent["page_slug"])
            yield parent

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a public answer; that of a page which is switched off, and so not there, is null.

        Raises:
            RefusedError: There is none that could be read: nobody has promised one.
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
            raise RefusedError(f"GET {answer.url} is answered with JSON that is no object", status=answer.status)
        return answer

    def _ask(self, url: str) -> Answer:
        """Ask as often as usual, but not for what is no JSON time and again: that is a web page, and stays one."""
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


def _once(ask: Callable[..., Answer]) -> Answer | TransientError:
    try:
        return ask(max_retries=0)
    except TransientError as error:
        return error

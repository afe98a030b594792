"""How the tap talks to Cachet: base address, paging, what older servers cannot do, errors."""

from __future__ import annotations

import abc
from dataclasses import replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_fanout import (
    Answer,
    ApiError,
    ApiStream,
    FanOutStream,
    MalformedError,
    PagedStream,
    RefusedError,
    RejectedError,
    SettingsError,
    TransientError,
    as_list,
    as_object,
    identity,
    parse_utc,
)
from singer_sdk import SchemaDirectory, StreamSchema

from tap_cachet import schemas
from tap_cachet.pagination import CachetPaginator, CachetV2Paginator, is_of_2_x, is_of_3_x
from tap_cachet.records import times_that_are_now, told_times

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from tap_cachet.records import Row
    from tap_cachet.tap import TapCachet

SECOND_LOOK_SECONDS = 2.0
"""Long enough for a time that means `now` to move on."""
MOST_LOOKS = 3


class CachetStream(ApiStream):
    """Anything that is read from Cachet; `path` is that of 3.x."""

    schema = StreamSchema(SchemaDirectory(schemas))
    primary_keys: Sequence[str] = ("id",)
    v2_path: ClassVar[str | None] = None
    """Where the same data is on 2.x, if not at `path`."""
    _tap: TapCachet

    def __init__(self, tap: TapCachet) -> None:
        super().__init__(tap)
        self.v2 = tap.v2
        if self.v2 and self.v2_path is not None:
            self.path = self.v2_path

    def emitted(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Write the rows; from the first one on the state tells where they come from."""
        return super().emitted(self._bound_to_host(rows))

    def _bound_to_host(self, rows: Iterator[Row]) -> Iterator[Row]:
        for first in rows:
            self._tap.host.write_into(self.stream_state)
            yield first
            yield from rows

    def _end_version(self, *, reads_all: bool) -> None:
        if self._tap.token_doubt is not None:
            # Rows that a guest does not see may only seem to be gone.
            self.without_row("the check of api_token", self._tap.token_doubt)
        super()._end_version(reads_all=reads_all)

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route, without what this server was found to be unable to do."""
        self._tap.check_token()
        try:
            answer = self._second_look(path, params, keys) if self.v2 else self._supported(path, params, keys)
        except (RefusedError, RejectedError, TransientError) as error:
            self._tap.check_address(error)
            raise
        self._tap.has_answered = True
        return answer

    def _supported(self, path: str, params: Mapping[str, Any] | None, keys: Mapping[str, object]) -> Answer:
        """Get a route of 3.x, without what this server was found to be unable to do."""
        params = self._tap.server.supported(path, params or {})
        attempt = partial(self._attempt, path, keys)
        answer = attempt(params) if self._tap.server.may_lack(path, params) else None
        if answer is None:
            return super().get(path, params, **keys)
        if isinstance(answer, Answer):
            return answer
        if self._tap.server.learn(path, params, answer, attempt):
            return self._supported(path, params, keys)
        self._tap.check_address(answer)
        # An accident is for the engine to repeat, once less than usual.
        retries = self._tap.setting("max_retries")
        if not retries or not isinstance(answer, TransientError):
            raise answer
        return self._tap.get(self.name, self._tap.client.url(path, params, **keys), max_retries=retries - 1)

    def _attempt(
        self, path: str, keys: Mapping[str, object], params: Mapping[str, Any]
    ) -> Answer | RejectedError | TransientError:
        """Ask once."""
        try:
            return self._tap.get(self.name, self._tap.client.url(path, params, **keys), max_retries=0)
        except (RejectedError, TransientError) as error:
            return error

    def _second_look(self, path: str, params: Mapping[str, Any] | None, keys: Mapping[str, object]) -> Answer:
        """Get a route of 2.x, which writes a null time as the moment of the answer: a second look shows another one."""
        read = partial(super().get, path, params, **keys)
        first = read()
        now = _moment(first)
        if not times_that_are_now(first.body, now):
            return first
        second = self._later(read, now)
        again, later = (None, now) if second is None else (second.body, _moment(second))
        body = told_times(first.body, again, now, later)
        rows = first.body["data"]
        if again is not None and isinstance(rows, list):
            # What moved to another page, or went, is not in the second look.
            seen = {identity(row) for row in as_list(as_object(again).get("data"))}
            body["data"] = [
                told if identity(row) in seen or not times_that_are_now(row, now) else self._alone(path, keys, row, now)
                for row, told in zip(rows, body["data"], strict=True)
            ]
        return replace(first, content=msgspec.json.Encoder(decimal_format="number").encode(body))

    def _later(self, read: Callable[[], Answer], now: datetime) -> Answer | None:
        """A look at the same more than a second later; None where a cache in between shows none."""
        for _ in range(MOST_LOOKS):
            self._tap.stop.wait(SECOND_LOOK_SECONDS)
            self._tap.check_running()
            answer = read()
            if (_moment(answer) - now).total_seconds() >= 1:
                return answer
        return None

    def _alone(self, path: str, keys: Mapping[str, object], row: Any, now: datetime) -> Any:
        """A row of a list with its times as its own route tells them, where it has one."""
        try:
            answer = super().get(f"{path}/{{id}}", None, id=identity(row), **keys)
        except (RefusedError, RejectedError):
            return told_times(row, None, now, now)
        return told_times(row, as_object(answer.body).get("data"), now, _moment(answer))


def _moment(answer: Answer) -> datetime:
    """When an answer was made."""
    try:
        moment = parsedate_to_datetime(answer.headers["Date"])
    except (LookupError, TypeError, ValueError):
        return parse_utc(answer.received_at)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


class CachetListStream(CachetStream, PagedStream, abc.ABC):
    """A list of Cachet, in the order of its ids.

    Nothing else orders it for certain, and there is no filter for what has changed: every run reads it whole.
    """

    include: ClassVar[tuple[str, ...]] = ()
    """What 3.x is asked to send along."""
    relations: ClassVar[Mapping[str, str]] = {}
    """Relationships of 3.x that become columns: name there -> column here."""
    filters: ClassVar[Mapping[str, str]] = {}
    v2_sort: ClassVar[bool] = True

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a list or one of its records, and know it for what this generation of servers says."""
        answer = super().get(path, params, **keys)
        fits, other = (is_of_2_x, is_of_3_x) if self.v2 else (is_of_3_x, is_of_2_x)
        if not fits(answer.body):
            # Of the other generation, all lists are; of neither, perhaps this one alone.
            kind = SettingsError if other(answer.body) else MalformedError
            raise kind(
                f"GET {self.url_base}{path} did not answer as {self._tap.api_version}.x does. Check the settings "
                "api_url and api_version: https://HOST/api goes with 3, https://HOST/api/v1 with 2"
            )
        return answer

    def get_new_paginator(self) -> CachetPaginator:
        """Pages of this generation."""
        return CachetV2Paginator() if self.v2 else CachetPaginator()

    def list_params(self, since: str | None) -> dict[str, Any]:  # noqa: ARG002
        """The whole list in one order, with what 3.x can send along."""
        if self.v2:
            return {"sort": "id"} if self.v2_sort else {}
        include = {"include": ",".join(self.include)} if self.include else {}
        return {"sort": "id", **include, **self.filters}

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each resource."""
        return (self.row(resource) for resource in self.resources(page))

    def row(self, resource: Mapping[str, Any]) -> Row:
        """One resource as a row."""
        if not self.v2:
            self.check_attributes(resource)
        return self._tap.records.row(resource, self.relations)

    @staticmethod
    def resources(page: Any) -> list[Any]:
        """The resources of a page, or the one of a single record's route.

        What is not an object becomes one without an id, of which no row can be made: it is left out and told of.
        """
        data = page["data"]
        return [as_object(resource) for resource in (data if isinstance(data, list) else [data])]

    # Single records

    @property
    def record_ids(self) -> tuple[int, ...] | None:
        """The only records to read, from the setting; None for all."""
        return self._tap.record_ids(self.path)

    def reading_key(self, since: str | None) -> Hashable:
        """The list, or the records that were chosen from it."""
        return super().reading_key(since), self.record_ids

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """The pages of the list; the single records where the setting names them."""
        if self.record_ids is None:
            yield from super().pages(since)
            return
        self.leave_out("record_ids reads single records only")
        params = {name: value for name, value in self.list_params(since).items() if name == "include"}
        for key, answer in self.concurrently(lambda key: self._single(key, params), self.record_ids):
            if isinstance(answer, RefusedError):
                self._tap.summary.warn_once(f"record_ids: {answer}")
            elif isinstance(answer, ApiError):
                self.without_row(f"record {key}", answer)
            else:
                yield answer.body

    def _single(self, key: int, params: Mapping[str, Any]) -> tuple[int, Answer | ApiError]:
        return key, self.attempted(lambda: self.get(f"{self.path}/{{id}}", params, id=key))


class CachetFanOutStream(CachetListStream, FanOutStream, abc.ABC):
    """A list that Cachet keeps under each row of another one."""

    record_ids = None


class ServerAbilities:
    """What this server was found to be unable to do: 3.x has no version that would tell.

    Args:
        warn: Called once for each thing that is missing.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._missing: dict[str, set[str]] = {}

    def supported(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters without what the server cannot include."""
        missing = self._missing.get("*", set()) | self._missing.get(path, set())
        names = [name for name in _included(params) if name not in missing]
        rest = {name: value for name, value in params.items() if name != "include"}
        return {**rest, "include": ",".join(names)} if names else rest

    def lacks(self, path: str, include: str) -> bool:
        """Whether the server was found to be unable to include something."""
        return include in self._missing.get(path, set())

    def may_lack(self, path: str, params: Mapping[str, Any]) -> bool:
        """Whether a request asks for something that some servers do not have."""
        include = _included(params)
        return "meta" in include or ("components" in include and path.startswith("/schedules"))

    def learn(
        self,
        path: str,
        params: Mapping[str, Any],
        error: ApiError,
        attempt: Callable[[Mapping[str, Any]], Answer | ApiError],
    ) -> bool:
        """Whether an error came from an include that older servers lack; it is not asked for again then.

        Args:
            path: The route.
            params: What was asked for.
            error: The answer.
            attempt: Asks once for other parameters.
        """
        include = _included(params)
        if error.status == HTTPStatus.BAD_REQUEST and "meta" in include:
            # What else a schedule is asked for may fail in turn.
            if not _is_lacking(
                "meta", params, error, attempt, without=(HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR)
            ):
                return False
            self._missing.setdefault("*", set()).add("meta")
            self._warn("this server is too old to send metadata (core before 2026-07-13): meta is null")
            return True
        broken = error.status == HTTPStatus.INTERNAL_SERVER_ERROR and path.startswith("/schedules")
        if not broken or "components" not in include:
            return False
        if _is_lacking("components", params, error, attempt, without=(HTTPStatus.OK,)):
            for route in ("/schedules", "/schedules/{id}"):
                self._missing.setdefault(route, set()).add("components")
            self._warn("this server cannot list the components of schedules (core before 2026-01-05): left out")
            return True
        return False


def _is_lacking(
    name: str,
    params: Mapping[str, Any],
    error: ApiError,
    attempt: Callable[[Mapping[str, Any]], Answer | ApiError],
    *,
    without: tuple[HTTPStatus, ...],
) -> bool:
    """Whether it is an include that the server lacks.

    The answer may be an accident, or be that of the route whatever it is asked for: only what fails with the include,
    does not without it, and fails again is a lack.

    Args:
        name: The include.
        params: What was asked for.
        error: The answer.
        attempt: Asks once for other parameters.
        without: What may be answered where the include is left out.
    """
    rest = ",".join(include for include in _included(params) if include != name)
    others = {key: value for key, value in params.items() if key != "include"}
    is_better = attempt({**others, "include": rest} if rest else others).status in without
    return is_better and attempt(params).status == error.status


def _included(params: Mapping[str, Any]) -> list[str]:
    return str(params["include"]).split(",") if params.get("include") else []

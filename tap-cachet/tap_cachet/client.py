"""The base classes of Cachet's streams: routes, pagination, missing features of older servers, errors."""

from __future__ import annotations

import abc
from dataclasses import replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from operator import methodcaller
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
"""Long enough for a time that means `now` to change."""
MOST_LOOKS = 3
_ATTRIBUTES = methodcaller("get", "attributes")


class CachetStream(ApiStream):
    """A stream of Cachet; `path` is the route of 3.x."""

    schema = StreamSchema(SchemaDirectory(schemas))
    primary_keys: Sequence[str] = ("id",)
    v2_path: ClassVar[str | None] = None
    """The route of the same data on 2.x, if not `path`."""
    _tap: TapCachet

    def __init__(self, tap: TapCachet) -> None:
        super().__init__(tap)
        self.v2 = tap.v2
        if self.v2 and self.v2_path is not None:
            self.path = self.v2_path

    def emitted(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Write the rows; from the first one on, the state names the server that they come from."""
        return super().emitted(self._bound_to_host(rows))

    def _bound_to_host(self, rows: Iterator[Row]) -> Iterator[Row]:
        for first in rows:
            self._tap.host.write_into(self.stream_state)
            yield first
            yield from rows

    def _end_version(self, *, reads_all: bool) -> None:
        if self._tap.token_doubt is not None:
            # Rows hidden from guests may only seem to be gone.
            self.without_row("the check of api_token", self._tap.token_doubt)
        super()._end_version(reads_all=reads_all)

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route, without what this server was found not to support."""
        self._tap.check_token()
        try:
            answer = self._second_look(path, params, keys) if self.v2 else self._supported(path, params, keys)
        except (RefusedError, RejectedError, TransientError) as error:
            self._tap.check_address(error)
            raise
        self._tap.has_answered = True
        return answer

    def _supported(self, path: str, params: Mapping[str, Any] | None, keys: Mapping[str, object]) -> Answer:
        """Get a route of 3.x, without what this server was found not to support."""
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
        # A transient failure is retried by the engine, once less than usual.
        retries = self._tap.setting("max_retries")
        if not retries or not isinstance(answer, TransientError):
            raise answer
        return self._tap.get(self.name, self._tap.client.url(path, params, **keys), max_retries=retries - 1)

    def _attempt(
        self, path: str, keys: Mapping[str, object], params: Mapping[str, Any]
    ) -> Answer | RejectedError | TransientError:
        """Send the request once, without retries."""
        try:
            return self._tap.get(self.name, self._tap.client.url(path, params, **keys), max_retries=0)
        except (RejectedError, TransientError) as error:
            return error

    def _second_look(self, path: str, params: Mapping[str, Any] | None, keys: Mapping[str, object]) -> Answer:
        """Get a route of 2.x, which sends the current time for a null one: a second request shows a different time."""
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
            # Rows that moved to another page, or were deleted, are missing from the second response.
            seen = {identity(row) for row in as_list(as_object(again).get("data"))}
            body["data"] = [
                told if identity(row) in seen or not times_that_are_now(row, now) else self._alone(path, keys, row, now)
                for row, told in zip(rows, body["data"], strict=True)
            ]
        return replace(first, content=msgspec.json.Encoder(decimal_format="number").encode(body))

    def _later(self, read: Callable[[], Answer], now: datetime) -> Answer | None:
        """Request the same more than a second later; None if a cache in between prevents that."""
        for _ in range(MOST_LOOKS):
            self._tap.stop.wait(SECOND_LOOK_SECONDS)
            self._tap.check_running()
            answer = read()
            if (_moment(answer) - now).total_seconds() >= 1:
                return answer
        return None

    def _alone(self, path: str, keys: Mapping[str, object], row: Any, now: datetime) -> Any:
        """A row of a list with the times of its own route, if it has one."""
        try:
            answer = super().get(f"{path}/{{id}}", None, id=identity(row), **keys)
        except (RefusedError, RejectedError):
            return told_times(row, None, now, now)
        return told_times(row, as_object(answer.body).get("data"), now, _moment(answer))


def _moment(answer: Answer) -> datetime:
    """When a response was generated."""
    try:
        moment = parsedate_to_datetime(answer.headers["Date"])
    except (LookupError, TypeError, ValueError):
        return parse_utc(answer.received_at)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


class CachetListStream(CachetStream, PagedStream, abc.ABC):
    """A list of Cachet, in order of id.

    No other order is reliable, and there is no filter by time of change: every run reads the whole list.
    """

    include: ClassVar[tuple[str, ...]] = ()
    """The values of `include` on 3.x."""
    relations: ClassVar[Mapping[str, str]] = {}
    """Relationships of 3.x that become columns: relationship -> column."""
    filters: ClassVar[Mapping[str, str]] = {}
    v2_sort: ClassVar[bool] = True

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a list or one of its records, and check that it has the shape of this generation of servers."""
        answer = super().get(path, params, **keys)
        fits, other = (is_of_2_x, is_of_3_x) if self.v2 else (is_of_3_x, is_of_2_x)
        if not fits(answer.body):
            # The other generation's shape concerns all lists; any other may concern just this one.
            kind = SettingsError if other(answer.body) else MalformedError
            raise kind(
                f"GET {self.url_base}{path} did not answer as {self._tap.api_version}.x does. Check the settings "
                "api_url and api_version: https://HOST/api goes with 3, https://HOST/api/v1 with 2"
            )
        return answer

    def get_new_paginator(self) -> CachetPaginator:
        """The paginator of this generation."""
        return CachetV2Paginator() if self.v2 else CachetPaginator()

    def list_params(self, since: str | None) -> dict[str, Any]:  # noqa: ARG002
        """The whole list in a stable order, with the includes of 3.x."""
        if self.v2:
            return {"sort": "id"} if self.v2_sort else {}
        include = {"include": ",".join(self.include)} if self.include else {}
        return {"sort": "id", **include, **self.filters}

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each resource."""
        return self.rows_of(self.resources(page))

    def rows_of(self, resources: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Turn resources into rows."""
        if not self.v2 and set(map(type, map(_ATTRIBUTES, resources))) != {dict}:
            for resource in resources:
                self.check_attributes(resource)
        return self.finished(self._tap.records.rows(resources, self.relations), resources)

    def finished(self, rows: list[Row], resources: Sequence[Mapping[str, Any]]) -> list[Row]:  # noqa: ARG002
        """The rows of resources, with what is particular to this stream."""
        return rows

    @staticmethod
    def resources(page: Any) -> list[Any]:
        """The resources of a page, or the single one of a record's route.

        Anything but an object becomes one without an id, which makes no row: it is left out and reported.
        """
        data = page["data"]
        resources = data if isinstance(data, list) else [data]
        return resources if set(map(type, resources)) == {dict} else [as_object(resource) for resource in resources]

    # Single records

    @property
    def record_ids(self) -> tuple[int, ...] | None:
        """The records to read, from the setting; None for all."""
        return self._tap.record_ids(self.path)

    def reading_key(self, since: str | None) -> Hashable:
        """Identifies the list, or the records chosen from it."""
        return super().reading_key(since), self.record_ids

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """Yield the pages of the list, or the single records that the setting names."""
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
    """A list under each row of another list."""

    record_ids = None


class ServerAbilities:
    """What this server was found not to support: the version of a 3.x server does not say.

    Args:
        warn: Called once for each missing feature.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._missing: dict[str, set[str]] = {}

    def supported(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters without unsupported includes."""
        missing = self._missing.get("*", set()) | self._missing.get(path, set())
        names = [name for name in _included(params) if name not in missing]
        rest = {name: value for name, value in params.items() if name != "include"}
        return {**rest, "include": ",".join(names)} if names else rest

    def lacks(self, path: str, include: str) -> bool:
        """Whether an include was found to be unsupported."""
        return include in self._missing.get(path, set())

    def may_lack(self, path: str, params: Mapping[str, Any]) -> bool:
        """Whether a request asks for something that some servers do not support."""
        include = _included(params)
        return "meta" in include or ("components" in include and path.startswith("/schedules"))

    def learn(
        self,
        path: str,
        params: Mapping[str, Any],
        error: ApiError,
        attempt: Callable[[Mapping[str, Any]], Answer | ApiError],
    ) -> bool:
        """Whether an error was caused by an unsupported include, which is then not requested again.

        Args:
            path: The route.
            params: The query parameters.
            error: The response.
            attempt: Sends the request once with other parameters.
        """
        include = _included(params)
        if error.status == HTTPStatus.BAD_REQUEST and "meta" in include:
            # The other includes of a schedule may fail as well.
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
    """Whether the server does not support an include.

    The error may be transient, or the route may fail whatever the parameters. So the include counts as unsupported only
    if the request fails with it, succeeds without it, and fails with it again.

    Args:
        name: The include.
        params: The query parameters.
        error: The response.
        attempt: Sends the request once with other parameters.
        without: Statuses that are acceptable without the include.
    """
    rest = ",".join(include for include in _included(params) if include != name)
    others = {key: value for key, value in params.items() if key != "include"}
    is_better = attempt({**others, "include": rest} if rest else others).status in without
    return is_better and attempt(params).status == error.status


def _included(params: Mapping[str, Any]) -> list[str]:
    return str(params["include"]).split(",") if params.get("include") else []

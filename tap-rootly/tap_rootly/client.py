"""The base classes of Rootly's streams: JSON:API resources, pagination, bookmarks, single records, children."""

from __future__ import annotations

import abc
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_fanout import (
    Answer,
    ApiError,
    ApiStream,
    FanOutStream,
    MalformedError,
    PagedStream,
    RefusedError,
    TransientError,
    as_list,
    as_object,
    earlier,
    identity,
)
from singer_sdk import SchemaDirectory, StreamSchema

from tap_rootly import schemas
from tap_rootly.created_filter import WITH_CREATED_FILTER
from tap_rootly.fitting_pages import FittingPages
from tap_rootly.pagination import PAGE_SIZE, RootlyCursorPaginator, RootlyPaginator, RootlyWholeList, WindowedReading
from tap_rootly.parents import KEYS, OWN, Part
from tap_rootly.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence

    from singer_fanout import Reading
    from singer_sdk.helpers.types import Context

    from tap_rootly.records import Resource, Row
    from tap_rootly.tap import TapRootly

SECONDS_OF_A_DAY = 86_400
MEDIA_TYPE = "application/vnd.api+json"
UP_TO_DATE = "up_to_date"
"""Key in the state: parents within the look-back whose children are up to date."""
MOST_REMEMBERED = 5000
"""The most parents that are remembered as up to date; the children of any others are read again."""


class RootlyStream(ApiStream, abc.ABC):
    """A stream of Rootly."""

    schema = StreamSchema(SchemaDirectory(schemas))
    primary_keys: Sequence[str] = ("id",)
    relations: ClassVar[Mapping[str, str]] = {}
    """Relationships that become columns of another name: relationship -> column."""
    _tap: TapRootly

    @property
    def check_sorted(self) -> bool:
        """Off: rows of the look-back precede the bookmark, and of unsorted rows the highest value counts."""
        return not self.is_sorted

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route, and check that the response is a JSON:API document."""
        answer = super().get(path, params, **keys)
        if not holds_resources(answer.body):
            raise MalformedError(
                f"GET {answer.url} did not answer as Rootly does, with resources under 'data'. "
                "Check the setting api_url: Rootly's own is https://api.rootly.com"
            )
        return answer

    def row(self, resource: Resource) -> Row:
        """Turn a resource into a row."""
        self.check_attributes(resource)
        return self._records.row(resource)

    @cached_property
    def _records(self) -> Records:
        return Records(self.name, self.schema["properties"], self.relations, self._tap.summary.warn_once)


def holds_resources(body: Any) -> bool:
    """Whether a response is a JSON:API document with a resource or a list, not one of only malformed elements."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list):
        return not data or any(row is None or isinstance(row, dict) for row in data)
    return isinstance(data, dict)


class RootlyListStream(RootlyStream, PagedStream, abc.ABC):
    """A list of Rootly.

    Without a replication key it is read in full, so that deletes are detected. With one, a run requests what was
    created or updated since the last run, with the filter of that name.
    """

    paged: ClassVar[bool] = True
    """Whether the list is paginated."""
    largest_page: ClassVar[int | None] = None
    """The largest page according to the API's description, if it names one."""
    sort: ClassVar[str | None] = None
    """A documented sort order of the list."""
    include: ClassVar[str | None] = None
    """The value of `include` that is needed for a column which only a relationship provides."""
    resource_type: ClassVar[str | None] = None
    """The rows' type in `fields`, if sparse fieldsets are known to work for them."""
    by_cursor: ClassVar[bool] = False
    """Whether pages have cursors, so that rows which move are not missed."""
    only_grows: ClassVar[bool] = False
    """Whether rows never change: a run then reads up to its own start, before which nothing moves."""
    lookback_days: ClassVar[int] = 0
    """How long a row may still change, if the replication key is not a time of change."""
    has_records: ClassVar[bool] = True
    """Whether each row has its own route below the list's."""

    def get_new_paginator(self) -> RootlyPaginator | RootlyCursorPaginator:
        """The paginator of this list."""
        if self.by_cursor:
            return RootlyCursorPaginator(self.page_size)
        return RootlyPaginator(self.page_size) if self.paged else RootlyWholeList()

    @property
    def page_size(self) -> int:
        """The rows to request per page; scaled up for a list that allows larger pages than usual."""
        chosen: int = self._tap.setting("page_size")
        most = self.largest_page
        return chosen if most is None else min(most, chosen * max(1, most // PAGE_SIZE))

    def fitting(self, get: Callable[[Mapping[str, Any]], Answer]) -> FittingPages:
        """Gets pages of this list, in smaller pieces if they take too long."""
        return FittingPages(get, self.get_new_paginator(), lambda: self._tap.outage.retries(1) > 0)

    def reading_of(self, get: Callable[[Mapping[str, Any]], Answer]) -> Reading:
        """Create a reading of a list, with smaller pages if the usual ones take too long.

        A list sorted by its bookmark is read in several time windows.
        """
        paginator, key = self.get_new_paginator(), self.replication_key
        fitting = self.fitting(get)
        if not isinstance(paginator, RootlyCursorPaginator) or key != self.sort or self._one_by_one:
            return super().reading_of(fitting)
        return WindowedReading(fitting, paginator, self._tap.pool, str(key))

    @property
    def _one_by_one(self) -> bool:
        return self.is_dry_run or self._tap.pool.window == 1

    def starting_bookmark(self) -> str | None:
        """The bookmark minus the time for which rows may still change, but not before `start_date`."""
        since = super().starting_bookmark()
        if since is None or not self.lookback_days:
            return since
        start_date = self.config.get("start_date")
        return max(earlier(since, self.lookback_days * SECONDS_OF_A_DAY), earlier(start_date, 0) if start_date else "")

    def within(self, begin: str | None, end: str | None) -> Mapping[str, Any] | None:
        """The filter by time of creation, for lists that have it."""
        if self.path not in WITH_CREATED_FILTER:
            return None
        since = self.starting_bookmark()
        if begin is not None and since is not None:
            # Must not widen the filter that the list already has.
            begin = max(begin, since)
        return {f"filter[created_at][{operator}]": time for operator, time in (("gte", begin), ("lt", end)) if time}

    def list_params(self, since: str | None) -> dict[str, Any]:
        """The sort order and the time filter."""
        params = {name: value for name, value in (("sort", self.sort), ("include", self.include)) if value}
        if since is not None:
            params[f"filter[{self.replication_key}][gte]"] = since
        if self.only_grows:
            params[f"filter[{self.replication_key}][lte]"] = self._tap.began_at
        return params

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each resource; an unpaginated list with fewer rows than its total is incomplete."""
        resources = self.resources(page)
        told = RootlyPaginator().total_rows(page)
        if not self.paged and told is not None and told > len(resources):
            self.leave_out(f"the list has no pages and gave {len(resources)} of {told} rows")
        return (self.row(resource) for resource in resources)

    @staticmethod
    def resources(page: Any) -> list[Any]:
        """The resources of a page, or the single one of a record's route."""
        return [as_object(resource) for resource in as_list(page["data"])]

    def _increment_stream_state(self, latest_record: Row, *, context: Context | None = None) -> None:
        """Advance the bookmark, unless something before it was left out."""
        if self.is_complete:
            super()._increment_stream_state(latest_record, context=context)

    # What streams have in common

    def parts_read(self, since: str | None) -> Iterator[Part]:
        """The parts of parents' lists that the rows since a time are made from."""
        if self._comes_with_children:
            yield Part(self.name, since, OWN)

    def key_rows(self, since: str | None) -> Iterator[Row]:
        """The rows, or at least the fields that the lists below each of them need."""
        if not self._comes_with_children:
            yield from self.rows(since)
            return
        wanted = self._tap.fields_of_parents[self.name]
        for page in self.walk(self._tap.part_of_list(Part(self.name, since, KEYS))):
            for resource in self.resources(page):
                yield self.key_row(resource, wanted)

    def key_row(self, resource: Resource, wanted: Collection[str]) -> Row:
        """The id and the wanted fields of a resource: its children do not need the others, which cost time."""
        attributes = as_object(resource.get("attributes"))
        needed = {name: attributes[name] for name in wanted if name in attributes}
        return self.row({"id": identity(resource), "attributes": needed})

    @property
    def _comes_with_children(self) -> bool:
        """Whether the list includes children too, so that it is read for several streams at once."""
        return self.record_ids is None and self.name in self._tap.kinds_of_children

    def miss_own_kind(self, kind: str, error: ApiError) -> None:
        """Continue without the column that an include provides."""
        if isinstance(error, RefusedError):
            self._tap.summary.leave_out_part(self.name, f"include={kind}", str(error))
        else:
            self._tap.summary.fail_in_part(self.name, f"include={kind}", error)

    def begin_lists_below(self, page: Any, since: str | None) -> None:
        """Start fetching the lists below each row of the first of many pages: those streams have their turn much later.

        Args:
            page: The first page of this list.
            since: The time from which it is read.
        """
        paginator = self.get_new_paginator()
        if not isinstance(paginator, RootlyCursorPaginator) or paginator.next_cursor(page) is None:
            return
        wanted = self._tap.fields_of_parents[self.name]
        rows = [self.key_row(resource, wanted) for resource in self.resources(page) if identity(resource) is not None]
        for stream in self._tap.streams.values():
            if stream.selected and isinstance(stream, RootlyFanOutStream):
                stream.begin_below(self, rows, since)

    def _reading(self, since: str | None) -> Reading:
        if self._comes_with_children:
            return self._tap.part_reading(Part(self.name, since, OWN))
        return super()._reading(since)

    # Single records

    @property
    def record_ids(self) -> tuple[str, ...] | None:
        """The records to read, from the setting; None for all."""
        return self._tap.record_ids(self.name)

    def reading_key(self, since: str | None) -> Hashable:
        """Identifies the list, or the records chosen from it."""
        return super().reading_key(since), self.record_ids

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """Yield the pages of the list, or the single records that the setting names."""
        if self.record_ids is None:
            yield from super().pages(since)
        else:
            self.leave_out("record_ids reads single records only")
            yield from self.single_records({"include": self.include} if self.include else {})

    def single_records(self, params: Mapping[str, Any]) -> Iterator[Any]:
        """Yield the responses for the records that the setting names; missing ones are reported."""
        for key, answer in self.concurrently(lambda key: self._single(key, params), self.record_ids or ()):
            if isinstance(answer, RefusedError):
                self._tap.summary.warn_once(f"record_ids: {answer}")
            elif isinstance(answer, ApiError):
                self.without_row(f"record {key}", answer)
            else:
                self._tap.extracted_at = answer.received_at
                yield answer.body

    def _single(self, key: str, params: Mapping[str, Any]) -> tuple[str, Answer | ApiError]:
        return key, self.attempted(lambda: self.get(f"{self.path}/{{id}}", params, id=key))


class RootlyFanOutStream(RootlyListStream, FanOutStream, abc.ABC):
    """A list below each row of another list; its rows may in turn be parents."""

    record_ids = None
    has_records = False
    also_remembers = (UP_TO_DATE,)

    def __init__(self, tap: TapRootly) -> None:
        super().__init__(tap)
        if self.replication_key is None:
            # Streams whose parents are these rows use the same responses.
            self.children_key = ("children", self.path)

    def reading_keys(self) -> Iterable[Hashable]:
        """The lists of the children, of their parents, and of those parents' parents, if any."""
        above = self.parent.reading_keys() if isinstance(self.parent, FanOutStream) else ()
        children = () if self.children_key is None else (self.children_key,)
        return (*self._parents_keys(self.starting_bookmark()), *children, *above)

    def _parents_keys(self, since: str | None) -> Iterable[Hashable]:
        return tuple(self.parts_read(since)) or (self.parent.reading_key(since),)

    def parts_read(self, since: str | None) -> Iterator[Part]:
        """The parts that contain the parents, or the parents' parents."""
        parent, since = cast("RootlyListStream", self.parent), None if self._parents_time is None else since
        if isinstance(parent, FanOutStream):
            yield from parent.parts_read(since)
        else:
            yield from (Part(part.parents, since, KEYS) for part in parent.parts_read(since))

    def parent_rows(self, since: str | None) -> Iterator[Row]:
        """The fields of the parents that their children need."""
        return cast("RootlyListStream", self.parent).key_rows(since)

    def read_rows(self) -> Iterator[Row]:
        """Yield the children of all parents."""
        for parent, rows in self.families(self.starting_bookmark(), without=self.is_up_to_date):
            yield from rows
            self.parent_done(parent)
            self._tap.progress.advance()

    def begin_below(self, parent: RootlyListStream, rows: Iterable[Row], since: str | None) -> None:
        """Start fetching the children of these rows, if they are parents of this stream.

        Args:
            parent: The stream that they are rows of.
            rows: The fields of them that children need.
            since: The time from which that stream reads.
        """
        if self.parent is not parent or Part(parent.name, since, KEYS) not in self.parts_read(self.starting_bookmark()):
            return
        known = UpToDateParents(self._tap.state.get("bookmarks", {}).get(self.name, {}).get(UP_TO_DATE, {}))
        parents = [self.parent_key(row) for row in rows]
        key = self._parents_time
        self.begin(one for one in parents if key is None or not known.knows(self._identity(one), one[key]))

    def rows(self, since: str | None = None) -> Iterator[Row]:
        """Yield the rows for streams that build on them."""
        for _, rows in self.families(since):
            yield from rows

    def families(
        self, since: str | None, *, without: Callable[[Row], bool] = lambda _: False
    ) -> Iterator[tuple[Row, Iterable[Row]]]:
        """Yield each parent with its children's rows, in the order of the bookmark.

        Args:
            since: Only parents that changed since this time.
            without: Further parents to leave out.
        """
        parents = [parent for parent in self.parents_since(since) if not without(parent)]
        self._tap.progress.expect("parent", len(parents))
        for parent, pages in self.fan_out(parents):
            yield parent, self.family(parent, pages)

    def parents_since(self, since: str | None) -> Iterable[Row]:
        """The keys of the parents, in the order of their replication key if they have one."""
        key = self._parents_time
        return (
            self.parent_keys(None)
            if key is None
            else sorted(self.parent_keys(since), key=lambda row: str(row[key] or ""))
        )

    def family(self, parent: Row, pages: Iterable[Any]) -> Iterator[Row]:
        """Yield the children of one parent, with the fields that come from it."""
        for page in pages:
            for row in self.parse_page(page):
                yield {**row, **parent}

    # Parents that the look-back brings again

    @property
    def _parents_time(self) -> str | None:
        """The field with the parent's last change, if it is the replication key."""
        return self.replication_key if self.replication_key in self.parent_fields else None

    def is_up_to_date(self, parent: Row) -> bool:
        """Whether the parent has not changed since its children were read."""
        key = self._parents_time
        return key is not None and self._up_to_date.knows(self._identity(parent), parent[key])

    def parent_done(self, parent: Row) -> None:
        """Advance the bookmark, and remember the parent while it is within the look-back."""
        key = self._parents_time
        if key is None:
            return
        super().parent_done(parent)
        bookmark = self.stream_state.get("replication_key_value")
        if bookmark and bookmark == parent[key]:
            self._up_to_date.add(self._identity(parent), bookmark)
            self._up_to_date.forget_before(earlier(bookmark, self._tap.setting("lookback_seconds")))

    def _identity(self, parent: Row) -> str:
        return "/".join(str(value) for name, value in parent.items() if name != self._parents_time)

    @property
    def _up_to_date(self) -> UpToDateParents:
        return UpToDateParents(self.stream_state.setdefault(UP_TO_DATE, {}))


class GrowingFanOutStream(RootlyFanOutStream, abc.ABC):
    """Children that are only added, each with its own time: one bookmark covers all parents."""

    created_filter: ClassVar[str]
    """The filter for children created since a time."""

    def reading_keys(self) -> Iterable[Hashable]:
        """The list of all parents, whatever the bookmark."""
        return self._parents_keys(None)

    def child_params(self, parent: Row) -> dict[str, Any]:
        """Request what was added since the bookmark."""
        since = self.starting_bookmark()
        return {**super().child_params(parent), **({self.created_filter: since} if since else {})}

    @property
    def can_resume(self) -> bool:
        """False: the bookmark is only valid after the last parent."""
        return False

    def _increment_stream_state(self, latest_record: Row, *, context: Context | None = None) -> None:
        """Advance the bookmark with the children, not the parents."""
        if self.is_complete:
            PagedStream._increment_stream_state(self, latest_record, context=context)  # noqa: SLF001 - a base class


class LinkStream(RootlyFanOutStream, abc.ABC):
    """Links between a parent and resources: the two ids. The resources are rows of their own stream."""

    links = True

    def row(self, resource: Resource) -> Row:
        """The id of the resource; the parent's id is added from the parent."""
        return {self.primary_keys[-1]: identity(resource)}


class UndocumentedList(RootlyListStream, abc.ABC):
    """A list whose response is undocumented: an unexpected one does not fail the run."""

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route; anything but a list of resources counts as not offered."""
        try:
            return super().get(path, params, **keys)
        except (MalformedError, TransientError) as error:
            if isinstance(error, TransientError) and error.status != HTTPStatus.OK:
                raise
            raise RefusedError(f"Rootly does not document what {path} answers, and it was not understood") from error


class ChartStream(RootlyFanOutStream, abc.ABC):
    """Figures that Rootly computes for each row of another stream, one object each."""

    paged = False
    selected_by_default = False
    needs_period: ClassVar[bool] = False
    """Whether the period is a required parameter."""

    def read_rows(self) -> Iterator[Row]:
        """Yield the rows; some charts are unavailable without a period."""
        if self.needs_period and not self._period:
            raise RefusedError("it needs the setting chart_period")
        yield from super().read_rows()

    def child_params(self, parent: Row) -> dict[str, Any]:
        """The period of the chart."""
        return {**super().child_params(parent), **({"period": self._period} if self._period else {})}

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield the chart as is."""
        return (self.row({"attributes": {"period": self._period, "data": page["data"]}}),)

    @property
    def _period(self) -> str | None:
        return self._tap.config.get("chart_period")


class UpToDateParents:
    """Parents whose children were read, with the time of their last change.

    The look-back lists parents again, in case a change became visible late. The unchanged ones need no request: without
    this, every run would read a thousand incidents imported within one minute again.

    Args:
        times: The part of the state: parent -> time of its last change, oldest first.
    """

    def __init__(self, times: dict[str, str]) -> None:
        self._times = times

    def knows(self, parent: str, changed_at: str) -> bool:
        """Whether the children were read when the parent's last change was at this time."""
        return self._times.get(parent) == changed_at

    def add(self, parent: str, changed_at: str) -> None:
        """Record a parent."""
        self._times.pop(parent, None)
        self._times[parent] = changed_at

    def forget_before(self, time: str) -> None:
        """Drop parents that are outside the look-back, and any beyond the limit."""
        while self._times:
            oldest = next(iter(self._times))
            if self._times[oldest] >= time and len(self._times) <= MOST_REMEMBERED:
                return
            del self._times[oldest]

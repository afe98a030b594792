"""How the tap talks to Rootly: JSON:API resources, pages, times to start from, single records, children of parents."""

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
"""In the state: parents that the look-back brings again and that need no request."""
MOST_REMEMBERED = 5000
"""Parents that are remembered to be up to date; what lies beyond is read once more."""


class RootlyStream(ApiStream, abc.ABC):
    """Anything that is read from Rootly."""

    schema = StreamSchema(SchemaDirectory(schemas))
    primary_keys: Sequence[str] = ("id",)
    relations: ClassVar[Mapping[str, str]] = {}
    """Relationships that become columns of another name: name there -> column here."""
    _tap: TapRootly

    @property
    def check_sorted(self) -> bool:
        """Sorted rows need no check: those of the look-back lie before the bookmark. Of others, the highest counts."""
        return not self.is_sorted

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route, and know it for one of Rootly's."""
        answer = super().get(path, params, **keys)
        if not holds_resources(answer.body):
            raise MalformedError(
                f"GET {answer.url} did not answer as Rootly does, with resources under 'data'. "
                "Check the setting api_url: Rootly's own is https://api.rootly.com"
            )
        return answer

    def row(self, resource: Resource) -> Row:
        """One resource as a row."""
        self.check_attributes(resource)
        return self._records.row(resource)

    @cached_property
    def _records(self) -> Records:
        return Records(self.name, self.schema["properties"], self.relations, self._tap.summary.warn_once)


def holds_resources(body: Any) -> bool:
    """Whether an answer is a JSON:API document of one resource or a list of them; of other things alone it is none."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list):
        return not data or any(row is None or isinstance(row, dict) for row in data)
    return isinstance(data, dict)


class RootlyListStream(RootlyStream, PagedStream, abc.ABC):
    """A list of Rootly.

    Without a replication key it is read whole, so that deletes are seen. With one, a run asks for what was created or
    updated since the last one, by the filter of that name.
    """

    paged: ClassVar[bool] = True
    """Whether the list is cut into pages."""
    largest_page: ClassVar[int | None] = None
    """The most rows that the document allows in a page, where it names a number."""
    sort: ClassVar[str | None] = None
    """An order that is documented for the list."""
    include: ClassVar[str | None] = None
    """A kind of resources to send along, for a column that only their relationship tells."""
    resource_type: ClassVar[str | None] = None
    """What `fields` calls the rows, where it is known to leave out of them what nobody wants."""
    by_cursor: ClassVar[bool] = False
    """Whether each page names the next one, so that rows which move are not missed."""
    only_grows: ClassVar[bool] = False
    """Whether rows are never changed: a run then reads up to its own beginning, behind which nothing moves."""
    lookback_days: ClassVar[int] = 0
    """How long a row may still change where the key is not a time of change."""
    has_records: ClassVar[bool] = True
    """Whether each row has a route of its own below the list's."""

    def get_new_paginator(self) -> RootlyPaginator | RootlyCursorPaginator:
        """How this list is cut into pages."""
        if self.by_cursor:
            return RootlyCursorPaginator(self.page_size)
        return RootlyPaginator(self.page_size) if self.paged else RootlyWholeList()

    @property
    def page_size(self) -> int:
        """The rows to ask for in a page; a list whose pages may be larger than usual has them larger in proportion."""
        chosen: int = self._tap.setting("page_size")
        most = self.largest_page
        return chosen if most is None else min(most, chosen * max(1, most // PAGE_SIZE))

    def fitting(self, get: Callable[[Mapping[str, Any]], Answer]) -> FittingPages:
        """What gets a page of this list, and smaller ones where that takes too long."""
        return FittingPages(get, self.get_new_paginator(), lambda: self._tap.outage.retries(1) > 0)

    def reading_of(self, get: Callable[[Mapping[str, Any]], Answer]) -> Reading:
        """A reading of a list, with smaller pages where the usual ones take too long.

        One in the order of its bookmark is read in several windows of time.
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
        """The bookmark less the time for which rows may still change, but not before `start_date`."""
        since = super().starting_bookmark()
        if since is None or not self.lookback_days:
            return since
        start_date = self.config.get("start_date")
        return max(earlier(since, self.lookback_days * SECONDS_OF_A_DAY), earlier(start_date, 0) if start_date else "")

    def within(self, begin: str | None, end: str | None) -> Mapping[str, Any] | None:
        """The filter of the time at which rows were created, of the lists that have it."""
        if self.path not in WITH_CREATED_FILTER:
            return None
        since = self.starting_bookmark()
        if begin is not None and since is not None:
            # The filter that the list has anyway must not be widened.
            begin = max(begin, since)
        return {f"filter[created_at][{operator}]": time for operator, time in (("gte", begin), ("lt", end)) if time}

    def list_params(self, since: str | None) -> dict[str, Any]:
        """The order, and the window of time."""
        params = {name: value for name, value in (("sort", self.sort), ("include", self.include)) if value}
        if since is not None:
            params[f"filter[{self.replication_key}][gte]"] = since
        if self.only_grows:
            params[f"filter[{self.replication_key}][lte]"] = self._tap.began_at
        return params

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each resource; a list without pages that gives less than it says it has is incomplete."""
        resources = self.resources(page)
        told = RootlyPaginator().total_rows(page)
        if not self.paged and told is not None and told > len(resources):
            self.leave_out(f"the list has no pages and gave {len(resources)} of {told} rows")
        return (self.row(resource) for resource in resources)

    @staticmethod
    def resources(page: Any) -> list[Any]:
        """The resources of a page, or the one of a single record's route."""
        return [as_object(resource) for resource in as_list(page["data"])]

    def _increment_stream_state(self, latest_record: Row, *, context: Context | None = None) -> None:
        """Move the bookmark, unless something before it was left out."""
        if self.is_complete:
            super()._increment_stream_state(latest_record, context=context)

    # What streams have in common

    def parts_read(self, since: str | None) -> Iterator[Part]:
        """The parts of the lists of parents that the rows from a time on are made of."""
        if self._comes_with_children:
            yield Part(self.name, since, OWN)

    def key_rows(self, since: str | None) -> Iterator[Row]:
        """The rows, or as much of them as the lists under each of them need."""
        if not self._comes_with_children:
            yield from self.rows(since)
            return
        wanted = self._tap.fields_of_parents[self.name]
        for page in self.walk(self._tap.part_of_list(Part(self.name, since, KEYS))):
            for resource in self.resources(page):
                yield self.key_row(resource, wanted)

    def key_row(self, resource: Resource, wanted: Collection[str]) -> Row:
        """The id and some other fields of a resource: most are not for its children, and cost time."""
        attributes = as_object(resource.get("attributes"))
        needed = {name: attributes[name] for name in wanted if name in attributes}
        return self.row({"id": identity(resource), "attributes": needed})

    @property
    def _comes_with_children(self) -> bool:
        """Whether the list tells of children too, so that it is read for several streams at once."""
        return self.record_ids is None and self.name in self._tap.kinds_of_children

    def miss_own_kind(self, kind: str, error: ApiError) -> None:
        """Go on without the column that a kind of resources tells."""
        if isinstance(error, RefusedError):
            self._tap.summary.leave_out_part(self.name, f"include={kind}", str(error))
        else:
            self._tap.summary.fail_in_part(self.name, f"include={kind}", error)

    def begin_lists_below(self, page: Any, since: str | None) -> None:
        """Ask for the lists under each row of the first page of many: those streams have their turn much later.

        Args:
            page: The first page of this list.
            since: The time from which on it is read.
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
        """The only records to read, from the setting; None for all."""
        return self._tap.record_ids(self.name)

    def reading_key(self, since: str | None) -> Hashable:
        """The list, or the records that were chosen from it."""
        return super().reading_key(since), self.record_ids

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """The pages of the list; the single records where the setting names them."""
        if self.record_ids is None:
            yield from super().pages(since)
        else:
            self.leave_out("record_ids reads single records only")
            yield from self.single_records({"include": self.include} if self.include else {})

    def single_records(self, params: Mapping[str, Any]) -> Iterator[Any]:
        """The answers for the records that the setting names; those that are not there are said."""
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
    """A list that Rootly keeps under each row of another one; its rows may be the parents of others in turn."""

    record_ids = None
    has_records = False
    also_remembers = (UP_TO_DATE,)

    def __init__(self, tap: TapRootly) -> None:
        super().__init__(tap)
        if self.replication_key is None:
            # Streams whose parents these rows are get them from the same answers.
            self.children_key = ("children", self.path)

    def reading_keys(self) -> Iterable[Hashable]:
        """The lists of the parents, of their parents, and so on, and that of the children."""
        above = self.parent.reading_keys() if isinstance(self.parent, FanOutStream) else ()
        children = () if self.children_key is None else (self.children_key,)
        return (*self._parents_keys(self.starting_bookmark()), *children, *above)

    def _parents_keys(self, since: str | None) -> Iterable[Hashable]:
        return tuple(self.parts_read(since)) or (self.parent.reading_key(since),)

    def parts_read(self, since: str | None) -> Iterator[Part]:
        """What tells the parents, or those of the parents."""
        parent, since = cast("RootlyListStream", self.parent), None if self._parents_time is None else since
        if isinstance(parent, FanOutStream):
            yield from parent.parts_read(since)
        else:
            yield from (Part(part.parents, since, KEYS) for part in parent.parts_read(since))

    def parent_rows(self, since: str | None) -> Iterator[Row]:
        """As much of the parents as their children need."""
        return cast("RootlyListStream", self.parent).key_rows(since)

    def read_rows(self) -> Iterator[Row]:
        """Yield the children of all parents."""
        for parent, rows in self.families(self.starting_bookmark(), without=self.is_up_to_date):
            yield from rows
            self.parent_done(parent)
            self._tap.progress.advance()

    def begin_below(self, parent: RootlyListStream, rows: Iterable[Row], since: str | None) -> None:
        """Begin with the children of these rows, if they are parents that this stream will ask for.

        Args:
            parent: The stream whose rows they are.
            rows: As much of them as children need.
            since: The time from which on that stream reads.
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
        """Yield each parent with its children's rows, in the order in which the bookmark moves.

        Args:
            since: Leave out parents that did not change since this time.
            without: Parents to leave out besides.
        """
        parents = [parent for parent in self.parents_since(since) if not without(parent)]
        self._tap.progress.expect("parent", len(parents))
        for parent, pages in self.fan_out(parents):
            yield parent, self.family(parent, pages)

    def parents_since(self, since: str | None) -> Iterable[Row]:
        """The keys of the parents, in the order of their replication key where there is one."""
        key = self._parents_time
        return (
            self.parent_keys(None)
            if key is None
            else sorted(self.parent_keys(since), key=lambda row: str(row[key] or ""))
        )

    def family(self, parent: Row, pages: Iterable[Any]) -> Iterator[Row]:
        """The children of one parent, with the fields that come from it."""
        for page in pages:
            for row in self.parse_page(page):
                yield {**row, **parent}

    # Parents that the look-back brings again

    @property
    def _parents_time(self) -> str | None:
        """The field that tells when the parent was changed last, where that is what the bookmark follows."""
        return self.replication_key if self.replication_key in self.parent_fields else None

    def is_up_to_date(self, parent: Row) -> bool:
        """Whether the children of this parent were read when it was as it is now."""
        key = self._parents_time
        return key is not None and self._up_to_date.knows(self._identity(parent), parent[key])

    def parent_done(self, parent: Row) -> None:
        """Move the bookmark, and remember the parent for as long as the look-back reaches."""
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
    """Children that are only added, each at a time of its own: one bookmark is enough for those of all parents."""

    created_filter: ClassVar[str]
    """The filter for the time from which on children are wanted."""

    def reading_keys(self) -> Iterable[Hashable]:
        """All parents, whatever the bookmark."""
        return self._parents_keys(None)

    def child_params(self, parent: Row) -> dict[str, Any]:
        """What was added since the bookmark."""
        since = self.starting_bookmark()
        return {**super().child_params(parent), **({self.created_filter: since} if since else {})}

    @property
    def can_resume(self) -> bool:
        """Only after the last parent."""
        return False

    def _increment_stream_state(self, latest_record: Row, *, context: Context | None = None) -> None:
        """Follow the children, not the parents."""
        if self.is_complete:
            PagedStream._increment_stream_state(self, latest_record, context=context)  # noqa: SLF001 - of the same family


class LinkStream(RootlyFanOutStream, abc.ABC):
    """Which resources belong to a parent: the two ids; what the resources are, their own stream tells."""

    links = True

    def row(self, resource: Resource) -> Row:
        """The id of the resource; that of the parent comes from the parent."""
        return {self.primary_keys[-1]: identity(resource)}


class UndocumentedList(RootlyListStream, abc.ABC):
    """A list whose answer Rootly's document leaves open: one that is not understood is no reason to end the run."""

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route; what is no list of resources counts as not offered."""
        try:
            return super().get(path, params, **keys)
        except (MalformedError, TransientError) as error:
            if isinstance(error, TransientError) and error.status != HTTPStatus.OK:
                raise
            raise RefusedError(f"Rootly does not document what {path} answers, and it was not understood") from error


class ChartStream(RootlyFanOutStream, abc.ABC):
    """Figures that Rootly computes for each row of another stream: one object each."""

    paged = False
    selected_by_default = False
    needs_period: ClassVar[bool] = False
    """Whether Rootly has no period of its own to tell about."""

    def read_rows(self) -> Iterator[Row]:
        """Without a period, some charts cannot be asked for."""
        if self.needs_period and not self._period:
            raise RefusedError("it needs the setting chart_period")
        yield from super().read_rows()

    def child_params(self, parent: Row) -> dict[str, Any]:
        """The time that the chart is about."""
        return {**super().child_params(parent), **({"period": self._period} if self._period else {})}

    def parse_page(self, page: Any) -> Iterable[Row]:
        """The chart as it is."""
        return (self.row({"attributes": {"period": self._period, "data": page["data"]}}),)

    @property
    def _period(self) -> str | None:
        return self._tap.config.get("chart_period")


class UpToDateParents:
    """Parents whose children were read, by the time at which they were changed last.

    The look-back lists parents again, in case a change became visible late. Those that have not changed need no
    request: without this, a thousand incidents that were imported in one minute would be read anew by each run.

    Args:
        times: What is kept in the state: parent -> time of its last change, oldest first.
    """

    def __init__(self, times: dict[str, str]) -> None:
        self._times = times

    def knows(self, parent: str, changed_at: str) -> bool:
        """Whether the children were read when the parent had this time."""
        return self._times.get(parent) == changed_at

    def add(self, parent: str, changed_at: str) -> None:
        """Remember a parent."""
        self._times.pop(parent, None)
        self._times[parent] = changed_at

    def forget_before(self, time: str) -> None:
        """Forget those that no look-back brings again, and those that are too many."""
        while self._times:
            oldest = next(iter(self._times))
            if self._times[oldest] >= time and len(self._times) <= MOST_REMEMBERED:
                return
            del self._times[oldest]

"""Children that come with the page of their parents, instead of with one request for each parent.

An answer to `include=` links each parent to its children and holds them beside it. Rootly does not say whether it cuts
such lists short. So none is believed that has not been proven: a parent's own list tells how many children there are,
and when it holds no more than were sent along, then shorter lists were whole too. One request proves many parents;
what was proven is remembered from run to run, and checked again on the longest list of each kind in each run.
"""

from __future__ import annotations

import abc
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_fanout import as_list, as_object, identity

from tap_rootly.client import RootlyFanOutStream
from tap_rootly.excerpts import Excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from singer_fanout import Reading

    from tap_rootly.client import RootlyListStream
    from tap_rootly.records import Resource, Row

PARENTS_AT_ONCE = 2000
"""Parents that are held until all their children are certain: those that have to be asked are asked together."""
PROVEN = "whole_below"
"""In the state: lists that are shorter than this were proven to be whole."""


@dataclass
class Wholeness:
    """What is known of the lists that come with one kind of parents; a server that cuts, cuts all at one length.

    Attributes:
        below: Lists that are shorter than this are whole.
        recalled: Whether what earlier runs have proven was looked up.
    """

    below: int = 0
    recalled: bool = False

    def learn(self, sent: int, there_are: int) -> None:
        """Compare the number of children that were sent along with that of the parent's own list."""
        if sent == there_are:
            self.below = max(self.below, sent)
        elif sent < there_are:
            self.below = min(self.below, sent)

    def covers(self, sent: int) -> bool:
        """Whether a list of this length is whole. Nothing is never the rest of something that was cut."""
        return sent < max(self.below, 1)


@dataclass
class Family:
    """A parent and its children.

    Attributes:
        parent: The fields of the children's rows that come from it.
        sent: The children that came with its page; None where the answer does not tell them.
        rows: The children's rows, once they are certain; None before, and for a parent that was refused.
        asked: Whether the parent's own list was asked for.
    """

    parent: Row
    sent: list[Resource] | None
    rows: list[Row] | None = None
    asked: bool = False


class SideLoadedStream(RootlyFanOutStream, abc.ABC):
    """Children that `include` brings along; a parent is asked for its own list where they are not proven to be all."""

    include: ClassVar[str]
    """The value of `include`, which is the name of the relationship."""
    has_own_list: ClassVar[bool] = True
    """Whether a parent can be asked for these children alone."""
    measured_by: ClassVar[str | None] = None
    """The stream whose lists are the longest that come with these parents: what is proven of it goes for all."""
    _was_checked = False

    def reading_keys(self) -> Iterable[Hashable]:
        """The parents with just these children."""
        return (self._family_key(self.starting_bookmark()),)

    def list_params(self, since: str | None) -> dict[str, Any]:
        """`include` is for the list of the parents."""
        return {name: value for name, value in super().list_params(since).items() if name != "include"}

    def families(
        self, since: str | None, *, without: Callable[[Row], bool] = lambda _: False
    ) -> Iterator[tuple[Row, Iterable[Row]]]:
        """Yield each parent with its children's rows, some pages of parents at a time."""
        self._read_siblings_ahead()
        self._recall(since)
        parents = (family for page in self._pages_of_parents(since) for family in self._families_of(page))
        wanted = (family for family in parents if not without(family.parent))
        while families := list(itertools.islice(wanted, 1 if self.is_dry_run else PARENTS_AT_ONCE)):
            self._complete(families)
            for family in families:
                if family.rows is not None:
                    yield family.parent, family.rows
            if self.is_dry_run:
                return

    def _pages_of_parents(self, since: str | None) -> Iterator[Any]:
        parent = cast("RootlyListStream", self.parent)
        if parent.record_ids is not None:
            self._misses_rows = True
            self.leave_out(f"record_ids reads single {self.parent_stream} only")
            yield from parent.single_records({"include": self.include})
            return
        reading = self._tap.shared_reading(self._family_key(since), lambda: self._family_reading(since))
        yield from self.walk(reading)
        self._misses_rows = self._misses_rows or not reading.settled

    def _family_params(self, since: str | None) -> dict[str, Any]:
        return {**cast("RootlyListStream", self.parent).list_params(since), "include": self.include}

    def _family_key(self, since: str | None) -> Hashable:
        return self.parent.path, self.include, tuple(sorted(self._family_params(since).items()))

    def _family_reading(self, since: str | None) -> Reading:
        params, excerpt = self._family_params(since), Excerpt(self.parent_fields.values(), self.include)
        return self.parent.reading_of(lambda page: excerpt(self.parent.get(self.parent.path, {**params, **page})))

    def _read_siblings_ahead(self) -> None:
        """Begin with the parents' list, and with that of each kind of their children: only one kind may be asked for.

        Such lists are read by cursor, and long: one after the other, they would leave most of the pool idle.
        """
        parent = cast("RootlyListStream", self.parent)
        if self.is_dry_run or parent.record_ids is not None:
            return
        since = parent.starting_bookmark()
        self._tap.read_ahead(
            parent.reading_key(since), lambda: parent.list_reading(parent.path, parent.list_params(since))
        )
        for stream in self._tap.streams.values():
            if isinstance(stream, SideLoadedStream) and stream.parent_stream == self.parent_stream:
                stream.read_ahead()

    def read_ahead(self) -> None:
        """Begin to read the parents with these children."""
        since = self.starting_bookmark()
        self._tap.read_ahead(self._family_key(since), lambda: self._family_reading(since))

    def _families_of(self, page: Any) -> Iterator[Family]:
        parent = cast("RootlyListStream", self.parent)
        included = {
            (item.get("type"), identity(item)): item for item in as_list(page.get("included")) if isinstance(item, dict)
        }
        wanted = set(self.parent_fields.values())
        for resource in parent.resources(page):
            # Most of a parent's fields are not for its children, and cost time.
            attributes = {n: value for n, value in as_object(resource.get("attributes")).items() if n in wanted}
            row = parent.row({"id": identity(resource), "attributes": attributes})
            if row["id"] is None:
                self.miss_rows(f"a row of its parents, {self.parent_stream}, does not tell what identifies it")
                continue
            yield Family(
                {name: row.get(source) for name, source in self.parent_fields.items()}, self._sent(resource, included)
            )

    def _sent(self, parent: Resource, included: Mapping[tuple[Any, Any], Resource]) -> list[Resource] | None:
        related = as_object(as_object(parent.get("relationships")).get(self.include))
        if "data" not in related:
            return None
        links = [as_object(link) for link in as_list(related["data"])]
        sent = [included.get((link.get("type"), identity(link))) for link in links]
        return None if None in sent else cast("list[Resource]", sent)

    # What is certain

    def _recall(self, since: str | None) -> None:
        """Find out what was proven before; prove it on the longest lists if nothing was."""
        if self.replication_key is None or self.is_dry_run or not self.paged or self._wholeness.recalled:
            return
        self._wholeness.recalled = True
        bookmarks = self._tap.state.get("bookmarks", {})
        family = (
            name
            for name, stream in self._tap.streams.items()
            if isinstance(stream, SideLoadedStream) and stream.parent_stream == self.parent_stream
        )
        known = [bookmarks.get(name, {}).get(PROVEN, 0) for name in family]
        self._wholeness.below = max(self._wholeness.below, *known)
        longest = self._tap.streams.get(self.measured_by or "")
        if (
            not self._wholeness.below
            and isinstance(longest, SideLoadedStream)
            and longest is not self
            and cast("RootlyListStream", self.parent).record_ids is None
        ):
            longest.measure(since)

    def measure(self, since: str | None) -> None:
        """Check the longest list of one page."""
        parent = cast("RootlyListStream", self.parent)
        page = {"include": self.include, "page[size]": parent.page_size}
        self._check_the_longest(
            list(self._families_of(self.get(parent.path, {**parent.list_params(since), **page}).body))
        )

    def _complete(self, families: Sequence[Family]) -> None:
        """Fill in the rows; ask the parents for which the page does not tell them all."""
        if not self.is_dry_run:
            self._check_the_longest(families)
        self.some_answered = self.some_answered or any(family.sent is not None for family in families)
        self._ask([family for family in families if self._is_doubtful(family)])
        for family in families:
            if not family.asked:
                family.rows = [{**self.row(resource), **family.parent} for resource in family.sent or ()]

    def _is_doubtful(self, family: Family) -> bool:
        if family.asked:
            return False
        if family.sent is None:
            return True
        return self.paged and not self.is_dry_run and not self._wholeness.covers(len(family.sent))

    @property
    def _wholeness(self) -> Wholeness:
        return self._tap.wholeness[self.parent_stream]

    def _check_the_longest(self, families: Iterable[Family]) -> None:
        """Ask the parent with the most children: if none of them is missing, none is in any shorter list."""
        told = [family for family in families if family.sent is not None]
        longest = max(told, key=lambda family: len(family.sent or ()), default=None)
        if longest is None or not self.paged:
            return
        if self._is_doubtful(longest) or (longest.sent and not self._was_checked):
            self._was_checked = True
            self._ask([longest])

    def _ask(self, families: Iterable[Family]) -> None:
        """Read the parents' own lists."""
        by_parent = {id(family.parent): family for family in families}
        for family in by_parent.values():
            family.asked = True
        if by_parent and not self.has_own_list:
            self._misses_rows = True
            self.leave_out(f"the answers do not tell the {self.include} of {self.parent_stream}")
            return
        for parent, pages in self.fan_out([family.parent for family in by_parent.values()]):
            family = by_parent[id(parent)]
            family.rows = list(self.family(parent, pages))
            if family.sent is not None and self.read_whole:
                self._wholeness.learn(len(family.sent), len(family.rows))
        if self.replication_key is not None:
            self.stream_state[PROVEN] = self._wholeness.below

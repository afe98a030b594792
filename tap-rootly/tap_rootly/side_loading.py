"""Side-loaded children: included in the pages of their parents, instead of one request per parent.

A response to `include=` links each parent to its children, which it contains too. Rootly does not document whether it
truncates such lists. So none is trusted without proof: a parent's own list shows how many children there are, and if it
has no more than were included, then shorter lists were complete too. One request proves many parents. Lists of the same
length are all requested as well, or a sample if there are many. The proof is remembered between runs, and checked again
in each run on the longest list of any kind.
"""

from __future__ import annotations

import abc
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_fanout import FATAL, ApiError, as_list, as_object, identity

from tap_rootly.client import RootlyFanOutStream
from tap_rootly.parents import Part
from tap_rootly.records import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from tap_rootly.client import RootlyListStream
    from tap_rootly.records import Resource, Row

PARENTS_AT_ONCE = 2000
"""Parents that are processed as a batch: their own lists, where needed, are requested concurrently."""
SAMPLE = 16
"""If more lists than this are as long as the longest, this many of them are checked, evenly spread."""
PROVEN = "whole_below"
"""Key in the state: lists shorter than this were proven complete."""


@dataclass
class Wholeness:
    """What is known about the lists included with one kind of parents; a server truncates all of them at one length.

    Attributes:
        below: Lists shorter than this are complete.
        cut_at: The length at which a list was found to be truncated; None if none was.
        checked: The length of a list that was checked in this run and was complete.
        recalled: Whether the proof of earlier runs was looked up.
    """

    below: int = 0
    cut_at: int | None = None
    checked: int = 0
    recalled: bool = False

    def learn(self, sent: int, there_are: int) -> None:
        """Compare the number of included children with that of the parent's own list."""
        if sent == there_are:
            self.below = max(self.below, sent)
            self.checked = max(self.checked, sent)
        elif sent < there_are:
            self.below = min(self.below, sent)
            self.cut_at = sent if self.cut_at is None else min(self.cut_at, sent)
            self.checked = min(self.checked, sent)

    def trust(self, sent: int) -> None:
        """Trust lists of this length: enough were checked for a truncation at exactly this length to have shown."""
        self.below = max(self.below, sent + 1)

    def covers(self, sent: int) -> bool:
        """Whether a list of this length is complete. Truncation never leaves an empty list."""
        return sent < max(self.below, 1)


@dataclass
class Family:
    """A parent and its children.

    Attributes:
        parent: The fields of the children's rows that come from it.
        sent: The children included in its page; None if the response lacks them.
        rows: The children's rows, once complete; None before that, and for a refused parent.
        asked: Whether the parent's own list was requested.
    """

    parent: Row
    sent: list[Resource] | None
    rows: list[Row] | None = None
    asked: bool = False


class SideLoadedStream(RootlyFanOutStream, abc.ABC):
    """Children from `include`; a parent's own list is requested if they are not proven complete."""

    include: ClassVar[str]
    """The value of `include`, which is also the name of the relationship."""
    has_own_list: ClassVar[bool] = True
    """Whether there is a route for the children of one parent."""
    measured_by: ClassVar[str | None] = None
    """The stream with the longest lists included with these parents: its proof applies to all."""

    def reading_keys(self) -> Iterable[Hashable]:
        """The parents' list with these children."""
        return tuple(self.parts_read(self.starting_bookmark()))

    def parts_read(self, since: str | None) -> Iterator[Part]:
        """The part of the parents' list with these children."""
        if cast("RootlyListStream", self.parent).record_ids is None:
            yield Part(self.parent_stream, since, self.include)

    def list_params(self, since: str | None) -> dict[str, Any]:
        """Without `include`, which is for the parents' list."""
        return {name: value for name, value in super().list_params(since).items() if name != "include"}

    def families(
        self, since: str | None, *, without: Callable[[Row], bool] = lambda _: False
    ) -> Iterator[tuple[Row, Iterable[Row]]]:
        """Yield each parent with its children's rows, a few pages of parents at a time."""
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
        reading = self._tap.part_of_list(Part(self.parent_stream, since, self.include))
        yield from self.walk(reading)
        self._misses_rows = self._misses_rows or not reading.settled

    def _families_of(self, page: Any) -> Iterator[Family]:
        parent = cast("RootlyListStream", self.parent)
        included = {
            (item.get("type"), identity(item)): item for item in as_list(page.get("included")) if isinstance(item, dict)
        }
        wanted = set(self.parent_fields.values())
        for resource in parent.resources(page):
            row = parent.key_row(resource, wanted)
            if row["id"] is None:
                self.miss_rows(f"a row of its parents, {self.parent_stream}, has no usable key")
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
        """Look up earlier proof; if there is none, establish it on the longest lists."""
        if self.replication_key is None or self.is_dry_run or not self.paged or self._wholeness.recalled:
            return
        self._wholeness.recalled = True
        bookmarks = self._tap.state.get("bookmarks", {})
        known = [bookmarks.get(stream.name, {}).get(PROVEN, 0) for stream in self._siblings]
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
        """Check the longest list of one page; if that fails, nothing is proven."""
        parent = cast("RootlyListStream", self.parent)
        page = {"include": self.include, "page[size]": parent.page_size}
        try:
            answer = parent.fitting(lambda params: self.get(parent.path, params))({**parent.list_params(since), **page})
        except FATAL:
            raise
        except ApiError:
            return
        self._check_the_longest(list(self._families_of(answer.body)))

    def _complete(self, families: Sequence[Family]) -> None:
        """Fill in the rows; request the lists of parents whose included children may be incomplete."""
        if not self.is_dry_run and self.has_own_list:
            self._check_the_longest(families)
        self.some_answered = self.some_answered or any(family.sent is not None for family in families)
        self._ask_a_sample([family for family in families if self._is_doubtful(family)])
        self._ask([family for family in families if self._is_doubtful(family)])
        for family in families:
            if not family.asked:
                family.rows = [{**self.row(resource), **family.parent} for resource in family.sent or ()]

    def _is_doubtful(self, family: Family) -> bool:
        if family.asked:
            return False
        if family.sent is None:
            return True
        if not self.has_own_list:
            self._note_a_cut(len(family.sent))
            return False
        return self.paged and not self.is_dry_run and not self._wholeness.covers(len(family.sent))

    def _key(self, row: Row) -> Hashable:
        return tuple(row.get(name) for name in self.primary_keys)

    def _note_a_cut(self, sent: int) -> None:
        """Note that children without a route may be missing: the server was found to truncate such lists."""
        cut_at = self._wholeness.cut_at
        if self.paged and cut_at is not None and sent >= cut_at:
            self.leave_out(f"no more than {cut_at} of a kind come with one of its {self.parent_stream}")

    @property
    def _siblings(self) -> Iterable[SideLoadedStream]:
        """The streams whose rows are included with these parents, this one among them."""
        return self._tap.kinds_of_children[self.parent_stream].values()

    @property
    def _wholeness(self) -> Wholeness:
        return self._tap.wholeness[self.parent_stream]

    def _check_the_longest(self, families: Iterable[Family]) -> None:
        """Request the list of the parent with the most children: if it is complete, so are all shorter ones."""
        told = [family for family in families if family.sent is not None]
        longest = max(told, key=lambda family: len(family.sent or ()), default=None)
        if longest is None or not self.paged:
            return
        sent = len(longest.sent or ())
        if self._is_doubtful(longest) or sent > self._wholeness.checked:
            self._ask([longest])

    def _ask_a_sample(self, doubtful: Sequence[Family]) -> None:
        """Check a sample of the many parents whose lists have the same, maximum length.

        A truncation at that length would show in most of them. If it shows in none, the others are trusted.
        """
        told = [family for family in doubtful if family.sent is not None]
        lengths = {len(family.sent or ()) for family in told}
        if len(told) <= SAMPLE or len(lengths) != 1:
            return
        sample = told[:: len(told) // SAMPLE][:SAMPLE]
        self._ask(sample)
        (length,) = lengths
        if all(family.rows is not None and len(family.rows) == length for family in sample):
            self._wholeness.trust(length)
            self._remember_proof()

    def _ask(self, families: Iterable[Family]) -> None:
        """Request the parents' own lists."""
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
            sent = [{**self.row(resource), **parent} for resource in family.sent or ()]
            if len(sent) > len(family.rows):
                # Children included with the parent exist, whatever its own list says.
                family.rows = list({self._key(row): row for row in (*sent, *family.rows)}.values())
            if family.sent is not None and self.read_whole:
                self._wholeness.learn(len(sent), len(family.rows))
        self._remember_proof()

    def _remember_proof(self) -> None:
        if self.replication_key is None:
            return
        for stream in self._siblings:
            if stream is self or PROVEN in stream.stream_state:
                stream.stream_state[PROVEN] = self._wholeness.below


class UndescribedStream(SideLoadedStream, abc.ABC):
    """Undocumented resources that are only available as includes: they are passed on as sent."""

    has_own_list = False

    def row(self, resource: Resource) -> Row:
        """The resource's type and attributes, without possible secrets."""
        self.check_attributes(resource)
        return {
            "id": identity(resource),
            "type": resource.get("type"),
            "attributes": without_secrets(as_object(resource.get("attributes"))),
        }

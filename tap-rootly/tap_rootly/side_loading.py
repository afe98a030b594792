"""Children that come with the page of their parents, instead of with one request for each parent.

An answer to `include=` links each parent to its children and holds them beside it. Rootly does not say whether it cuts
such lists short. So none is believed that has not been proven: a parent's own list tells how many children there are,
and when it holds no more than were sent along, then shorter lists were whole too. One request proves many parents.
Lists that are just as long are each asked for, too; of many, some. What was proven is remembered from run to run, and
checked again in each run, on the longest list of all kinds.
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
"""Parents that are held until all their children are certain: those that have to be asked are asked together."""
SAMPLE = 16
"""Of more lists than this that are all as long as the longest, so many are checked, here and there."""
PROVEN = "whole_below"
"""In the state: lists that are shorter than this were proven to be whole."""


@dataclass
class Wholeness:
    """What is known of the lists that come with one kind of parents; a server that cuts, cuts all at one length.

    Attributes:
        below: Lists that are shorter than this are whole.
        cut_at: So many children came of a parent that has more; None where no list was seen to be cut.
        checked: So many children came with a parent that was checked in this run, and were all.
        recalled: Whether what earlier runs have proven was looked up.
    """

    below: int = 0
    cut_at: int | None = None
    checked: int = 0
    recalled: bool = False

    def learn(self, sent: int, there_are: int) -> None:
        """Compare the number of children that were sent along with that of the parent's own list."""
        if sent == there_are:
            self.below = max(self.below, sent)
            self.checked = max(self.checked, sent)
        elif sent < there_are:
            self.below = min(self.below, sent)
            self.cut_at = sent if self.cut_at is None else min(self.cut_at, sent)
            self.checked = min(self.checked, sent)

    def trust(self, sent: int) -> None:
        """Take lists of this length for whole: so many were checked that a cut at just this length would have shown."""
        self.below = max(self.below, sent + 1)

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

    def reading_keys(self) -> Iterable[Hashable]:
        """The parents with these children."""
        return tuple(self.parts_read(self.starting_bookmark()))

    def parts_read(self, since: str | None) -> Iterator[Part]:
        """Of the list of the parents, these children."""
        if cast("RootlyListStream", self.parent).record_ids is None:
            yield Part(self.parent_stream, since, self.include)

    def list_params(self, since: str | None) -> dict[str, Any]:
        """`include` is for the list of the parents."""
        return {name: value for name, value in super().list_params(since).items() if name != "include"}

    def families(
        self, since: str | None, *, without: Callable[[Row], bool] = lambda _: False
    ) -> Iterator[tuple[Row, Iterable[Row]]]:
        """Yield each parent with its children's rows, some pages of parents at a time."""
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
        """Find out what was proven before; prove it on the longest lists if nothing was."""
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
        """Check the longest list of one page; where that cannot be had, nothing is proven."""
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
        """Fill in the rows; ask the parents for which the page does not tell them all."""
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
        """Say that children may be missing for which no list can be asked: the server was seen to cut such lists."""
        cut_at = self._wholeness.cut_at
        if self.paged and cut_at is not None and sent >= cut_at:
            self.leave_out(f"no more than {cut_at} of a kind come with one of its {self.parent_stream}")

    @property
    def _siblings(self) -> Iterable[SideLoadedStream]:
        """The streams whose rows come with these parents, this one among them."""
        return self._tap.kinds_of_children[self.parent_stream].values()

    @property
    def _wholeness(self) -> Wholeness:
        return self._tap.wholeness[self.parent_stream]

    def _check_the_longest(self, families: Iterable[Family]) -> None:
        """Ask the parent with the most children: if none of them is missing, none is in any shorter list."""
        told = [family for family in families if family.sent is not None]
        longest = max(told, key=lambda family: len(family.sent or ()), default=None)
        if longest is None or not self.paged:
            return
        sent = len(longest.sent or ())
        if self._is_doubtful(longest) or sent > self._wholeness.checked:
            self._ask([longest])

    def _ask_a_sample(self, doubtful: Sequence[Family]) -> None:
        """Ask some of many parents with lists of one length, the longest that there is: are those lists whole?

        A cut at that length would show in most of them. Where it shows in none, the others are not asked.
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
            sent = [{**self.row(resource), **parent} for resource in family.sent or ()]
            if len(sent) > len(family.rows):
                # What came with the parent is there, whatever its own list says.
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
    """Resources that come with their parents alone, and that no document describes: they are told as they come."""

    has_own_list = False

    def row(self, resource: Resource) -> Row:
        """What kind of resource it is, and what it tells, without what may be a secret."""
        self.check_attributes(resource)
        return {
            "id": identity(resource),
            "type": resource.get("type"),
            "attributes": without_secrets(as_object(resource.get("attributes"))),
        }

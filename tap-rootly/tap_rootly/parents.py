"""Reads a list of parents once for everything made from it: their own rows, and each kind of children.

`include` takes several kinds, separated by commas. A server may refuse some of them, or too many at once: the list is
then read several times with fewer kinds, and a kind that is refused on its own affects only its stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from singer_fanout import ApiError, KeptAnswers, MalformedError, as_list, as_object

from tap_rootly.excerpts import Excerpt, PageOfParents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from singer_fanout import Answer, Reading, RequestPool, Room

    from tap_rootly.client import RootlyListStream
    from tap_rootly.refused_kinds import RefusedKinds

OWN = "(rows)"
"""The part of a list for its own stream."""
KEYS = "(keys)"
"""The part for streams with a list below each of its rows: the rows' keys."""
SPARSE = "(fields)"
"""Represents `fields` among the kinds, which drops attributes of the parents that no stream needs; may be refused."""
IN_MEMORY = 2**20
"""Bytes of each part that are kept in memory before they move to a file."""
UNREAD_AFTER = frozenset({400, 403, 404, 422})
"""Statuses of a request that is refused for its parameters, permanently."""


@dataclass(frozen=True)
class Part:
    """The part of a list that one or several streams are made from.

    Attributes:
        parents: The stream whose list it comes from.
        since: The time of change from which that list is read.
        name: A kind of children, as named in `include`, or `OWN` or `KEYS`.
    """

    parents: str
    since: str | None
    name: str


class ParentsList:
    """The list of one stream, from a time on, read on behalf of several streams.

    Args:
        stream: The stream whose list it is.
        since: Only rows that changed since this time.
        parts: The names of the wanted parts.
        fields: The fields of the parents that their children need.
        refused: The kinds that the server was found to refuse.
        pool: Runs the requests.
        room: Storage shared with the other lists.
    """

    def __init__(  # noqa: PLR0913
        self,
        stream: RootlyListStream,
        since: str | None,
        parts: Sequence[str],
        *,
        fields: frozenset[str],
        refused: RefusedKinds,
        pool: RequestPool,
        room: Room,
    ) -> None:
        self._room = room
        self._stream = stream
        self._since = since
        self._parts = parts
        self._fields = fields
        self._refused = refused
        self._pool = pool
        self._groups: list[_Group] | None = None
        self._failure: ApiError | None = None
        self._errors: dict[str, ApiError] = {}

    def part(self, name: str) -> Reading:
        """A reading of the pages, reduced to one part."""
        return _PartReading(self, name)

    def group_of(self, part: str) -> SplitReading:
        """The reading that a part comes from; the first call finds out which kinds the server accepts.

        Raises:
            ApiError: The server refuses the list, or this kind.
        """
        if self._failure is not None:
            raise self._failure
        if self._groups is None:
            try:
                self._groups = self._read_in_groups()
            except ApiError as error:
                self._failure = error
                raise
        if part in self._errors:
            raise self._errors[part]
        first = self._groups[0]
        return next((group for group in self._groups if part in group.kinds), first).split

    @property
    def _kinds(self) -> tuple[str, ...]:
        own = (self._stream.include,) if OWN in self._parts and self._stream.include else ()
        sparse = () if OWN in self._parts or self._stream.resource_type is None else (SPARSE,)
        return tuple(dict.fromkeys((*own, *(name for name in self._parts if name not in {OWN, KEYS}), *sparse)))

    def _read_in_groups(self) -> list[_Group]:
        self._errors = {kind: error for kind in self._kinds if (error := self._refused.remembered(kind)) is not None}
        if not {*self._parts} - self._errors.keys():
            return []
        kinds = [kind for kind in self._kinds if kind not in self._errors]
        most = self._refused.most_together or len(kinds) or 1
        chunks = [tuple(kinds[start : start + most]) for start in range(0, len(kinds), most)] or [()]
        groups = [group for chunk in chunks for group in self._accepted(chunk)]
        for kind in (kind for group in groups for kind in group.kinds):
            self._refused.accept(kind)
        if not groups and {OWN, KEYS} & {*self._parts}:
            groups = [self._started(())]
        if (own := self._stream.include) in self._errors and own is not None:
            self._stream.miss_own_kind(own, self._errors[own])
        self._share_out(groups)
        if groups and (first := groups[0].fetch.first) is not None:
            self._stream.begin_lists_below(first.undecoded().body, self._since)
        return groups

    def _accepted(self, kinds: tuple[str, ...]) -> list[_Group]:
        """Divide these kinds into groups that the server accepts; kinds refused on their own are recorded.

        Raises:
            ApiError: The server refuses the list itself.
        """
        found = self._attempted(kinds)
        if isinstance(found, _Group):
            return [found]
        error = found
        if not kinds:
            raise error
        # Is it the include that is refused, or the list itself?
        self._started(())
        groups = self._halved(kinds, error)
        taken = tuple(kind for group in groups for kind in group.kinds)
        if len(groups) > 1 and taken != kinds and isinstance(whole := self._attempted(taken), _Group):
            return [whole]
        if len(groups) > 1 and error.status in UNREAD_AFTER:
            self._refused.take_together(max(len(group.kinds) for group in groups))
        return groups

    def _halved(self, kinds: tuple[str, ...], error: ApiError) -> list[_Group]:
        """Divide the kinds into smaller groups, after the server refused them together."""
        if len(kinds) == 1:
            self._errors[kinds[0]] = error
            if error.status in UNREAD_AFTER:
                self._refused.refuse(kinds[0], error)
            return []
        groups: list[_Group] = []
        for half in (kinds[: len(kinds) // 2], kinds[len(kinds) // 2 :]):
            found = self._attempted(half)
            groups += [found] if isinstance(found, _Group) else self._halved(half, found)
        return groups

    def _attempted(self, kinds: tuple[str, ...]) -> _Group | ApiError:
        return self._stream.attempted(lambda: self._started(kinds))

    def _started(self, kinds: tuple[str, ...]) -> _Group:
        """Start a reading with these kinds and fetch its first page.

        Raises:
            ApiError: The server refuses it.
        """
        fetch = self._fetch(kinds)
        reading = self._stream.reading_of(fetch)
        # Through the pool, where waiting for it can be interrupted.
        next(self._pool.in_order(_start, (reading,)))
        return _Group(kinds, SplitReading(reading, self._reading_for, self._room), fetch)

    def _fetch(self, kinds: tuple[str, ...]) -> _Fetch:
        return _Fetch(self._stream, self._params(kinds), kinds, self._excerpt)

    def _reading_for(self, part: str) -> Reading:
        """Create a reading for a single part that was too long to be kept."""
        own = self._stream.include
        kinds = (part,) if part not in {OWN, KEYS} else (own,) if part == OWN and own else ()
        return self._stream.reading_of(self._fetch(tuple(kind for kind in kinds if kind not in self._errors)))

    def _params(self, kinds: Sequence[str]) -> dict[str, Any]:
        params = {name: value for name, value in self._stream.list_params(self._since).items() if name != "include"}
        included = [kind for kind in kinds if kind != SPARSE]
        if SPARSE in kinds:
            wanted = sorted(self._fields - {"id"})
            params[f"fields[{self._stream.resource_type}]"] = ",".join([*wanted, *included])
        return {**params, **({"include": ",".join(included)} if included else {})}

    @property
    def _excerpt(self) -> Excerpt | None:
        """The excerpt of a page that is kept on arrival; None for all of it."""
        return None if OWN in self._parts else Excerpt(self._fields, self._kinds)

    def _share_out(self, groups: Sequence[_Group]) -> None:
        """Assign the parts to the readings."""
        of_kinds = {kind for group in groups for kind in group.kinds}
        for number, group in enumerate(groups):
            excerpts: dict[str, Excerpt | None] = {
                part: Excerpt(self._fields, (part,)) for part in self._parts if part in group.kinds
            }
            if not number:
                first = [part for part in self._parts if part not in of_kinds and part not in self._errors]
                excerpts |= {part: None if part == OWN else Excerpt(self._fields, ()) for part in first}
            group.split.share_out(excerpts)


class SplitReading:
    """A reading whose pages are divided into parts, each of which is consumed once.

    The first consumer reads the pages; what they hold for the others is kept until their turn. A part that there is no
    room for is then read again.

    Args:
        reading: The list, with its first page fetched.
        read: Creates a new reading of the list for one part.
        room: Storage shared with the other lists.
    """

    def __init__(self, reading: Reading, read: Callable[[str], Reading], room: Room) -> None:
        self._read = read
        self._room = room
        self._gone: dict[str, Reading | None] = {}
        """Parts that were consumed or ran out of room, with the reading that replaces this one, if any."""
        self._reading = reading
        self._live = iter(reading)
        self._excerpts: Mapping[str, Excerpt | None] = {}
        self._waiting: dict[str, KeptAnswers] = {}
        self._failure: Exception | None = None

    @property
    def settled(self) -> bool:
        """Whether the list did not change while it was read."""
        return all(reading.settled for reading in (self._reading, *filter(None, self._gone.values())))

    def share_out(self, excerpts: Mapping[str, Excerpt | None]) -> None:
        """Set the wanted parts, and the excerpt of a page that each needs: None for all of it."""
        self._excerpts = excerpts
        self._waiting = {part: KeptAnswers(IN_MEMORY, self._room) for part in excerpts}

    def pages(self, part: str) -> Iterator[Answer]:
        """Yield the pages, reduced to what a part needs."""
        if part in self._gone:
            self._gone[part] = reading = self._read(part)
            excerpt = self._excerpts[part]
            yield from (answer if excerpt is None else excerpt(answer) for answer in reading)
            return
        waiting, position = self._waiting[part], 0
        while True:
            if position < len(waiting):
                yield waiting[position]
                position += 1
                continue
            answer = self._read_on(part)
            if answer is None:
                waiting.close()
                self._gone[part] = None
                return
            yield answer

    def _read_on(self, part: str) -> Answer | None:
        if self._failure is not None:
            raise self._failure
        try:
            answer = next(self._live, None)
            return None if answer is None else self._shared_out(answer, part)
        except Exception as error:
            self._failure = error
            raise

    def _shared_out(self, answer: Answer, reader: str) -> Answer:
        if self._excerpts.keys() == {reader} and self._excerpts[reader] is None:
            return answer
        page = PageOfParents(answer)
        for part, excerpt in self._excerpts.items():
            if part != reader and part not in self._gone:
                self._waiting[part].append(answer if excerpt is None else page.cut(excerpt))
        self._make_room(reader)
        own = self._excerpts[reader]
        return answer if own is None else page.cut(own)

    def _make_room(self, reader: str) -> None:
        """Drop the longest kept part if there is no room left."""
        others = [part for part in self._waiting if part != reader and self._waiting[part].size]
        if self._room.is_full and others:
            longest = max(others, key=lambda part: self._waiting[part].size)
            self._gone[longest] = None
            self._waiting[longest].close()


@dataclass(frozen=True)
class _Group:
    kinds: tuple[str, ...]
    split: SplitReading
    fetch: _Fetch


def _start(reading: Reading) -> Reading:
    reading.start()
    return reading


class _PartReading:
    """One part of a list, as a reading."""

    def __init__(self, parents: ParentsList, part: str) -> None:
        self._parents = parents
        self._part = part
        self._split: SplitReading | None = None

    @property
    def settled(self) -> bool:
        return self._split is None or self._split.settled

    def start(self) -> None:
        self._split = self._parents.group_of(self._part)

    def __iter__(self) -> Iterator[Answer]:
        self.start()
        yield from cast("SplitReading", self._split).pages(self._part)


class _Fetch:
    """Gets the pages of a list with some kinds of children; called in threads."""

    def __init__(
        self, stream: RootlyListStream, params: Mapping[str, Any], kinds: Sequence[str], excerpt: Excerpt | None
    ) -> None:
        self._stream = stream
        self._params = params
        self._kinds = kinds
        self._excerpt = excerpt
        self.first: Answer | None = None
        """The first page to arrive, for inspection."""

    def __call__(self, page: Mapping[str, Any]) -> Answer:
        answer = self._stream.get(self._stream.path, {**self._params, **page})
        if SPARSE in self._kinds:
            self._check(answer)
        if self._excerpt is not None:
            answer = self._excerpt(answer)
        if self.first is None:
            self.first = answer.undecoded()
        return answer

    def _check(self, answer: Answer) -> None:
        """Check that the response still links the children to their parents.

        Raises:
            MalformedError: It does not.
        """
        rows = [as_object(row) for row in as_list(answer.body["data"])]
        wanted = [kind for kind in self._kinds if kind != SPARSE]
        if rows and not all(kind in as_object(row.get("relationships")) for row in rows for kind in wanted):
            raise MalformedError(f"GET {answer.url} was asked for fields, and answered without the {', '.join(wanted)}")

"""A page of Sigryl, an account of BoxWatch, one of its custom endpoints: each has a key and is asked for itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_fanout import ApiStream, RefusedError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from singer_fanout import Answer, ApiClient

    from tap_statuspages.tap import TapStatusPages


@dataclass(eq=False)
class Part:
    """What one key opens.

    Attributes:
        name: Its setting, `pages[0]`; empty where there is only one.
        key_setting: The setting that holds its key.
        client: The connection of its key.
        label: What its rows are told apart by: the slug of a page, once it was asked, or the name of an account.
        answers: What it has answered in this run: address -> answer or refusal.
    """

    name: str
    key_setting: str
    client: ApiClient
    label: str | None = None
    answers: dict[str, Answer | RefusedError] = field(default_factory=dict)


class PartsStream(ApiStream):
    """Anything that is read from several parts, from all at the same time."""

    _tap: TapStatusPages

    @property
    def is_dry_run(self) -> bool:
        """Whether only a first record is wanted, perhaps of a stream that builds on this one."""
        streams = self._tap.streams.values()
        return any(isinstance(stream, ApiStream) and stream.ABORT_AT_RECORD_COUNT is not None for stream in streams)

    def of_parts(
        self,
        parts: Iterable[Part],
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        check: Callable[[Part, Answer], Answer],
        refusals: dict[str, RefusedError] | None = None,
    ) -> Iterator[tuple[Part, Answer]]:
        """Yield each part with its answer to a route; a part that refuses is left out.

        Args:
            parts: All of them; the first one is asked where a first record is enough.
            path: The route.
            params: Query parameters.
            check: Looks at an answer before it is kept; runs in a thread.
            refusals: Of parts that were refused before, by name.

        Raises:
            RefusedError: No part answers, or one does not and none may be left out.
        """
        refusals = {} if refusals is None else refusals
        asked = list(parts)[: 1 if self.is_dry_run else None]
        answered = False
        for part, answer in self.answers_of(asked, path, params, check=check, refusals=refusals):
            answered = True
            self._tap.extracted_at = answer.received_at
            yield part, answer
        for name, refusal in refusals.items():
            if self._tap.strict or not answered:
                raise refusal
            self.leave_out(f"{name}: {refusal}")

    def answers_of(
        self,
        parts: Iterable[Part],
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        check: Callable[[Part, Answer], Answer],
        refusals: dict[str, RefusedError],
    ) -> Iterator[tuple[Part, Answer]]:
        """Ask parts for a route, all at the same time; refusals are put down under the name of the part's setting."""

        def ask(part: Part) -> tuple[Part, Answer | RefusedError]:
            try:
                return part, self._once(part, part.client.url(path, params), check)
            except RefusedError as error:
                return part, error

        for part, answer in self.concurrently(ask, parts):
            self._tap.check_running()
            if isinstance(answer, RefusedError):
                refusals[part.name] = answer
            else:
                yield part, answer

    def _once(self, part: Part, url: str, check: Callable[[Part, Answer], Answer]) -> Answer:
        """A part's answer, asked for once in a run: several streams may be made of it."""
        if url not in part.answers:
            try:
                part.answers[url] = check(part, self.get_from(part, url))
            except RefusedError as error:
                part.answers[url] = error
        answer = part.answers[url]
        if isinstance(answer, RefusedError):
            raise answer
        return answer

    def get_from(self, part: Part, url: str) -> Answer:
        """Get a URL with the key of its part."""
        try:
            return self._tap.get(self.name, url, client=part.client)
        except UnauthorizedError as error:
            raise UnauthorizedError(f"{part.key_setting}: {error}", status=error.status) from None

"""Parts: pages of Sigryl, accounts of BoxWatch and its custom endpoints, each read with its own key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_fanout import ApiError, ApiStream, KeyRefusedError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from singer_fanout import Answer, ApiClient

    from tap_statuspages.tap import TapStatusPages


@dataclass(eq=False)
class Part:
    """What one key gives access to.

    Attributes:
        name: Its setting, `pages[0]`; empty if there is only one.
        key_setting: The setting that holds its key.
        client: The client with its key.
        label: Distinguishes its rows: the slug of a page, once known, or the name of an account.
        answers: Its responses in this run: URL -> response or error.
    """

    name: str
    key_setting: str
    client: ApiClient
    label: str | None = None
    answers: dict[str, Answer | ApiError] = field(default_factory=dict)


class PartsStream(ApiStream):
    """A stream that is read from several parts concurrently."""

    _tap: TapStatusPages

    def __init__(self, tap: TapStatusPages) -> None:
        super().__init__(tap)
        self.missing: dict[Part, ApiError] = {}
        """The parts that could not be read in the stream's last read."""

    @property
    def is_dry_run(self) -> bool:
        """Whether this is a connection test, maybe of a stream that builds on this one."""
        streams = self._tap.streams.values()
        return any(isinstance(stream, ApiStream) and stream.ABORT_AT_RECORD_COUNT is not None for stream in streams)

    def of_parts(
        self,
        parts: Iterable[Part],
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        check: Callable[[Part, Answer], Answer],
        missing: dict[Part, ApiError] | None = None,
    ) -> Iterator[tuple[Part, Answer]]:
        """Yield each part with its response to a route; a part that fails or is refused affects no other.

        Args:
            parts: All parts; a connection test reads only the first.
            path: The route.
            params: Query parameters.
            check: Checks a response before it is kept; runs in a thread.
            missing: Parts that could not be read earlier.

        Raises:
            UnauthorizedError: All keys are refused.
            ApiError: No part responds, or one refuses and none may be left out.
        """
        self.missing = {} if missing is None else missing
        asked = list(parts)[: 1 if self.is_dry_run else None]
        answered = False
        if labels := [part.label for part in asked if part.label is not None]:
            self.announce_parts(labels)
        for part, answer in self.answers_of(asked, path, params, check=check, missing=self.missing):
            answered = True
            self._tap.extracted_at = answer.received_at
            if part.label is not None:
                self.parts.begin(part.label)
            yield part, answer
            if part.label is not None:
                self.parts.end(part.label)
        if self.missing and not answered:
            raise _what_all_meet(self.missing)
        for part, error in self.missing.items():
            self.without_part(part.name, part.label, error)

    def answers_of(
        self,
        parts: Iterable[Part],
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        check: Callable[[Part, Answer], Answer],
        missing: dict[Part, ApiError],
    ) -> Iterator[tuple[Part, Answer]]:
        """Request a route of all parts concurrently; those that cannot be read are recorded with the reason."""

        def ask(part: Part) -> tuple[Part, Answer | ApiError]:
            return part, self._once(part, part.client.url(path, params), check)

        for part, answer in self.concurrently(ask, parts):
            self._tap.check_running()
            if isinstance(answer, ApiError):
                missing[part] = answer
            else:
                yield part, answer

    def _once(self, part: Part, url: str, check: Callable[[Part, Answer], Answer]) -> Answer | ApiError:
        """A part's response, requested once per run: several streams may need it."""
        if url not in part.answers:
            part.answers[url] = self.attempted(lambda: check(part, self.get_from(part, url)))
        return part.answers[url]

    def get_from(self, part: Part, url: str) -> Answer:
        """Get a URL with the key of its part.

        Raises:
            KeyRefusedError: 401; the other keys may be good.
        """
        try:
            return self._tap.get(self.name, url, client=part.client)
        except UnauthorizedError as error:
            raise KeyRefusedError(f"{part.key_setting}: {error}", status=error.status) from None


def _what_all_meet(missing: Mapping[Part, ApiError]) -> ApiError:
    """The error of a stream for which no part responded."""
    first = next(iter(missing.values()))
    if not all(isinstance(error, KeyRefusedError) for error in missing.values()):
        return first
    others = ", ".join(part.key_setting for part in list(missing)[1:])
    return UnauthorizedError(f"{first}{f' The same goes for {others}' if others else ''}", status=first.status)

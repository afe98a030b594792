"""Pages as large as the server can serve in time, with the same rows in each.

A page of a large account can exceed the timeout. It is then requested in smaller pages, which are joined again: the
reader of the list sees pages of constant size, and neither misses a row nor gets one twice.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any

import msgspec
from singer_fanout import Answer, ApiError, TransientError, as_list, one_try_for_time_outs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_rootly.pagination import RootlyCursorPaginator, RootlyPaginator

    Get = Callable[[Mapping[str, Any]], Answer]

FEWEST = 5
"""Pages are not made smaller than this: with so few rows their number is not what takes so long."""
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class FittingPages:
    """Gets the pages of one list, from any thread; what it learns from one page applies to the next ones.

    Args:
        get: Gets a page by its parameters.
        paginator: Reads the pages' envelopes.
        is_worth_it: Whether smaller pages may help: not while the server does not answer at all.
    """

    def __init__(
        self, get: Get, paginator: RootlyPaginator | RootlyCursorPaginator, is_worth_it: Callable[[], bool]
    ) -> None:
        self._get = get
        self._paginator = paginator
        self._is_worth_it = is_worth_it
        self._in_time: int | None = None
        """The size that is requested since a larger one took too long."""
        self._given: int | None = None
        """The rows in a page of the wanted size: servers may enforce a smaller maximum."""

    def __call__(self, params: Mapping[str, Any]) -> Answer:
        """Get a page.

        Raises:
            TransientError: Even a small page timed out.
        """
        wanted = params.get(self._paginator.SIZE)
        if not isinstance(wanted, int):
            return self._get(params)
        size = min(self._in_time or wanted, wanted)
        while size // 2 >= FEWEST:
            try:
                with one_try_for_time_outs():
                    return self._page(params, wanted, size)
            except TransientError as error:
                if not error.timed_out or not self._is_worth_it():
                    raise
            size //= 2
            self._in_time = min(self._in_time or size, size)
        return self._page(params, wanted, size)

    def _page(self, params: Mapping[str, Any], wanted: int, size: int) -> Answer:
        names = self._paginator
        if size == wanted:
            answer = self._get(params)
            if self._given is None and names.goes_on(answer.body):
                self._given = len(as_list(answer.body["data"])) or None
            return answer
        if names.NUMBER not in params:
            answer = self._get({**params, names.SIZE: size})
            if "page[after]" in params or not names.goes_on(answer.body) or names.tells_cursor(answer.body):
                # The next page starts after this one's last row, whatever its size.
                return answer
        return self._put_together(params, self._given or wanted, size)

    def _put_together(self, params: Mapping[str, Any], rows: int, size: int) -> Answer:
        """Assemble a page of this many rows from smaller ones."""
        names = self._paginator
        number = params.get(names.NUMBER, 1)
        first, end = (int(number) - 1) * rows, int(number) * rows
        numbers = range(first // size + 1, ceil(end / size) + 1)
        answers: list[Answer] = []
        for small in numbers:
            answer = self._get({**params, names.NUMBER: small, names.SIZE: size})
            answers.append(answer)
            got = len(as_list(answer.body["data"]))
            if got > size:
                # A list without pagination.
                return answer
            if not names.goes_on(answer.body):
                break
            if got < size:
                raise ApiError(
                    f"GET {answer.url} answered {got} rows, and says that there are more: a page that took too long "
                    "cannot be put together out of pages that are not of the size that was asked for"
                )
        skipped = first - (numbers[0] - 1) * size
        return _joined(answers, slice(skipped, skipped + rows), number=int(number), rows=rows)


def _joined(answers: list[Answer], kept: slice, *, number: int, rows: int) -> Answer:
    """Join several consecutive responses into one.

    Args:
        answers: The responses.
        kept: Which of their rows belong to the page.
        number: The number of the page.
        rows: The size of the page.
    """
    bodies = [answer.body for answer in answers]
    data = [row for body in bodies for row in as_list(body["data"])]
    last = bodies[-1]
    body = {**last, "data": data[kept]}
    included = {repr((item.get("type"), item.get("id"))): item for body_ in bodies for item in _included(body_)}
    if any("included" in body_ for body_ in bodies):
        body["included"] = list(included.values())
    if isinstance(last.get("meta"), dict):
        body["meta"] = _meta(last["meta"], number, rows, goes_on=len(data) > kept.stop)
    return replace(answers[0], content=_ENCODER.encode(body), received_at=answers[-1].received_at)


def _included(body: Any) -> list[dict[str, Any]]:
    return [item for item in as_list(body.get("included")) if isinstance(item, dict)]


def _meta(told: dict[str, Any], number: int, rows: int, *, goes_on: bool) -> dict[str, Any]:
    """The `meta` of the larger page, derived from that of the last smaller one."""
    total = told.get("total_count")
    goes_on = goes_on or told.get("next_page") is not None
    place = {"current_page": number, "next_page": number + 1 if goes_on else None}
    if type(total) is int:
        place["total_pages"] = ceil(total / rows)
    return {**told, **{name: value for name, value in place.items() if name in told}}

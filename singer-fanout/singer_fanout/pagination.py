"""What the engine needs to know about an API's pages: how to request one, whether another follows, what is in it."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from singer_sdk.pagination import BaseAPIPaginator

from singer_fanout.decoding import decode_json

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import requests

FIRST_PAGE = 1

Page = Any
"""The decoded body of one page."""


class NumberedPaginator(BaseAPIPaginator[int], abc.ABC):
    """Describes an API's numbered pages to the engine; also a paginator of the SDK."""

    def __init__(self) -> None:
        super().__init__(FIRST_PAGE)

    @abc.abstractmethod
    def params(self, number: int) -> dict[str, Any]:
        """The query parameters that name a page."""

    @abc.abstractmethod
    def has_next(self, page: Page) -> bool:
        """Whether a page follows this one."""

    @abc.abstractmethod
    def row_ids(self, page: Page) -> Sequence[Hashable]:
        """The ids of the rows of a page, in order."""

    def total_rows(self, page: Page) -> int | None:  # noqa: ARG002
        """The number of rows of the whole list, if the API reports it."""
        return None

    def total_pages(self, page: Page) -> int | None:  # noqa: ARG002
        """The number of pages of the whole list, if the API reports it."""
        return None

    def has_more(self, response: requests.Response) -> bool:
        """Whether the SDK's sequential reader should continue."""
        return self.has_next(decode_json(response.content))

    def get_next(self, response: requests.Response) -> int | None:  # noqa: ARG002
        """The number of the page that the SDK's sequential reader requests next."""
        return self.current_value + 1


class CursorPaginator(BaseAPIPaginator["str | None"], abc.ABC):
    """Describes an API's cursor pages to the engine; also a paginator of the SDK.

    A cursor points at a row, not at an offset: rows added or removed elsewhere shift nothing past it.
    """

    def __init__(self) -> None:
        super().__init__(None)

    @abc.abstractmethod
    def params(self, cursor: str | None) -> dict[str, Any]:
        """The query parameters for the page at a cursor; None for the first page."""

    @abc.abstractmethod
    def next_cursor(self, page: Page) -> str | None:
        """The cursor of the page after this one; None after the last."""

    def row_ids(self, page: Page) -> Sequence[Hashable]:  # noqa: ARG002
        """The ids of the rows of a page, so that an endless list is noticed; empty if unknown."""
        return ()

    def has_more(self, response: requests.Response) -> bool:
        """Whether the SDK's sequential reader should continue."""
        return self.get_next(response) is not None

    def get_next(self, response: requests.Response) -> str | None:
        """The cursor of the page that the SDK's sequential reader requests next."""
        return self.next_cursor(decode_json(response.content))

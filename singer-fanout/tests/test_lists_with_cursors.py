"""Lists whose pages each name the next: read one page after the other, whatever moves meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from plain_server import PlainServer, Reply
from singer_fanout import CursorPaginator, PagedStream
from singer_fanout.errors import EndlessError
from status_tap import StatusTap

if TYPE_CHECKING:
    from collections.abc import Iterable


class EventPaginator(CursorPaginator):
    def params(self, cursor: str | None) -> dict[str, Any]:
        return {} if cursor is None else {"after": cursor}

    def next_cursor(self, page: Any) -> str | None:
        following: str | None = page["next"]
        return following


class Events(PagedStream):
    name = "events"
    path = "/events"
    schema = {"properties": {"id": {"type": "integer"}}}  # noqa: RUF012

    def get_new_paginator(self) -> EventPaginator:
        return EventPaginator()

    def parse_page(self, page: Any) -> Iterable[dict[str, Any]]:
        return ({"id": number} for number in page["ids"])


def read(server: PlainServer) -> list[int]:
    tap = StatusTap(config={"api_url": server.url, "max_retries": 0})
    try:
        return [row["id"] for row in Events(tap).rows()]
    finally:
        tap.pool.close()
        tap.client.close()


def test_every_page_is_asked_for_once_in_order() -> None:
    pages = {
        "/events": {"ids": [1, 2], "next": "b"},
        "/events?after=b": {"ids": [3], "next": "c"},
        "/events?after=c": {"ids": [], "next": None},
    }
    with PlainServer(lambda reply: reply.json(pages[reply.path])) as server:
        assert read(server) == [1, 2, 3]
        assert server.paths == list(pages)


def test_a_list_that_names_a_page_twice_is_an_error_and_no_endless_run() -> None:
    def answer(reply: Reply) -> None:
        reply.json({"ids": [reply.number], "next": "again"})

    with PlainServer(answer) as server, pytest.raises(EndlessError, match="the list has no end"):
        read(server)

"""The API: authenticates requests, validates them against the documentation, and answers with JSON:API."""

from __future__ import annotations

import time
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
from starlette.responses import Response

from sandbox.limits import CallerLimits
from sandbox.rootly import envelope, relations, shifts, singles
from sandbox.rootly.description import description
from sandbox.rootly.listing import Listing
from sandbox.rootly.problems import Problem, error_body
from sandbox.rootly.query import parse
from sandbox.rootly.rendering import Renderer
from sandbox.rootly.times import parsed
from sandbox.rootly.writes import Writer
from sandbox.routing import Endpoint, Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.rootly.description import Read, Write
    from sandbox.rootly.query import Query
    from sandbox.rootly.settings import RootlySettings
    from sandbox.rootly.store import RootlyStore
    from sandbox.rootly.tokens import Tokens
    from sandbox.routing import Call, Handler, Match
    from sandbox.tables import Id, Row

PREFIX = "/rootly"
MEDIA_TYPE = "application/vnd.api+json"
_TOO_MANY = 429
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class RootlyApi:
    """Serves all documented routes.

    Args:
        store: The data.
        settings: The settings of the server.
        tokens: The API keys.

    Attributes:
        routes: The routes, for the application.
        listing: The rows of lists.
    """

    def __init__(self, store: RootlyStore, settings: RootlySettings, tokens: Tokens) -> None:
        self._store = store
        self._settings = settings
        self._tokens = tokens
        self._limits = CallerLimits()
        self.listing = Listing(store, settings)
        self._writer = Writer(store, settings)
        self.routes = Routes(PREFIX, self._endpoints)

    @cached_property
    def renderer(self) -> Renderer:
        """The resources; made for the first of them, as most sandboxes serve another API."""
        return Renderer(self._store, self._settings)

    def _endpoints(self) -> list[Endpoint]:
        endpoints = [Endpoint("GET", path, self._reading(read)) for path, read in description().reads.items()]
        endpoints += [Endpoint(write.method, write.path, self._writing(write)) for write in description().writes]
        # Literal parts of a path take precedence over names in braces, which sort after all letters.
        return sorted(endpoints, key=lambda endpoint: endpoint.template)

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request."""
        holder = self._tokens.holder(call.request.headers.get("authorization", ""))
        limits, has_room = self._limited(call, holder or "nobody")
        try:
            response = self._permitted(call, match, holder) if has_room else self.failure(_TOO_MANY)
        except Problem as problem:
            response = self.failure(problem.status, problem.detail)
        response.headers.update(limits)
        return response

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in Rootly's format."""
        body = error_body(status, message or "", plain=self._settings.plain_errors)
        headers = {"X-RateLimit-Reset": str(ceil(time.time() + 1))} if status == _TOO_MANY else {}
        return Response(msgspec.json.encode(body), status, headers, MEDIA_TYPE)

    def _limited(self, call: Call, caller: str) -> tuple[dict[str, str], bool]:
        """Count a read; returns the limit headers, and whether it may pass."""
        requests = self._settings.rate_limit
        if requests is None:
            return {}, True
        told = f"{requests}, {requests};window=60" if self._settings.limit_window_text else str(requests)
        window = self._limits.of(caller, requests)
        wait = window.take() if call.request.method in _READS else None
        headers = {
            "X-RateLimit-Limit": told,
            "X-RateLimit-Remaining": str(requests - window.used),
            "X-RateLimit-Used": str(window.used),
            "X-RateLimit-Reset": str(ceil(time.time() + window.frees_in)),
        }
        if wait is not None and self._settings.retry_after:
            headers["Retry-After"] = str(ceil(wait))
        return headers, wait is None

    def _permitted(self, call: Call, match: Match, holder: str | None) -> Response:
        if holder is None:
            raise Problem(401, "Invalid or missing API key")
        if match.handler is None:
            raise Problem(405 if match.methods else 404)
        template = match.template.removeprefix(PREFIX)
        for path, status in self._settings.refused.items():
            if template == path or template.startswith(path + "/"):
                raise Problem(status)
        if not self._tokens.may(holder, call.request.method, template):
            raise Problem(403, "The API key may not do this")
        with self._store.lock:
            return match.handler(call)

    def _reading(self, read: Read) -> Handler:
        answers: dict[str, Callable[[Read, Call], Response]] = {
            "list": self._list,
            "one": self._one,
            "object": self._object,
        }
        answer = answers[read.answers]
        return lambda call: answer(read, call)

    def _list(self, read: Read, call: Call) -> Response:
        query = parse(read, call.request.query_params.multi_items(), self._settings)
        parent_id = self._parent(read, call)
        is_paged = bool(read.page) or "per_page" in read.query
        if read.table == shifts.TABLE:
            shifts.check_range(read.path, query.others, self._settings.shift_months)
        page = self.listing.page(read, query, parent_id) if is_paged else None
        rows = self.listing.rows(read, query, parent_id) if page is None else page.rows
        meta = envelope.meta(read, query, page, len(rows))
        parts = [b'{"data":[', b",".join(self._resources(read, rows, query)), b"]", *self._included(read, rows, query)]
        if "links" in read.envelope:
            parts += [b',"links":', msgspec.json.encode(envelope.links(call.request, meta))]
        if "meta" in read.envelope:
            parts += [b',"meta":', msgspec.json.encode(meta)]
        return Response(b"".join((*parts, b"}")), media_type=MEDIA_TYPE)

    def _resources(self, read: Read, rows: Sequence[Row], query: Query) -> list[bytes]:
        only = query.fields.get(read.table)
        resources = [self.renderer.resource(read, row, query.includes, only) for row in rows]
        if read.table == shifts.TABLE and self._settings.shift_clipping and "from" in query.others:
            start, zone = parsed(query.others["from"]), ZoneInfo(self._settings.timezone)
            return [shifts.cut_at(start, resource, zone) for resource in resources]
        return resources

    def _one(self, read: Read, call: Call) -> Response:
        query = parse(read, call.request.query_params.multi_items(), self._settings)
        row = self._row(read, call)
        parts = [b'{"data":', *self._resources(read, [row], query), *self._included(read, [row], query), b"}"]
        return Response(b"".join(parts), media_type=MEDIA_TYPE)

    def _object(self, read: Read, call: Call) -> Response:
        query = parse(read, call.request.query_params.multi_items(), self._settings)
        body = singles.answer(self._store, read, call.params, query)
        return Response(msgspec.json.encode(body), media_type=MEDIA_TYPE)

    def _included(self, read: Read, rows: Sequence[Row], query: Query) -> list[bytes]:
        if not query.includes:
            return []
        found: dict[tuple[str, Id], Row] = {}
        for row in rows:
            for name in query.includes:
                linked = relations.linked(self._store, read.table, name, row, self._settings.include_cap)
                found.update({(linked.table, other["id"]): other for other in linked.rows})
        resources = [self.renderer.side_loaded(table, row) for (table, _), row in found.items()]
        return [b',"included":[', b",".join(resources), b"]"]

    def _parent(self, read: Read, call: Call) -> Id | None:
        if not read.parent_table:
            return None
        return self._writer.named(read.parent_table, call.params[read.parameter])["id"]  # type: ignore[no-any-return]

    def _row(self, read: Read, call: Call) -> Row:
        if "id" not in call.params:
            # There is only one, such as the IP ranges, or it is the caller: the first user.
            row = next(iter(self._store.tables[read.table]), None)
            if row is None:
                raise Problem(404)
            return row
        row = self._writer.named(read.table, call.params["id"])
        if read.only is not None and row[read.only[0]] != read.only[1]:
            raise Problem(404, "Not found or unauthorized")
        if read.parent_table and row[read.parent_column] != self._parent(read, call):
            raise Problem(404, "Not found or unauthorized")
        return row

    def _writing(self, write: Write) -> Handler:
        def handle(call: Call) -> Response:
            row, read = self._writer.write(write, call.params, call.body)
            body = b'{"data":' + self.renderer.resource(read, row) + b"}"
            return Response(body, write.status, media_type=MEDIA_TYPE)

        return handle

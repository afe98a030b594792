"""Whether Rootly still accepts the tap's requests: checks their parameters against those in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_rootly.client import RootlyFanOutStream
from tap_rootly.created_filter import WITH_CREATED_FILTER
from tap_rootly.side_loading import SideLoadedStream
from tap_rootly.tap import TapRootly

from maintenance.refresh_schemas.shapes import plain_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_rootly.client import RootlyListStream

SINCE = "2026-01-01T00:00:00.000000Z"
CONFIG = {"api_token": "none", "chart_period": "day"}


def refused_parameters(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the tap requests and the document does not have, one line each.

    Args:
        document: The OpenAPI document.
    """
    routes = {plain_path(path): operations for path, operations in document["paths"].items() if "get" in operations}
    for stream in TapRootly(config=CONFIG).streams.values():
        for path, asked in _asked(stream):
            operations = routes.get(plain_path(path))
            if operations is None:
                continue
            taken = [*operations.get("parameters", ()), *operations["get"].get("parameters", ())]
            for complaint in _complaints(asked, {name["name"]: name for name in taken if name["in"] == "query"}):
                yield f"{stream.name}: {path} {complaint}"
    yield from _created_filters(routes)


def _created_filters(routes: Mapping[str, Any]) -> Iterator[str]:
    """Errors in the tap's knowledge of which lists can be read in time windows."""
    known = {plain_path(path) for path in WITH_CREATED_FILTER}
    for stream in TapRootly(config=CONFIG).streams.values():
        path = plain_path(str(vars(type(stream))["path"]))
        if path not in routes or getattr(stream, "by_cursor", False) or not getattr(stream, "has_own_list", True):
            continue
        operations = routes[path]
        taken = {one["name"] for one in (*operations.get("parameters", ()), *operations["get"].get("parameters", ()))}
        has_filter = taken >= {"filter[created_at][gte]", "filter[created_at][lt]", "page[number]"}
        if has_filter != (path in known):
            yield f"{stream.name}: {path} has {'a' if has_filter else 'no'} filter of created_at: see created_filter.py"


def _complaints(asked: Mapping[str, Any], taken: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The complaints of a route about a request, judging by the document alone."""
    for name, value in asked.items():
        if name not in taken:
            yield f"does not take {name}"
        elif value not in taken[name]["schema"].get("enum", [value]):
            yield f"does not take {name}={value}"
    for name, parameter in taken.items():
        if parameter.get("required") and name not in asked:
            yield f"wants {name}"


def _asked(stream: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The paths that a stream reads, each with the parameters of a page request."""
    if isinstance(stream, SideLoadedStream):
        yield stream.parent.path, {**_page(stream.parent), "include": stream.include}
        if not stream.has_own_list:
            return
    if isinstance(stream, RootlyFanOutStream):
        parent = dict.fromkeys(stream.parent_fields, "1")
        yield stream.path, {**stream.child_params(parent), **_paging(stream)}
    else:
        yield stream.path, _page(stream)


def _page(stream: Any) -> dict[str, Any]:
    return {**stream.list_params(SINCE if stream.replication_key else None), **_paging(stream)}


def _paging(stream: RootlyListStream) -> dict[str, Any]:
    paginator: Any = stream.get_new_paginator()
    parameters: dict[str, Any] = paginator.params("page[after]=x" if stream.by_cursor else 2)
    return parameters

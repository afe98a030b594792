"""The parameters of a request, checked against what the route accepts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.rootly.problems import Problem
from sandbox.rootly.undocumented import SPARSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.rootly.description import Read
    from sandbox.rootly.settings import RootlySettings

_BRACKETS = re.compile(r"(page|filter|fields)\[(\w+)\](?:\[(\w+)\])?")
_MAX_SIZES: Mapping[str, int] = {"/v1/alert_events": 50, "/v1/shifts": 1000}
"""Documented maximum page sizes."""
_DEFAULT_SIZES: Mapping[str, int] = {"/v1/shifts": 50}


@dataclass
class Query:
    """The parameters of a request.

    Attributes:
        number: The page, from 1.
        size: Rows per page.
        after: The cursor; None for the first page or one by number.
        includes: What to side-load.
        fields: The wanted attributes and relationships by type of resource; absent for all.
        sorts: What to sort by.
        filters: Values by name and operator; the operator of a bare filter is empty.
        others: The other parameters; repeated ones are joined by commas.
    """

    number: int = 1
    size: int = 25
    after: str | None = None
    includes: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    fields: dict[str, frozenset[str]] = field(default_factory=dict)
    filters: dict[tuple[str, str], str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)


def parse(read: Read, parameters: Iterable[tuple[str, str]], settings: RootlySettings) -> Query:
    """The query of a request.

    Raises:
        Problem: The route does not accept a parameter or a value, or a required one is missing.
    """
    query = Query(size=_DEFAULT_SIZES.get(read.path, settings.default_page_size))
    for name, value in parameters:
        if not _take(read, query, name, value, settings) and settings.strict_parameters:
            raise Problem(400, f"{name} is not a parameter of this route")
    for name, required in read.query.items():
        if required and name not in query.others:
            raise Problem(400, f"{name} is missing")
    return query


def _take(read: Read, query: Query, name: str, value: str, settings: RootlySettings) -> bool:
    """Store a parameter; returns False if the route does not accept it."""
    if name in read.query:
        query.others[name] = f"{query.others[name]},{value}" if name in query.others else value
        _take_plain_page(query, name, value, settings)
        return True
    if name == "include" and read.include is not None:
        query.includes = _allowed(name, value, read.include, settings)
        _check_includes(query.includes, settings)
        return True
    if name == "sort" and read.sort is not None:
        query.sorts = _allowed(name, value, read.sort, settings)
        return True
    brackets = _BRACKETS.fullmatch(name)
    return brackets is not None and _take_brackets(read, query, brackets, value, settings)


def _take_brackets(read: Read, query: Query, brackets: re.Match[str], value: str, settings: RootlySettings) -> bool:
    kind, what, operator = brackets.groups()
    if kind == "fields":
        query.fields[what] = frozenset(value.split(","))
        return operator is None and what == read.table and what in SPARSE and settings.sparse_fields
    if kind == "filter":
        query.filters[what, operator or ""] = value
        return (operator or "") in read.filters.get(what, ())
    return operator is None and what in read.page and _take_page(read, query, what, value, settings)


def _take_page(read: Read, query: Query, what: str, value: str, settings: RootlySettings) -> bool:
    if what == "after":
        query.after = value
    elif what == "number":
        query.number = _positive(f"page[{what}]", value)
    else:
        most = _MAX_SIZES.get(read.path, settings.max_page_size)
        query.size = min(_positive(f"page[{what}]", value), most)
    return True


def _take_plain_page(query: Query, name: str, value: str, settings: RootlySettings) -> None:
    if name == "page":
        query.number = _positive(name, value)
    elif name == "per_page":
        query.size = min(_positive(name, value), settings.max_page_size)


def _positive(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise Problem(400, f"{name} has to be a positive number, not {value!r}")
    return int(value)


def _check_includes(kinds: tuple[str, ...], settings: RootlySettings) -> None:
    """Refuse includes that the settings exclude."""
    if refused := [kind for kind in kinds if kind in settings.refused_includes]:
        raise Problem(settings.include_refusal, f"{refused[0]} is not specified as a relationship")
    if settings.most_includes is not None and len(kinds) > settings.most_includes:
        raise Problem(settings.include_refusal, f"include takes at most {settings.most_includes} relationships")


def _allowed(name: str, value: str, documented: tuple[str, ...], settings: RootlySettings) -> tuple[str, ...]:
    """The values of a list, which have to be documented if any values are."""
    values = tuple(filter(None, value.split(",")))
    wrong = [part for part in values if documented and part not in documented]
    if wrong and settings.strict_parameters:
        raise Problem(400, f"{name} does not take {', '.join(wrong)}; it takes {', '.join(documented)}")
    return tuple(part for part in values if part not in wrong)

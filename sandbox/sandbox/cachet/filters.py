"""The filters of Cachet v3 lists. Commas separate alternatives; invalid values are ignored."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.cachet.status import schedule_status
from sandbox.cachet.times import local_text, parse_local

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.cachet.view import View
    from sandbox.tables import Row

Value: TypeAlias = "str | Mapping[str, str]"
Test: TypeAlias = "Callable[[Row], bool]"


class Filter(ABC):
    """A named filter of a list."""

    default: Value | None = None
    """The value if the request does not set the filter."""

    @abstractmethod
    def test(self, value: Value, view: View) -> Test | None:
        """The test for a row; None if every row passes."""


@dataclass(frozen=True)
class Partial(Filter):
    """A column contains one of the strings, ignoring case."""

    column: str

    def test(self, value: Value, view: View) -> Test | None:
        """See the base class."""
        del view
        if not isinstance(value, str):
            return None
        parts = [part.lower() for part in value.split(",") if part]
        column = self.column
        return lambda row: any(part in str(row[column]).lower() for part in parts)


@dataclass(frozen=True)
class Exact(Filter):
    """A number column equals one of the values."""

    column: str

    def test(self, value: Value, view: View) -> Test | None:
        """See the base class."""
        del view
        if not isinstance(value, str):
            return None
        wanted = set(value.split(","))
        column = self.column
        return lambda row: row[column] is not None and str(row[column]) in wanted


class Flag(Filter):
    """A bool column. As on the real server, `true` and `false` work only as single values, 0 and 1 also in a list."""

    def __init__(self, column: str, *, default: bool | None = None) -> None:
        self.column = column
        self.default = None if default is None else str(int(default))

    def test(self, value: Value, view: View) -> Test | None:
        """See the base class."""
        del view
        if not isinstance(value, str):
            return None
        wanted = set({"true": "1", "false": "0"}.get(value, value).split(","))
        column = self.column
        return lambda row: str(int(row[column])) in wanted


class Meta(Filter):
    """Metadata has these values: `filter[meta][key]=value`."""

    def test(self, value: Value, view: View) -> Test | None:
        """See the base class."""
        del view
        if isinstance(value, str):
            return None
        wanted = {key: set(texts.split(",")) for key, texts in value.items()}

        def passes(row: Row) -> bool:
            meta = row["meta"]
            return all(key in meta and _meta_text(meta[key]) in texts for key, texts in wanted.items())

        return passes


def _meta_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


class ScheduleStatus(Filter):
    """The computed status of a schedule is one of the values."""

    def test(self, value: Value, view: View) -> Test | None:
        """See the base class."""
        if not isinstance(value, str):
            return None
        wanted = set(value.split(","))
        now = view.clock.now
        return lambda row: str(schedule_status(row, now)) in wanted


class _Occurs(Filter):
    """Compares the time of occurrence. SQLite compares any strings; the other databases compare times."""

    @abstractmethod
    def compare(self, occurred: Any, limit: Any) -> bool:
        """Whether a time of occurrence passes a limit; both are strings, or both are times."""

    def test(self, value: Value, view: View) -> Test | None:
        """See the base class."""
        if not isinstance(value, str):
            return None
        zone = view.clock.zone
        compare = self.compare
        if view.settings.database != "sqlite":
            try:
                limit = parse_local(value, zone)
            except ValueError:
                return lambda _row: False
            return lambda row: row["occurred_at"] is not None and compare(row["occurred_at"], limit)
        return lambda row: row["occurred_at"] is not None and compare(local_text(row["occurred_at"], zone), value)


class OccursAfter(_Occurs):
    """Occurred at that time or later."""

    def compare(self, occurred: Any, limit: Any) -> bool:
        """See the base class."""
        return bool(occurred >= limit)


class OccursBefore(_Occurs):
    """Occurred at that time or earlier."""

    def compare(self, occurred: Any, limit: Any) -> bool:
        """See the base class."""
        return bool(occurred <= limit)


class OccursOn(Filter):
    """Occurred on that day, in the server's zone."""

    def test(self, value: Value, view: View) -> Test | None:
        """See the base class."""
        if not isinstance(value, str):
            return None
        zone = view.clock.zone
        return lambda row: row["occurred_at"] is not None and local_text(row["occurred_at"], zone)[:10] == value[:10]

"""A tap on the stock SDK announces its versions ahead. However it dies, nothing is deleted that the source has."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from singer_sdk import Stream, Tap
from singer_sdk import typing as th

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

_PAGE = 100


class _Counted(Stream):
    """Rows with the numbers from 0 on, as many as the setting of the stream's name says, a page at a time."""

    primary_keys = ("id",)
    schema = th.PropertiesList(th.Property("id", th.IntegerType)).to_dict()

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        rows = [{"id": number} for number in range(self.config[self.name])]
        for first in range(0, len(rows), _PAGE):
            yield from rows[first : first + _PAGE]


class _Plain(_Counted):
    name = "plain"


class _Parents(_Counted):
    name = "parents"

    def get_child_context(self, record: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG002
        return {"parent": record["id"]}


class _Children(Stream):
    name = "children"
    parent_stream_type = _Parents
    primary_keys = ("parent", "id")
    schema = th.PropertiesList(th.Property("parent", th.IntegerType), th.Property("id", th.IntegerType)).to_dict()

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
        yield from ({"parent": (context or {})["parent"], "id": number} for number in range(self.config["children"]))


class _StockTap(Tap):
    name = "tap-stock"
    config_jsonschema = th.PropertiesList(
        th.Property("plain", th.IntegerType, default=0),
        th.Property("parents", th.IntegerType, default=0),
        th.Property("children", th.IntegerType, default=0),
        th.Property("emit_activate_version_messages", th.BooleanType, default=True),
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        return [_Parents(self), _Plain(self), _Children(self)]


def output_of(streams: Collection[str], state: Any = None, **rows: int) -> list[str]:
    """Run the tap.

    Args:
        streams: The streams that are selected.
        state: What an earlier run has left.
        rows: How many rows there are, by stream; of `children` for each parent.

    Returns:
        The lines that it writes.
    """
    tap = _StockTap(config=rows, state=state)
    for stream in tap.streams.values():
        stream.selected = stream.name in streams
    with redirect_stdout(io.StringIO()) as output:
        tap.sync_all()
    return output.getvalue().splitlines()


GONE = -1
"""Key of a row that is in every table, and that the source has no more."""


@dataclass(frozen=True)
class Source:
    """What a tap reads.

    Attributes:
        rows: How many rows there are; of `children` for each of the parents.
        streams: The streams that are selected.
        runs: How often the tap runs, each time from the state before; the last run counts.
        doubt: Why an end is no evidence, though the tap was done; None if it is one.
    """

    rows: dict[str, int]
    streams: tuple[str, ...] = ("plain",)
    doubt: str | None = None
    runs: int = 1

    def tables(self) -> dict[str, set[tuple[int, ...]]]:
        """The keys that the source has, by stream."""
        plain, parents, children = (range(self.rows.get(stream, 0)) for stream in ("plain", "parents", "children"))
        keys: dict[str, set[tuple[int, ...]]] = {
            "plain": {(number,) for number in plain},
            "parents": {(number,) for number in parents},
            "children": {(parent, number) for parent in parents for number in children},
        }
        return {stream: keys[stream] for stream in self.streams}


FAMILY = {"parents": 2, "children": 2, "plain": 1}
SOURCES = {
    "nothing": Source({"plain": 0}),
    "three": Source({"plain": 3}),
    "a page": Source({"plain": 100}, doubt="one of those sent every 100"),
    "pages": Source({"plain": 250}),
    "ten thousand": Source({"plain": 10_000}, doubt="one of those sent every 100"),
    "parents and children": Source(FAMILY, ("parents", "children", "plain")),
    "parents and children again": Source(FAMILY, ("parents", "children", "plain"), runs=2),
    "parents without children": Source({"parents": 3, "children": 0}, ("parents", "children")),
    "children alone": Source(FAMILY, ("children",), doubt="it came in several parts"),
}
ALL_CUTS = 40
"""Up to so many messages the tap dies after each of them."""
KEYS = {"plain": ("id",), "parents": ("id",), "children": ("parent", "id")}


@pytest.fixture(scope="module", params=list(SOURCES.values()), ids=list(SOURCES))
def source(request: pytest.FixtureRequest) -> Source:
    found: Source = request.param
    return found


@pytest.fixture(scope="module")
def output(source: Source) -> list[str]:
    state = None
    for _ in range(source.runs):
        lines = output_of(source.streams, state, **source.rows)
        state = json.loads(lines[-1])["value"]
    return lines


@pytest.fixture(scope="module")
def loaded(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that a run before has filled; one row a table has been deleted at the source since."""
    path = tmp_path_factory.mktemp("loaded") / "old.duckdb"
    with duckdb.connect(str(path)) as connection:
        for stream, keys in source.tables().items():
            names = KEYS[stream]
            gone = (*(0 for _ in names[1:]), GONE)
            columns = ", ".join(f"{name} BIGINT" for name in (*names, "_sdc_table_version"))
            connection.execute(f"CREATE TABLE {stream} ({columns})")
            rows = ", ".join(str((*key, 1)) for key in sorted({*keys, gone}))
            connection.execute(f"INSERT INTO {stream} VALUES {rows}")  # noqa: S608
    return path


def cuts_of(output: Sequence[str]) -> list[int]:
    """How many lines a tap may have written when it dies: any number, or those where something else may begin."""
    if len(output) <= ALL_CUTS:
        return list(range(1, len(output)))
    types = [json.loads(line)["type"] for line in output]
    turns = [number for number, kind in enumerate(types) if kind != "RECORD" and number]
    return sorted({cut for turn in (*turns, 2 + 100, 2 + 200) for cut in (turn, turn + 1) if cut < len(output)})


def living(warehouse: Any, source: Source) -> dict[str, set[tuple[int, ...]]]:
    queries = {stream: f"SELECT {', '.join(KEYS[stream])} FROM {stream}" for stream in source.streams}  # noqa: S608
    with warehouse.opened() as connection:
        return {stream: set(connection.execute(query).fetchall()) for stream, query in queries.items()}


def test_a_tap_that_dies_deletes_nothing_that_the_source_has(
    warehouse: Any, source: Source, output: list[str], loaded: Path
) -> None:
    tables = source.tables()
    for cut in cuts_of(output):
        shutil.copy(loaded, warehouse.path)
        warehouse.load(*output[:cut], hard_delete=True)
        found = living(warehouse, source)
        assert not any(tables[stream] - found[stream] for stream in tables), f"after {cut} messages"


def test_a_run_that_ends_well_deletes_what_is_gone_or_tells_why_not(
    warehouse: Any, source: Source, output: list[str], loaded: Path
) -> None:
    shutil.copy(loaded, warehouse.path)
    warehouse.load(*output, hard_delete=True)
    found, tables = living(warehouse, source), source.tables()
    if source.doubt is None:
        assert found == tables
    else:
        assert all({key[-1] for key in found[stream] - tables[stream]} == {GONE} for stream in tables)
        assert source.doubt in warehouse.caplog.text
        warehouse.load(*output, hard_delete=True, trust_end_of_input=True)
        assert living(warehouse, source) == tables

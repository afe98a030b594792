"""Compares the contents of two DuckDB files.

In a separate process: the peak memory of a benchmark is inherited by the figures of the processes that it starts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bench.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from duckdb import DuckDBPyConnection

MINE, THEIRS = "mine", "theirs"
"""Names of the two files in queries."""
OF_A_SCHEMA, OF_QUERIES = "schema", "queries"


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison.

    Attributes:
        rows: Number of rows of the other file.
        different: Number of rows that only one of the files has.
    """

    rows: int
    different: int

    @property
    def equal(self) -> bool:
        """Whether there are rows, and both files have the same ones."""
        return self.rows > 0 and self.different == 0


def compare_schema(mine: Path, theirs: Path, schema: str, apart_from: str = "") -> Comparison:
    """Compare all tables and columns that the other file has in a schema, except the loader's own columns.

    Args:
        mine: One file.
        theirs: The other one.
        schema: The schema, in both.
        apart_from: A column to leave out.
    """
    return _compared_elsewhere(mine, theirs, OF_A_SCHEMA, schema, apart_from)


def compare_queries(mine: Path, theirs: Path, my_query: str, their_query: str) -> Comparison:
    """Compare the rows of two queries, in which the databases are called `mine` and `theirs`."""
    return _compared_elsewhere(mine, theirs, OF_QUERIES, my_query, their_query)


def _compared_elsewhere(mine: Path, theirs: Path, *what: str) -> Comparison:
    command = [sys.executable, "-m", __name__, str(mine), str(theirs), *what]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)  # noqa: S603 - this module
    return Comparison(**json.loads(done.stdout))


def _compared(mine: str, theirs: str, *what: str) -> Comparison:
    import duckdb  # noqa: PLC0415 - only in the separate process

    with duckdb.connect() as connection:
        for name, path in ((MINE, mine), (THEIRS, theirs)):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        rows = different = 0
        for my_query, their_query in _pairs(connection, *what):
            rows += _count(connection, their_query)
            for one, other in ((my_query, their_query), (their_query, my_query)):
                different += _count(connection, f"({one}) EXCEPT ALL ({other})")
        return Comparison(rows, different)


def _pairs(connection: DuckDBPyConnection, kind: str, first: str, second: str) -> Iterable[tuple[str, str]]:
    """Pairs of queries that have to return the same rows."""
    if kind == OF_QUERIES:
        return [(first, second)]
    tables = connection.execute(
        "SELECT table_name, string_agg(format('\"{}\"', column_name), ', ') FROM duckdb_columns() "
        "WHERE database_name = ? AND schema_name = ? AND column_name <> ? AND NOT starts_with(column_name, '_sdc_') "
        "GROUP BY table_name",
        [THEIRS, first, second],
    ).fetchall()
    selected = [f'SELECT {columns} FROM {{}}."{first}"."{table}"' for table, columns in tables]  # noqa: S608 - own names
    return [(query.format(MINE), query.format(THEIRS)) for query in selected]


def _count(connection: DuckDBPyConnection, query: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM ({query})").fetchone()  # noqa: S608 - the benchmarks' own
    return int(row[0]) if row else 0


if __name__ == "__main__":
    print(json.dumps(asdict(_compared(*sys.argv[1:]))))

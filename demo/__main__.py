"""Run the demo, or run a query on a database: the demo's, or any other."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import duckdb

from demo.console import Console
from demo.meltano import MeltanoError
from demo.questions import QUESTIONS
from demo.show import DATABASE, ask, show


def main() -> int:
    """Run the demo or one query; return the exit code."""
    console = Console(sys.stdout)
    arguments = _arguments()
    database = arguments.database or DATABASE
    if arguments.query is not None and not database.exists():
        missing = "demo database yet: run `make demo` first" if database == DATABASE else f"database {database}"
        console.error(f"There is no {missing}.")
        return 1
    try:
        if arguments.query is not None:
            ask(console, arguments.query.strip() or QUESTIONS[0].query, database)
        else:
            show(console)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the pipe, such as `head`, has closed it; Python's flush at exit would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (MeltanoError, duckdb.Error) as error:
        console.error(str(error))
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("query", nargs="?", help="SQL; empty for the demo's own; without one the demo runs")
    parser.add_argument("--database", type=Path, help="a DuckDB file to ask instead of the demo's")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""Run the demo, or with one argument a query on what it loaded."""

from __future__ import annotations

import sys

import duckdb

from demo.console import Console
from demo.meltano import MeltanoError
from demo.questions import QUESTIONS
from demo.show import DATABASE, ask, show


def main() -> int:
    """Run the demo or one query; return the exit code."""
    console = Console(sys.stdout)
    arguments = sys.argv[1:]
    if len(arguments) > 1:
        console.error('Usage: python -m demo ["SELECT ..."]')
        return 2
    if arguments and not DATABASE.exists():
        console.error("There is no demo database yet: run `make demo` first.")
        return 1
    try:
        if arguments:
            ask(console, arguments[0].strip() or QUESTIONS[0].query)
        else:
            show(console)
    except (MeltanoError, duckdb.Error) as error:
        console.error(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

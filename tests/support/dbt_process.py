"""Runs in the environment of the models: one dbt for many builds, so that it is imported and the project read once.

Each line on standard input asks for a command of dbt, as JSON: `arguments`, the `environment` to have in it, and
whether `comments` are written into the database. Each line on standard output is an answer: `failed`, by what dbt calls
it, with what it said of that, and `ran`, the names of what it ran. What dbt prints itself goes to standard error. The
project is parsed once for each DBT_TARGET, so all databases of a target have one name.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import BaseEvent
from dbt_common.events.event_manager import EventManager

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


OF_A_BUILD = ("--no-write-json", "--log-level-file=none", "--log-level=warn")
"""What nobody reads is not written: that takes as long as a tenth of a build."""


class Builder:
    """Answers requests."""

    def __init__(self) -> None:
        self._manifests: dict[str, Manifest] = {}

    def __call__(self, arguments: list[str], environment: dict[str, str], *, comments: bool) -> dict[str, Any]:
        """Run a command.

        Args:
            arguments: What follows `dbt` on the command line.
            environment: Environment variables.
            comments: Whether the database is told what its tables and columns are.
        """
        with patch.dict(os.environ, environment):
            return self._run(arguments, environment["DBT_TARGET"], comments=comments)

    def _run(self, arguments: list[str], target: str, *, comments: bool) -> dict[str, Any]:
        if target not in self._manifests:
            parsed = dbtRunner().invoke(["--no-partial-parse", "parse"])
            if not parsed.success:
                return _answer(parsed)
            self._manifests[target] = parsed.result
        # A run writes into it what it has compiled, for the variables and the tables of that run.
        manifest = self._manifests[target].deepcopy()
        if not comments:
            for node in manifest.nodes.values():
                node.config.persist_docs = {}
        done = dbtRunner(manifest=manifest).invoke([*OF_A_BUILD, *arguments])
        _let_go_of_the_file()
        return _answer(done)


def _tell_warnings_alone() -> None:
    """Leave out what is less than a warning: to put that into words takes a seventh of a build."""
    put_into_words, tell = BaseEvent.__init__, EventManager.fire_event

    def is_told(event: BaseEvent) -> bool:
        return event.level_tag() not in {"debug", "info"}

    def init(event: BaseEvent, *arguments: Any, **named: Any) -> None:
        if is_told(event):
            put_into_words(event, *arguments, **named)

    def fire(manager: EventManager, event: BaseEvent, *arguments: Any, **named: Any) -> None:
        if is_told(event):
            tell(manager, event, *arguments, **named)

    BaseEvent.__init__, EventManager.fire_event = init, fire


def _let_go_of_the_file() -> None:
    """Close DuckDB's file, which dbt keeps open until it ends: others want to read what was built."""
    opened = DuckDBConnectionManager._ENV
    if opened is not None:
        opened.close()
    DuckDBConnectionManager.close_all_connections()


def _answer(done: Any) -> dict[str, Any]:
    results = getattr(done.result, "results", ())
    failed = {
        each.node.unique_id: str(each.message) for each in results if each.status in {"error", "fail", "runtime error"}
    }
    if not done.success and not failed:
        failed["dbt"] = str(done.exception)
    return {"failed": failed, "ran": [each.node.name for each in results if each.status != "skipped"]}


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _tell_warnings_alone()
    # Garbage of a build is some, and what stays is much: it is looked through seldom.
    gc.set_threshold(200_000, 20, 20)
    build = Builder()
    for line in sys.stdin:
        print(json.dumps(build(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()

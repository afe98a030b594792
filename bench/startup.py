"""The overhead of a run apart from reading: a tap, a loader, and both under Meltano, against the first release."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from bench import trees
from bench.figures import AT_MOST, Figure
from bench.processes import run
from bench.serve import SEED, Load
from bench.server import Server
from bench.tables import compare_schema
from bench.taps import TapRunner
from sandbox import BoxWatch, BoxWatchSeed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.processes import Usage
    from bench.trees import Tree

INCIDENTS = 60
"""One page, one request."""
STREAM = "incidents"
ROUNDS = 9
MELTANO_ROUNDS = 3
AT_MOST_OF_BEFORE = 0.5


def measure(folder: Path) -> list[Figure]:
    """Run both trees in turn.

    Raises:
        MissingCommitError: This clone is too shallow to include the first release.
    """
    before = trees.first_release()
    now = trees.this(folder / "tree")
    with Server(Load(incidents=INCIDENTS)) as server:
        figure, messages = _tap(server.api_url, now, before, folder)
        return [figure, _target(messages, now, before, folder), _meltano(server.api_url, now, before, folder)]


def _tap(api_url: str, now: Tree, before: Tree, folder: Path) -> tuple[Figure, Path]:
    """The figure, and a file of messages for the loader."""
    config = {"api_url": api_url}
    files = _new(folder / "tap")
    mine, theirs = (TapRunner("tap_cachet", config, files, [STREAM], tree=tree) for tree in (now, before))
    pairs = [(mine.sync(), theirs.sync()) for _ in range(ROUNDS)]
    runs, earlier_runs = zip(*pairs, strict=True)
    output, earlier_output = runs[-1].output, earlier_runs[-1].output
    figure = _figure(
        "startup_tap",
        f"tap-cachet, one page of {INCIDENTS} rows",
        runs,
        earlier_runs,
        {
            "all rows were read": output.rows == INCIDENTS,
            "the rows are the same, in the same order": output.same_records(earlier_output),
        },
    )
    return figure, earlier_output.path


def _target(messages: Path, now: Tree, before: Tree, folder: Path) -> Figure:
    mine, theirs = (_Loader(tree, messages, _new(folder / name)) for tree, name in ((now, "now"), (before, "before")))
    mine.load()
    theirs.load()
    runs, earlier_runs = zip(*[(mine.load(), theirs.load()) for _ in range(ROUNDS)], strict=True)
    compared = compare_schema(mine.database, theirs.database, "main")
    return _figure(
        "startup_target",
        f"target-duckdb, {INCIDENTS} rows into a new file",
        runs,
        earlier_runs,
        {
            "all rows were loaded": compared.rows == INCIDENTS,
            "the rows are the same": compared.equal,
        },
    )


def _meltano(api_url: str, now: Tree, before: Tree, folder: Path) -> Figure:
    mine, theirs = (
        _Project(tree, api_url, _new(folder / f"meltano-{name}")) for tree, name in ((now, "now"), (before, "before"))
    )
    # The first run installs the plugins.
    mine.run()
    theirs.run()
    runs, earlier_runs = zip(*[(mine.run(), theirs.run()) for _ in range(MELTANO_ROUNDS)], strict=True)
    # Responses for visitors contain the time of the response.
    compared = compare_schema(mine.database, theirs.database, "boxwatch", apart_from="answer")
    return _figure(
        "startup_meltano_run",
        "meltano run tap-boxwatch target-duckdb, after a first run",
        runs,
        earlier_runs,
        {"the rows in all tables of the first release are the same": compared.equal},
    )


class _Loader:
    """The target of a tree, which loads one file of messages.

    Args:
        tree: The tree.
        messages: The file.
        folder: Folder for the database and the log.
    """

    def __init__(self, tree: Tree, messages: Path, folder: Path) -> None:
        self.database = folder / "bench.duckdb"
        self._tree = tree
        self._messages = messages
        self._config = folder / "config.json"
        self._config.write_text(json.dumps({"filepath": str(self.database)}))

    def load(self) -> Usage:
        """Load into a new database."""
        self.database.unlink(missing_ok=True)
        command = [self._tree.program("target-duckdb"), "--config", str(self._config)]
        return run(command, self._config.with_name("log"), self._tree.environment, source=self._messages)


class _Project:
    """The Meltano project of a tree, with a state and a database just for the benchmark.

    Args:
        tree: The tree.
        api_url: Base URL of one of the server's APIs.
        folder: Folder for the state, the database and the log.
    """

    def __init__(self, tree: Tree, api_url: str, folder: Path) -> None:
        self.database = folder / "bench.duckdb"
        self._tree = tree
        self._log = folder / "log"
        self._settings: Mapping[str, str] = {
            "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
            "TAP_BOXWATCH_API_URL": urljoin(api_url, "/boxwatch"),
            # The same seed produces the same key in every process.
            "TAP_BOXWATCH_API_KEY": BoxWatch(BoxWatchSeed(), SEED).api_key,
            "TARGET_DUCKDB_FILEPATH": str(self.database),
        }

    def run(self) -> Usage:
        """Run the tap into the target."""
        command = [self._tree.program("meltano"), "--log-format=uncolored", "run", "tap-boxwatch", "target-duckdb"]
        return run(command, self._log, {**self._tree.environment, **self._settings}, folder=self._tree.root)


def _figure(name: str, what: str, now: Sequence[Usage], before: Sequence[Usage], checks: dict[str, bool]) -> Figure:
    return Figure(
        name,
        median(usage.seconds for usage in now) / median(usage.seconds for usage in before),
        AT_MOST,
        AT_MOST_OF_BEFORE,
        f"{what}: time from start to exit / that of 0.1.0 [5]",
        details={
            "seconds": [usage.seconds for usage in now],
            "seconds_before": [usage.seconds for usage in before],
            "cpu_seconds": median(usage.cpu_seconds for usage in now),
            "cpu_seconds_before": median(usage.cpu_seconds for usage in before),
        },
        checks=checks,
    )


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder

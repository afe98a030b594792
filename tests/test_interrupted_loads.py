"""`meltano run` with target-duckdb, interrupted: nothing that was read is lost, and nothing is left running."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.project import SCRIPTS, clean_environment

SLOW_TAP = Path(__file__).parent / "support" / "slow_tap.py"
ROWS = 3000
WAIT = 1.0
"""Seconds that a batch waits at most, and so the reading that an interrupted run may cost the next one."""


class Project:
    """A Meltano project of one tap and the loader, of which nothing needs to be installed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.warehouse = root / "warehouse.duckdb"
        tap = root / "tap-slow"
        tap.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SLOW_TAP}" "$@"\n')
        tap.chmod(0o755)
        extractor = {
            "name": "tap-slow",
            "namespace": "tap_slow",
            "executable": str(tap),
            "capabilities": ["state"],
            "settings": [{"name": "rows"}, {"name": "seconds"}],
            "config": {"rows": ROWS},
        }
        loader = {
            "name": "target-duckdb",
            "namespace": "target_duckdb",
            "executable": str(SCRIPTS / "target-duckdb"),
            "settings": [{"name": "filepath"}, {"name": "batch_wait_limit_seconds", "kind": "decimal"}],
            "config": {"filepath": str(self.warehouse), "batch_wait_limit_seconds": WAIT},
        }
        project: dict[str, Any] = {"default_environment": "test", "environments": [{"name": "test"}]}
        project |= {"plugins": {"extractors": [extractor], "loaders": [loader]}, "send_anonymous_usage_stats": False}
        (root / "meltano.yml").write_text(json.dumps(project))  # which is YAML, too

    def start(self, seconds: float) -> subprocess.Popen[str]:
        """Run the tap and the loader, in a process group of their own as a shell does it.

        Args:
            seconds: How long the tap waits after each row.
        """
        return subprocess.Popen(  # noqa: S603
            [SCRIPTS / "meltano", "--log-format=uncolored", "run", "tap-slow", "target-duckdb"],
            cwd=self._root,
            env=clean_environment({"TAP_SLOW_SECONDS": str(seconds)}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def ids(self) -> list[int]:
        """The rows in the table."""
        with duckdb.connect(str(self.warehouse)) as connection:
            return [key for (key,) in connection.execute("SELECT id FROM rows ORDER BY id").fetchall()]


def first_row(line: str) -> int | None:
    found = re.search(r"begins with (\d+)", line)
    return None if found is None else int(found[1])


def processes_of(group: int) -> list[str]:
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    rows = (line.split(maxsplit=2) for line in listed.stdout.splitlines())
    return [args for pgid, stat, args in rows if int(pgid) == group and not stat.startswith("Z")]


def interrupt(project: Project, signum: signal.Signals, *, whole_group: bool) -> tuple[int, int]:
    """Run until batches have been written, and some more rows were read; then send a signal.

    Returns:
        The first row that was read, and the exit code.
    """
    with project.start(seconds=0.01) as run:
        assert run.stdout is not None
        begun = next(row for line in run.stdout if (row := first_row(line)) is not None)
        # The loader passes a state on when its rows have been written.
        written = (line for line in run.stdout if "Incremental state has been updated" in line)
        for _ in range(2):
            next(written)
        time.sleep(WAIT / 2)
        (os.killpg if whole_group else os.kill)(run.pid, signum)
        log = run.stdout.read()
        code = run.wait(timeout=60)
    assert "Traceback" not in log
    assert processes_of(run.pid) == []
    return begun, code


@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")
def test_an_interrupted_run_loses_nothing_and_the_next_one_reads_little_again(tmp_path: Path) -> None:
    project = Project(tmp_path)
    # Ctrl-C reaches all of them, a scheduler's signal Meltano alone.
    begun, code = interrupt(project, signal.SIGINT, whole_group=True)
    assert (begun, code) == (0, 1)
    after_first = project.ids()
    assert after_first == list(range(len(after_first)))
    begun, code = interrupt(project, signal.SIGTERM, whole_group=False)
    assert code == 128 + signal.SIGTERM
    assert 0 < begun <= len(after_first), "Meltano has the state of the batches before the interruption"
    assert len(after_first) - begun <= 100 * (WAIT + 1), "what came since is read again"
    after_second = project.ids()
    assert after_second == list(range(len(after_second)))
    with project.start(seconds=0) as run:
        log, _ = run.communicate(timeout=120)
    assert run.returncode == 0, log
    assert project.ids() == list(range(ROWS))

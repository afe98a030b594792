"""`load.sh`, as the READMEs show it: the state is where the loader came to, from the first run on."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sandbox import CachetSeed, Fault, Sandbox
from tests.support.documents import documents, fences
from tests.support.plugins import TAPS
from tests.support.programs import stand_ins
from tests.support.project import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TAP = "tap-cachet"
README = f"{TAP}/README.md"
OLD, NEW = '{"bookmarks": {"old": {}}}', '{"bookmarks": {"new": {}}}'
KILLED = 128 + 9


def script_of(document: str) -> str | None:
    return next((fence.text for fence in fences(document) if fence.file == "load.sh"), None)


class Script:
    """The script of a README, in a folder of its own.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = folder / "programs"
        self._programs.mkdir()
        self.state = folder / "state.json"
        self.database = folder / "warehouse.duckdb"
        self.write("load.sh", script_of(README) or "")

    def write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text)

    def replace(self, program: str, text: str) -> None:
        """Have another program in the place of one that is installed."""
        (self._programs / program).write_text(f"#!/bin/sh\n{text}\n")
        (self._programs / program).chmod(0o755)

    def run(self) -> int:
        """Run it; return its exit code."""
        path = os.pathsep.join(map(str, (self._programs, stand_ins(), os.environ["PATH"])))
        return subprocess.run(
            ["/bin/bash", "load.sh"], cwd=self._folder, env=clean_environment({"PATH": path}), check=False
        ).returncode

    def rows(self, table: str) -> int:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            (found,) = connection.execute(f"SELECT count(*) FROM cachet.{table}").fetchall()  # noqa: S608
        return int(found[0])


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def test_every_readme_with_a_pipe_shows_the_same_script() -> None:
    scripts = {document: text for document in documents() if (text := script_of(document))}
    assert scripts.keys() >= {"README.md", *(f"{tap}/README.md" for tap in TAPS)}
    for document, text in scripts.items():
        tap = TAP if document == "README.md" else document.partition("/")[0]
        lines = [line.replace(tap, TAP) for line in text.splitlines() if not line.startswith("PATH=")]
        assert lines == (script_of(README) or "").splitlines(), document


def test_every_run_goes_on_where_the_last_one_came_to_a_partial_failure_too(script: Script) -> None:
    seed = CachetSeed(components=3, incidents=4, metrics=1, points=5)
    with Sandbox(seed=1, bare=True, cachet=seed) as box:
        script.write("config.json", json.dumps({"api_url": box.cachet.api_url, "max_retries": 0}))
        script.write("target.json", json.dumps({"filepath": "warehouse.duckdb", "default_target_schema": "cachet"}))

        assert script.run() == 0
        first = newest_points(script)
        points = script.rows("metric_points")

        add_point(box)
        assert script.run() == 0
        second = newest_points(script)
        assert second != first
        assert script.rows("metric_points") == points + 1

        add_point(box)
        box.faults.add(Fault("status", status=500, route="/cachet/api/components", times=None))
        assert script.run() == 1
        assert newest_points(script) not in (first, second)
        assert script.rows("metric_points") == points + 2


def newest_points(script: Script) -> Any:
    return json.loads(script.state.read_text())["bookmarks"]["metric_points"]


def add_point(box: Sandbox) -> None:
    store = box.cachet.store
    newest = max(store.rows("metric_points"), key=lambda row: row["created_at"])
    later = newest["created_at"].replace(year=newest["created_at"].year + 1)
    store.insert("metric_points", **{**newest, "id": newest["id"] + 1, "created_at": later, "updated_at": later})


ENDS: Mapping[str, tuple[str, str, int, str]] = {
    # what the tap does, what the loader does, how the script ends, which state is left
    "all is well": ("", f"echo '{OLD}'; echo '{NEW}'", 0, NEW),
    "the tap has read a part": ("exit 1", f"echo '{NEW}'", 1, NEW),
    "the loader has failed behind a state": ("", f"echo '{NEW}'; exit 1", 1, NEW),
    "the loader was killed behind a state": ("", f"echo '{NEW}'; kill -9 $$", KILLED, NEW),
    "the loader was killed within a state": ("", f"echo '{NEW}'; printf '{{\"book'; kill -9 $$", KILLED, OLD),
    "the loader was killed before any state": ("", "kill -9 $$", KILLED, OLD),
    "nothing was passed on": ("", "cat > /dev/null", 0, OLD),
    "nothing was read": ("exit 1", "cat > /dev/null", 1, OLD),
}


@pytest.mark.parametrize("case", ENDS.values(), ids=ENDS.keys())
def test_the_state_is_replaced_whole_or_not_at_all(script: Script, case: tuple[str, str, int, str]) -> None:
    tap, target, exit_code, state = case
    script.replace(TAP, tap)
    script.replace("target-duckdb", target)
    script.state.write_text(OLD)
    with script.state.open() as before:
        assert script.run() == exit_code
        # Whoever reads it meanwhile reads one or the other.
        assert before.read() == OLD
    assert script.state.read_text().strip() == state


def test_a_first_run_without_a_state_leaves_none(script: Script) -> None:
    script.replace(TAP, "exit 1")
    script.replace("target-duckdb", "cat > /dev/null")
    assert script.run() == 1
    assert not script.state.exists()

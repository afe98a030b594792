"""A short fault campaign over all taps; `make chaos` runs the long one."""

from __future__ import annotations

import io
import json
import runpy
import sys
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import programs
from tests.support.project import REPOSITORY

# The campaign is a program of the repository and no package that is installed.
sys.path.append(str(REPOSITORY))

from chaos.campaign import Campaign, Figures
from chaos.sources import SOURCES

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20
COMMAND_LINE = "boxwatch"
"""The source whose campaign is started with the command."""


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Figures]:
    """The figures of a campaign in which each tap is killed once, by source."""
    figures = {
        name: Campaign(name, source(SEED), tmp_path_factory.mktemp(name), SEED, start_program=programs.start).run(
            kills=1
        )
        for name, source in SOURCES.items()
        if name != COMMAND_LINE
    }
    return {**figures, COMMAND_LINE: told_by_the_command(tmp_path_factory.mktemp(COMMAND_LINE))}


def told_by_the_command(folder: Path) -> Figures:
    """The figures that `python -m chaos` prints of a campaign; its files are left in the folder."""
    options = ["--kills=1", "--meltano=0", f"--seed={SEED}", f"--keep={folder}", "--json"]
    told, log = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told), redirect_stderr(log):
        patch.setattr(sys, "argv", ["chaos", COMMAND_LINE, *options])
        patch.setattr("chaos.runs.SCRIPTS", programs.stand_ins())
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("chaos", run_name="__main__")
    (figures,) = json.loads(told.getvalue())
    assert (ended.value.code, figures["source"]) == (0, COMMAND_LINE), figures
    assert log.getvalue().startswith(f"{COMMAND_LINE}-pipe: right")
    assert (folder / f"{COMMAND_LINE}-pipe" / "warehouse.duckdb").is_file()
    kept: dict[str, Any] = {n: Counter(value) if isinstance(value, dict) else value for n, value in figures.items()}
    return Figures(**kept)


@pytest.mark.parametrize("source", SOURCES)
def test_after_faults_and_a_kill_every_table_is_what_the_store_holds(campaign: dict[str, Figures], source: str) -> None:
    figures = campaign[source]

    assert figures.problems == []
    assert sum(figures.kills.values()) == 1
    assert figures.runs["whole"] >= 1
    assert figures.final_rows > 0
    assert figures.tables > 0


@pytest.mark.parametrize("source", SOURCES)
def test_what_fails_for_a_whole_run_costs_only_itself(campaign: dict[str, Figures], source: str) -> None:
    figures = campaign[source]

    assert figures.problems == []
    assert figures.failures
    assert figures.runs["partly"] + figures.runs["whole"] >= 2


def test_something_went_wrong_and_rows_moved_meanwhile(campaign: dict[str, Figures]) -> None:
    faults = [figures.faults for figures in campaign.values()]
    changes = [figures.changes for figures in campaign.values()]

    assert sum(count for kinds in faults for count in kinds.values()) > 10
    assert all({"insert", "update", "delete"} & kinds.keys() for kinds in changes)

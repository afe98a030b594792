"""A short fault campaign over all taps; `make chaos` runs the long one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.project import REPOSITORY, clean_environment

SEED = "20"
SOURCES = ("cachet", "instatus", "rootly", "sigryl", "boxwatch")


@pytest.fixture(scope="module")
def campaign() -> dict[str, Any]:
    """The figures of a campaign in which each tap is killed once, by source."""
    done = subprocess.run(  # noqa: S603 - a program of this repository
        [sys.executable, "-m", "chaos", "--json", "--seed", SEED, "--kills", "1", "--meltano", "0", "--jobs", "3"],
        cwd=REPOSITORY,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return {figures["source"]: figures for figures in json.loads(done.stdout)}


@pytest.mark.parametrize("source", SOURCES)
def test_after_faults_and_a_kill_every_table_is_what_the_store_holds(campaign: dict[str, Any], source: str) -> None:
    figures = campaign[source]

    assert figures["problems"] == []
    assert sum(figures["kills"].values()) == 1
    assert figures["runs"]["whole"] >= 1
    assert figures["final_rows"] > 0
    assert figures["tables"] > 0


@pytest.mark.parametrize("source", SOURCES)
def test_what_fails_for_a_whole_run_costs_only_itself(campaign: dict[str, Any], source: str) -> None:
    figures = campaign[source]

    assert figures["problems"] == []
    assert figures["failures"]
    assert figures["runs"].get("partly", 0) + figures["runs"]["whole"] >= 2


def test_something_went_wrong_and_rows_moved_meanwhile(campaign: dict[str, Any]) -> None:
    faults = [figures["faults"] for figures in campaign.values()]
    changes = [figures["changes"] for figures in campaign.values()]

    assert sum(count for kinds in faults for count in kinds.values()) > 10
    assert all({"insert", "update", "delete"} & kinds.keys() for kinds in changes)

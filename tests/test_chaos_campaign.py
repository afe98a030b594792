"""A short fault campaign over all taps; `make chaos` runs the long one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import programs
from tests.support.project import REPOSITORY

# The campaign is a program of the repository and no package that is installed.
sys.path.append(str(REPOSITORY))

from chaos.campaign import Campaign
from chaos.sources import SOURCES

if TYPE_CHECKING:
    from chaos.campaign import Figures

SEED = 20


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Figures]:
    """The figures of a campaign in which each tap is killed once, by source."""
    return {
        name: Campaign(name, source(SEED), tmp_path_factory.mktemp(name), SEED, start_program=programs.start).run(
            kills=1
        )
        for name, source in SOURCES.items()
    }


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

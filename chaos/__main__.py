"""Load every tap while responses fail, rows change and processes are killed; exit with 1 if a table ends up wrong.

Now and then a route, a page or a key fails during a whole run: only what depends on it may be missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chaos.campaign import Campaign
from chaos.report import report
from chaos.sources import SOURCES

if TYPE_CHECKING:
    from chaos.campaign import Figures

KILLS = 20
"""Kills for each tap; those of tap-statuspages are shared by its two providers."""
THROUGH_MELTANO = 2
"""How many of them use `meltano run`, which takes longer to start than most loads take."""


@dataclass(frozen=True)
class Part:
    """One of the campaigns.

    Attributes:
        source: Name of the server.
        kills: Number of runs to kill.
        through_meltano: Whether Meltano runs them.
    """

    source: str
    kills: int
    through_meltano: bool


def main() -> int:
    """Run the campaigns, print the figures; return the exit code."""
    options = parse(sys.argv[1:])
    parts = [part for name in options.sources for part in parts_of(name, options.kills, options.meltano)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary, ThreadPoolExecutor(options.jobs) as executor:
        folder = options.keep or Path(temporary)
        figures = list(executor.map(lambda part: run(part, folder, options.seed), parts))
    text = report(figures, options.seed, time.monotonic() - began)
    sys.stdout.write((json.dumps([vars(one) for one in figures]) if options.json else text) + "\n")
    return 1 if any(one.problems for one in figures) else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line options."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help=f"one of {', '.join(SOURCES)}; all without any")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="repeats a campaign")
    parser.add_argument("--kills", type=int, default=KILLS, help=f"runs of each tap that are killed ({KILLS})")
    parser.add_argument(
        "--meltano", type=int, default=THROUGH_MELTANO, help=f"how many of them run in Meltano ({THROUGH_MELTANO})"
    )
    parser.add_argument("--jobs", type=int, default=3, help="campaigns at the same time (3)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the databases, states and logs there")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    options.sources = options.sources or list(SOURCES)
    if unknown := set(options.sources) - SOURCES.keys():
        parser.error(f"there is no source {', '.join(sorted(unknown))}; there are {', '.join(SOURCES)}")
    return options


def parts_of(source: str, kills: int, through_meltano: int) -> list[Part]:
    """The campaigns of a source: with a pipe, and through Meltano."""
    sharing = sum(other.tap == SOURCES[source].tap for other in SOURCES.values())
    counts = {False: (kills - through_meltano) / sharing, True: through_meltano / sharing}
    return [Part(source, -int(-count // 1), meltano) for meltano, count in counts.items() if count > 0]


def run(part: Part, folder: Path, seed: int) -> Figures:
    """Run one campaign in a folder of its own."""
    own = folder / f"{part.source}-{'meltano' if part.through_meltano else 'pipe'}"
    own.mkdir(parents=True)
    campaign = Campaign(part.source, SOURCES[part.source](seed), own, seed, through_meltano=part.through_meltano)
    figures = campaign.run(part.kills)
    sys.stderr.write(f"{own.name}: {'wrong' if figures.problems else 'right'}, {figures.seconds:.0f} s\n")
    return figures


if __name__ == "__main__":
    sys.exit(main())

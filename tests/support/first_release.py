"""What the taps of the first release (0.1) wrote about a small sandbox: tables and states as they stand at users.

Kept as the taps printed it, with the sandbox's address replaced. Where the sandbox's data have changed, record it anew
with the programs of a checkout of that release:

    .venv/bin/python -m tests.support.first_release CHECKOUT/.venv/bin
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_fanout.testing import Run
from tap_cachet.tap import TapCachet
from tap_instatus.tap import TapInstatus
from tap_rootly.tap import TapRootly
from tap_statuspages.tap import TapStatusPages

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed
from tests.support import cachet_rows
from tests.support.cachet_day import CachetDay
from tests.support.comparison import assert_equal
from tests.support.sources import SOURCES
from tests.support.told import assert_tables_tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from singer_fanout import ApiTap

    from tests.support.comparison import Row, Tables

FOLDER = Path(__file__).with_name("written_by_0_1")
ADDRESS = "http://127.0.0.1:1"
"""Stands for the sandbox's address, whose port is another one each time."""


@dataclass(frozen=True)
class Upgrade:
    """A configuration that was loaded by the first release and is loaded by this one.

    Attributes:
        name: What it is called here.
        tap: The tap.
        settings: Its settings.
        keys: The key of each table.
        expected: The rows that the tables must hold.
        live: Lets things happen at the source: rows come, change and go.
        check: Compares tables with the rows that they must hold.
    """

    name: str
    tap: type[ApiTap]
    settings: Callable[[Sandbox], Mapping[str, Any]]
    keys: Mapping[str, Sequence[str]]
    expected: Callable[[Sandbox], dict[str, list[Row]]]
    live: Callable[[Sandbox], object]
    check: Callable[[Tables, Tables, Mapping[str, Sequence[str]]], None] = assert_tables_tell

    def written(self, box: Sandbox) -> Run:
        """What the first release wrote about a sandbox, as if it had been this one."""
        text = gzip.decompress((FOLDER / f"{self.name}.jsonl.gz").read_bytes()).decode()
        return Run(0, text.replace(ADDRESS, box.base_url), "")


def a_small_box() -> Sandbox:
    """The sandbox that was recorded."""
    box = Sandbox(
        seed=5,
        bare=True,
        cachet=CachetSeed(components=8, incidents=12, metrics=4, points=40, schedules=4, templates=2, groups=2),
        instatus=InstatusSeed(
            pages=2, unowned_pages=0, forbidden_pages=0, groups=1, components=4, incidents=5, maintenances=3
        ),
        rootly=RootlySeed(
            incidents=4, alerts=4, services=2, teams=2, users=3, schedules=1, workflows=2, others=1, shifts=8
        ),
        sigryl=SigrylSeed(pages=2, components=4, incidents=12),
        boxwatch=BoxWatchSeed(servers=3),
    )
    box.cachet.settings.rate_limit = None
    box.instatus.settings.rate_limit = None
    box.rootly.settings.rate_limit = None
    box.sigryl.settings.reads = None
    return box


def _cachet(box: Sandbox) -> dict[str, Any]:
    return {"api_url": box.cachet.api_url, "api_token": box.cachet.tokens["full"]}


def _instatus(box: Sandbox) -> dict[str, Any]:
    public = box.instatus.public_url_pattern
    return {"api_url": box.instatus.api_url, "api_key": box.instatus.api_key, "public_url": public}


def _rootly(box: Sandbox) -> dict[str, Any]:
    return {"api_url": box.rootly.api_url, "api_token": box.rootly.token}


def _sigryl(box: Sandbox) -> dict[str, Any]:
    return {"provider": "sigryl", "pages": box.sigryl.pages}


def _boxwatch(box: Sandbox) -> dict[str, Any]:
    return {"provider": "boxwatch", "api_url": box.boxwatch.api_url, "api_key": box.boxwatch.api_key}


def _of_source(name: str, tap: type[ApiTap], extractor: str, settings: Callable[[Sandbox], dict[str, Any]]) -> Upgrade:
    source = next(source for source in SOURCES if source.extractor == extractor)
    return Upgrade(name, tap, settings, source.keys, source.expected, source.live)


CACHET = Upgrade(
    "cachet",
    TapCachet,
    _cachet,
    cachet_rows.KEYS,
    cachet_rows.expected_tables,
    lambda box: CachetDay(box).live(),
    assert_equal,
)
INSTATUS = _of_source("instatus", TapInstatus, "tap-instatus", _instatus)
INSTATUS_CHANGES = _of_source(
    "instatus_changes", TapInstatus, "tap-instatus", lambda box: {**_instatus(box), "incremental_emit": True}
)
ROOTLY = _of_source("rootly", TapRootly, "tap-rootly", _rootly)
SIGRYL = _of_source("sigryl", TapStatusPages, "tap-sigryl", _sigryl)
BOXWATCH = _of_source("boxwatch", TapStatusPages, "tap-boxwatch", _boxwatch)
UPGRADES = (CACHET, INSTATUS, INSTATUS_CHANGES, ROOTLY, SIGRYL, BOXWATCH)


def record(programs: Path) -> None:
    """Write down what the programs of the first release print.

    Args:
        programs: The folder that holds them.
    """
    FOLDER.mkdir(exist_ok=True)
    for upgrade in UPGRADES:
        with a_small_box() as box, tempfile.TemporaryDirectory() as folder:
            config = Path(folder, "config.json")
            config.write_text(json.dumps({**upgrade.settings(box), "requests_per_minute": 0}))
            command = [str(programs / upgrade.tap.name), "--config", str(config)]
            told = subprocess.run(command, check=True, capture_output=True).stdout.decode()  # noqa: S603
            recorded = told.replace(box.base_url, ADDRESS).encode()
        (FOLDER / f"{upgrade.name}.jsonl.gz").write_bytes(gzip.compress(recorded, mtime=0))


if __name__ == "__main__":
    record(Path(sys.argv[1]))

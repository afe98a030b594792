"""The accounts that are loaded: five sandboxes with five products each, and what is wrong with some of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed
from tests.support.cachet_day import CachetDay
from tests.support.cachet_rows import KEYS as CACHET_KEYS
from tests.support.cachet_rows import expected_tables
from tests.support.comparison import assert_equal
from tests.support.servers import KEY
from tests.support.sources import SOURCES, Source
from tests.support.told import assert_tables_tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.support.comparison import Row, Tables

BOXES = 5
LIMITS = {"cachet": 600, "instatus": 600, "rootly": 3000, "sigryl": 200, "boxwatch": 600}
"""Requests a minute of a key, by product."""
THROTTLED_SHARE = 10
"""How many times fewer the throttled one has."""
SILENT_SECONDS = 90
WHOLE, REVOKED, THROTTLED, SILENT, SHARING = "whole", "revoked", "throttled", "silent", "sharing"
"""What is wrong with an account's source."""
NOT_LISTS = {
    "rootly": ("current_user", "ip_ranges", "_charts"),
    "boxwatch": ("public_status", "endpoint_metrics", "incident_departures"),
}
"""Ends of the names of tables that are no rows of the server's own."""
NOT_READ_AGAIN = {"alert_events": "incident_name"}
"""Columns by table that tell of another row as it was when this one was read: events are added, and never change."""
TWIN = "-twin"
SECRET = {*KEY.values(), "endpoint_keys"}


@dataclass(frozen=True)
class AccountAtSource:
    """An account, and the server that it is at.

    Attributes:
        name: Its name.
        product: Of which product it is.
        tap: The extractor.
        box: The sandbox.
        settings: Settings of the tap that are no secrets.
        secrets: The secret ones.
        trouble: What is wrong with it.
        keys: The key of each table.
        expected: The rows that its tables must hold.
        compare: Compares tables with them, by the keys.
        live: Lets things happen at the source.
    """

    name: str
    product: str
    tap: str
    box: Sandbox
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    trouble: str
    keys: Mapping[str, Sequence[str]]
    expected: Callable[[Sandbox], dict[str, list[Row]]]
    compare: Callable[[Tables, Tables, Mapping[str, Sequence[str]]], None]
    live: Callable[[Sandbox], object]

    @property
    def schema(self) -> str:
        """Where its tables are."""
        return f"{self.product}_{self.name}".replace("-", "_")

    @property
    def key(self) -> str:
        """What it calls itself to the server."""
        return self.secrets[KEY[self.product]]

    def variable(self, setting: str) -> str:
        """The variable that holds a secret in the workers' environment; accounts that share a key share it."""
        return f"{self.name.removesuffix(TWIN)}_{setting}".upper().replace("-", "_")

    @property
    def is_twin(self) -> bool:
        """Whether another account is at the same source, and lets things happen there."""
        return self.name.endswith(TWIN)

    @property
    def limit(self) -> int:
        """How many requests a minute its key may send."""
        return LIMITS[self.product] // (THROTTLED_SHARE if self.trouble == THROTTLED else 1)

    def comparable(self, tables: Tables) -> Tables:
        """What of its tables, or of the rows that they must hold, can be compared: the server's own rows."""
        ends = NOT_LISTS.get(self.product, ()) or ("\0",)
        return {
            name: [{column: row[column] for column in row if column != NOT_READ_AGAIN.get(name)} for row in rows]
            for name, rows in tables.items()
            if not name.endswith(ends)
        }


def sandboxes(count: int) -> list[Sandbox]:
    """Servers of different data.

    Args:
        count: How many.
    """
    return [_box(number) for number in range(count)]


def accounts_of(boxes: Sequence[Sandbox], most: int) -> list[AccountAtSource]:
    """The accounts of running sandboxes, those with troubles first.

    Args:
        boxes: The sandboxes.
        most: How many accounts are wanted at most.
    """
    found = [account for number, box in enumerate(boxes) for account in _of_box(number, box)]
    return sorted(found, key=lambda account: account.trouble == WHOLE)[:most]


def _box(number: int) -> Sandbox:
    box = Sandbox(
        seed=31 + number,
        cachet=CachetSeed(incidents=130, components=40, groups=6, metrics=4, points=420, templates=9, schedules=24),
        instatus=InstatusSeed(pages=2, unowned_pages=0, forbidden_pages=0, incidents=12),
        rootly=RootlySeed(),
        sigryl=SigrylSeed(pages=1),
        boxwatch=BoxWatchSeed(),
    )
    box.cachet.settings.rate_limit = LIMITS["cachet"]
    box.instatus.settings.rate_limit = LIMITS["instatus"]
    box.rootly.settings.rate_limit = LIMITS["rootly"]
    box.sigryl.settings.reads = LIMITS["sigryl"]
    box.boxwatch.settings.rate_limit = LIMITS["boxwatch"]
    return box


def _of_box(number: int, box: Sandbox) -> Iterator[AccountAtSource]:
    """Five accounts; the sandboxes differ in what is wrong with one of them."""
    troubles: dict[tuple[int, str], str] = {
        (0, "instatus"): SHARING,
        (1, "rootly"): REVOKED,
        (2, "sigryl"): THROTTLED,
        (3, "rootly"): SILENT,
    }
    for product in KEY:
        trouble = troubles.get((number, product), WHOLE)
        yield _account(number, box, product, trouble)
        if trouble == SHARING:
            yield _account(number, box, product, trouble, TWIN)


def _account(number: int, box: Sandbox, product: str, trouble: str, twin: str = "") -> AccountAtSource:
    if trouble == THROTTLED:
        box.sigryl.settings.reads = LIMITS[product] // THROTTLED_SHARE
    name = f"{product}-{trouble if trouble != WHOLE else 'whole'}-{number}{twin}"
    keys: Mapping[str, Sequence[str]]
    expected: Callable[[Sandbox], dict[str, list[Row]]]
    compare: Callable[[Tables, Tables, Mapping[str, Sequence[str]]], None]
    live: Callable[[Sandbox], object]
    if product == "cachet":
        told = {"api_url": box.cachet.api_url, "api_token": box.cachet.tokens["full"]}
        tap, keys, expected, compare, live = "tap-cachet", CACHET_KEYS, expected_tables, assert_equal, _cachet_day
    else:
        source = next(source for source in SOURCES if source.schema == product)
        told = {name.lower(): value for name, value in _settings(source, box).items()}
        tap, keys, expected, compare = source.extractor, source.keys, source.expected, assert_tables_tell
        live = source.live
    if trouble == REVOKED:
        told[KEY[product]] += "-revoked"
    told["requests_per_minute"] = str(LIMITS[product])
    settings = {setting: _plain(value) for setting, value in told.items() if setting not in SECRET}
    secrets = {setting: value for setting, value in told.items() if setting in SECRET}
    return AccountAtSource(name, product, tap, box, settings, secrets, trouble, keys, expected, compare, live)


def _settings(source: Source, box: Sandbox) -> dict[str, str]:
    """The settings of the tests, which switch the limits of the server off: here they hold."""
    limits = (box.instatus.settings.rate_limit, box.sigryl.settings.reads)
    told = dict(source.settings(box))
    box.instatus.settings.rate_limit, box.sigryl.settings.reads = limits
    return told


def _cachet_day(box: Sandbox) -> None:
    CachetDay(box).live()


def _plain(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value

"""One list of each server that the taps read, so that the same thing can be wrong with all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_cachet.tap import TapCachet
from tap_instatus.tap import TapInstatus
from tap_rootly.tap import TapRootly
from tap_statuspages.tap import TapStatusPages

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_fanout import ApiTap

KEY = {"cachet": "api_token", "instatus": "api_key", "rootly": "api_token", "sigryl": "api_key", "boxwatch": "api_key"}
"""The setting that holds the key."""


@dataclass(frozen=True)
class Place:
    """Where a fact stands.

    Attributes:
        path: The names that lead to it in an object of an answer.
        column: Its column.
    """

    path: tuple[str, ...]
    column: str

    def of(self, row: dict[str, Any]) -> Any:
        """The fact."""
        for name in self.path:
            row = row[name]
        return row

    def put(self, row: dict[str, Any], value: Any) -> None:
        """Replace the fact."""
        *inside, last = self.path
        for name in inside:
            row = row[name]
        row[last] = value


@dataclass(frozen=True)
class Server:
    """A server and the list that is spoiled.

    Attributes:
        name: Of the server, as the sandbox has it.
        tap: The tap that reads it.
        stream: The stream that is made of the list.
        route: The list's route.
        envelope: The name under which an answer holds the list; None for a bare one.
        id: What identifies a row.
        text: A text.
        time: A time.
        number: A whole number; None where no row has one.
    """

    name: str
    tap: type[ApiTap]
    stream: str
    route: str
    envelope: str | None
    id: Place
    text: Place
    time: Place
    number: Place | None

    def settings(self, box: Sandbox, **more: Any) -> dict[str, Any]:
        """Settings that read everything at once, and ask for nothing twice."""
        return {**self.address_and_key(box), "requests_per_minute": 0, "max_retries": 0, **more}

    def address_and_key(self, box: Sandbox) -> dict[str, Any]:
        """Settings without which the server cannot be read."""
        return _address_and_key(self.name, box)

    def rows(self, document: Any) -> list[dict[str, Any]]:
        """The rows of an answer, to look at and to change."""
        rows: list[dict[str, Any]] = document if self.envelope is None else document[self.envelope]
        return rows

    def with_rows(self, document: Any, rows: Any) -> Any:
        """An answer with something else in place of its rows, and with as many of them as it tells."""
        if self.envelope is None:
            return rows
        answer = {**document, self.envelope: rows}
        if isinstance(rows, list) and "total_count" in document.get("meta", {}):
            answer["meta"] = {**document["meta"], "total_count": len(rows)}
        return answer


def _address_and_key(name: str, box: Sandbox) -> dict[str, Any]:
    if name == "cachet":
        return {"api_url": box.cachet.api_url, "api_token": box.cachet.tokens["full"]}
    if name == "instatus":
        return {"api_url": box.instatus.api_url, "api_key": box.instatus.api_key}
    if name == "rootly":
        return {"api_url": box.rootly.api_url, "api_token": box.rootly.token}
    if name == "sigryl":
        return {"provider": "sigryl", **box.sigryl.pages[0]}
    return {"provider": "boxwatch", "api_url": box.boxwatch.api_url, "api_key": box.boxwatch.api_key}


def a_box() -> Sandbox:
    """A sandbox with a few rows of each server, and without limits."""
    box = Sandbox(
        seed=5,
        bare=True,
        cachet=CachetSeed(components=6),
        instatus=InstatusSeed(pages=1, unowned_pages=0, forbidden_pages=0, components=3, incidents=2),
        rootly=RootlySeed(incidents=2, alerts=2),
        sigryl=SigrylSeed(pages=1, incidents=3),
        boxwatch=BoxWatchSeed(servers=3),
    )
    box.cachet.settings.rate_limit = None
    box.instatus.settings.rate_limit = None
    box.rootly.settings.rate_limit = None
    box.sigryl.settings.reads = None
    return box


def _attribute(*path: str, column: str = "") -> Place:
    return Place(("attributes", *path), column or path[-1])


def _field(name: str, column: str = "") -> Place:
    return Place((name,), column or name)


SERVERS: Sequence[Server] = (
    Server(
        "cachet",
        TapCachet,
        "components",
        "/cachet/api/components",
        "data",
        id=_attribute("id"),
        text=_attribute("name"),
        time=_attribute("created", "string", column="created_at"),
        number=_attribute("order"),
    ),
    Server(
        "instatus",
        TapInstatus,
        "components",
        "/instatus/v1/{page_id}/components",
        None,
        id=_field("id"),
        text=_field("name"),
        time=_field("createdAt", "created_at"),
        number=_field("order"),
    ),
    Server(
        "rootly",
        TapRootly,
        "severities",
        "/rootly/v1/severities",
        "data",
        id=_field("id"),
        text=_attribute("name"),
        time=_attribute("created_at"),
        number=_attribute("position"),
    ),
    Server(
        "sigryl",
        TapStatusPages,
        "incidents",
        "/sigryl/api/v1/incidents",
        "incidents",
        id=_field("_id", "id"),
        text=_field("title"),
        time=_field("createdAt", "created_at"),
        number=None,
    ),
    Server(
        "boxwatch",
        TapStatusPages,
        "servers",
        "/boxwatch/servers",
        "servers",
        id=_field("id"),
        text=_field("name"),
        time=_field("created_at"),
        number=_field("group_id"),
    ),
)

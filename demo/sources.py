"""Which taps the demo runs, and how each finds its part of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox import Sandbox


@dataclass(frozen=True)
class Source:
    """One tap and its settings.

    Attributes:
        tap: Name of the extractor in ``meltano.yml``.
        schema: Schema of the database that receives its tables.
        settings: Makes the tap's environment variables for a running sandbox.
        change: Changes something on the status page, through its API, and says what.
    """

    tap: str
    schema: str
    settings: Callable[[Sandbox], Mapping[str, str]]
    change: Callable[[Sandbox], str]


def _cachet(box: Sandbox) -> Mapping[str, str]:
    return {"TAP_CACHET_API_URL": box.cachet.api_url, "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"]}


def _change_cachet(box: Sandbox) -> str:
    # A second load within the minute would wait for the limit, as it would for a real server's.
    box.cachet.settings.rate_limit = None
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {box.cachet.tokens['full']}"
        url = f"{box.cachet.api_url}/incidents"
        newest = session.get(url, params={"sort": "-id", "per_page": "2"}, timeout=10).json()["data"]
        solved, deleted = (incident["id"] for incident in newest)
        update = {"status": 4, "message": "Solved."}
        session.post(f"{url}/{solved}/updates", json=update, timeout=10).raise_for_status()
        session.delete(f"{url}/{deleted}", timeout=10).raise_for_status()
    return f"On the page, incident {solved} gets an update and incident {deleted} is deleted."


SOURCES = (Source("tap-cachet", "cachet", _cachet, _change_cachet),)

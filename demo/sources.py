"""The taps that the demo runs, and the part of the sandbox that each reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox import Sandbox

SECONDS = 10


@dataclass(frozen=True)
class Change:
    """Something that happened at a source.

    Attributes:
        said: What happened, as a sentence.
        query: SQL that shows it after the next load, if row counts do not.
    """

    said: str
    query: str | None = None


@dataclass(frozen=True)
class Source:
    """One tap and its settings.

    Attributes:
        tap: Name of the extractor in ``meltano.yml``.
        schema: Schema of the database that its tables are loaded into.
        settings: Makes the tap's environment variables for a running sandbox.
        change: Changes something at the source, through its API.
    """

    tap: str
    schema: str
    settings: Callable[[Sandbox], Mapping[str, str]]
    change: Callable[[Sandbox], Change]


class _Writer:
    """Writes to one API as its dashboard would.

    Args:
        url: Base URL of the API.
        key: The bearer token.
        media_type: Content type of the bodies.
    """

    def __init__(self, url: str, key: str, media_type: str = "application/json") -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type}

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send a request; return the decoded response."""
        answer = requests.request(method, self._url + path, json=body, headers=self._headers, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def _cachet(box: Sandbox) -> Mapping[str, str]:
    return {"TAP_CACHET_API_URL": box.cachet.api_url, "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"]}


def _change_cachet(box: Sandbox) -> Change:
    # A second load within a minute would wait for the rate limit, as with a real server.
    box.cachet.settings.rate_limit = None
    write = _Writer(box.cachet.api_url, box.cachet.tokens["full"])
    newest = write("GET", "/incidents?sort=-id&per_page=2")["data"]
    solved, deleted = (incident["id"] for incident in newest)
    write("POST", f"/incidents/{solved}/updates", {"status": 4, "message": "Solved."})
    write("DELETE", f"/incidents/{deleted}")
    return Change(f"On the Cachet page, incident {solved} gets an update and incident {deleted} is deleted.")


def _instatus(box: Sandbox) -> Mapping[str, str]:
    # A private page has no public summary, and a warning about it would be puzzling in a demo.
    for page in box.instatus.store.rows("pages"):
        box.instatus.store.update("pages", page["id"], private=False)
    return {
        "TAP_INSTATUS_API_URL": box.instatus.api_url,
        "TAP_INSTATUS_API_KEY": box.instatus.api_key,
        "TAP_INSTATUS_PUBLIC_URL": box.instatus.public_url_pattern,
    }


def _change_instatus(box: Sandbox) -> Change:
    write = _Writer(box.instatus.api_url, box.instatus.api_key)
    page = box.instatus.view().page_ids("incidents")[0]
    solved, deleted = (incident["id"] for incident in write("GET", f"/v1/{page}/incidents")[:2])
    update = {"message": "Solved.", "status": "RESOLVED", "notify": False, "started": "2026-05-24T12:00:00.000Z"}
    write("POST", f"/v1/{page}/incidents/{solved}/incident-updates", {**update, "components": [], "statuses": []})
    write("DELETE", f"/v1/{page}/incidents/{deleted}")
    return Change("On an Instatus page, one incident gets an update and another one is deleted.")


def _rootly(box: Sandbox) -> Mapping[str, str]:
    return {"TAP_ROOTLY_API_URL": box.rootly.api_url, "TAP_ROOTLY_API_TOKEN": box.rootly.token}


def _change_rootly(box: Sandbox) -> Change:
    write = _Writer(f"{box.rootly.api_url}/v1", box.rootly.token, "application/vnd.api+json")
    incident = write("GET", "/incidents?sort=-created_at&page[size]=1")["data"][0]
    service = write("GET", "/services?page[size]=1")["data"][0]
    renamed = {"data": {"type": "incidents", "attributes": {"title": "Renamed after the fact"}}}
    write("PUT", f"/incidents/{incident['id']}", renamed)
    write("DELETE", f"/services/{service['id']}")
    return Change(
        "At Rootly, an incident is renamed and a service is deleted.",
        "SELECT sequential_id, title, updated_at FROM rootly.incidents WHERE title = 'Renamed after the fact'",
    )


def _sigryl(box: Sandbox) -> Mapping[str, str]:
    page = box.sigryl.pages[0]
    return {"TAP_SIGRYL_API_URL": page["api_url"], "TAP_SIGRYL_API_KEY": page["api_key"]}


def _change_sigryl(box: Sandbox) -> Change:
    box.sigryl.settings.reads = None
    page = box.sigryl.pages[0]
    write = _Writer(f"{page['api_url']}/api/v1", page["api_key"])
    incident = write("GET", "/incidents")["incidents"][0]
    write("POST", f"/incidents/updates?id={incident['_id']}", {"status": "monitoring", "message": "We watch it."})
    return Change("On the Sigryl page, an incident gets an update.")


def _boxwatch(box: Sandbox) -> Mapping[str, str]:
    return {"TAP_BOXWATCH_API_URL": box.boxwatch.api_url, "TAP_BOXWATCH_API_KEY": box.boxwatch.api_key}


def _change_boxwatch(box: Sandbox) -> Change:
    write = _Writer(box.boxwatch.api_url, box.boxwatch.api_key)
    page = write("GET", "/status-pages")["status_pages"][0]["id"]
    incident = {"title": "Slow uploads", "severity": "minor", "status": "investigating", "message": "We look into it."}
    write("POST", f"/status-pages/{page}/incidents", incident)
    return Change("On a BoxWatch page, an incident is opened.")


SOURCES = (
    Source("tap-cachet", "cachet", _cachet, _change_cachet),
    Source("tap-instatus", "instatus", _instatus, _change_instatus),
    Source("tap-rootly", "rootly", _rootly, _change_rootly),
    Source("tap-sigryl", "sigryl", _sigryl, _change_sigryl),
    Source("tap-boxwatch", "boxwatch", _boxwatch, _change_boxwatch),
)

"""A day on a status page: what people and monitors do to it between two loads, through its own API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from sandbox import Sandbox

INVESTIGATING, IDENTIFIED, FIXED = 1, 2, 4
OPERATIONAL, PARTIAL_OUTAGE = 1, 3
GUEST = 1


class CachetDay:
    """Writes to the sandbox as the dashboard's user would.

    Args:
        box: The sandbox.
    """

    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def live(self) -> dict[str, set[int]]:
        """Let all kinds of things happen.

        Returns:
            The ids that were deleted, by table.
        """
        components = self._ids("components")
        incidents = self._ids("incidents")
        schedules = self._ids("schedules")

        opened = self._post(
            "/incidents",
            name='Uploads are "slow"',
            message="We look into it.\nMore soon. 🙂",
            status=INVESTIGATING,
            visible=GUEST,
            components=[{"id": components[0], "status": PARTIAL_OUTAGE}],
        )
        self._post(f"/incidents/{opened}/updates", status=IDENTIFIED, message="A full disk.")
        self._post(f"/incidents/{opened}/updates", status=FIXED, message="Solved.")
        # The status does not change, so Cachet does not touch the incident's own row.
        self._post(f"/incidents/{opened}/updates", status=FIXED, message="Solved, really.")
        self._put(f"/incidents/{incidents[3]}", name="Renamed")
        self._put(f"/components/{components[1]}", status=PARTIAL_OUTAGE, description="")
        self._post("/components", name="Brand new", status=OPERATIONAL)
        self._post("/component-groups", name="New group", visible=GUEST)
        self._post(
            "/schedules",
            name="Disk swap",
            message="An hour of silence.",
            scheduled_at="2031-05-01 02:00:00",
            components=[{"id": components[2], "status": OPERATIONAL}],
        )
        self._post(f"/schedules/{schedules[0]}/updates", message="It takes longer.")
        for metric in self._ids("metrics")[:2]:
            self._post(f"/metrics/{metric}/points", value=12.5)
            # Within the metric's threshold: the newest point counts one more.
            self._post(f"/metrics/{metric}/points", value=12.5)

        gone = {
            "incidents": {incidents[0], incidents[-1]},
            "component_groups": {self._ids("component_groups")[0]},
            "components": {components[5]},
            "incident_templates": {self._ids("incident_templates")[0]},
            "schedules": {schedules[1]},
        }
        for table, ids in gone.items():
            for row_id in ids:
                self._delete(f"/{table.replace('_', '-')}/{row_id}")
        return gone

    def _ids(self, path: str) -> list[int]:
        rows = self._call("GET", f"/{path.replace('_', '-')}", params={"per_page": "100", "sort": "id"})
        return [row["attributes"]["id"] for row in rows]

    def _post(self, path: str, **values: Any) -> int:
        return int(self._call("POST", path, json=values)["attributes"]["id"])

    def _put(self, path: str, **values: Any) -> None:
        self._call("PUT", path, json=values)

    def _delete(self, path: str) -> None:
        self._call("DELETE", path)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = requests.request(
            method,
            self._box.cachet.api_url + path,
            headers={
                "Accept": "application/json",
                "Authorization": f"Bearer {self._box.cachet.tokens['full']}",
            },
            timeout=10,
            **options,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"] if answer.content else None

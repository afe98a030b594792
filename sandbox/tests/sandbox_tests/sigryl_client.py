"""A client of the sandbox's Sigryl server, for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests
    from sandbox.sigryl import Sigryl

    from sandbox import Sandbox

INCIDENTS = "/sigryl/api/v1/incidents"
DETAIL = "/sigryl/api/v1/incidents/detail"


class SigrylClient:
    """Asks the Sigryl server of a sandbox with the key of a page, which is named by its place."""

    def __init__(self, box: Sandbox, session: requests.Session) -> None:
        self.box = box
        self.session = session

    @property
    def server(self) -> Sigryl:
        return self.box.sigryl

    def ask(self, path: str, page: int = 0, method: str = "GET", **options: Any) -> requests.Response:
        settings = self.server.pages[page]
        headers = {"Authorization": f"Bearer {settings['api_key']}", **options.pop("headers", {})}
        url = f"{settings['api_url']}/api/v1{path}"
        return self.session.request(method, url, headers=headers, timeout=10, **options)

    def json(self, path: str, page: int = 0, **options: Any) -> Any:
        answer = self.ask(path, page, **options)
        assert answer.ok, answer.text
        return answer.json()

    def write(self, method: str, path: str, page: int = 0, **body: Any) -> requests.Response:
        return self.ask(path, page, method, json=body)

    def incident_ids(self, query: str = "", page: int = 0) -> list[str]:
        return [incident["_id"] for incident in self.json(f"/incidents{query}", page)["incidents"]]

    def detail(self, incident_id: str, page: int = 0) -> Any:
        return self.json(f"/incidents/detail?id={incident_id}", page)

    def updates(self, incident_id: str) -> list[tuple[str, str]]:
        return [(update["status"], update["message"]) for update in self.detail(incident_id)["updates"]]


def error(answer: requests.Response) -> tuple[int, str]:
    """The status and the code of an error."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["message"]
    return answer.status_code, body["error"]["code"]

"""A client of the sandbox's BoxWatch server, for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests
    from sandbox.boxwatch import BoxWatch

    from sandbox import Sandbox


class BoxWatchClient:
    """Asks the BoxWatch server of a sandbox."""

    def __init__(self, box: Sandbox, session: requests.Session) -> None:
        self.box = box
        self.session = session

    @property
    def server(self) -> BoxWatch:
        return self.box.boxwatch

    @property
    def page_id(self) -> str:
        """The first status page."""
        return str(self.server.store.rows("status_pages")[0]["id"])

    def ask(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        """Ask with the account's key."""
        headers = {"Authorization": f"Bearer {self.server.api_key}", **options.pop("headers", {})}
        return self.anybody(path, method, headers=headers, **options)

    def anybody(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        """Ask without a key."""
        return self.session.request(method, self.server.api_url + path, timeout=10, **options)

    def json(self, path: str) -> Any:
        answer = self.ask(path)
        assert answer.ok, answer.text
        return answer.json()

    def write(self, method: str, path: str, **body: Any) -> requests.Response:
        return self.ask(path, method, json=body)

    def status(self, slug: str = "acme-1") -> Any:
        """The public answer of a status page."""
        answer = self.anybody(f"/status/{slug}")
        assert answer.ok, answer.text
        return answer.json()

    def open_incident(self, **more: Any) -> Any:
        answer = self.write(
            "POST", f"/status-pages/{self.page_id}/incidents", **{"title": "Outage", "message": "m", **more}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["incident"]


def issues(answer: requests.Response) -> dict[str, str]:
    """What is wrong with the fields of a body or query."""
    body = answer.json()
    assert (answer.status_code, body["error"]) == (400, "validation_failed")
    return {issue["field"]: issue["reason"] for issue in body["issues"]}

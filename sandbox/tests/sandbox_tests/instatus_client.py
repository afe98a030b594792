"""A client of the sandbox's Instatus server, for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests
    from sandbox.instatus import Instatus

    from sandbox import Sandbox


class InstatusClient:
    """Asks the Instatus server of a sandbox with a key, which is named."""

    def __init__(self, box: Sandbox, session: requests.Session) -> None:
        self.box = box
        self.session = session

    @property
    def server(self) -> Instatus:
        return self.box.instatus

    @property
    def page_id(self) -> str:
        """The first page, which has most of the data."""
        return self.page_ids[0]

    @property
    def page_ids(self) -> list[str]:
        return [str(row["id"]) for row in self.server.store.rows("pages")]

    def ask(self, path: str, key: str = "owner", method: str = "GET", **options: Any) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.server.api_keys[key]}",
            "Content-Type": "application/json",
            **options.pop("headers", {}),
        }
        url = self.server.api_url + path.replace("{page}", self.page_id)
        return self.session.request(method, url, headers=headers, timeout=10, **options)

    def json(self, path: str, key: str = "owner", **options: Any) -> Any:
        answer = self.ask(path, key, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def write(self, method: str, path: str, **body: Any) -> Any:
        """What a write answers, which has to succeed."""
        return self.json(path, method=method, json=body)

    def all_rows(self, path: str, wrapper: str = "", size: str = "per_page=100") -> list[dict[str, Any]]:
        """All pages of a list, up to the first that is empty."""
        found: list[dict[str, Any]] = []
        for page in range(1, 100):
            joint = "&" if "?" in path else "?"
            body = self.json(f"{path}{joint}page={page}&{size}")
            rows = body[wrapper] if wrapper else body
            if not rows:
                break
            found += rows
        return found

    def public(self, path: str, page: str = "status-1", **options: Any) -> requests.Response:
        """What a page's public host answers to anybody."""
        return self.session.get(self.server.public_url(page) + path, timeout=10, **options)

"""A client of the sandbox, for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

    from sandbox import Sandbox


class CachetClient:
    """Asks the Cachet server of a sandbox, as a viewer who is named by a token."""

    def __init__(self, box: Sandbox, session: requests.Session) -> None:
        self.box = box
        self.session = session

    def ask(self, path: str, viewer: str = "guest", method: str = "GET", **options: Any) -> requests.Response:
        headers = dict(options.pop("headers", {}))
        if viewer != "guest":
            headers["Authorization"] = f"Bearer {self.box.cachet.tokens[viewer]}"
        base = options.pop("base", self.box.cachet.api_url)
        return self.session.request(method, base + path, headers=headers, timeout=10, **options)

    def json(self, path: str, viewer: str = "guest", **options: Any) -> Any:
        answer = self.ask(path, viewer, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, path: str, viewer: str = "guest", **options: Any) -> list[int]:
        return [int(row["id"]) for row in self.json(path, viewer, **options)["data"]]

    def write(self, method: str, path: str, viewer: str = "full", **body: Any) -> requests.Response:
        return self.ask(path, viewer, method, json=body)

    def all_ids(self, path: str, viewer: str = "guest", **options: Any) -> list[int]:
        """All pages of a list, in the order in which they came."""
        found: list[int] = []
        page = 1
        while True:
            joint = "&" if "?" in path else "?"
            rows = self.ids(f"{path}{joint}page={page}&per_page=100", viewer, **options)
            if not rows:
                return found
            found += rows
            page += 1

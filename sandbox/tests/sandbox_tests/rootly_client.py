"""A client of the sandbox's Rootly server, for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests
    from sandbox.rootly import Rootly

    from sandbox import Sandbox


class RootlyClient:
    """Asks the Rootly server of a sandbox with a key, which is named."""

    def __init__(self, box: Sandbox, session: requests.Session) -> None:
        self.box = box
        self.session = session

    @property
    def server(self) -> Rootly:
        return self.box.rootly

    def ask(self, path: str, key: str = "full", method: str = "GET", **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.server.tokens[key]}", **options.pop("headers", {})}
        return self.session.request(method, self.server.api_url + path, headers=headers, timeout=10, **options)

    def json(self, path: str, **params: Any) -> Any:
        answer = self.ask(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """The rows of one page."""
        found: list[dict[str, Any]] = self.json(path, **params)["data"]
        return found

    def ids(self, path: str, **params: Any) -> list[str]:
        return [row["id"] for row in self.rows(path, **params)]

    def pages(self, path: str, size: Any = 100, **params: Any) -> list[dict[str, Any]]:
        """The rows of all pages, by number."""
        found: list[dict[str, Any]] = []
        number: int | None = 1
        while number is not None:
            body = self.json(path, **{"page[size]": size, "page[number]": number, **params})
            found += body["data"]
            number = body["meta"]["next_page"]
        return found

    def cursored(self, path: str, size: Any = 10, **params: Any) -> list[dict[str, Any]]:
        """The rows of all pages, by cursor."""
        body = self.json(path, **{"page[size]": size, **params})
        found: list[dict[str, Any]] = body["data"]
        while body["meta"]["next_cursor"] is not None:
            body = self.json(path, **{"page[size]": size, "page[after]": body["meta"]["next_cursor"], **params})
            found += body["data"]
        return found

    def write(self, method: str, path: str, **attributes: Any) -> requests.Response:
        return self.ask(path, method=method, json={"data": {"type": "any", "attributes": attributes}})

    def first_id(self, table: str) -> Any:
        return self.server.store.rows(table)[0]["id"]

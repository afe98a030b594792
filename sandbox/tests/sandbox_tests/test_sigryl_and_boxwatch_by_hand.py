from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told_by(*arguments: str) -> Iterator[dict[str, tuple[str, dict[str, str]]]]:
    """What the command tells of each API: its base URL and its keys by name."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            told = {}
            for line in process.stdout:
                api, url, *named = line.split()
                told[api] = url, dict(each.split("=", 1) for each in named)
                if api == "boxwatch":
                    break
            yield told
        finally:
            process.kill()


def asked(url: str, key: str) -> requests.Response:
    return requests.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=5)


def test_the_command_tells_where_they_are_and_with_which_keys() -> None:
    with told_by("--rows", "sigryl.incidents=3", "sigryl.pages=3", "servers=2") as told:
        url, keys = told["sigryl"]
        pages = {slug: asked(f"{url}/api/v1/status", key).json()["slug"] for slug, key in keys.items()}
        incidents = [asked(f"{url}/api/v1/incidents", key).json()["incidents"] for key in keys.values()]
        box_url, box_keys = told["boxwatch"]
        servers = asked(f"{box_url}/servers", box_keys["key"]).json()["servers"]
    assert pages == {slug: slug for slug in ("status-1", "status-2", "status-3")}
    assert [len(each) for each in incidents] == [3, 3, 3]
    assert len(servers) == 2


@pytest.mark.parametrize(("options", "last"), [((), 429), (("--no-api-limits",), 200)])
def test_the_limit_of_a_key_holds_unless_it_is_switched_off(options: tuple[str, ...], last: int) -> None:
    with told_by(*options) as told, requests.Session() as session:
        url, keys = told["sigryl"]
        session.headers["Authorization"] = f"Bearer {keys['status-1']}"
        statuses = [session.get(f"{url}/api/v1/status", timeout=5).status_code for _ in range(121)]
    assert statuses == [200] * 120 + [last]

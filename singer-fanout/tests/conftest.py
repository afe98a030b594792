"""What the tests share: a status page to read from, and a tap that reads it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# The modules beside this file are for these tests alone and belong to no package.
sys.path.append(str(Path(__file__).parent))

from singer_fanout import RequestPool
from singer_fanout.client import ApiClient
from status_runs import TapRunner

from sandbox import CachetSettings, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def tap(tmp_path: Path) -> TapRunner:
    """The test tap."""
    return TapRunner(tmp_path)


@pytest.fixture
def pool() -> Iterator[RequestPool]:
    """Four threads that fetch."""
    made = RequestPool(4)
    yield made
    made.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    """A server that is started once."""
    with Sandbox(seed=5, bare=True) as sandbox:
        yield sandbox


@pytest.fixture
def box(server: Sandbox) -> Sandbox:
    """An empty status page without a limit of its own."""
    for table in server.cachet.store.tables.values():
        for row in list(table):
            table.delete(row["id"])
        table._last_id = 0
    server.cachet.settings.__dict__.update(vars(CachetSettings(rate_limit=None)))
    server.faults.clear()
    server.requests.clear()
    return server


@pytest.fixture
def config(box: Sandbox) -> Callable[..., dict[str, Any]]:
    """Settings that read the status page."""

    def settings(**more: Any) -> dict[str, Any]:
        return {"api_url": box.cachet.api_url, "max_retries": 1, "request_timeout": 5, **more}

    return settings


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were to be waited before attempts were repeated; nobody waits them."""
    seconds: list[float] = []
    monkeypatch.setattr(ApiClient, "_sleep", lambda _, wait: seconds.append(wait))
    return seconds

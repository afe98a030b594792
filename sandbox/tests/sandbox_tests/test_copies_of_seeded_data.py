from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed, sowing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.tables import Table

APIS = ("cachet", "instatus", "rootly", "sigryl", "boxwatch")


def servers(seed: int = 7) -> Sandbox:
    return Sandbox(
        seed=seed,
        cachet=CachetSeed(incidents=9, points=9),
        instatus=InstatusSeed(incidents=9, datapoints=9),
        rootly=RootlySeed(incidents=5, alerts=5, services=2, audits=5, users=2, others=1),
        sigryl=SigrylSeed(incidents=5),
        boxwatch=BoxWatchSeed(incidents=5, accounts=2),
    )


def tables(sandbox: Sandbox, api: str) -> Mapping[str, Table]:
    found: Mapping[str, Table] = getattr(sandbox, api).store.tables
    return found


def contents(sandbox: Sandbox, api: str) -> dict[str, Any]:
    return {name: table.contents for name, table in tables(sandbox, api).items()}


@pytest.fixture
def grown(grown_anew: None) -> Sandbox:  # noqa: ARG001
    return servers()


@pytest.fixture
def copied() -> Sandbox:
    servers()
    return servers()


@pytest.mark.parametrize("api", APIS)
def test_a_copy_is_what_would_be_generated(api: str, grown: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    servers()
    copy = servers()
    assert contents(copy, api) == contents(grown, api)
    assert getattr(copy, api).canaries == getattr(grown, api).canaries


@pytest.mark.parametrize("api", APIS)
def test_what_happens_to_one_copy_happens_to_no_other(api: str, copied: Sandbox) -> None:
    before = contents(servers(), api)
    getattr(copied, api).canaries.clear()
    for table in tables(copied, api).values():
        for row in list(table):
            for value in row.values():
                if isinstance(value, (dict, list)):
                    value.clear()
            table.delete(row["id"])
    assert contents(servers(), api) == before
    assert getattr(servers(), api).canaries


def test_the_next_row_of_a_copy_is_the_next_row_of_what_was_generated(grown: Sandbox, copied: Sandbox) -> None:
    page = grown.instatus.store.rows("pages")[0]["id"]
    for sandbox in (grown, copied):
        sandbox.instatus.store.insert("incidents", siteId=page, name="New")
    first, second = (sandbox.instatus.store.find("incidents", "siteId", page) for sandbox in (grown, copied))
    assert [row["id"] for row in first] == [row["id"] for row in second]
    assert first[-1]["name"] == second[-1]["name"] == "New"


def test_accounts_of_the_same_size_have_their_own_rows(copied: Sandbox) -> None:
    first, second = (store.rows("status_pages") for store in copied.boxwatch.stores)
    assert {row["slug"] for row in first}.isdisjoint(row["slug"] for row in second)


def test_no_copy_is_kept_of_a_large_server(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[Any, bytes] = {}
    monkeypatch.setattr(sowing, "_copies", kept)
    monkeypatch.setattr(sowing, "MOST_ROWS", 50)
    Sandbox(sigryl=SigrylSeed(pages=1, incidents=60), bare=True)
    assert SigrylSeed(pages=1, incidents=60) not in {size for size, *_ in kept}
    Sandbox(sigryl=SigrylSeed(pages=1, incidents=1), bare=True)
    assert SigrylSeed(pages=1, incidents=1) in {size for size, *_ in kept}

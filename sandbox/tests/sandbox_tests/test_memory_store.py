"""A store in memory hands out copies, and deletes what belongs together."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from sandbox.ids import opaque_ids, uuids
from sandbox.memory import MemoryStore
from sandbox.tables import Table

NOW = datetime(2026, 7, 1, tzinfo=timezone.utc)
BEFORE = datetime(2026, 1, 1, tzinfo=timezone.utc)


def made() -> MemoryStore:
    """Pages with incidents with updates; only incidents know when they were made."""
    tables = [
        Table("pages", {"name": ""}),
        Table("incidents", {"page": None, "at": None}, {"page": lambda row: row["page"]}),
        Table("updates", {"incident": None}, {"incident": lambda row: row["incident"]}),
    ]
    belongings = {"pages": [("incidents", "page")], "incidents": [("updates", "incident")]}
    return MemoryStore(tables, created="at", now=lambda: NOW, belongings=belongings)


def test_rows_that_are_handed_out_are_copies() -> None:
    store = made()
    inserted = store.insert("pages", name="a")
    for row in (inserted, store.rows("pages")[0], store.get("pages", 1), store.update("pages", 1)):
        assert row is not None
        row["name"] = "changed"
    assert store.rows("pages") == [{"id": 1, "name": "a"}]


def test_a_row_is_made_now_unless_it_says_when() -> None:
    store = made()
    assert store.insert("incidents", page=1)["at"] == NOW
    assert store.insert("incidents", page=1, at=BEFORE)["at"] == BEFORE


def test_a_deleted_row_takes_along_what_belongs_to_it_down_to_the_last() -> None:
    store = made()
    for page in (1, 2):
        store.insert("pages")
        incident = store.insert("incidents", page=page)["id"]
        store.insert("updates", incident=incident)
    store.delete("pages", 1)
    assert [len(store.rows(table)) for table in ("pages", "incidents", "updates")] == [1, 1, 1]
    assert store.find("incidents", "page", 2)[0]["id"] == store.rows("updates")[0]["incident"]


def test_what_there_is_none_of_is_a_key_error() -> None:
    store = made()
    assert store.get("pages", 1) is None
    for act in (
        lambda: store.update("pages", 1, name="x"),
        lambda: store.delete("pages", 1),
        lambda: store.insert("pages", colour="red"),
        lambda: store.find("pages", "name", "a"),
        lambda: store.rows("nope"),
    ):
        with pytest.raises(KeyError):
            act()


def test_ids_are_the_same_for_a_seed_and_differ_by_seed_table_and_number() -> None:
    opaque = [
        opaque_ids(seed, table, prefix="j", length=31)(number) for seed in (1, 2) for table in "ab" for number in (1, 2)
    ]
    random_looking = [uuids(seed, table)(number) for seed in (1, 2) for table in "ab" for number in (1, 2)]
    assert len(set(opaque)) == len(set(random_looking)) == 8
    assert all(len(each) == 32 and each.startswith("j") for each in opaque)
    assert all(each[14] == "4" for each in random_looking)
    assert opaque_ids(1, "a", prefix="j", length=31)(1) == opaque[0]
    assert uuids(1, "a")(1) == random_looking[0]

from __future__ import annotations

from typing import Any

import pytest

USERS = {"id": {"type": "integer"}, "name": {"type": ["null", "string"]}}


def versioned(say: Any, version: int, *ids: int) -> list[Any]:
    return [say.record("users", version, id=key, name=str(version)) for key in ids]


@pytest.mark.parametrize("batch_size_rows", [1, 2, 100])
@pytest.mark.parametrize("place", ["before", "after", "both"])
def test_activation_deletes_what_the_new_version_lacks(
    warehouse: Any, say: Any, place: str, batch_size_rows: int
) -> None:
    for version, ids in ((1, (1, 2, 3)), (2, (2, 3, 4))):
        messages = [say.schema("users", USERS)]
        messages += [say.activate("users", version)] * (place in {"before", "both"})
        messages += versioned(say, version, *ids)
        messages += [say.activate("users", version)] * (place in {"after", "both"})
        messages += [say.state({"at": "done"})] * (place == "before")
        warehouse.load(*messages, hard_delete=True, batch_size_rows=batch_size_rows)
    assert warehouse.rows("SELECT id, name FROM users ORDER BY id") == [(2, "2"), (3, "2"), (4, "2")]


def test_activation_marks_rows_by_default_and_their_return_unmarks_them(warehouse: Any, say: Any) -> None:
    def marked() -> list[Any]:
        rows: list[Any] = warehouse.rows("SELECT id, _sdc_deleted_at IS NOT NULL FROM users ORDER BY id")
        return rows

    warehouse.load(say.schema("users", USERS), *versioned(say, 1, 1, 2), say.activate("users", 1))
    warehouse.load(say.schema("users", USERS), *versioned(say, 2, 2), say.activate("users", 2))
    assert marked() == [(1, True), (2, False)]
    warehouse.load(say.schema("users", USERS), *versioned(say, 3, 1), say.activate("users", 3))
    assert marked() == [(1, False), (2, True)]


def test_rows_loaded_before_there_were_versions_belong_to_an_older_one(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), say.record("users", id=1), say.record("users", id=2))
    messages = say.schema("users", USERS), *versioned(say, 1, 2), say.activate("users", 1)
    warehouse.load(*messages, hard_delete=True)
    assert warehouse.rows("SELECT id FROM users") == [(2,)]


def test_a_version_without_rows_empties_the_table(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), say.record("users", id=1))
    warehouse.load(say.schema("users", USERS), say.activate("users", 1), say.state({"at": "done"}), hard_delete=True)
    assert warehouse.rows("SELECT id FROM users") == []


def test_a_run_without_activation_deletes_nothing(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), *versioned(say, 1, 1, 2), say.activate("users", 1), hard_delete=True)
    warehouse.load(say.schema("users", USERS), *versioned(say, 2, 2), hard_delete=True)
    assert warehouse.rows("SELECT id FROM users ORDER BY id") == [(1,), (2,)]


def test_an_activation_ahead_of_its_rows_deletes_nothing_if_the_run_fails(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), *versioned(say, 1, 1, 2), say.activate("users", 1), hard_delete=True)
    messages = say.schema("users", USERS), say.activate("users", 2), *versioned(say, 2, 2), "broken"
    assert warehouse.command(*messages, hard_delete=True).returncode == 1
    assert warehouse.rows("SELECT id, name FROM users ORDER BY id") == [(1, "1"), (2, "2")]


def test_records_without_a_version_are_never_deleted_by_the_activation_that_follows_them(
    warehouse: Any, say: Any
) -> None:
    messages = say.schema("users", USERS), say.record("users", id=1), say.activate("users", 5)
    warehouse.load(*messages, hard_delete=True)
    assert warehouse.rows("SELECT id FROM users") == [(1,)]


def test_activation_survives_a_schema_change_before_it(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), *versioned(say, 1, 1, 2, 3), say.activate("users", 1))
    wider = {**USERS, "more": {"type": ["null", "string"]}}
    messages = [say.schema("users", USERS), *versioned(say, 2, 1), say.schema("users", wider)]
    warehouse.load(*messages, say.activate("users", 2), hard_delete=True)
    assert warehouse.rows("SELECT id FROM users") == [(1,)]


def test_activation_leaves_other_streams_alone(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("groups", USERS), say.record("groups", 1, id=1))
    warehouse.load(
        say.schema("groups", USERS),
        say.schema("users", USERS),
        *versioned(say, 9, 1),
        say.activate("users", 9),
        hard_delete=True,
    )
    assert warehouse.rows("SELECT id FROM groups") == [(1,)]


def test_activation_can_be_switched_off(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), say.record("users", id=1))
    messages = say.schema("users", USERS), *versioned(say, 1, 2), say.activate("users", 1)
    warehouse.load(*messages, hard_delete=True, process_activate_version_messages=False)
    assert warehouse.rows("SELECT id FROM users ORDER BY id") == [(1,), (2,)]


def test_overwrite_and_versions_agree(warehouse: Any, say: Any) -> None:
    for version, ids in ((1, (1, 2)), (2, (2, 3))):
        messages = say.schema("users", USERS), *versioned(say, version, *ids), say.activate("users", version)
        warehouse.load(*messages, load_method="overwrite", batch_size_rows=1)
    assert warehouse.rows("SELECT id FROM users ORDER BY id") == [(2,), (3,)]

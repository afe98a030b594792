"""Loaders that write to one lake at the same time, each a process of its own."""

from __future__ import annotations

import json
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from target_duckdb import lake_files
from target_duckdb.locks import _number

if TYPE_CHECKING:
    from ducklake.tests.conftest import PostgresLake

TEXTS = {"id": {"type": "integer"}, "loader": {"type": "string"}, "again": {"type": "string"}}
LOCKS_ENDED = 3
MOST_ROWS = 200_000


@pytest.fixture(params=["lake", "bucket_lake"])
def any_lake(request: pytest.FixtureRequest) -> PostgresLake:
    made: PostgresLake = request.getfixturevalue(request.param)
    return made


def rows(say: Any, stream: str, loader: int, ids: range) -> list[dict[str, Any]]:
    return [say.record(stream, id=number, loader=f"{loader}", again=f"{loader}") for number in ids]


def test_four_loaders_that_bring_the_same_new_keys_leave_one_row_of_each(any_lake: PostgresLake, say: Any) -> None:
    loaders = any_lake.start(4, batch_size_rows=200)

    for number, loader in enumerate(loaders):
        loader.send(say.schema("items", TEXTS), *rows(say, "items", number, range(600)), say.state({"done": number}))
    states = [loader.end() for loader in loaders]

    assert [state[-1] for state in states] == [{"done": number} for number in range(4)]
    assert any_lake.rows("SELECT count(*), count(DISTINCT id) FROM items") == [(600, 600)]
    assert any_lake.rows("SELECT count(*) FROM items WHERE loader = again AND loader < '4'") == [(600,)]


def test_loaders_of_different_tables_load_all_of_them_into_a_schema_that_was_not_there(
    lake: PostgresLake, say: Any
) -> None:
    loaders = lake.start(4, batch_size_rows=100, default_target_schema="new")

    for number, loader in enumerate(loaders):
        loader.send(say.schema(f"items_{number}", TEXTS), *rows(say, f"items_{number}", number, range(400)))
    for loader in loaders:
        loader.end()

    counted = "SELECT count(*), min(loader), max(loader) FROM new.items_"
    for number in range(4):
        assert lake.rows(f"{counted}{number}") == [(400, f"{number}", f"{number}")]


def test_loaders_that_append_to_one_table_lose_no_row(lake: PostgresLake, say: Any) -> None:
    loaders = lake.start(4, batch_size_rows=100, load_method="append-only")

    for number, loader in enumerate(loaders):
        loader.send(say.schema("items", TEXTS), *rows(say, "items", number, range(300)))
    for loader in loaders:
        loader.end()

    assert lake.rows("SELECT loader, count(*), count(DISTINCT id) FROM items GROUP BY ALL ORDER BY ALL") == [
        (f"{number}", 300, 300) for number in range(4)
    ]


def thousand(say: Any, loader: int, first: int = 0) -> list[dict[str, Any]]:
    """The rows of a loader from one on, with a state after each hundred."""
    messages = [say.schema("items", TEXTS)]
    for start in range(first, 1000, 100):
        messages += rows(say, "items", loader, range(loader * 1000 + start, loader * 1000 + start + 100))
        messages.append(say.state({"next": start + 100}))
    return messages


def test_two_of_four_loaders_are_killed_and_all_rows_arrive_once(bucket_lake: PostgresLake, say: Any) -> None:
    loaders = bucket_lake.start(4, batch_size_rows=100)
    for number, loader in enumerate(loaders):
        loader.send(*thousand(say, number))
    last = {number: loader.state() for number, loader in enumerate(loaders)}
    bucket_lake.wait_until(lambda: bool(bucket_lake.holding() and bucket_lake.waiting()))
    killed = sorted([*bucket_lake.holding(), *bucket_lake.waiting()][:2])
    for number in killed:
        loaders[number].process.kill()
    for number in killed:
        states, _ = loaders[number].process.communicate()
        last[number] = json.loads([json.dumps(last[number]), *states.splitlines()][-1])
        assert loaders[number].process.returncode == -signal.SIGKILL
        assert last[number]["next"] < 1000
    for number in {0, 1, 2, 3}.difference(killed):
        assert loaders[number].end()[-1] == {"next": 1000}

    for loader, number in zip(bucket_lake.start(2), killed, strict=True):
        loader.send(*thousand(say, number, last[number]["next"]))
        assert loader.end()[-1] == {"next": 1000}

    assert bucket_lake.rows("SELECT loader, count(*), count(DISTINCT id) FROM items GROUP BY ALL ORDER BY ALL") == [
        (f"{number}", 1000, 1000) for number in range(4)
    ]


def test_a_column_that_another_loader_has_widened_takes_the_values_of_all(lake: PostgresLake, say: Any) -> None:
    integers, texts, objects = lake.start(3, batch_wait_limit_seconds=0)
    kinds: dict[Any, dict[str, Any]] = {
        integers: {"type": "integer"},
        texts: {"type": "string"},
        objects: {"type": "object"},
    }

    for loader, (first, second) in {
        integers: ((1, 5), (2, 6)),
        texts: ((3, "7"), (4, "x")),
        objects: ((5, {"a": 1}), (6, {"b": 2})),
    }.items():
        properties = {"id": {"type": "integer"}, "value": kinds[loader]}
        loader.send(
            say.schema("items", properties),
            say.record("items", id=first[0], value=first[1]),
            say.state({"of": first[0]}),
        )
        loader.state()
        kinds[loader] = say.record("items", id=second[0], value=second[1])
    for loader, message in kinds.items():
        loader.send(message)
        loader.end()

    assert dict(lake.rows("SELECT id, value FROM items")) == {
        1: '"5"',
        2: "6",
        3: '"7"',
        4: '"x"',
        5: '{"a":1}',
        6: '{"b":2}',
    }


def test_a_column_that_another_loader_has_narrowed_while_it_was_empty_is_widened_again(
    lake: PostgresLake, say: Any
) -> None:
    texts, objects, numbers = lake.start(3)

    for loader, kind, stored in (
        (texts, "string", "VARCHAR"),
        (objects, "object", "JSON"),
        (numbers, "number", "DOUBLE"),
    ):
        loader.send(say.schema("items", {"id": {"type": "integer"}, "value": {"type": kind}}))
        lake.wait_until(partial(_value_is, lake, stored))
    for key, (loader, value) in enumerate({texts: "x", objects: {"a": 1}, numbers: 1.5}.items()):
        loader.send(say.record("items", id=key, value=value))
        loader.end()

    assert dict(lake.rows("SELECT id, value FROM items")) == {0: '"x"', 1: '{"a":1}', 2: "1.5"}


def _value_is(lake: PostgresLake, sql_type: str) -> bool:
    found = lake.rows("SELECT data_type FROM duckdb_columns() WHERE table_name = 'items' AND column_name = 'value'")
    return found == [(sql_type,)]


def test_columns_that_loaders_add_at_once_are_all_there_and_keep_their_values(lake: PostgresLake, say: Any) -> None:
    loaders = lake.start(4, batch_size_rows=50)

    for number, loader in enumerate(loaders):
        kind = {"type": ["integer", "number", "string", "object"][number]}
        value = [1, 1.5, "x", {"a": 1}][number]
        properties = {"id": {"type": "integer"}, "shared": kind, f"own_{number}": {"type": "string"}}
        loader.send(
            say.schema("items", properties),
            *(say.record("items", id=key, shared=value, **{f"own_{number}": "mine"}) for key in range(200)),
        )
    for loader in loaders:
        loader.end()

    assert lake.rows("SELECT count(COLUMNS(*)) FROM items") == [(200,) * 6]


def test_a_loader_that_waits_for_another_says_so_and_ends_when_it_is_told_to(lake: PostgresLake, say: Any) -> None:
    (loader,) = lake.start(1)
    with lake.server.connect(lake.database) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [_number(("lake", "main", "items"))])
        loader.send(say.schema("items", TEXTS))
        lake.wait_until(lambda: "waiting for up to 600 seconds" in loader.log)
        loader.process.send_signal(signal.SIGTERM)
        loader.process.communicate(timeout=30)

    assert loader.process.returncode == 128 + signal.SIGTERM
    assert len(loader.errors) == 2
    assert "main.items was in use by another loader: what no state covers is not committed" in loader.errors[1]


def test_a_loader_gives_up_after_the_lock_timeout(lake: PostgresLake, say: Any) -> None:
    (loader,) = lake.start(1, lock_timeout=0.5)
    with lake.server.connect(lake.database) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [_number(("lake", "main", "items"))])
        loader.send(say.schema("items", TEXTS))
        loader.process.communicate(timeout=30)

    assert loader.process.returncode == 1
    assert len(loader.errors) == 1
    assert "main.items has been in use by another loader for 1 seconds" in loader.errors[0]


def test_a_transaction_whose_lock_the_server_has_ended_is_repeated(lake: PostgresLake, say: Any) -> None:
    (loader,) = lake.start(1, batch_size_rows=500)

    loader.send(say.schema("items", TEXTS))
    sent = ended = 0
    while ended < LOCKS_ENDED:
        assert sent < MOST_ROWS, loader.log
        loader.send(*rows(say, "items", 1, range(sent, sent + 1000)))
        sent += 1000
        ended += len(
            lake.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <>"
                " pg_backend_pid()"
            )
        )
    loader.end()

    assert lake.rows("SELECT count(*), count(DISTINCT id) FROM items") == [(sent, sent)]


def test_files_are_merged_and_snapshots_expire_while_others_write(lake: PostgresLake, say: Any) -> None:
    steady = lake.start(1, batch_size_rows=20)[0]
    steady.send(say.schema("items", TEXTS), *rows(say, "items", 0, range(200)))
    for number in (1, 2):
        for loader in lake.start(2, batch_size_rows=20, expire_older_than_days=0):
            loader.send(say.schema("items", TEXTS), *rows(say, "items", number, range(100, 200)))
            steady.send(*rows(say, "items", 0, range(200)))
        for loader in lake.loaders[-2:]:
            loader.end()
    steady.end()

    assert [loader.errors for loader in lake.loaders] == [[]] * 5
    assert lake.rows("SELECT count(*), count(DISTINCT id) FROM items") == [(200, 200)]
    # Of files with deleted rows, and of those without, a few are not worth merging.
    assert len(lake.rows("FROM ducklake_list_files('lake', 'items')")) < 2 * lake_files._MANY

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from sandbox import Cachet, CachetSeed, CachetStore, Sandbox
from sandbox_tests.effort import times_as_much

TABLES = tuple(CachetStore().tables)


def grown(seed: int = 7, **sizes: float) -> Cachet:
    return Sandbox(seed=seed, cachet=CachetSeed(**sizes), bare=True).cachet  # type: ignore[arg-type]


@pytest.mark.usefixtures("grown_anew")
def test_the_same_seed_grows_the_same_data_and_another_one_other_data() -> None:
    first, again, other = grown(), grown(), grown(seed=8)
    assert all(first.store.rows(table) == again.store.rows(table) for table in TABLES)
    assert first.canaries == again.canaries
    assert first.store.rows("incidents") != other.store.rows("incidents")


def test_sizes_are_what_was_asked_for() -> None:
    store = grown(
        groups=3, components=4, incidents=5, metrics=2, points=7, templates=1, schedules=6, subscribers=9
    ).store
    sizes = {table: len(store.rows(table)) for table in TABLES}
    assert {
        "component_groups": 3,
        "components": 4,
        "incidents": 5,
        "metrics": 2,
        "metric_points": 7,
        "incident_templates": 1,
        "schedules": 6,
        "subscribers": 9,
    }.items() <= sizes.items()


@pytest.mark.parametrize(
    "name", ["groups", "components", "incidents", "metrics", "points", "templates", "schedules", "users"]
)
def test_any_table_may_be_empty(name: str) -> None:
    grown(**{name: 0})


@pytest.mark.usefixtures("grown_anew")
def test_a_big_table_takes_as_much_a_row_as_a_small_one() -> None:
    assert times_as_much(lambda templates: grown(templates=templates), 3000, 12_000) < 8


def test_times_do_not_depend_on_the_clock_and_the_future_stays_ahead() -> None:
    anchor = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
    far = datetime(2098, 1, 1, tzinfo=timezone.utc)
    store = grown().store
    for row in store.rows("incidents"):
        assert row["created_at"] is None or row["created_at"] <= anchor
        assert row["published_at"] <= anchor or row["published_at"] > far
    assert any(row["scheduled_at"] > far for row in store.rows("schedules"))


def test_the_data_is_nasty() -> None:
    store = grown().store
    incidents, updates = store.rows("incidents"), store.rows("updates")
    links = store.rows("incident_components")
    owners = {link["incident_id"] for link in links}
    assert {row["visible"] for row in incidents} == {0, 1, 2}
    assert {row["status"] for row in incidents} == {None, 0, 1, 2, 3, 4}
    for column in ("occurred_at", "created_at", "deleted_at", "user_id"):
        assert any(row[column] is None for row in incidents)
        assert any(row[column] is not None for row in incidents)
    assert any(row["id"] not in owners for row in incidents)
    assert len({link["component_id"] for link in links}) < len(links)
    assert {link["component_status"] for link in links} == {None, 1, 2, 3, 4, 5, 6}
    moments = [(row["updateable_type"], row["updateable_id"], row["created_at"]) for row in updates]
    assert len(set(moments)) < len(moments)
    components = store.rows("components")
    assert any(row["order"] is None for row in components)
    assert any(not row["enabled"] for row in components)
    texts = "".join(row["message"] for row in incidents)
    assert all(sign in texts for sign in ('"', "'", "\n", "\r", "\\", "🙏", "漢", "\u200b"))
    assert "\x00" not in texts


def test_every_secret_is_a_canary() -> None:
    cachet = grown()
    assert all("CANARY" in canary for canary in cachet.canaries)
    assert set(cachet.tokens.values()) <= set(cachet.canaries)
    assert {row["verify_code"] for row in cachet.store.rows("subscribers")} <= set(cachet.canaries)


def test_the_store_hands_out_copies_and_knows_its_columns() -> None:
    store = grown().store
    store.rows("incidents")[0]["name"] = "changed"
    assert store.rows("incidents")[0]["name"] != "changed"
    with pytest.raises(KeyError, match="no column nope"):
        store.update("incidents", 1, nope=1)
    with pytest.raises(KeyError):
        store.update("incidents", 99_999, name="x")
    with pytest.raises(ValueError, match="has a row 1 already"):
        store.insert("incidents", id=1)


def test_an_id_is_never_given_out_twice() -> None:
    store = grown(templates=3).store
    store.delete("incident_templates", 3, hard=True)
    assert store.insert("incident_templates", name="x")["id"] == 4

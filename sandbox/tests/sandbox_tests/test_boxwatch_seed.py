from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest

from sandbox import BoxWatch, BoxWatchSeed

SIZES = tuple(field.name for field in fields(BoxWatchSeed))


def grown(seed: int = 7, **sizes: float) -> BoxWatch:
    return BoxWatch(BoxWatchSeed(**sizes), seed)  # type: ignore[arg-type]


@pytest.mark.usefixtures("grown_anew")
def test_the_same_seed_grows_the_same_data_and_another_one_other_data() -> None:
    first, again, other = grown(), grown(), grown(seed=8)
    assert all(first.store.rows(table) == again.store.rows(table) for table in first.store.tables)
    assert first.api_key == again.api_key != other.api_key
    assert first.store.rows("incidents") != other.store.rows("incidents")


def test_sizes_are_what_was_asked_for() -> None:
    sizes = {"status_pages": 2, "servers": 3, "cron_checks": 4, "uptime_checks": 5, "webhooks": 6, "incidents": 7}
    store = grown(**sizes).store
    assert {table: len(store.rows(table)) for table in sizes} == sizes


@pytest.mark.parametrize("name", SIZES)
def test_any_size_may_be_zero(name: str) -> None:
    server = grown(**{name: 0})
    # Every incident has its first update, and there is always an account.
    table = {"updates_per_incident": "incident_updates", "accounts": "servers"}.get(name)
    assert server.store.rows(table) if table else not server.store.rows(name)


def test_accounts_have_the_same_numbers_and_nothing_else_in_common() -> None:
    server = grown(accounts=3, endpoints=2)
    assert len(set(server.api_keys)) == 3
    assert {len(store.rows("servers")) for store in server.stores} == {12}
    numbers = [{row["id"] for row in store.rows("servers")} for store in server.stores]
    assert numbers[0] == numbers[1] == numbers[2]
    for table, column in (
        ("status_pages", "id"),
        ("status_pages", "slug"),
        ("incidents", "id"),
        ("endpoints", "api_key"),
    ):
        values = [row[column] for store in server.stores for row in store.rows(table)]
        assert len(set(values)) == len(values)


def test_the_data_is_nasty() -> None:
    store = grown().store
    for table, column in (
        ("status_pages", "description"),
        ("status_pages", "custom_domain"),
        ("servers", "last_seen"),
        ("servers", "group_id"),
        ("cron_checks", "server_id"),
        ("cron_checks", "last_ping_at"),
        ("cron_checks", "last_fail_at"),
        ("uptime_checks", "last_status"),
        ("webhooks", "alert_types"),
        ("incidents", "resolved_at"),
    ):
        assert {row[column] is None for row in store.rows(table)} == {True, False}, (table, column)
    assert {type(row["uptime_30d"]) for row in store.rows("servers")} == {int, float}
    assert {bool(row["metrics"]) for row in store.rows("servers")} == {True, False}
    assert {row["check_type"] for row in store.rows("uptime_checks")} == {"http", "tcp", "tls_expiry"}
    assert {row["enabled"] for row in store.rows("status_pages")} == {True, False}
    moments = Counter((row["incident_id"], row["created_at"]) for row in store.rows("incident_updates"))
    assert max(moments.values()) > 1


def test_every_secret_is_a_canary() -> None:
    server = grown()
    planted = [row["slug"] for row in server.store.rows("cron_checks")]
    for webhook in server.store.rows("webhooks"):
        planted += [webhook["url"], *webhook["headers"].values()]
    planted += server.endpoint_keys()
    assert all("CANARY" in canary for canary in planted)
    assert set(server.canaries) == {*planted, server.api_key}

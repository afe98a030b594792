"""Several accounts in one table, and what their custom endpoints tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from boxwatch_facts import (
    ACCOUNTS,
    ENDPOINT_ROUTE,
    LISTS,
    PUBLIC,
    PUBLIC_ROUTE,
    accounts_settings,
    boxwatch_rows,
    readings,
    settings,
    told_readings,
)
from singer_fanout.testing import differences, selecting
from tap_statuspages.tap import TapStatusPages

from sandbox import BoxWatchSeed, Fault, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from singer_fanout.testing import TapRunner

NUMBERED = ("servers", "cron_checks", "uptime_checks", "webhooks")
"""Streams whose ids are numbers, that two accounts may have in common."""


@pytest.fixture
def accounts(closing: Executor) -> Iterator[Sandbox]:
    """A server with three accounts, which have the same numbers."""
    sandbox = Sandbox(seed=5, boxwatch=BoxWatchSeed(accounts=3, incidents=12), bare=True)
    sandbox.start()
    yield sandbox
    closing.submit(sandbox.stop)


def keys(config: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    tap = TapStatusPages(config=config)
    return {name: tuple(stream.primary_keys) for name, stream in tap.streams.items()}


class TestAccounts:
    """`accounts`: each with a key of its own."""

    def test_every_row_of_every_account_is_there_under_its_name(self, accounts: Sandbox, tap: TapRunner) -> None:
        config = accounts_settings(accounts)
        run = tap(config)
        assert run.exit_code == 0, run.log
        assert run.warnings == []
        for stream in (*LISTS, "incidents", "incident_updates"):
            expected = [
                {**row, "account": name}
                for number, name in enumerate(ACCOUNTS)
                for row in boxwatch_rows(accounts, number)[stream]
            ]
            assert differences(stream, keys(config)[stream], run.rows[stream], expected) == []

    def test_the_name_is_part_of_the_key_where_ids_are_numbers(self, accounts: Sandbox) -> None:
        several, one = keys(accounts_settings(accounts)), keys(settings(accounts))
        assert {stream for stream in one if several[stream] != one[stream]} == {*NUMBERED, "endpoint_metrics"}
        assert all(several[stream] == ("account", *one[stream]) for stream in (*NUMBERED, "endpoint_metrics"))
        assert one["servers"] == ("id",)

    def test_a_single_account_has_no_name(self, accounts: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(accounts))
        assert {row["account"] for rows in run.rows.values() for row in rows} == {None}

    def test_each_is_asked_with_its_own_key_and_the_public_with_none(self, accounts: Sandbox, tap: TapRunner) -> None:
        tap(accounts_settings(accounts))
        asked = list(zip(accounts.requests.urls, accounts.requests.headers, strict=True))
        for route in LISTS.values():
            sent = sorted(headers["authorization"] for url, headers in asked if url == route)
            assert sent == sorted(f"Bearer {key}" for key in accounts.boxwatch.api_keys)
        pages = sum(len(store.rows("status_pages")) for store in accounts.boxwatch.stores)
        assert accounts.requests.count(PUBLIC_ROUTE) == pages
        assert not any("authorization" in headers for url, headers in asked if "/status/" in url)

    def test_each_has_a_limit_of_its_own(self, accounts: Sandbox, tap: TapRunner) -> None:
        accounts.boxwatch.settings.rate_limit = 5
        run = tap(accounts_settings(accounts), only=list(LISTS))
        assert run.exit_code == 0
        assert accounts.requests.throttled == 0

    def test_one_that_refuses_a_list_is_left_out_and_deletes_nothing(self, accounts: Sandbox, tap: TapRunner) -> None:
        accounts.faults.add(Fault("status", LISTS["servers"], status=403))
        run = tap(accounts_settings(accounts, max_concurrency=1), only=["servers", "webhooks"])
        assert run.exit_code == 0
        assert {row["account"] for row in run.rows["servers"]} == set(ACCOUNTS[1:])
        assert run.activated == {"webhooks"}
        warning, *_ = run.warnings
        assert warning.startswith("Left out: accounts[0] of stream 'servers' (GET ")

    def test_a_key_that_is_not_valid_is_named(self, accounts: Sandbox, tap: TapRunner) -> None:
        config = accounts_settings(accounts, max_concurrency=1)
        config["accounts"][1]["api_key"] = "bw_wrongCANARY"
        run = tap(config, only=["servers"])
        assert run.exit_code == 1
        assert "accounts[1].api_key: GET " in run.errors[0]
        assert "bw_wrong" not in run.log

    def test_two_keys_of_one_account_are_told(self, accounts: Sandbox, tap: TapRunner) -> None:
        first, second, _ = accounts.boxwatch.stores
        page = first.rows("status_pages")[0]
        body = json.dumps({"status_pages": [{"id": page["id"], "slug": page["slug"]}]}).encode()
        accounts.faults.add(Fault("rewrite", LISTS["status_pages"], times=2, rewrite=lambda _: body))
        run = tap(accounts_settings(accounts, max_concurrency=1), only=["status_pages"])
        assert run.exit_code == 1
        assert "eu and us are the same account" in run.errors[0]
        assert second.rows("status_pages")

    @pytest.mark.parametrize("made_with", ["accounts", "a single account"])
    def test_a_catalog_of_the_other_kind_is_told(
        self, accounts: Sandbox, tap: TapRunner, made_with: str, tmp_path: Any
    ) -> None:
        several, one = accounts_settings(accounts), settings(accounts)
        other, used = (several, one) if made_with == "accounts" else (one, several)
        catalog = tmp_path / "made.json"
        catalog.write_text(json.dumps(selecting(TapStatusPages, other, ["servers"])))
        run = tap(used, arguments=["--catalog", str(catalog)])
        assert run.exit_code == 1
        assert "Make a new one with --discover" in run.errors[0]

    def test_an_end_is_told_with_the_account(self, accounts: Sandbox, tap: TapRunner) -> None:
        first = tap(accounts_settings(accounts))
        ended = accounts.boxwatch.view(2).incidents()[0]["id"]
        accounts.boxwatch.stores[2].update("incidents", ended, status="resolved")
        second = tap(accounts_settings(accounts), state=first.state)
        assert [(row["account"], row["incident_id"]) for row in second.rows["incident_departures"]] == [("apac", ended)]

    def test_pages_of_an_account_that_is_refused_are_not_forgotten(self, accounts: Sandbox, tap: TapRunner) -> None:
        config = accounts_settings(accounts, max_concurrency=1)
        first = tap(config)
        accounts.faults.add(Fault("status", LISTS["status_pages"], status=403))
        second = tap(config, state=first.state, only=[*PUBLIC, "incident_departures"])
        assert second.rows["incident_departures"] == []
        ended = accounts.boxwatch.view(0).incidents()[0]["id"]
        accounts.boxwatch.store.update("incidents", ended, status="resolved")
        third = tap(config, state=second.state)
        assert [row["incident_id"] for row in third.rows["incident_departures"]] == [ended]


class TestEndpoints:
    """`endpoint_keys`: each opens one custom endpoint."""

    def test_a_row_for_each_server_of_each_endpoint(self, accounts: Sandbox, tap: TapRunner) -> None:
        run = tap(accounts_settings(accounts), only=["endpoint_metrics"])
        assert run.exit_code == 0, run.log
        for number, name in enumerate(ACCOUNTS):
            rows = [row for row in run.rows["endpoint_metrics"] if row["account"] == name]
            assert rows
            assert told_readings(rows) == readings(accounts, number)
        assert run.activated == set()
        assert not any("version" in message for message in run.messages)

    def test_each_is_asked_once_with_its_own_key(self, accounts: Sandbox, tap: TapRunner) -> None:
        tap(settings(accounts), only=["endpoint_metrics"])
        asked = zip(accounts.requests.urls, accounts.requests.headers, strict=True)
        sent = [headers["authorization"] for url, headers in asked if url == ENDPOINT_ROUTE]
        assert sorted(sent) == sorted(f"Bearer {key}" for key in accounts.boxwatch.endpoint_keys())
        assert accounts.requests.total == len(sent)

    def test_readings_of_another_time_are_other_rows_and_those_of_the_same_are_not(
        self, accounts: Sandbox, tap: TapRunner
    ) -> None:
        def at(time: str) -> Fault:
            def told(body: bytes) -> bytes:
                return json.dumps({**json.loads(body), "timestamp": time}).encode()

            return Fault("rewrite", ENDPOINT_ROUTE, times=None, rewrite=told)

        found = set()
        for time in ("2026-05-24T03:14:22.418Z", "2026-05-24T03:14:22.418Z", "2026-05-24T04:14:22Z"):
            accounts.faults.clear()
            accounts.faults.add(at(time))
            rows = tap(settings(accounts), only=["endpoint_metrics"]).rows["endpoint_metrics"]
            found |= {(row["endpoint"], row["server_id"], row["read_at"]) for row in rows}
        assert {read_at for _, _, read_at in found} == {"2026-05-24T03:14:22.418000Z", "2026-05-24T04:14:22.000000Z"}
        assert len(found) == 2 * len(readings(accounts))

    def test_without_a_time_it_is_the_time_of_the_answer(self, accounts: Sandbox, tap: TapRunner) -> None:
        body = b'{"endpoint": "e", "data": [{"server_id": 12, "hostname": "w", "cpu": 2.5}]}'
        accounts.faults.add(Fault("rewrite", ENDPOINT_ROUTE, times=None, rewrite=lambda _: body))
        run = tap(settings(accounts, endpoint_keys=accounts.boxwatch.endpoint_keys()[:1]), only=["endpoint_metrics"])
        (message,) = [message for message in run.messages if message["type"] == "RECORD"]
        assert message["record"]["read_at"] == message["time_extracted"]
        assert message["record"]["metrics"] == {"cpu": 2.5}

    def test_a_text_is_no_reading_and_may_be_a_secret(self, accounts: Sandbox, tap: TapRunner) -> None:
        item = {"server_id": 12, "cpu": 2.5, "on": True, "net": {"rx": 7, "token": "CANARY"}, "token": "CANARY"}
        body = json.dumps({"endpoint": "e", "data": [item], "timestamp": "2026-05-24T03:14:22Z"}).encode()
        accounts.faults.add(Fault("rewrite", ENDPOINT_ROUTE, times=None, rewrite=lambda _: body))
        run = tap(settings(accounts), only=["endpoint_metrics"])
        assert run.rows["endpoint_metrics"][0]["metrics"] == {"cpu": 2.5, "on": True, "net": {"rx": 7, "token": None}}
        assert "CANARY" not in run.output + run.log
        assert any("endpoint_metrics.metrics.token" in text for text in run.warnings)

    def test_without_keys_nothing_is_asked(self, accounts: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(accounts, endpoint_keys=None))
        assert run.exit_code == 0
        assert run.warnings == []
        assert accounts.requests.count(ENDPOINT_ROUTE) == 0
        assert tap(settings(accounts, endpoint_keys=None), only=["endpoint_metrics"]).exit_code == 0

    def test_one_that_is_refused_is_left_out(self, accounts: Sandbox, tap: TapRunner) -> None:
        accounts.faults.add(Fault("status", ENDPOINT_ROUTE, status=404))
        run = tap(settings(accounts, max_concurrency=1), only=["endpoint_metrics"])
        assert run.exit_code == 0
        assert len({row["endpoint"] for row in run.rows["endpoint_metrics"]}) == 1
        warning, *_ = run.warnings
        assert warning.startswith("Left out: endpoint_keys[0] of stream 'endpoint_metrics' (GET ")

    def test_a_key_that_is_not_valid_is_named(self, accounts: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(accounts, endpoint_keys=["bw_api_wrongCANARY"]), only=["endpoint_metrics"])
        assert run.exit_code == 1
        assert "endpoint_keys[0]: GET " in run.errors[0]
        assert "wrongCANARY" not in run.log

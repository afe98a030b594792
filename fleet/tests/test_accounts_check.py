"""Every mistake in an accounts file is told with its line, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from status_fleet.check import check
from status_fleet.plugins import Project

PROJECT = Project(Path(__file__).resolve().parents[2])
ENTRY = "accounts:\n- name: acme\n  tap: tap-rootly\n"

MISTAKES = {
    "": (1, "the file is empty: 'accounts' is needed"),
    "accounts: [": (1, "the file is no YAML"),
    "accounts:\n- name: a\n  name: b\n": (3, "duplicate key"),
    "defaults: {}\n": (1, "the file has no 'accounts'"),
    "accounts:\n- tap: tap-rootly\n": (2, "the account in entry 1 has no 'name'"),
    "accounts:\n- name: acme\n": (2, "the account 'acme' has no 'tap'"),
    "accounts:\n- name: a:b\n  tap: tap-rootly\n": (2, "'a:b' will not do as 'name'"),
    "accounts:\n- name: acme\n  tap: tap-rotly\n": (3, "no tap of the Meltano project; did you mean 'tap-rootly'?"),
    "loader:\n  name: target-postgre\n" + ENTRY: (2, "no loader of the Meltano project; did you mean"),
    ENTRY + "- name: acme\n  tap: tap-cachet\n": (4, "the account in entry 1 is called 'acme', too"),
    ENTRY + "- name: b\n  schema: rootly_acme\n  tap: tap-cachet\n": (5, "into the schema 'rootly_acme', too"),
    ENTRY + "- name: a-b\n  tap: tap-cachet\n- name: a_b\n  tap: tap-cachet\n": (6, "schema 'cachet_a_b', too"),
    ENTRY + "  shedule: 1 1 1 1 1\n": (4, "'shedule' is nothing that can be said here; did you mean 'schedule'?"),
    ENTRY + "  schedule: 99 * * * *\n": (4, "'99 * * * *' is no cron expression"),
    ENTRY + "  schedule: hourly\n": (4, "'hourly' is no cron expression of five fields"),
    ENTRY + "  time_limit: 3 days\n": (4, "a length of time is a number and s, m or h"),
    ENTRY + "  retries: often\n": (4, "'retries' must be a whole number"),
    ENTRY + "  settings:\n    page_sise: 3\n": (5, "tap-rootly has no setting 'page_sise'; did you mean 'page_size'?"),
    ENTRY + "  settings:\n    api_token: hunter2\n": (5, "'api_token' is secret and stands here in the clear"),
    ENTRY + "  settings:\n    summary_file: x\n": (5, "'summary_file' is what the fleet itself sets"),
    ENTRY + "  secrets:\n    api_token: hunter2\n": (5, "must say where the secret comes from"),
    ENTRY + "  secrets:\n    api_token: {env: A-B}\n": (5, "must say where the secret comes from"),
    ENTRY + "  secrets:\n    api_key: {env: A}\n": (5, "tap-rootly has no setting 'api_key'"),
    ENTRY + "  pool: shard\n": (4, "the pool 'shard' is not among 'pools'"),
    ENTRY + "  secrets: {api_token: {env: K}}\n- name: b\n  tap: tap-rootly\n  secrets:\n    api_token: {env: K}\n": (
        8,
        "the account 'b' has the key of the account in entry 1, and they share its limit",
    ),
}

RIGHT = """
defaults: {schedule: H * * * *, retries: 3, retry_delay: 90s, time_limit: 2h}
loader:
  settings: {host: db.example.com, port: 5432, user: loader, database: warehouse}
  secrets: {password: {connection: warehouse}}
models: {schedule: 0 * * * *}
pools: {emea: 1}
accounts:
- name: acme
  tap: tap-rootly
  settings: {start_date: 2024-01-01T00:00:00Z, page_size: 50}
  select: ["*.*"]
  secrets: {api_token: {env: ACME}}
- {name: emea-1, tap: tap-instatus, pool: emea, secrets: {api_key: {connection: emea, field: token}}}
- name: emea-2
  tap: tap-instatus
  pool: emea
  schedule: H/15 * * * *
  secrets: {api_key: {connection: emea, field: token}}
- {name: page, tap: tap-statuspages, settings: {provider: sigryl}, schedule: null, paused: true}
"""


@pytest.mark.parametrize(("text", "line", "sentence"), [(text, *told) for text, told in MISTAKES.items()])
def test_a_mistake_is_told_with_its_line(text: str, line: int, sentence: str) -> None:
    findings = check(text, PROJECT)
    assert [finding.line for finding in findings if sentence in finding.text] == [line], findings
    assert len(findings) == 1, findings


def test_a_secret_that_stands_in_the_clear_is_not_repeated() -> None:
    findings = check(f"{ENTRY}  secrets:\n    api_token: hunter2\n", PROJECT)
    assert not [finding for finding in findings if "hunter2" in finding.text]


def test_a_right_file_has_nothing_wrong() -> None:
    assert check(RIGHT, PROJECT) == []


@pytest.mark.parametrize(
    "text", ["- a\n", "3\n", "accounts: 3\n", "accounts: [3, null]\n", "defaults: x\naccounts: []\n"]
)
def test_a_file_of_another_shape_is_told_and_nothing_breaks(text: str) -> None:
    assert check(text, PROJECT)

"""`status-fleet` tells what somebody has to mend in a line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from status_fleet.cli import main

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = """
pools: {emea: 1}
accounts:
- {name: acme, tap: tap-rootly, secrets: {api_token: {env: NOT_THERE}}}
- {name: wrong, tap: tap-rootly, schedule: hourly}
- {name: linked, tap: tap-rootly, secrets: {api_token: {connection: of-airflow}}}
- {name: unknown, tap: tap-rotly}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATUS_FLEET_PROJECT", str(REPOSITORY))
    monkeypatch.setenv("STATUS_FLEET_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("STATUS_FLEET_ACCOUNTS", str(tmp_path / "accounts.yml"))
    (tmp_path / "accounts.yml").write_text(FILE)
    return tmp_path / "accounts.yml"


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> str | int | None:
    monkeypatch.setattr(sys, "argv", ["status-fleet", *map(str, arguments)])
    with pytest.raises(SystemExit) as raised:
        main()
    return raised.value.code


@pytest.mark.parametrize(
    ("account", "line"),
    [
        ("acme", "has no variable NOT_THERE"),
        ("linked", "the connection 'of-airflow' is known to Airflow alone"),
        ("unknown", "has no tap 'tap-rotly'"),
    ],
)
def test_an_account_that_cannot_be_loaded_says_why(
    account: str, line: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file.exists()
    assert line in str(ended(monkeypatch, "run", account))


@pytest.mark.parametrize(("account", "line"), [("nobody", "no account of that name"), ("wrong", "no cron expression")])
def test_an_account_that_is_not_there_or_not_understood_is_told(
    account: str, line: str, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert file.exists()
    assert ended(monkeypatch, "run", account) == 1
    assert line in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.unlink()
    assert str(file) in str(ended(monkeypatch, "run", "acme"))
    assert str(file) in str(ended(monkeypatch, "pools", file))


def test_a_check_tells_each_mistake_with_file_and_line(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "check", file) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in told] == [f"{file}:{number}" for number in (5, 7)]


def test_pools_are_told_as_airflow_reads_them(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "pools", file) == 0
    assert '"emea": {' in capsys.readouterr().out

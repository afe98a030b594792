from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests
from sandbox.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def sandbox_process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            yield process, [process.stdout.readline() for _ in range(3)]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_tells_where_it_serves_and_ends_well(number: signal.Signals) -> None:
    with sandbox_process("--rows", "incidents=3", "templates=0", "--seed", "5") as (process, lines):
        names = [line.split()[0] for line in lines]
        url = lines[0].split()[1]
        token = re.search(r"full=(\S+)", lines[0])
        assert names == ["cachet", "cachet-older", "cachet-v2"]
        assert token is not None
        headers = {"Authorization": f"Bearer {token[1]}"}
        assert requests.get(f"{url}/subscribers", headers=headers, timeout=5).status_code == 200
        assert requests.get(f"{url}/incident-templates", timeout=5).json()["data"] == []
        process.send_signal(number)
        assert process.wait(10) == 0


def test_limits_and_latency_are_options() -> None:
    with sandbox_process("--rate-limit", "1", "--latency", "0.1", "--rows", "incidents=1") as (_, lines):
        url = f"{lines[0].split()[1]}/ping"
        first, second = requests.get(url, timeout=5), requests.get(url, timeout=5)
    assert first.elapsed.total_seconds() >= 0.1
    assert (first.status_code, second.status_code) == (200, 429)


def test_help_names_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "incidents=240" in capsys.readouterr().out


def test_an_unknown_table_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rows", "cats=3"])
    assert "there is no size cats" in capsys.readouterr().err

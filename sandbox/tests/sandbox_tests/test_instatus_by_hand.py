from __future__ import annotations

import subprocess
import sys

import pytest
import requests
from sandbox.__main__ import main


def test_the_command_tells_where_instatus_is_and_with_which_keys() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--rows", "instatus.incidents=3", "incidents=2"]
    with subprocess.Popen([*command, "instatus.pages=1"], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if line.startswith("instatus "))
            _, url, *named = line.split()
            told = dict(each.split("=", 1) for each in named)
            headers = {"Authorization": f"Bearer {told['owner']}", "Content-Type": "application/json"}
            pages = requests.get(f"{url}/v2/pages?per_page=100", headers=headers, timeout=5).json()
            counts = [
                len(answer.json())
                for page in pages
                if (answer := requests.get(f"{url}/v1/{page['id']}/incidents", headers=headers, timeout=5)).ok
            ]
            summary = told["pages"].replace("{subdomain}", "status-1") + "/summary.json"
            public = requests.get(summary, timeout=5)
        finally:
            process.kill()
    # The later of two sizes holds.
    assert counts == [2]
    assert public.ok


def test_a_size_is_asked_of_one_api_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for unknown in ("instatus.points=3", "nobody.incidents=3", "instatus.=3"):
        with pytest.raises(SystemExit):
            main(["--rows", unknown])
        assert f"there is no size {unknown.partition('=')[0]}" in capsys.readouterr().err

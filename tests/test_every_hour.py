"""Crontab, systemd units and workflow, which the documentation gives whole, are what they should be."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.documents import fences
from tests.support.project import REPOSITORY

DOCUMENT = "docs/every-hour.md"
FILES = {fence.file: fence.text for fence in fences(DOCUMENT) if fence.file}
UNITS = {Path(name).name: text for name, text in FILES.items() if name.startswith("/etc/systemd/")}
LINE = re.compile(r"(?P<time>(?:[\d*]+\s+){5})(?P<command>.*)")
PINNED = re.compile(r"uses: (?P<action>[\w/-]+)@(?P<commit>[0-9a-f]{40}) # v[\d.]+")


def jobs() -> set[str]:
    return {job["name"] for job in yaml.safe_load((REPOSITORY / "meltano.yml").read_text())["jobs"]}


def crontab_lines() -> list[re.Match[str]]:
    lines = [line for line in FILES["crontab"].splitlines() if line and line[0] in "0123456789*"]
    return [match for line in lines if (match := LINE.fullmatch(line))]


def settings() -> set[str]:
    """The variables of all settings of the plugins of this project."""
    found = set()
    for lock in REPOSITORY.glob("plugins/*/*.lock"):
        plugin = json.loads(lock.read_text())
        prefix = plugin["name"].upper().replace("-", "_")
        found |= {f"{prefix}_{setting['name'].upper()}" for setting in plugin.get("settings", ())}
    return found


def test_each_line_of_the_crontab_runs_a_job_of_the_project_behind_the_lock() -> None:
    assert len(crontab_lines()) == 2
    for line in crontab_lines():
        command = line["command"]
        assert "%" not in command, "cron ends the command there"
        job = re.search(r"flock --timeout 1800 output/\.lock \.venv/bin/meltano --environment=prod run (\S+)", command)
        assert job, command
        assert job[1] in jobs()
        log, shown = re.search(r">>(\S+) 2>&1 \|\| tail -n 30 (\S+)$", command).groups()  # type: ignore[union-attr]
        assert log == shown


def test_the_jobs_of_the_units_are_jobs_of_the_project() -> None:
    text = (REPOSITORY / DOCUMENT).read_text()
    named = re.findall(r"status-taps(?:-hourly|-daily)?@([a-z-]+)\.(?:service|timer)", text)
    assert named
    assert set(named) <= jobs()


def test_systemd_has_nothing_to_say_against_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("no systemd is installed (Debian: apt-get install systemd)")
    for name, text in UNITS.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(  # noqa: S603
        [program, "verify", *(tmp_path / name for name in UNITS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_unit_that_another_one_names_is_there() -> None:
    named = {
        match.replace("%i", "")
        for text in UNITS.values()
        for match in re.findall(r"^(?:Unit|OnFailure)=(\S+)$", text, re.MULTILINE)
    }
    assert named == {"status-taps@.service", "status-taps-failed@.service"}
    assert named <= set(UNITS)


def test_the_workflow_runs_one_load_at_a_time_and_may_only_read() -> None:
    workflow = yaml.safe_load(FILES[".github/workflows/hourly.yml"])
    assert workflow["concurrency"] == {"group": "hourly", "cancel-in-progress": False}
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}, "YAML takes `on` for true"
    assert job["steps"][-1]["run"].removeprefix(".venv/bin/meltano run ") in jobs()
    assert {name for name in job["env"] if not name.startswith("MELTANO_")} <= settings()


def test_the_workflow_pins_the_actions_that_the_project_pins() -> None:
    ours = {
        (match["action"], match["commit"])
        for file in (REPOSITORY / ".github/workflows").glob("*.yml")
        for match in PINNED.finditer(file.read_text())
    }
    text = FILES[".github/workflows/hourly.yml"]
    theirs = {(match["action"], match["commit"]) for match in PINNED.finditer(text)}
    assert len(theirs) == text.count("uses:")
    assert theirs <= ours

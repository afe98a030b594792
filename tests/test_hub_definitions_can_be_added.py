"""Meltano adds each plugin to a project from its definition for the Hub."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import yaml
from maintenance.hub.__main__ import HUB
from maintenance.packages.package import published

from tests.support.meltano_process import run_meltano
from tests.support.project import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

DEFINITIONS = sorted(HUB.glob("_data/meltano/*/*/*.yml"))


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.parent.name)
def test_meltano_adds_the_plugin_from_its_definition(file: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "meltano.yml").write_text("send_anonymous_usage_stats: false\n")
    name = file.parent.name
    kind = file.parents[1].name
    options = ["--no-install", f"--from-ref={file}", f"--plugin-type={kind.removesuffix('s')}"]
    exit_code, printed = run_meltano(["--no-environment", "add", *options, name], project, clean_environment({}))
    assert exit_code == 0, printed
    added = yaml.safe_load((project / "meltano.yml").read_text())["plugins"][kind]
    distribution = next(package.distribution for package in published() if package.name == name)
    assert [(plugin["name"], plugin["pip_url"]) for plugin in added] == [(name, distribution)]
    shutil.rmtree(project)

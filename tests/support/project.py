"""A Meltano project of the tests' own, so that they touch neither the user's state nor their database."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.meltano_process import run_meltano
from tests.support.programs import stand_in

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent
COMPILES = 'UV_COMPILE_BYTECODE: "1"'
"""What the project file has for all plugins."""


def clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the process environment without anybody's settings of taps, loaders, dbt and Meltano.

    Args:
        settings: Variables to add.
    """
    foreign = ("MELTANO_", "TAP_", "TARGET_", "DBT_")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(foreign)}, **settings}


class MeltanoProject:
    """A copy of the repository's ``meltano.yml`` and its definitions of plugins, beside links to its packages.

    Args:
        root: An empty folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copy(REPOSITORY / "meltano.yml", root)
        shutil.copytree(REPOSITORY / "plugins", root / "plugins")
        for package in REPOSITORY.glob("*/pyproject.toml"):
            (root / package.parent.name).symlink_to(package.parent, target_is_directory=True)

    def install_uncompiled(self, *taps: str) -> None:
        """Install taps whose environments are compiled as they are imported, which a third of the modules are.

        Args:
            taps: Their names.
        """
        file = self.root / "meltano.yml"
        text = file.read_text()
        for tap in taps:
            packages = f'-e "$MELTANO_PROJECT_ROOT/singer-fanout" -e "$MELTANO_PROJECT_ROOT/{tap}"'
            assert f"--compile {packages}" in text
            # Another option in its place: with one, a tap is discovered once.
            text = text.replace(f"--compile {packages}", f"--quiet {packages}")
        assert COMPILES in text
        file.write_text(text.replace(COMPILES, COMPILES.replace("1", "0")))
        self("install", *taps)
        file.write_text(text)

    def quicken(self) -> None:
        """Let forks stand in for the programs of the plugins, in the environments that are installed."""
        for executable in self.root.glob(".meltano/*/*/venv/bin/t*-*"):
            if executable.name == executable.parents[2].name:
                stand_in(executable)

    def __call__(self, *arguments: str, **settings: str) -> str:
        """Run one Meltano command to its end.

        Args:
            arguments: What follows ``meltano`` on the command line.
            settings: Environment variables.

        Returns:
            What it printed, log included.

        Raises:
            AssertionError: It failed; the text is what it printed.
        """
        command = ["--log-format=uncolored", *arguments]
        exit_code, printed = run_meltano(command, self.root, clean_environment(settings))
        if exit_code != 0:
            raise AssertionError(f"meltano {' '.join(arguments)} exited {exit_code}:\n{printed}")
        return printed

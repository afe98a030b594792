"""Trees of this project's code, each with an environment made by its own `make setup`: the first release, and today's.

They are made from their files alone and run in a shell where Python may not write bytecode, as in many containers: all
bytecode in them was compiled during installation, not by an earlier run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.paths import CACHE, ROOT
from bench.processes import SHOWN_OF_A_LOG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST_RELEASE = "fee0c23b50cb6ca0a8315e6adacec770628f938d"
"""The code of the first release, 0.1.0, as the baseline."""
NOT_FOR_PAIRS = (
    "MELTANO_",
    "TAP_",
    "TARGET_",
    "PYTHON",
    "VIRTUAL_ENV",
    "UV_COMPILE_BYTECODE",
    "UV_PROJECT_",
    "MAKE",
    "MFLAGS",
)
"""Prefixes of variables that would bring another tree's settings, environment or make options into a tree."""
NOT_FOR_TAPS = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
"""Variables of developers that slow Python down: by half a second per start, and by a system call per message."""


class MissingCommitError(Exception):
    """The clone lacks the commit to compare with."""


@dataclass(frozen=True)
class Tree:
    """A folder with the project's code, and the environment made by its `make setup`.

    Attributes:
        root: The folder.
        programs: The folder of its executables.
        environment: The variables that its programs run with.
    """

    root: Path
    programs: Path
    environment: Mapping[str, str]

    def program(self, name: str) -> str:
        """The path of an executable in the tree's environment."""
        return str(self.programs / name)


HERE = Tree(
    ROOT,
    Path(sys.executable).parent,
    {name: value for name, value in os.environ.items() if name not in NOT_FOR_TAPS},
)
"""The tree that the benchmarks run in, as it is."""


def first_release() -> Tree:
    """The first release, checked out and set up in the cache on first use.

    Raises:
        MissingCommitError: This clone is too shallow to include it.
        RuntimeError: Its setup failed.
    """
    root = CACHE / FIRST_RELEASE[:7]
    if not (root / ".git").exists():
        if not _succeeds(["git", "cat-file", "-e", f"{FIRST_RELEASE}^{{commit}}"]):
            raise MissingCommitError(
                f"commit {FIRST_RELEASE[:7]}, which it compares with, is not in this clone: git fetch --unshallow"
            )
        # Without force git refuses a registered worktree whose folder is gone.
        _check(["git", "worktree", "add", "--quiet", "--force", "--detach", str(root), FIRST_RELEASE])
    for bytecode in [*root.rglob("__pycache__")]:
        # Left by somebody who used the tree by hand: its own setup leaves none.
        shutil.rmtree(bytecode)
    return _set_up(root)


def this(root: Path) -> Tree:
    """The current files of this tree, copied to a new folder and set up there.

    Args:
        root: The folder.

    Raises:
        RuntimeError: Its setup failed.
    """
    names = _check(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0")
    for name in filter(None, names):
        file = ROOT / name
        # A deleted file that is not committed yet is still listed.
        if file.is_symlink() or file.exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, root / name, follow_symlinks=False)
    return _set_up(root)


def _set_up(root: Path) -> Tree:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_PAIRS)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    _check(["make", "-C", str(root), "setup", f"PYTHON={sys.executable}"], environment)
    return Tree(root, root / ".venv" / "bin", environment)


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0  # noqa: S603 - git


def _check(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return its output; raise if it fails."""
    done = subprocess.run(  # noqa: S603 - git and make
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-SHOWN_OF_A_LOG:]}")
    return done.stdout

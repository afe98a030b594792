"""An environment with one package and its dependencies only, as on a user's machine."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maintenance.packages.programs import UV, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

IMPORT_ALL = """\
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
        print(module.name)
"""


@dataclass(frozen=True)
class Environment:
    """An environment in which one wheel is installed.

    Attributes:
        folder: Its folder. Programs run there, and see neither this repository nor its variables.
    """

    folder: Path

    def run(
        self, program: str, *arguments: str, settings: Mapping[str, str] | None = None, given: str | None = None
    ) -> str:
        """Run a program of the environment; return its standard output.

        Args:
            program: Its name.
            arguments: Its arguments.
            settings: Environment variables for it.
            given: Its standard input.

        Raises:
            Failed: Its exit code was not 0.
        """
        variables = {"PATH": os.defpath, "HOME": str(self.folder), "LANG": "C.UTF-8", **(settings or {})}
        return run([self.folder / "bin" / program, *arguments], folder=self.folder, environment=variables, given=given)

    def import_all(self, module: str) -> list[str]:
        """Import every module of a package, which fails if it uses an undeclared dependency.

        Args:
            module: The name of the package.

        Returns:
            The names of its modules.

        Raises:
            Failed: One of them cannot be imported.
        """
        return self.run("python", "-c", IMPORT_ALL, module).split()

    def installed(self) -> list[str]:
        """The names of all distributions in it."""
        listed = run([UV, "pip", "list", "--quiet", "--format=freeze", "--python", self.folder])
        return [line.partition("==")[0] for line in listed.splitlines()]


def install(wheel: Path, folder: Path, *, beside: Iterable[Path] = (), constraints: Path | None = None) -> Environment:
    """Install a wheel into a new environment; its dependencies come from PyPI.

    Args:
        wheel: The wheel.
        folder: Folder for the environment.
        beside: Wheels of dependencies, which are used instead of those on PyPI.
        constraints: A file of versions to install; without it the newest that fit.

    Returns:
        The environment.

    Raises:
        Failed: It cannot be installed.
    """
    run([UV, "venv", "--quiet", "--python", sys.executable, folder])
    options = [f"--constraints={constraints}"] if constraints is not None else []
    # Only what is started there gets compiled, which is less than everything.
    variables = {**os.environ, "UV_COMPILE_BYTECODE": "0"}
    run([UV, "pip", "install", "--quiet", f"--python={folder}", *options, wheel, *beside], environment=variables)
    return Environment(folder)


def locked(repository: Path, file: Path) -> Path:
    """Write the versions that the repository is locked to as a constraints file; return the file.

    Args:
        repository: The root of the repository.
        file: The file to write.
    """
    options = ["--quiet", "--frozen", "--all-packages", "--all-groups", "--no-emit-workspace", "--no-hashes"]
    file.write_text(run([UV, "export", *options, f"--project={repository}"]))
    return file

"""Builds a package, and lets twine check the files for PyPI."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maintenance.packages.programs import UV, run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from maintenance.packages.package import Package


@dataclass(frozen=True)
class Built:
    """The two files of a release.

    Attributes:
        sdist: The source archive.
        wheel: The wheel, built from the source archive alone.
    """

    sdist: Path
    wheel: Path


def build(package: Package, folder: Path) -> Built:
    """Build a package: the source archive, and the wheel from it.

    Args:
        package: The package.
        folder: Folder for the files; created if missing.

    Raises:
        Failed: The build failed.
    """
    options = ["--no-sources", "--no-create-gitignore", f"--python={sys.executable}", f"--out-dir={folder}"]
    run([UV, "build", *options, package.folder])
    stem = f"{_stem(package)}-{package.version}"
    return Built(sdist=folder / f"{stem}.tar.gz", wheel=folder / f"{stem}-py3-none-any.whl")


def discard_former(package: Package, folder: Path) -> None:
    """Remove earlier builds of a package, of any version.

    Args:
        package: The package.
        folder: The folder of the builds.
    """
    for former in (*folder.glob(f"{_stem(package)}-*.tar.gz"), *folder.glob(f"{_stem(package)}-*.whl")):
        former.unlink()


def _stem(package: Package) -> str:
    return package.distribution.replace("-", "_")


def check_upload(built: Iterable[Built]) -> None:
    """Let twine check that PyPI would accept the files and could render their descriptions.

    Args:
        built: The files.

    Raises:
        Failed: Twine reports an error or a warning.
    """
    files = [file for each in built for file in (each.sdist, each.wheel)]
    run([sys.executable, "-m", "twine", "--no-color", "check", "--strict", *files])

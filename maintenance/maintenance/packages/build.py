"""Build a package, and let twine look at what PyPI would be given."""

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
        wheel: What is installed; built from the source archive and nothing else.
    """

    sdist: Path
    wheel: Path


def build(package: Package, folder: Path) -> Built:
    """Build a package: the source archive, and the wheel from it.

    Args:
        package: The package.
        folder: Where the files go; it is made where it is missing.

    Raises:
        Failed: It could not be built.
    """
    options = ["--no-sources", "--no-create-gitignore", f"--python={sys.executable}", f"--out-dir={folder}"]
    run([UV, "build", *options, package.folder])
    stem = f"{_stem(package)}-{package.version}"
    return Built(sdist=folder / f"{stem}.tar.gz", wheel=folder / f"{stem}-py3-none-any.whl")


def discard_former(package: Package, folder: Path) -> None:
    """Remove what was built of a package before, in whatever version.

    Args:
        package: The package.
        folder: Where it was built.
    """
    for former in (*folder.glob(f"{_stem(package)}-*.tar.gz"), *folder.glob(f"{_stem(package)}-*.whl")):
        former.unlink()


def _stem(package: Package) -> str:
    return package.distribution.replace("-", "_")


def check_upload(built: Iterable[Built]) -> None:
    """Let twine check that PyPI would take the files, and could show their descriptions.

    Args:
        built: The files.

    Raises:
        Failed: Twine does not like one of them, or warns of it.
    """
    files = [file for each in built for file in (each.sdist, each.wheel)]
    run([sys.executable, "-m", "twine", "--no-color", "check", "--strict", *files])

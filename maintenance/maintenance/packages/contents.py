"""Checks the contents of a release: the whole package, and nothing else."""

from __future__ import annotations

import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maintenance.packages.build import Built
    from maintenance.packages.package import Package

WRITTEN_BY_THE_BUILDER = {"PKG-INFO", "pyproject.toml.orig"}


def violations(package: Package, built: Built) -> list[str]:
    """The errors in the contents, one line each.

    Args:
        package: The package.
        built: Its built files.
    """
    return [
        *(f"the wheel {problem}" for problem in wheel_violations(package, built)),
        *(f"the source archive {problem}" for problem in sdist_violations(package, built)),
    ]


def wheel_violations(package: Package, built: Built) -> list[str]:
    """The errors in the wheel: it contains exactly what users install.

    Args:
        package: The package.
        built: Its built files.
    """
    about = f"{built.wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"
    with zipfile.ZipFile(built.wheel) as wheel:
        files = {name for name in wheel.namelist() if not name.endswith("/")}
        metadata = wheel.read(f"{about}/METADATA").decode()
    code = {name for name in files if not name.startswith(f"{about}/")}
    problems = _difference(code, package.files)
    if f"{package.module}/py.typed" not in files:
        problems.append("does not say that it has types (py.typed)")
    if f"{about}/licenses/LICENSE" not in files:
        problems.append("lacks the LICENSE")
    if (package.folder / "README.md").read_text().strip() not in metadata:
        problems.append("does not show the README as its description")
    return problems


def sdist_violations(package: Package, built: Built) -> list[str]:
    """The errors in the source archive: it has to suffice to build the wheel, and has to include the documents.

    Args:
        package: The package.
        built: Its built files.
    """
    with tarfile.open(built.sdist) as sdist:
        files = {member.name.partition("/")[2] for member in sdist if not member.isdir()}
    optional = {name for name in ("meltano.yml",) if (package.folder / name).is_file()}
    wanted = package.files | {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} | optional
    return _difference(files - WRITTEN_BY_THE_BUILDER, wanted)


def _difference(files: set[str], wanted: set[str]) -> list[str]:
    return [
        *(f"lacks {name}" for name in sorted(wanted - files)),
        *(f"should not hold {name}" for name in sorted(files - wanted)),
    ]

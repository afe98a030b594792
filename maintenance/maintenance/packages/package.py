"""A package of this repository, as its project file describes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REPOSITORY = Path(__file__).resolve().parents[3]
PRIVATE = "Private :: Do Not Upload"
DOCUMENTS = ("README.md", "LICENSE", "CHANGELOG.md")
"""Files that every package includes besides its code."""


@dataclass(frozen=True)
class Package:
    """A package that is published.

    Attributes:
        folder: Its folder, whose name is the prefix of its release tags.
    """

    folder: Path

    @cached_property
    def project(self) -> Mapping[str, Any]:
        """The table `project` of its project file."""
        return self._settings["project"]  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """The name of its folder, such as `target-duckdb`."""
        return self.folder.name

    @property
    def distribution(self) -> str:
        """Its name on PyPI, such as `singer-target-duckdb`."""
        return str(self.project["name"])

    @property
    def version(self) -> str:
        """Its version, such as `0.1.0`."""
        return str(self.project["version"])

    @property
    def tag(self) -> str:
        """The tag that releases this version, such as `target-duckdb-v0.1.0`."""
        return f"{self.name}-v{self.version}"

    @property
    def programs(self) -> list[str]:
        """The commands that it installs."""
        return list(self.project.get("scripts", ()))

    @cached_property
    def module(self) -> str:
        """The name under which it is imported."""
        return str(self._settings["tool"]["uv"]["build-backend"]["module-name"])

    @property
    def files(self) -> set[str]:
        """The files of its code, data and types, as paths relative to its folder."""
        return {
            file.relative_to(self.folder).as_posix()
            for file in (self.folder / self.module).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }

    def siblings(self, packages: Iterable[Package]) -> list[tuple[Package, Requirement]]:
        """Its requirements that are packages of this repository.

        Args:
            packages: The packages of the repository.
        """
        known = {canonicalize_name(package.distribution): package for package in packages}
        required = map(Requirement, self.project["dependencies"])
        return [(known[name], each) for each in required if (name := canonicalize_name(each.name)) in known]

    @cached_property
    def _settings(self) -> Mapping[str, Any]:
        return tomlkit.parse((self.folder / "pyproject.toml").read_text()).unwrap()


def published(repository: Path = REPOSITORY) -> list[Package]:
    """The packages that are published: the members of the workspace that are not marked as private.

    Args:
        repository: The root of the repository.
    """
    workspace = tomlkit.parse((repository / "pyproject.toml").read_text()).unwrap()
    members = workspace["tool"]["uv"]["workspace"]["members"]
    packages = [Package(repository / member) for member in members]
    return [package for package in packages if PRIVATE not in package.project["classifiers"]]

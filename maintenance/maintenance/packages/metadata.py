"""Writes the publisher and the addresses from hub/publisher.yml into each project file.

`package-metadata [--check]`. So PyPI and Meltano Hub get their addresses from the same source.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import tomlkit
import yaml

from maintenance.packages.package import REPOSITORY, published

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 1 if `--check` finds a file that is not current."""
    description = "Write authors and addresses into the packages' project files, from hub/publisher.yml."
    parser = argparse.ArgumentParser(prog="package-metadata", description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is not current")
    check = parser.parse_args(arguments).check
    stale = outdated(REPOSITORY)
    for file, text in stale.items():
        name = file.relative_to(REPOSITORY)
        if check:
            print(f"{name} is not current; run package-metadata", file=sys.stderr)  # noqa: T201
        else:
            file.write_text(text)
            print(f"wrote {name}")  # noqa: T201
    return 1 if check and stale else 0


def outdated(repository: Path) -> dict[Path, str]:
    """The project files that differ from hub/publisher.yml, with the text that they should have.

    Args:
        repository: The root of the repository.
    """
    publisher = yaml.safe_load((repository / "hub" / "publisher.yml").read_text())
    stale = {}
    for package in published(repository):
        file = package.folder / "pyproject.toml"
        text = file.read_text()
        current = signed(text, publisher, package.name)
        if current != text:
            stale[file] = current
    return stale


def signed(text: str, publisher: Mapping[str, Any], folder: str) -> str:
    """A project file with authors and addresses filled in; everything else stays, including comments.

    Args:
        text: The project file.
        publisher: The publisher: label, repo.
        folder: The package's folder in the repository.
    """
    document = tomlkit.parse(text)
    project: Any = document["project"]
    author = {"name": publisher["label"]}
    if project.get("authors") != [author]:
        line = tomlkit.inline_table()
        line.update(author)
        project["authors"] = tomlkit.array()
        project["authors"].append(line)
    wanted = addresses(publisher["repo"], folder)
    if "urls" in project:
        project["urls"].update(wanted)
    else:
        project["urls"] = tomlkit.table()
        project["urls"].update(wanted)
        project["urls"].add(tomlkit.nl())
    return tomlkit.dumps(document)


def addresses(repo: str, folder: str) -> dict[str, str]:
    """The addresses that PyPI shows beside a package, with the labels that PyPI knows.

    Args:
        repo: The address of the repository.
        folder: The package's folder in it.
    """
    files = f"{repo}/blob/main/{folder}"
    return {
        "Homepage": f"{repo}/tree/main/{folder}",
        "Documentation": f"{files}/README.md",
        "Changelog": f"{files}/CHANGELOG.md",
        "Issues": f"{repo}/issues",
        "Source": repo,
    }


if __name__ == "__main__":
    raise SystemExit(main())

"""Merges the changelogs of all packages into one text, by version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

VERSION = re.compile(r"^## (?P<version>\S+)(?P<rest>[^\n]*)\n(?P<text>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
KIND = re.compile(r"^### (?P<kind>.+)$", re.MULTILINE)


def changes(repository: Path) -> str:
    """The changes, newest version first, and in each version by package.

    Args:
        repository: The root of the repository.
    """
    versions: dict[str, dict[str, tuple[str, str]]] = {}
    for file in sorted(repository.glob("*/CHANGELOG.md")):
        for match in VERSION.finditer(file.read_text()):
            packages = versions.setdefault(match["version"].strip("[]"), {})
            packages[file.parent.name] = (match["rest"].strip(" -"), match["text"].strip())
    parts = []
    for version in sorted(versions, key=_order, reverse=True):
        parts.append(f"## {version}")
        for package, (date, text) in versions[version].items():
            parts.append(f"### {package} {version}" + (f", {date}" if date else ""))
            parts.append(KIND.sub(r"**\g<kind>**", text))
    return "\n\n".join(parts)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))

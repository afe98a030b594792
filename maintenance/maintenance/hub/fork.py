"""Adds the definitions to a clone of the Hub's repository: new files, and entries in its two long lists."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LISTS = ("default_variants.yml", "maintainers.yml")


def bring(hub: Path, fork: Path) -> list[Path]:
    """Copy the definitions and the logos, and add the missing entries to the lists.

    A plugin that has a default variant there keeps it: choosing the default is up to the Hub.

    Args:
        hub: The folder of this repository with the same layout as the Hub's.
        fork: The root of a clone of the Hub's repository.

    Returns:
        The files that were added or changed, as paths relative to the clone.

    Raises:
        FileNotFoundError: The folder is not a clone of the Hub's repository.
    """
    texts = lists_of(fork)
    copied = [file for pattern in ("_data/meltano/*/*/*.yml", "static/**/*.png") for file in sorted(hub.glob(pattern))]
    changed = []
    for file in copied:
        there = fork / file.relative_to(hub)
        if not there.is_file() or there.read_bytes() != file.read_bytes():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, there)
            changed.append(there.relative_to(fork))
    for name, text in texts.items():
        ours = yaml.safe_load((hub / "_data" / name).read_text())
        nested = ours.items() if name == "default_variants.yml" else [(None, ours)]
        merged = text
        for section, entries in nested:
            merged = with_entries(merged, section, entries)
        if merged != text:
            (fork / "_data" / name).write_text(merged)
            changed.append((fork / "_data" / name).relative_to(fork))
    return changed


def lists_of(fork: Path) -> dict[str, str]:
    """The texts of the two lists, by their names.

    Args:
        fork: The root of a clone of the Hub's repository.

    Raises:
        FileNotFoundError: The folder is not a clone of the Hub's repository.
    """
    return {name: (fork / "_data" / name).read_text() for name in LISTS}


def with_entries(text: str, section: str | None, entries: Mapping[str, object]) -> str:
    """Add entries to a sorted YAML mapping, each in its alphabetical place; no other line changes.

    Args:
        text: The mapping.
        section: The key whose value gets the entries; None for the mapping itself.
        entries: What to add; entries whose key exists are skipped.
    """
    lines = text.splitlines(keepends=True)
    indent = "" if section is None else "  "
    for key, value in entries.items():
        places = _keys(lines, section, indent)
        if key in places:
            continue
        later = [place for other, place in places.items() if other and other > key]
        block = yaml.safe_dump({key: value}, allow_unicode=True).splitlines(keepends=True)
        at = min(later, default=places[""])
        lines[at:at] = [indent + line for line in block]
    return "".join(lines)


def _keys(lines: list[str], section: str | None, indent: str) -> dict[str, int]:
    """The line of each key of a mapping, and under "" the line after its end."""
    inside = section is None
    found: dict[str, int] = {}
    for place, line in enumerate(lines):
        key = line.partition(":")[0]
        if section is not None and not line.startswith((" ", "\n", "#")):
            if inside:
                return {**found, "": place}
            inside = key == section
        elif inside and key.startswith(indent) and not key[len(indent) :].startswith((" ", "\n", "#")):
            found[key.strip()] = place
    return {**found, "": len(lines)}

"""The tables in a tap's README say what the tap itself says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.plugins import TAPS, about, discovered
from tests.support.project import REPOSITORY

MOST_NAMED = 30
"""A row that names more streams than that is not read."""

# Every tap has these from the SDK, whose documentation describes them.
OF_THE_SDK = ("stream_map", "faker_", "flattening_", "batch_")


def setting_rows(tap: str) -> list[str]:
    """One table row for each of the tap's own settings: name, default, description."""
    rows = []
    for name, schema in about(tap)["settings"]["properties"].items():
        if name.startswith(OF_THE_SDK):
            continue
        default: Any = schema.get("default")
        shown = "" if default is None else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        rows.append(f"| `{name}` | {shown} | {schema['description']} |")
    return rows


def stream_rows(tap: str) -> list[str]:
    """How the table row of each stream begins: name, key, replication."""
    return [
        f"| `{stream['tap_stream_id']}` | {', '.join(f'`{key}`' for key in stream['key_properties'])} "
        f"| {stream['replication_method'].lower().replace('_', ' ')} |"
        for stream in discovered(tap)["streams"]
    ]


def lines(tap: str) -> list[str]:
    return (REPOSITORY / tap / "README.md").read_text().splitlines()


@pytest.mark.parametrize("tap", TAPS)
def test_the_readme_lists_every_setting_of_the_tap_as_the_tap_describes_it(tap: str) -> None:
    missing = [row for row in setting_rows(tap) if row not in lines(tap)]
    assert not missing, "\n".join(["the README lacks:", *missing])


@pytest.mark.parametrize("tap", TAPS)
def test_the_readme_lists_every_stream_with_its_key_and_replication(tap: str) -> None:
    missing = [row for row in stream_rows(tap) if not any(line.startswith(row) for line in lines(tap))]
    assert not missing, "\n".join(["the README lacks rows that begin with:", *missing])


@pytest.mark.parametrize("tap", TAPS)
def test_the_root_readme_names_every_stream_of_the_tap_or_counts_them(tap: str) -> None:
    text = (REPOSITORY / "README.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith(f"| [`{tap}`]"))
    names = [stream["tap_stream_id"] for stream in discovered(tap)["streams"]]
    if len(names) > MOST_NAMED:
        assert f"{len(names)} streams" in row
    else:
        assert [name for name in names if f"`{name}`" not in row] == []


def test_every_configuration_of_the_loader_that_is_shown_names_a_schema() -> None:
    """Tables of two sources that meet in one schema would share their rows. The fleet sets one for each account."""
    packages = [page for page in REPOSITORY.glob("*/README.md") if page.parent.name != "fleet"]
    pages = [REPOSITORY / "README.md", *packages, *(REPOSITORY / "docs").rglob("*.md")]
    shown = [
        (page, snippet)
        for page in pages
        for snippet in re.findall(r"^```.*?^```", page.read_text(), re.MULTILINE | re.DOTALL)
        if re.search(r"\bfilepath\b", snippet)
    ]
    assert shown
    assert [found for found in shown if "default_target_schema" not in found[1]] == []

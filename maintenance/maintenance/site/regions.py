"""Hand-written pages with generated regions: the text between two comments is generated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

BEGIN = "<!-- generated: {name} -->"
END = "<!-- generated: end -->"
REGION = re.compile(r"^<!-- generated: (?P<name>[a-z ]+) -->\n.*?^<!-- generated: end -->$", re.DOTALL | re.MULTILINE)


class UnknownRegionError(Exception):
    """A page has a region that no code generates."""


def filled(text: str, made: Mapping[str, Callable[[], str]]) -> str:
    """Fill in the regions of a page.

    Args:
        text: The page.
        made: The function that makes each region, by its name.

    Raises:
        UnknownRegionError: There is no function for a region of the page.
    """

    def region(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in made:
            raise UnknownRegionError(f"nobody generates '{name}'; what there is: {', '.join(sorted(made))}")
        return f"{BEGIN.format(name=name)}\n\n{made[name]().strip()}\n\n{END}"

    return REGION.sub(region, text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table.

    Args:
        head: Its header row.
        rows: The cells of its rows.
    """
    lines = [_line(head), "|---" * len(head) + "|", *map(_line, rows)]
    return "\n".join(lines)


def cell(text: str) -> str:
    """Escape a text for a table cell.

    Args:
        text: The text.
    """
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _line(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {text} " if text else " " for text in cells) + "|"

"""Facts about streams that only READMEs contain: their headings, and how many requests they cost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADING = re.compile(r"^#{2,3} (?P<heading>.+)$")
ROW = re.compile(r"^\| `(?P<stream>[a-z_]+)` \| [^|]* \| (?:full table|incremental) \| (?P<cost>[^|]*) \|")
NOTE = re.compile(r"^(?P<mark>[¹²³⁴⁵])\s(?P<text>.+?)(?=\n\n|\n[¹²³⁴⁵]\s|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Costs:
    """The costs of the streams of one product, from a README.

    Attributes:
        chapters: The cost of each stream, by its heading and its name.
        notes: The meaning of the marks in these costs.
    """

    chapters: Mapping[str, Mapping[str, str]]
    notes: Mapping[str, str]


def costs(readme: str, product: str | None = None) -> Costs:
    """Read the costs of streams from a README.

    Args:
        readme: The README.
        product: Only streams under headings that end in this word; None for all.
    """
    chapters: dict[str, dict[str, str]] = {}
    heading = ""
    for line in readme.splitlines():
        if match := HEADING.match(line):
            heading = match["heading"]
        elif (match := ROW.match(line)) and (product is None or heading.endswith(f" {product}")):
            chapters.setdefault(heading, {})[match["stream"]] = match["cost"].strip()
    used = {mark for chapter in chapters.values() for cost in chapter.values() for mark in cost}
    notes = {match["mark"]: " ".join(match["text"].split()) for match in NOTE.finditer(readme) if match["mark"] in used}
    return Costs(chapters, notes)

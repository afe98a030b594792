"""What only the READMEs tell of streams: the headings under which they stand, and how many requests they cost."""

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
    """What a README tells of the streams of one product.

    Attributes:
        chapters: The cost of each stream, by the heading that it stands under and its name.
        notes: What the marks in these costs stand for.
    """

    chapters: Mapping[str, Mapping[str, str]]
    notes: Mapping[str, str]


def costs(readme: str, product: str | None = None) -> Costs:
    """What a README tells of its streams.

    Args:
        readme: The README.
        product: Only those under headings that end in this word.
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

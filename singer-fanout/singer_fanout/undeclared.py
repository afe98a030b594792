"""The column `undeclared`: what the API sends and a stream's schema does not know, for whoever wants it all the same.

A schema is also the list of what was found to be harmless. What it lacks may be a secret, so whatever looks like one
stays out at any depth: that is less than the certainty which there is without this column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNDECLARED = "undeclared"
COLUMN = {
    "description": "Fields that the API sent and this schema lacks, by their names, without what looks like a secret.",
    "type": ["object", "null"],
}
SECRET_NAME = re.compile(
    r"url|slug|hook|token|key|secret|passw|passphrase|passcode|credential|authoriz|cookie", re.IGNORECASE
)
"""What a name speaks of that opens a door."""
ADDRESS = re.compile(r"\W*(?:[a-z][a-z0-9+.-]*:)?//\S|\W*www\.|\W*[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?/\S", re.IGNORECASE)
"""How a URL begins, with or without its scheme, alone or in quotes and brackets."""


def with_undeclared(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with the column."""
    return {**schema, "properties": {**schema["properties"], UNDECLARED: COLUMN}}


class Leftovers:
    """What the schema lacks of one record after the other.

    Args:
        is_secret: Whether a field of this name must never leave the tap, whatever else its name says.
    """

    def __init__(self, is_secret: Callable[[str], bool]) -> None:
        self._is_secret = is_secret
        self._found: dict[str, Any] = {}

    def add(self, path: str, value: Any, *, listed: bool) -> bool:
        """Keep a field of the record; returns whether anything of it may be kept.

        Args:
            path: Its name, after those of the objects around it.
            value: What was sent.
            listed: Whether it stands in objects of a list, so that there may be several: all their values are kept.
        """
        if self._hides(path) or self._hides(path.rpartition(".")[2]) or _is_address(value):
            return False
        harmless = self._harmless(value)
        if listed:
            self._found.setdefault(path, []).append(harmless)
        else:
            self._found[path] = harmless
        return True

    def take(self) -> dict[str, Any]:
        """The fields that were kept since this was asked last."""
        found, self._found = self._found, {}
        return found

    def _harmless(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: self._harmless(inner)
                for name, inner in value.items()
                if not self._hides(name) and not _is_address(name) and not _is_address(inner)
            }
        if isinstance(value, list):
            return [self._harmless(item) for item in value if not _is_address(item)]
        return value

    def _hides(self, name: str) -> bool:
        return SECRET_NAME.search(name) is not None or self._is_secret(name)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and ADDRESS.match(value) is not None

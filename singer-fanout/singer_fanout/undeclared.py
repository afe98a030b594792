"""The optional column `undeclared`: fields that the API sends and the stream's schema lacks.

A schema is also the list of fields known to be harmless. Any other may be a secret, so whatever looks like one is left
out at any depth: a weaker guarantee than that without this column.
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
"""Words in the names of fields that hold credentials."""
ADDRESS = re.compile(r"\W*(?:[a-z][a-z0-9+.-]*:)?//\S|\W*www\.|\W*[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?/\S", re.IGNORECASE)
"""The start of a URL, with or without its scheme, alone or in quotes or brackets."""


def with_undeclared(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with the column added."""
    return {**schema, "properties": {**schema["properties"], UNDECLARED: COLUMN}}


class Leftovers:
    """Collects the undeclared fields of one record after the other.

    Args:
        is_secret: Whether a field of this name must never leave the tap.
    """

    def __init__(self, is_secret: Callable[[str], bool]) -> None:
        self._is_secret = is_secret
        self._found: dict[str, Any] = {}

    def add(self, path: str, value: Any, *, listed: bool) -> bool:
        """Keep a field of the record, if it may be; returns whether anything of it was.

        Args:
            path: Its path.
            value: What was sent.
            listed: Whether it is inside the objects of a list, so that there may be several: all values are kept.
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
        """Return the fields kept since the last call."""
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

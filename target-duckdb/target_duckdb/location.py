"""The location of the database, and the part of it that may be shown: a path may hold a token."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from target_duckdb.errors import DatabaseError

_MEMORY = ":memory:"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # a single letter is a drive
_MOTHERDUCK = {"md", "motherduck"}
_TOKEN = "motherduck_token"  # noqa: S105 - the parameter's name


@dataclass(frozen=True)
class Location:
    """Where to connect to a database.

    Attributes:
        address: What DuckDB connects to. It holds no token.
        shown: The location as shown in messages.
        token: The MotherDuck token; None if none is needed.
    """

    address: str
    shown: str
    token: str | None = field(default=None, repr=False)

    @property
    def file(self) -> Path | None:
        """The database file; None if the database is in memory or on MotherDuck."""
        return None if self.address.startswith(_MEMORY) or _SCHEME.match(self.address) else Path(self.address)


def locate(filepath: str, token: str | None = None) -> Location:
    """Parse the setting ``filepath``.

    Args:
        filepath: A path, in which ``~`` stands for the home directory, ``:memory:``, or ``md:`` and the name of a
            MotherDuck database, with or without a token.
        token: The MotherDuck token, which takes precedence over one in the path.

    Returns:
        The location.

    Raises:
        DatabaseError: It is not a location that can be written to.
    """
    scheme = _SCHEME.match(filepath)
    if scheme is None:
        if filepath.startswith(_MEMORY):
            return Location(filepath, filepath)
        try:
            path = str(Path(filepath).expanduser())
        except RuntimeError as error:
            raise DatabaseError(f"filepath: no home directory is known for {filepath}") from error
        return Location(path, path)
    if scheme[1].lower() in _MOTHERDUCK:
        return _motherduck(filepath, token)
    hint = "write the path alone" if scheme[1].lower() == "file" else "load into a file and copy it"
    # What follows the scheme may hold credentials.
    raise DatabaseError(f"filepath: {scheme[1]}: is not supported, only local files and md: are; {hint}")


def _motherduck(filepath: str, token: str | None) -> Location:
    address, _, query = filepath.partition("?")
    options = parse_qsl(query, keep_blank_values=True)
    for name, value in options:
        if name.lower() == _TOKEN:
            token = token or value
    rest = urlencode([(name, value) for name, value in options if name.lower() != _TOKEN])
    return Location(f"{address}?{rest}" if rest else address, address, token)

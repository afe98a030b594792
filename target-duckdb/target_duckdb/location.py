"""The location of the database, and the part of it that may be shown: a path may hold credentials."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from target_duckdb.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = ":memory:"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # a single letter is a drive
_MOTHERDUCK = {"md", "motherduck"}
_TOKEN = "motherduck_token"  # noqa: S105 - the parameter's name
_DUCKLAKE = "ducklake"
_POSTGRES = "postgres"
_LIBPQ_PARAMETER = re.compile(r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)+)")
_SHOWN_PARAMETERS = ("host", "hostaddr", "port", "dbname")
_PASSWORDS = {"password", "sslpassword"}


@dataclass(frozen=True)
class Location:
    """Where to connect to a database.

    Attributes:
        address: What DuckDB connects to, or, for a lake, the database of its catalog, as DuckLake spells it. It holds
            no MotherDuck token, but it may hold the password of a catalog.
        shown: The location as shown in messages.
        token: The MotherDuck token; None if none is needed.
        is_lake: Whether it is the catalog of a DuckLake.
        secrets: What must not be shown of it.
    """

    address: str = field(repr=False)
    shown: str
    token: str | None = field(default=None, repr=False)
    is_lake: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def file(self) -> Path | None:
        """The database file; None if the database is in memory or on a server."""
        return None if self.address.startswith(_MEMORY) or _SCHEME.match(self.address) else Path(self.address)


def locate(filepath: str, token: str | None = None) -> Location:
    """Parse the setting ``filepath``.

    Args:
        filepath: A path, in which ``~`` stands for the home directory, ``:memory:``, ``md:`` and the name of a
            MotherDuck database, with or without a token, or ``ducklake:`` and the catalog of a lake.
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
        path = _expanded(filepath)
        return Location(path, path)
    if scheme[1].lower() in _MOTHERDUCK:
        return _motherduck(filepath, token)
    if scheme[1].lower() == _DUCKLAKE:
        return _lake(filepath[scheme.end() :])
    hint = "write the path alone" if scheme[1].lower() == "file" else "load into a file and copy it"
    # What follows the scheme may hold credentials.
    raise DatabaseError(
        f"filepath: {scheme[1]}: is not supported, only local files, md: and ducklake: are; {hint}",
    )


def _expanded(filepath: str) -> str:
    try:
        return str(Path(filepath).expanduser())
    except RuntimeError as error:
        raise DatabaseError(f"filepath: no home directory is known for {filepath}") from error


def _motherduck(filepath: str, token: str | None) -> Location:
    address, _, query = filepath.partition("?")
    options = parse_qsl(query, keep_blank_values=True)
    for name, value in options:
        if name.lower() == _TOKEN:
            token = token or value
    rest = urlencode([(name, value) for name, value in options if name.lower() != _TOKEN])
    return Location(f"{address}?{rest}" if rest else address, address, token, secrets=(token,) if token else ())


def _lake(catalog: str) -> Location:
    kind = _SCHEME.match(catalog)
    if kind is None:
        if not catalog or catalog.startswith(_MEMORY):
            raise DatabaseError("filepath: ducklake: needs a catalog, a file or postgres: and a connection string")
        # Without a directory DuckLake takes a name for that of a secret.
        path = str(Path(_expanded(catalog)).absolute())
        return Location(path, f"ducklake:{path}", is_lake=True)
    if kind[1].lower() != _POSTGRES:
        # In a catalog that several programs can open, something has to keep them from writing the same rows twice.
        raise DatabaseError(
            f"filepath: ducklake:{kind[1]}: is not supported; the catalog is a DuckDB file, or postgres: with a"
            " connection string"
        )
    rest = catalog[kind.end() :]
    parameters = dict(_from_uri(rest) if "://" in rest else _from_libpq(rest))
    shown = " ".join(f"{name}={parameters[name]}" for name in _SHOWN_PARAMETERS if parameters.get(name))
    secrets = tuple(filter(None, (rest, *(parameters.get(name) for name in _PASSWORDS))))
    return Location(f"postgres:{rest}", f"ducklake:postgres:{shown}", is_lake=True, secrets=secrets)


def _from_libpq(text: str) -> Iterator[tuple[str, str]]:
    """The parameters of a libpq connection string."""
    for name, value in _LIBPQ_PARAMETER.findall(text):
        yield name, re.sub(r"\\(.)", r"\1", value[1:-1] if value.startswith("'") else value)


def _from_uri(text: str) -> Iterator[tuple[str, str]]:
    """The parameters of a connection URI."""
    try:
        parts = urlsplit(text)
        yield "password", unquote(parts.password or "")
        yield from (("host", parts.hostname or ""), ("dbname", parts.path[1:]))
        yield "port", str(parts.port or "")
    except ValueError:
        return  # libpq reports what is wrong with it
    yield from parse_qsl(parts.query)

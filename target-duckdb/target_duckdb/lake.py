"""A DuckLake: tables as Parquet files in a folder or a bucket, and a catalog that lists them in a database."""

from __future__ import annotations

import itertools
import os
import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb

from target_duckdb import extensions
from target_duckdb.errors import DatabaseError
from target_duckdb.lake_storage import LakeStorage
from target_duckdb.locks import TableLocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from target_duckdb.location import Location

NAME = "lake"
"""DuckDB's name for the lake while it is attached."""
_S3 = "s3://"
_POSTGRES = "postgres:"
_SECONDS_TO_WAIT = 600
_ATTEMPTS = 10
_CREATED_BY_ANOTHER = re.compile(r"Failed to initialize DuckLake.*(?:already exists|duplicate key)", re.DOTALL)
_ENVIRONMENT = {
    "key_id": ("AWS_ACCESS_KEY_ID",),
    "secret": ("AWS_SECRET_ACCESS_KEY",),
    "session_token": ("AWS_SESSION_TOKEN",),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
}


class Lake:
    """Connects to a lake.

    Args:
        location: Where its catalog is.
        config: The settings of the target.

    Attributes:
        storage: What it keeps tables in.

    Raises:
        DatabaseError: The settings contradict each other.
    """

    def __init__(self, location: Location, config: Mapping[str, Any]) -> None:
        self.storage = LakeStorage()
        self._location = location
        self._data_path = _data_path(config.get("data_path"))
        self._s3 = _s3(config)

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach the lake, and use it from here on. A lake that does not exist is created.

        Args:
            connection: A connection to a database in memory.
        """
        for name in self._extensions():
            extensions.load(connection, name)
        if self._reads_bucket:
            connection.execute(self._secret_sql())
        options = ["DATA_INLINING_ROW_LIMIT 0"]
        if self._data_path is not None:
            options.append(f"DATA_PATH {_literal(self._data_path)}")
        _attach(connection, f"{_literal(f'ducklake:{self._location.address}')} AS {NAME} ({', '.join(options)})")
        connection.execute(f"USE {NAME}")

    def locks(
        self, connection: duckdb.DuckDBPyConnection, timeout: float, while_waiting: Callable[[], None]
    ) -> TableLocks | None:
        """What keeps loaders apart that write to the same table.

        Args:
            connection: A connection to DuckDB that nothing else uses.
            timeout: Seconds to wait for another loader; 0 for ten minutes.
            while_waiting: Called while waiting for it. An exception it raises ends the wait.

        Returns:
            The locks of tables; None where a single program has access to the catalog.
        """
        if not self._location.address.startswith(_POSTGRES):
            return None
        return TableLocks(connection, f"__ducklake_metadata_{NAME}", timeout or _SECONDS_TO_WAIT, while_waiting)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown in messages."""
        return tuple(self._s3[name] for name in ("secret", "session_token") if name in self._s3)

    @property
    def _reads_bucket(self) -> bool:
        return self._data_path is not None and self._data_path.startswith(_S3)

    def _extensions(self) -> Iterator[str]:
        yield "ducklake"
        catalog = self._location.address.partition(":")[0]
        if catalog in {"postgres", "sqlite"}:
            yield f"{catalog}_scanner"
        if self._reads_bucket:
            yield "httpfs"

    def _secret_sql(self) -> str:
        parameters = "".join(f", {name.upper()} {_literal(value)}" for name, value in self._s3.items())
        return f"CREATE SECRET (TYPE s3{parameters})"


def _attach(connection: duckdb.DuckDBPyConnection, what: str) -> None:
    """Attach a lake, again if another program has created it meanwhile."""
    for attempt in itertools.count(1):
        try:
            connection.execute(f"ATTACH {what}")
            break
        except duckdb.Error as error:
            if attempt == _ATTEMPTS or not _CREATED_BY_ANOTHER.search(str(error)):
                raise
        time.sleep(random.uniform(0, 0.5))  # noqa: S311 - no secret


def _data_path(text: str | None) -> str | None:
    if text is None:
        return None
    if text.lower().startswith(_S3):
        return _S3 + text[len(_S3) :]
    if "://" in text:
        raise DatabaseError("data_path is a folder, or s3:// with a bucket and a prefix")
    return str(Path(text).expanduser().absolute())


def _s3(config: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of DuckDB's secret for the bucket, from the settings and from the environment."""
    found: dict[str, str] = {}
    for name in ("key_id", "secret", "session_token", "region", "url_style"):
        value = config.get(f"s3_{name}") or next(filter(None, map(os.environ.get, _ENVIRONMENT.get(name, ()))), None)
        if value:
            found[name] = value
    endpoint = config.get("s3_endpoint")
    if endpoint:
        parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        found |= {"endpoint": parts.netloc, "use_ssl": str(parts.scheme != "http").lower()}
        found.setdefault("url_style", "path")
    return found


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

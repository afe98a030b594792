"""A DuckLake: tables as Parquet files in a folder or a bucket, and a catalog that lists them in a database."""

from __future__ import annotations

import itertools
import os
import random
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb

from target_duckdb import extensions
from target_duckdb.errors import DatabaseError
from target_duckdb.lake_files import LakeFiles
from target_duckdb.lake_storage import LakeStorage
from target_duckdb.locks import TableLocks
from target_duckdb.names import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from target_duckdb.location import Location

NAME = "lake"
"""DuckDB's name for the lake while it is attached."""
_FIRST_VERSION = (1, 5)
"""The extension of older versions ends the process where the type of a column is changed."""
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
_CREDENTIALS = ("key_id", "secret", "session_token")
_OTHER_DATA_PATH = re.compile(r'does not match existing data path in the catalog "(.*)"')


class Lake:
    """Connects to a lake.

    Args:
        location: Where its catalog is.
        config: The settings of the target.

    Attributes:
        storage: What it keeps tables in.
        files: Keeps its files few.

    Raises:
        DatabaseError: The data path is not one that can be written to.
    """

    def __init__(self, location: Location, config: Mapping[str, Any]) -> None:
        self.storage = LakeStorage()
        self.files = LakeFiles(NAME, config.get("expire_older_than_days"))
        self._location = location
        self._data_path = _data_path(config.get("data_path"))
        self._bucket = _Bucket(config)
        self._is_in_bucket = (self._data_path or "").startswith(_S3) or any(
            value is not None for name, value in config.items() if name.startswith("s3_")
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown in messages."""
        return self._bucket.secrets

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach the lake, and use it from here on. A lake that does not exist is created.

        Args:
            connection: A connection to a database in memory.

        Raises:
            duckdb.Error: DuckDB cannot attach it; the message is about what has failed, not about how.
            DatabaseError: DuckDB is too old, an extension is missing, or the data path is missing or not the catalog's.
        """
        if tuple(map(int, duckdb.__version__.split(".")[:2])) < _FIRST_VERSION:
            raise DatabaseError(f"lakes need DuckDB 1.5 or newer, and this is {duckdb.__version__}")
        extensions.load(connection, "ducklake")
        if self._location.address.startswith(_POSTGRES):
            extensions.load(connection, "postgres_scanner")
        if self._is_in_bucket:
            self._bucket.open(connection)
        try:
            self._attach(connection)
        except duckdb.Error as error:
            if self._is_in_bucket or "httpfs" not in str(error):
                raise self._explained(error) from None
            # The catalog says that the files are in a bucket.
            self._bucket.open(connection)
            self._attach(connection)
        connection.execute(f"USE {NAME}")
        # DuckDB would make a folder in the working directory.
        spilled = self._location.file or Path(tempfile.gettempdir()) / f"target-duckdb-{os.getpid()}"
        connection.execute(f"SET temp_directory = {literal(f'{spilled}.tmp')}")

    def _attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        # Rows in the catalog would be cast by its own database, which does not know all of DuckDB's types.
        options = ["DATA_INLINING_ROW_LIMIT 0"]
        if self._data_path is not None:
            options.append(f"DATA_PATH {literal(self._data_path)}")
        attach = f"ATTACH {literal(f'ducklake:{self._location.address}')} AS {NAME} ({', '.join(options)})"
        for attempt in itertools.count(1):
            try:
                connection.execute(attach)
                break
            except duckdb.Error as error:
                if attempt == _ATTEMPTS or not _CREATED_BY_ANOTHER.search(str(error)):
                    raise
            time.sleep(random.uniform(0, 0.5))  # noqa: S311 - no secret

    def locks(
        self, connection: duckdb.DuckDBPyConnection, timeout: float, while_waiting: Callable[[], None]
    ) -> TableLocks | None:
        """What keeps loaders apart that write to the same table.

        Args:
            connection: The connection to the lake.
            timeout: Seconds to wait for another loader; 0 for ten minutes.
            while_waiting: Called while waiting for it. An exception it raises ends the wait.

        Returns:
            The locks of tables; None where a single program has access to the catalog.
        """
        if not self._location.address.startswith(_POSTGRES):
            return None
        return TableLocks(
            connection.cursor(), f"__ducklake_metadata_{NAME}", timeout or _SECONDS_TO_WAIT, while_waiting
        )

    def _explained(self, error: duckdb.Error) -> Exception:
        text = str(error)
        if other := _OTHER_DATA_PATH.search(text):
            return DatabaseError(
                f"data_path is {self._data_path}, but the catalog of {self._location.shown} says {other[1]}: leave"
                " data_path out, or set another filepath"
            )
        if "data_path is not set" in text:
            return DatabaseError(
                f"there is no lake in {self._location.shown} yet: set data_path, a folder or s3:// with a bucket and a"
                " prefix, to make one"
            )
        address = self._location.address
        for prelude in (f'at path + "{address}"', f'Unable to connect to Postgres at "{address.partition(":")[2]}": '):
            text = text.rpartition(prelude)[2]
        return type(error)(text.strip())


class _Bucket:
    """Access to a bucket, from the settings, else from the environment, else from what DuckDB itself finds."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._parameters = dict(_given(config))
        names = _CREDENTIALS if "key_id" not in self._parameters else ()
        for name in (*names, "region"):
            value = next(filter(None, map(os.environ.get, _ENVIRONMENT[name])), None)
            if value and name not in self._parameters:
                self._parameters[name] = value

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown in messages."""
        return tuple(self._parameters[name] for name in ("secret", "session_token") if name in self._parameters)

    def open(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give a connection access to the bucket.

        Args:
            connection: The connection.
        """
        extensions.load(connection, "httpfs")
        provider = ""
        if "key_id" not in self._parameters:
            provider = ", PROVIDER credential_chain"
            try:
                extensions.load(connection, "aws")
            except DatabaseError:
                return  # the bucket may be public, or a persistent secret give access to it
        parameters = "".join(f", {name.upper()} {literal(value)}" for name, value in self._parameters.items())
        connection.execute(f"CREATE SECRET (TYPE s3{provider}{parameters})")


def _given(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters of DuckDB's secret that are set."""
    endpoint = config.get("s3_endpoint")
    if endpoint:
        parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        yield from (("endpoint", parts.netloc), ("use_ssl", str(parts.scheme != "http").lower()), ("url_style", "path"))
    for name in (*_CREDENTIALS, "region", "url_style"):
        if value := config.get(f"s3_{name}"):
            yield name, value


def _data_path(text: str | None) -> str | None:
    """The data path as the catalog is to know it, the same from every working directory."""
    if text is None:
        return None
    if text.lower().startswith(_S3):
        return _S3 + text[len(_S3) :]
    if "://" in text:
        raise DatabaseError("data_path: only folders and s3:// are supported")
    try:
        return str(Path(text).expanduser().absolute())
    except RuntimeError as error:
        raise DatabaseError(f"data_path: no home directory is known for {text}") from error

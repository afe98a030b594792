"""What dbt needs before it can attach a lake: DuckDB's extensions, and the key of the bucket."""  # noqa: INP001

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dbt.adapters.duckdb.plugins import BasePlugin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

EXTENSIONS = ("ducklake", "postgres_scanner", "httpfs")
OF_THE_BUCKET = ("key_id", "secret", "region", "endpoint")


class Plugin(BasePlugin):
    """Gives dbt's connection to DuckDB what a lake needs."""

    def initialize(self, plugin_config: dict[str, str]) -> None:
        """Keep the configuration.

        Args:
            plugin_config: Key, secret, region and endpoint of the bucket, empty where it has none, and dbt's settings.
        """
        self._given = {name: plugin_config[name] for name in OF_THE_BUCKET if plugin_config.get(name)}

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Load the extensions, from Python packages where they are installed, and create the secret.

        Args:
            conn: The connection.
        """
        version = conn.execute("SELECT library_version FROM pragma_version()").fetchall()[0][0]
        for name in EXTENSIONS:
            packaged = next(_packaged(version, name), None)
            if packaged is None:
                conn.install_extension(name)
            conn.load_extension(name if packaged is None else str(packaged))
        if self._given:
            listed = ", ".join(
                f"{name.upper()} '{value.replace(chr(39), chr(39) * 2)}'" for name, value in self._secret()
            )
            conn.execute(f"CREATE SECRET (TYPE s3, {listed})")

    def _secret(self) -> Iterator[tuple[str, str]]:
        for name, value in self._given.items():
            if name != "endpoint":
                yield name, value
                continue
            server = urlsplit(value if "://" in value else f"https://{value}")
            yield from (("endpoint", server.netloc), ("url_style", "path"))
            yield "use_ssl", str(server.scheme != "http").lower()


def _packaged(version: str, name: str) -> Iterator[Path]:
    spec = find_spec(f"duckdb_extension_{name}")
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder) / "extensions" / version / f"{name}.duckdb_extension"
        if file.is_file():
            yield file

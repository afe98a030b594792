from __future__ import annotations

import duckdb
import pytest
from duckdb_extensions import import_extension


@pytest.mark.parametrize("extension", ["ducklake", "httpfs", "postgres_scanner"])
def test_an_extension_is_installed_without_the_network(extension: str, tmp_path: object) -> None:
    with duckdb.connect(config={"extension_directory": str(tmp_path)}) as connection:
        import_extension(extension, con=connection)
        connection.execute(f"LOAD {extension}")

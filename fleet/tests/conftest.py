"""What the tests share: a PostgreSQL server for locks and records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from status_fleet.records import create_table

from tests.support.postgresql import HOST, USER, PostgresServer, server_programs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """Address of a fleet's database."""
    programs = server_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with PostgresServer(programs) as server:
        address = f"postgresql://{USER}:pa%24word@{HOST}:{server.port}/{server.create_database()}"
        with psycopg.connect(address) as connection:
            create_table(connection)
        yield address

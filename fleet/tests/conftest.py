"""What the tests share: a PostgreSQL server for locks and records."""

from __future__ import annotations

import psycopg
import pytest
from status_fleet.records import create_table

from tests.support.postgres_fixture import postgres_server  # noqa: F401 - a fixture
from tests.support.postgresql import HOST, USER, PostgresServer


@pytest.fixture(scope="session")
def database(postgres: PostgresServer) -> str:
    """Address of a fleet's database."""
    address = f"postgresql://{USER}:pa%24word@{HOST}:{postgres.port}/{postgres.create_database()}"
    with psycopg.connect(address) as connection:
        create_table(connection)
    return address

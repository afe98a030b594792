"""The PostgreSQL server of a test session, as a fixture for all folders with tests that need one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgresql import PostgresServer, server_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_SERVER = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"


@pytest.fixture(scope="session", name="postgres")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL server."""
    programs = server_programs()
    if programs is None:
        pytest.skip(NO_SERVER)
    with PostgresServer(programs) as server:
        yield server

"""What the tests with lakes share: a PostgreSQL server for catalogs, a bucket for data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgresql import PostgresServer, server_programs
from tests.support.s3 import S3Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL server."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    with PostgresServer(programs) as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A running server that speaks S3."""
    with S3Server() as server:
        yield server

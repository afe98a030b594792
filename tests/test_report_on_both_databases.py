"""The page is the same, whether its marts are in DuckDB or in PostgreSQL."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from status_report.__main__ import main

from tests.support.postgresql import HOST, USER
from tests.support.project import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.postgresql import PostgresServer

sys.path.append(str(REPOSITORY / "report" / "tests"))

from report_tests.marts import NOW, a_year


def page(database: str, out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The page of a database, without the times that it took and what differs by the name of a file."""
    arguments = [f"--database={database}", f"--out={out}", f"--as-of={NOW.isoformat()}", "--timezone=Europe/Berlin"]
    main(arguments, standalone_mode=False)
    assert "Wrote" in capsys.readouterr().out
    return re.sub(r"<script>.*?</script>", "", out.read_text(), flags=re.DOTALL)


def test_the_page_is_the_same(postgres: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marts = a_year()
    name = postgres.create_database()
    with postgres.connect(name) as connection:
        for statement, values in marts.statements():
            connection.execute(statement.replace("?", "%s").encode(), values)

    of_duckdb = page(str(marts.write(tmp_path / "marts.duckdb")), tmp_path / "duckdb.html", capsys)
    of_postgresql = page(f"postgresql://{USER}@{HOST}:{postgres.port}/{name}", tmp_path / "postgresql.html", capsys)

    assert of_duckdb == of_postgresql

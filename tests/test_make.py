"""What `make` does with what people type, and with what they would miss."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import duckdb

from tests.support.project import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

MAKE = shutil.which("make") or "make"


def make(folder: Path, *arguments: str, out: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """What `make` did; it does not install the project again, whatever is older than its files."""
    return subprocess.run(  # noqa: S603 - the tests' own words
        [MAKE, "--no-print-directory", "--old-file=.venv/.ready", *arguments],
        cwd=folder,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_a_query_goes_to_any_database_as_it_was_typed(tmp_path: Path) -> None:
    database = tmp_path / "own.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE prices (name VARCHAR); INSERT INTO prices VALUES ('$HOME costs $$5')")

    query = "SQL=SELECT name AS \"it's $(name)\" FROM prices WHERE name LIKE '$HOME%'"
    asked = make(REPOSITORY, "query", f"DB={database}", query)

    assert asked.returncode == 0, asked.stderr
    assert "it's $(name)" in asked.stdout
    assert "$HOME costs $$5" in asked.stdout


def test_a_query_whose_reader_has_enough_ends_without_a_traceback(tmp_path: Path) -> None:
    database = tmp_path / "own.duckdb"
    duckdb.connect(str(database)).close()

    reader, writer = os.pipe()
    os.close(reader)
    try:
        asked = make(REPOSITORY, "query", f"DB={database}", "SQL=SELECT range FROM range(5)", out=writer)
    finally:
        os.close(writer)

    assert (asked.returncode, asked.stderr) == (0, "")


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    database = tmp_path / "nowhere.duckdb"

    asked = make(REPOSITORY, "query", f"DB={database}", "SQL=SELECT 1")

    assert asked.returncode != 0
    assert asked.stdout.splitlines() == [f"There is no database {database}."]
    assert not database.exists()


def test_clean_leaves_states_and_loaded_data(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((REPOSITORY / "Makefile").read_text())
    kept = [".meltano/meltano.db", ".meltano/meltano.db-wal", "output/warehouse.duckdb"]
    removed = [".meltano/run/x", ".meltano/extractors/x", ".venv/x", "output/demo.duckdb", "dist/x"]
    for name in (*kept, *removed):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert make(tmp_path, "clean").returncode == 0

    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"Makefile", *kept}

"""Lakes, as far as no extension of DuckDB is needed: where they are, their settings, and what is said without one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from target_duckdb import extensions
from target_duckdb.errors import DatabaseError
from target_duckdb.location import locate
from target_duckdb.target import TargetDuckDB

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "made-up-pass'word"
S3 = {"s3_key_id": "AKIA", "s3_secret": "made-up-secret"}


def test_the_catalog_of_a_lake_is_a_file_whose_path_holds_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for filepath, path in (("ducklake:a", "a"), ("DuckLake:b/c.ducklake", "b/c.ducklake"), ("ducklake:~/d", "home/d")):
        location = locate(filepath)
        assert (location.is_lake, location.file) == (True, tmp_path / path)
        assert location.shown == f"ducklake:{tmp_path / path}"


@pytest.mark.parametrize(
    ("catalog", "shown"),
    [
        ("host=db port=5433 dbname=lake user=me password='made-up-pass\\'word'", "host=db port=5433 dbname=lake"),
        ("password=made-up-pass\\'word dbname = lake", "dbname=lake"),
        ("postgresql://me:made-up-pass%27word@db:5433/lake", "host=db port=5433 dbname=lake"),
        ("postgres://db/lake?user=me&password=made-up-pass%27word", "host=db dbname=lake"),
        ("postgresql://me:made-up-pass%27word@db:port/lake", "host=db dbname=lake"),
        ("", ""),
    ],
)
def test_only_what_is_no_secret_is_shown_of_a_catalog_in_postgresql(catalog: str, shown: str) -> None:
    location = locate(f"ducklake:postgres:{catalog}")
    assert (location.is_lake, location.file, location.address) == (True, None, f"postgres:{catalog}")
    assert location.shown == f"ducklake:postgres:{shown}"
    assert "made-up" not in repr(location)
    assert location.secrets == ((catalog, PASSWORD) if catalog else ())


@pytest.mark.parametrize(
    "filepath", ["ducklake:", "ducklake::memory:", "ducklake:mysql:db=hidden", "ducklake:md:hidden"]
)
def test_what_cannot_hold_a_catalog_is_refused(warehouse: Any, say: Any, filepath: str) -> None:
    code, _, (line,) = warehouse.invoke(say.schema("t", {"id": {}}), filepath=filepath)
    assert (code, line.startswith("filepath: ducklake:"), "hidden" in line) == (1, True, False)


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"data_path": "x"}, ["data_path: only for lakes, whose filepath begins with ducklake:"]),
        (S3, ["s3_key_id, s3_secret: only for lakes, whose filepath begins with ducklake:"]),
        ({"expire_older_than_days": 1, "filepath": "md:x"}, ["expire_older_than_days: only for lakes"]),
        (
            {"filepath": "ducklake:x", "data_path": "folder", "s3_region": "r"},
            ["s3_region: only for buckets, whose data_path begins with s3://"],
        ),
        ({"filepath": "ducklake:x", "s3_key_id": "AKIA"}, ["s3_key_id and s3_secret belong together"]),
        ({"filepath": "ducklake:x", "s3_session_token": "made-up"}, ["s3_key_id and s3_secret belong together"]),
        ({"filepath": "ducklake:x", "data_path": "gs://bucket"}, ["data_path: only folders and s3:// are supported"]),
    ],
)
def test_settings_that_contradict_each_other_are_one_line(
    warehouse: Any, say: Any, settings: dict[str, Any], lines: list[str]
) -> None:
    code, _, errors = warehouse.invoke(say.schema("t", {"id": {}}), **settings)
    assert (code, len(errors)) == (1, len(lines))
    for error, line in zip(errors, lines, strict=True):
        assert re.match(line, error)


def test_settings_that_are_null_are_not_set(warehouse: Any, say: Any) -> None:
    nulls = dict.fromkeys((*S3, "data_path", "s3_region", "expire_older_than_days"))
    warehouse.load(say.schema("t", {"id": {}}), say.record("t", id=1), **nulls)
    assert warehouse.rows("SELECT count(*) FROM t") == [(1,)]


def test_duckdb_may_be_too_old_for_lakes(
    warehouse: Any, say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("target_duckdb.lake.duckdb.__version__", "1.4.9")
    code, _, lines = warehouse.invoke(say.schema("t", {"id": {}}), filepath=f"ducklake:{tmp_path / 'x'}")
    assert (code, lines) == (1, ["lakes need DuckDB 1.5 or newer, and this is 1.4.9"])


def test_secrets_of_a_bucket_are_marked_as_such() -> None:
    settings = TargetDuckDB.config_jsonschema["properties"]
    assert {name for name in settings if settings[name].get("secret") and name.startswith("s3_")} == {
        "s3_secret",
        "s3_session_token",
    }


@pytest.fixture
def offline(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that finds no extension outside of Python packages."""
    connection = duckdb.connect()
    connection.execute(f"SET extension_directory = '{tmp_path / 'installed'}'")
    connection.execute(f"SET custom_extension_repository = '{tmp_path / 'nowhere'}'")
    return connection


def made_up_package(tmp_path: Path, version: str) -> None:
    folder = tmp_path / "duckdb_extension_made_up" / "extensions" / version
    folder.mkdir(parents=True)
    (folder.parents[1] / "__init__.py").touch()
    (folder / "made_up.duckdb_extension").write_text("no extension")


def test_a_missing_extension_is_one_line_that_says_what_to_install(offline: duckdb.DuckDBPyConnection) -> None:
    number = duckdb.__version__
    with pytest.raises(DatabaseError, match=f"pip install duckdb=={number} duckdb-extension-made-up=={number}, or"):
        extensions.load(offline, "made_up")


def test_an_extension_for_another_version_says_which(
    offline: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up_package(tmp_path, "v0.9.0")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DatabaseError, match=r"the installed duckdb-extension-made-up is for DuckDB 0\.9\.0"):
        extensions.load(offline, "made_up")


def test_the_extension_of_a_package_goes_before_any_other(
    offline: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = offline.execute("SELECT library_version FROM pragma_version()").fetchall()[0][0]
    made_up_package(tmp_path, version)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DatabaseError, match=r"cannot load the extension made_up of its package: .*made_up\.duckdb_ext"):
        extensions.load(offline, "made_up")

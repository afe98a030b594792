"""What a start of the loader does without, and that it is there when it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest
from target_duckdb.deferred import deferred

if TYPE_CHECKING:
    from pathlib import Path

LOADED = """
import gc, sys
NOT_NEEDED = ("pyarrow.parquet", "joblib", "upath", "fsspec", "target_duckdb.lake")
from target_duckdb.__main__ import main
try:
    main()
finally:
    print(gc.isenabled(), *[name in sys.modules for name in NOT_NEEDED])
"""


def loaded(*arguments: str, messages: str = "") -> str:
    """What the loader prints, and what it has imported."""
    command = [sys.executable, "-c", LOADED, *arguments]
    done = subprocess.run(command, input=messages, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return done.stdout.splitlines()[-1]


def test_the_loader_starts_without_what_it_does_not_need_and_collects_garbage_after_it() -> None:
    assert loaded("--version") == "True False False False False False"


def test_the_loader_ends_without_complaints_of_what_it_has_imported() -> None:
    command = [sys.executable, "-m", "target_duckdb", "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    assert done.stderr == ""


def test_a_batch_brings_in_what_the_start_did_without(tmp_path: Path) -> None:
    (tmp_path / "batch.jsonl").write_text('{"id": 1}\n')
    (tmp_path / "config.json").write_text(json.dumps({"filepath": str(tmp_path / "x.duckdb")}))
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    lines = [
        {"type": "SCHEMA", "stream": "things", "schema": schema, "key_properties": ["id"]},
        {
            "type": "BATCH",
            "stream": "things",
            "encoding": {"format": "jsonl", "compression": "none"},
            "manifest": [(tmp_path / "batch.jsonl").as_uri()],
        },
    ]
    config = str(tmp_path / "config.json")
    collects, *_, lake = loaded("--config", config, messages="".join(json.dumps(line) + "\n" for line in lines)).split()
    assert (collects, lake) == ("True", "False")
    with duckdb.connect(str(tmp_path / "x.duckdb")) as database:
        assert database.sql("SELECT id FROM main.things").fetchall() == [(1,)]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that says when it is imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "put_off"
    folder.mkdir()
    (folder / "__init__.py").write_text("class Thing:\n    kind = 'thing'\n")
    (folder / "part.py").write_text("")
    return folder.name


def test_a_deferred_package_is_imported_when_something_of_it_is_used(package: str) -> None:
    with deferred(package):
        from put_off import Thing  # type: ignore[import-not-found]  # noqa: PLC0415
    assert package not in sys.modules
    thing = Thing()
    assert type(thing) is sys.modules[package].Thing
    assert isinstance(thing, Thing)
    assert Thing.kind == "thing"
    del sys.modules[package]


def test_a_deferred_class_is_a_class_to_whoever_asks(package: str) -> None:
    with deferred(package):
        from put_off import Thing  # noqa: PLC0415

    class Other(Thing):  # type: ignore[misc]
        pass

    assert isinstance(Other(), Thing)
    assert issubclass(Other, sys.modules.pop(package).Thing)


def test_a_module_of_a_deferred_package_is_not_there_until_the_package_is(package: str) -> None:
    with deferred(package), pytest.raises(ImportError):
        import put_off.part  # type: ignore[import-not-found]  # noqa: PLC0415
    import put_off.part  # noqa: PLC0415

    assert sys.modules.pop("put_off.part") is put_off.part
    del sys.modules[package]

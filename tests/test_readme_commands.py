"""Every command in the documents works, word for word, for somebody who has nothing but a clone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.support.documents import LANGUAGES, SHELL, Reader, commands, documents, fences, of_project, own_words
from tests.support.project import REPOSITORY, SCRIPTS, clean_environment
from tests.support.servers import a_box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox import Sandbox

ADDRESS = "git+https://github.com/status-taps/status-taps#"
SCHEMAS = {
    "tap-cachet": "cachet",
    "tap-instatus": "instatus",
    "tap-rootly": "rootly",
    "tap-statuspages": "sigryl",
    "target-duckdb": "first_tap",
}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with a_box() as sandbox:
        yield sandbox


# What is in the documents


@pytest.mark.parametrize("document", documents())
def test_every_block_says_what_it_is_written_in(document: str) -> None:
    unknown = [fence.where for fence in fences(document) if fence.language not in LANGUAGES]
    assert not unknown, f"begin these with ``` and one of {sorted(LANGUAGES)}; commands are {SHELL}"


def test_every_command_is_run_by_a_test_or_says_why_not() -> None:
    left = {document for document in documents() if commands(document)} - {*of_project(), *OF_PACKAGES}
    assert not left


# Packages


OF_PACKAGES = [*(f"{package}/README.md" for package in SCHEMAS), "report/README.md"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, as somebody has it who has cloned it just now."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    identity = ("-c", "user.name=Reader", "-c", "user.email=reader@example.com")
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message=All")):
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)  # noqa: S603, S607
    return folder


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine on which nothing is installed but Python, git and uv.

    `pip` and `python3 -m venv` are uv's, with all that it has fetched before: half a minute's work takes a second.
    """
    home = tmp_path_factory.mktemp("home")
    programs = home / "programs"
    programs.mkdir()
    uv = SCRIPTS / "uv"
    (programs / "uv").symlink_to(uv)
    python = sys.executable
    for name, script in {
        "python3": f'[ "$1 $2" = "-m venv" ] && exec uv venv --quiet --allow-existing --python {python} "$3"\n'
        f'exec {python} "$@"',
        "pip": 'exec uv pip "$@"',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    cache = subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    environment = {"HOME": str(home), "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin"}
    own = {"UV_CACHE_DIR": cache, "UV_PYTHON_DOWNLOADS": "never", "LC_ALL": "C.UTF-8"}
    # As uv does it for everybody who has not asked for more: Python compiles what is imported.
    own["UV_COMPILE_BYTECODE"] = "0"
    return {**clean_environment({}), **environment, **own}


@pytest.mark.parametrize("document", OF_PACKAGES)
def test_the_commands_of_a_package_work_in_an_empty_environment(
    document: str, clone: Path, machine: dict[str, str], box: Sandbox
) -> None:
    for name in ("state.json", "warehouse.duckdb"):
        (clone / name).unlink(missing_ok=True)
    Reader(clone, machine, {ADDRESS: f"git+file://{clone}#", **own_words(box)}).follow(document)

    package = document.partition("/")[0]
    if package not in SCHEMAS:
        return
    database = json.loads((clone / "target.json").read_text())["filepath"]
    with duckdb.connect(str(clone / database), read_only=True) as connection:
        loaded = connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND estimated_size > 0", [SCHEMAS[package]]
        ).fetchone()
    assert loaded != (0,)
    if package.startswith("tap-"):
        assert json.loads((clone / "state.json").read_text())["bookmarks"]

"""Every command for the whole project works, word for word: in its README, and on the pages that it leads to."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.support.documents import Reader, commands, of_project, own_words
from tests.support.meltano_command import linked_environment
from tests.support.project import REPOSITORY, clean_environment
from tests.support.servers import SERVERS, a_box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.project import MeltanoProject


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with a_box() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def project(meltano: MeltanoProject, box: Sandbox) -> Iterator[Path]:
    """The project of all tests, with what a clone has besides; what comes into being here is gone afterwards."""
    before = set(meltano.root.iterdir())
    # What the reader would write into the copy stands in the example.
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    own = "".join(
        f"TAP_{server.name.upper()}_{name.upper()}='{value}'\n"
        for server in SERVERS
        for name, value in server.address_and_key(box).items()
    )
    for name in (".env.example", ".env"):
        (meltano.root / name).write_text(example + own, encoding="utf-8")
    with linked_environment(meltano.root / ".venv"):
        yield meltano.root
    for path in set(meltano.root.iterdir()) - before:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@pytest.fixture(scope="module")
def reader(project: Path, box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Somebody who reads one document after the other."""
    # Their own states, because the project is shared.
    database = tmp_path_factory.mktemp("states") / "meltano.db"
    environment = clean_environment({"MELTANO_DATABASE_URI": f"sqlite:///{database}"})
    return Reader(project, environment, own_words(box))


@pytest.mark.parametrize("document", [document for document in of_project() if commands(document)])
def test_the_commands_work(document: str, reader: Reader) -> None:
    reader.follow(document)


def test_they_have_loaded_both_databases(project: Path, reader: Reader) -> None:  # noqa: ARG001 - it has read them
    for name in ("warehouse", "prod"):
        with duckdb.connect(str(project / "output" / f"{name}.duckdb"), read_only=True) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM cachet.components").fetchone() == (True,)

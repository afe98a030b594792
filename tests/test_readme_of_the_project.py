"""Every command in the README of the project works, word for word."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.support.documents import Reader, own_words
from tests.support.project import REPOSITORY, SCRIPTS, clean_environment
from tests.support.servers import a_box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.project import MeltanoProject

README = "README.md"


@pytest.fixture
def project(meltano: MeltanoProject) -> Iterator[Path]:
    """The project of all tests, with what a clone has besides; what comes into being here is gone afterwards."""
    before = set(meltano.root.iterdir())
    (meltano.root / ".venv").symlink_to(SCRIPTS.parent, target_is_directory=True)
    shutil.copy(REPOSITORY / ".env.example", meltano.root)
    yield meltano.root
    for path in set(meltano.root.iterdir()) - before:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def test_the_commands_of_the_project_work(project: Path, tmp_path: Path) -> None:
    with a_box() as box:
        environment = clean_environment(
            {
                "TAP_CACHET_API_URL": box.cachet.api_url,
                "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"],
                # Its own states, because the project is shared.
                "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
            }
        )
        Reader(project, environment, own_words(box)).follow(README)
    for name in ("warehouse", "prod"):
        with duckdb.connect(str(project / "output" / f"{name}.duckdb"), read_only=True) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM cachet.components").fetchone() == (True,)

"""What the tests of the page share: marts, a way to run the command, and a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from status_report.__main__ import main

from .browser import PROGRAM, Browser, running
from .marts import NOW, a_year

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .marts import Marts


@dataclass(frozen=True)
class Made:
    """What the command did.

    Attributes:
        code: Its exit code.
        said: What it printed.
        file: The page.
    """

    code: int
    said: str
    file: Path


def make(database: Path | str, out: Path, **options: str) -> Made:
    """Run the command as of the tests' now."""
    told = {"database": str(database), "out": str(out), "as-of": NOW.isoformat(), **options}
    result = CliRunner().invoke(main, [f"--{name}={value}" for name, value in told.items()])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Made(result.exit_code, result.output, out)


def page_of(marts: Marts, folder: Path, **options: str) -> Path:
    """Write marts and their page, and return the page's path."""
    made = make(marts.write(folder / "marts.duckdb"), folder / "report.html", **options)
    assert made.code == 0, made.said
    return made.file


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser without a network."""
    if PROGRAM is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with running(PROGRAM) as started:
        yield started


@pytest.fixture(scope="session")
def year() -> Marts:
    """Marts of a year."""
    return a_year()


@pytest.fixture(scope="session")
def year_page(year: Marts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a year."""
    return page_of(year, tmp_path_factory.mktemp("year"))

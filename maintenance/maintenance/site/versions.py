"""Supported and tested versions of the project's dependencies, from the files that define them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tomlkit
import yaml

from maintenance.site.regions import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def python_versions(repository: Path) -> Sequence[str]:
    """The Python versions with which continuous integration runs all tests.

    Args:
        repository: The root of the repository.
    """
    workflow = yaml.safe_load((repository / ".github/workflows/test.yml").read_text())
    return list(workflow["jobs"]["test"]["strategy"]["matrix"]["python"])


def versions(repository: Path) -> str:
    """A table with a row for each dependency: its supported versions, and its tested ones.

    Args:
        repository: The root of the repository.
    """
    locked, of_models = _locked(repository / "uv.lock"), _locked(repository / "transform/uv.lock")
    loader, models = (dict(_ranges(repository / name)) for name in ("target-duckdb", "transform"))
    engine = dict(_ranges(repository / "singer-fanout"))
    meltano = yaml.safe_load((repository / "meltano.yml").read_text())["requires_meltano"]
    upcoming = _next_sdk(repository)
    tested = python_versions(repository)
    rows = [
        ("Python", f"{tested[0]} and newer", f"{', '.join(tested)}: all tests"),
        ("Python, for the models", _range(_python(repository / "transform")), "the same, as far as dbt runs on it"),
        (
            "Meltano Singer SDK",
            _range(engine["singer-sdk"]),
            f"{_newest(locked['singer-sdk'])}: all tests; {upcoming}: engine, taps and loader",
        ),
        ("Meltano", _range(meltano), f"{_newest(locked['meltano'])}: all tests"),
        ("DuckDB", _range(loader["duckdb"]), f"{' and '.join(locked['duckdb'])}: all tests"),
        ("dbt", _range(models["dbt-core"]), f"{_newest(of_models['dbt-core'])}: the models on DuckDB and PostgreSQL"),
    ]
    return table(("what", "takes", "tested with"), rows)


def _next_sdk(repository: Path) -> str:
    match = re.search(
        r"^NEXT_SDK := singer-sdk\[testing\]==(\S+)$", (repository / "Makefile").read_text(), re.MULTILINE
    )
    return match[1] if match else ""


def _locked(lock: Path) -> dict[str, list[str]]:
    """The versions of each package in a lock file; several if they depend on the Python version."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r'^name = "(.+)"\nversion = "(.+)"$', lock.read_text(), re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


def _newest(several: Sequence[str]) -> str:
    return several[-1]


def _project(package: Path) -> dict[str, object]:
    return dict(tomlkit.parse((package / "pyproject.toml").read_text()).unwrap()["project"])


def _ranges(package: Path) -> Iterator[tuple[str, str]]:
    for requirement in _project(package)["dependencies"]:  # type: ignore[attr-defined]
        match = re.match(r"(?P<name>[A-Za-z0-9_.-]+)(?:\[.*\])?(?P<range>.*)", requirement)
        assert match, requirement  # noqa: S101 - the build would have refused it
        yield match["name"], match["range"]


def _python(package: Path) -> str:
    return str(_project(package)["requires-python"])


def _range(specifier: str) -> str:
    """`>=1.4,<3` in words."""
    return specifier.replace(">=", "").replace(",<", " up to, not including, ")

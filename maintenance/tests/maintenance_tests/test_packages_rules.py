"""What is wrong with a package is found and named before PyPI or a user finds it."""

from __future__ import annotations

import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
import tomlkit
from maintenance.packages import contents, documents
from maintenance.packages.__main__ import main, unmet
from maintenance.packages.build import Built, build, check_upload, discard_former
from maintenance.packages.metadata import signed
from maintenance.packages.package import Package, published
from maintenance.packages.programs import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PROJECT = """\
[project]
name = "tap-x"
version = "0.2.0"
description = "A package for a test"
readme = "README.md"
requires-python = ">=3.10"
license = "Apache-2.0"
license-files = ["LICENSE"]
keywords = ["x"] # a comment
dependencies = ["singer-fanout>=0.1,<0.2"]

[build-system]
requires = ["uv_build>=0.9,<0.14"]
build-backend = "uv_build"

[tool.uv.build-backend]
module-name = "tap_x"
module-root = ""
source-include = ["CHANGELOG.md"]
"""
FILES = {
    "pyproject.toml": PROJECT,
    "README.md": "# tap-x\n\nA [tap](https://example.com).\n",
    "LICENSE": "Do what you like.\n",
    "CHANGELOG.md": "# Changelog\n\n## 0.2.0 - 2026-05-24\n\nMore.\n\n## 0.1.0\n\nThe first.\n",
    "tap_x/__init__.py": "",
    "tap_x/py.typed": "",
    "tap_x/schemas/rows.json": "{}",
    "tests/test_x.py": "",
}
PUBLISHER = {"label": "The Owners", "repo": "https://example.com/owners/taps"}


def written(folder: Path, files: Mapping[str, str | None] = {}) -> Package:
    """A small package; files replace its own, None leaves one out."""
    for name, text in {**FILES, **files}.items():
        if text is not None:
            file = folder / "tap-x" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return Package(folder / "tap-x")


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Package, Built]:
    folder = tmp_path_factory.mktemp("healthy")
    package = written(folder)
    return package, build(package, folder / "dist")


def rewritten(built: Built, folder: Path, change: Callable[[dict[str, bytes]], object]) -> Built:
    """The same release with other files in its wheel."""
    with zipfile.ZipFile(built.wheel) as wheel:
        files = {name: wheel.read(name) for name in wheel.namelist()}
    change(files)
    changed = folder / built.wheel.name
    with zipfile.ZipFile(changed, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return Built(built.sdist, changed)


def test_what_was_built_of_a_package_before_goes_and_what_was_built_of_others_stays(tmp_path: Path) -> None:
    package = written(tmp_path / "tap-x")
    out = tmp_path / "dist"
    out.mkdir()
    for name in ("tap_x-0.1.0.tar.gz", "tap_x-0.1.0-py3-none-any.whl", "tap_xyz-0.1.0.tar.gz", "tap_x-notes.txt"):
        (out / name).touch()

    discard_former(package, out)

    assert sorted(file.name for file in out.iterdir()) == ["tap_x-notes.txt", "tap_xyz-0.1.0.tar.gz"]


def test_a_package_that_is_right_has_nothing_to_be_said_of_it(healthy: tuple[Package, Built]) -> None:
    package, built = healthy
    assert contents.violations(package, built) == []
    assert documents.violations(package) == []
    assert documents.release_violations(package) == []
    check_upload([built])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda files: files.pop("tap_x/schemas/rows.json"), "the wheel lacks tap_x/schemas/rows.json"),
        (lambda files: files.update({"tests/test_x.py": b""}), "the wheel should not hold tests/test_x.py"),
        (lambda files: files.pop("tap_x/py.typed"), "the wheel does not say that it has types (py.typed)"),
        (lambda files: files.pop("tap_x-0.2.0.dist-info/licenses/LICENSE"), "the wheel lacks the LICENSE"),
        (
            lambda files: files.update({"tap_x-0.2.0.dist-info/METADATA": b"Name: tap-x\n"}),
            "the wheel does not show the README as its description",
        ),
    ],
    ids=["a schema is missing", "tests", "no types", "no license", "no description"],
)
def test_a_wheel_that_is_not_whole_is_refused(
    healthy: tuple[Package, Built], change: Callable[[dict[str, bytes]], object], said: str, tmp_path: Path
) -> None:
    package, built = healthy
    assert said in contents.violations(package, rewritten(built, tmp_path, change))


def test_a_source_archive_holds_what_is_needed_for_building_and_no_tests(
    healthy: tuple[Package, Built], tmp_path: Path
) -> None:
    package, built = healthy
    archive = tmp_path / built.sdist.name
    with tarfile.open(archive, "w:gz") as sdist:
        sdist.add(package.folder / "pyproject.toml", "tap_x-0.2.0/pyproject.toml")
        sdist.add(package.folder / "tests" / "test_x.py", "tap_x-0.2.0/tests/test_x.py")
    said = contents.violations(package, Built(archive, built.wheel))
    assert "the source archive lacks tap_x/__init__.py" in said
    assert "the source archive should not hold tests/test_x.py" in said


def test_a_package_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    package = written(tmp_path, {"pyproject.toml": PROJECT.replace('license = "', 'license = "No such license ')})
    with pytest.raises(Failed, match="No such license"):
        build(package, tmp_path / "dist")


def test_a_description_that_pypi_cannot_show_is_refused(healthy: tuple[Package, Built], tmp_path: Path) -> None:
    _, built = healthy
    metadata = "tap_x-0.2.0.dist-info/METADATA"

    def no_description(files: dict[str, bytes]) -> None:
        files[metadata] = files[metadata].partition(b"\n\n")[0] + b"\n"

    with pytest.raises(Failed, match=r"long_description. missing"):
        check_upload([rewritten(built, tmp_path, no_description)])


@pytest.mark.parametrize(
    ("markdown", "nowhere"),
    [
        ("[a](https://example.com) <https://example.com> [mail](mailto:a@example.com)", []),
        ("[a](docs/a.md)", ["docs/a.md"]),
        ("![a](a.png)", ["a.png"]),
        ("[settings](#settings)", ["#settings"]),
        ("[a]\n\n[a]: ../b.md", ["../b.md"]),
        ("| a |\n|---|\n| [b](b.md) |", ["b.md"]),
        ('<img src="a.png">', ["a.png"]),
        ("text <a href='b.md'>b</a>", ["b.md"]),
        ("`[a](b.md)`\n\n    [a](b.md)\n\n```\n[a](b.md)\n```", []),
    ],
)
def test_links_that_lead_nowhere_on_pypi_are_found(markdown: str, nowhere: list[str]) -> None:
    assert documents.relative_links(markdown) == nowhere


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"CHANGELOG.md": None}, ["there is no CHANGELOG.md"]),
        ({"LICENSE": None, "README.md": None}, ["there is no README.md", "there is no LICENSE"]),
        ({"CHANGELOG.md": "## 0.1.0\n"}, ["CHANGELOG.md has no heading for 0.2.0"]),
        ({"README.md": "[a](b.md)"}, ["README.md links to b.md, which does not exist on PyPI"]),
    ],
)
def test_documents_that_are_missing_or_behind_are_named(
    files: Mapping[str, str | None], said: list[str], tmp_path: Path
) -> None:
    assert documents.violations(written(tmp_path, files)) == said


@pytest.mark.parametrize(
    ("changelog", "ready"),
    [
        ("## 0.2.0\n", True),
        ("## [0.2.0] - 2026-05-24\n\n## [0.1.0]\n", True),
        ("## 0.2.0 - unreleased\n", False),
        ("## Unreleased\n\n## 0.2.0\n", False),
        ("# Changelog\n", False),
    ],
)
def test_a_release_needs_a_changelog_that_is_finished(changelog: str, ready: bool, tmp_path: Path) -> None:  # noqa: FBT001
    assert (documents.release_violations(written(tmp_path, {"CHANGELOG.md": changelog})) == []) is ready


def test_a_requirement_that_the_engine_has_outgrown_is_named(tmp_path: Path) -> None:
    engine = tmp_path / "singer-fanout"
    engine.mkdir()
    (engine / "pyproject.toml").write_text('[project]\nname = "singer-fanout"\nversion = "0.2.0"\ndependencies = []\n')
    tap = written(tmp_path)
    assert unmet(tap, [tap, Package(engine)]) == [
        "it requires singer-fanout<0.2,>=0.1, but singer-fanout here is 0.2.0"
    ]


def test_a_new_publisher_is_written_into_a_project_file_and_nothing_else_changes() -> None:
    first = signed(PROJECT, {"label": "Someone", "repo": "https://example.com/someone"}, "tap-x")
    second = signed(first, PUBLISHER, "tap-x")
    project = tomlkit.parse(second).unwrap()["project"]
    assert project["authors"] == [{"name": "The Owners"}]
    assert project["urls"]["Documentation"] == "https://example.com/owners/taps/blob/main/tap-x/README.md"
    assert second == first.replace("https://example.com/someone", PUBLISHER["repo"]).replace("Someone", "The Owners")
    assert signed(second, PUBLISHER, "tap-x") == second
    assert set(PROJECT.splitlines()) <= set(second.splitlines())


def test_a_tag_of_another_version_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--tag", "tap-cachet-v99.0.0", "--out", str(tmp_path)])
    assert ended.value.code
    assert "tap-cachet-v99.0.0 is the tag of no package" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_no_package_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sandbox"])
    assert ended.value.code
    assert "no such package: sandbox" in capsys.readouterr().err


def test_one_package_is_built_checked_and_tried(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    version = next(package.version for package in published() if package.name == "singer-fanout")
    assert main(["singer-fanout", "--out", str(tmp_path / "dist")]) == 0, capsys.readouterr().err
    assert f"singer-fanout {version} is ready" in capsys.readouterr().out
    assert sorted(file.suffix for file in (tmp_path / "dist").iterdir()) == [".gz", ".whl"]

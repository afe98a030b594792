"""The definitions find their places in a clone of the Hub's repository, and what stands there stays."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml
from maintenance.hub.__main__ import HUB, differences, main
from maintenance.hub.fork import bring, with_entries

VARIANTS = """\
extractors:
  tap-3plcentral: singer-io
  tap-amazon: airbyte
  tap-csv: meltanolabs
  tap-s3: airbyte
  tap-statuspage: airbyte
loaders:
  target-csv: meltanolabs
"""
MAINTAINERS = """\
airbyte:
  label: Airbyte
  name: airbyte
  url: https://airbyte.com/
# A comment that stays.
zookal:
  label: "Zookal"
  name: zookal
  url: https://github.com/zookal
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the Hub's repository holds beside the definitions."""
    data = tmp_path / "_data"
    data.mkdir()
    (data / "default_variants.yml").write_text(VARIANTS)
    (data / "maintainers.yml").write_text(MAINTAINERS)
    return tmp_path


def added_lines(before: str, after: str) -> list[str]:
    """The lines that were added; none may have gone."""
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert [line for line in changes if line.startswith("-")] == []
    return [line[2:] for line in changes]


def test_each_plugin_brings_its_definition_and_its_logo(clone: Path) -> None:
    changed = {path.as_posix() for path in bring(HUB, clone)}
    for file in HUB.glob("_data/meltano/*/*/*.yml"):
        definition = yaml.safe_load(file.read_text())
        there = file.relative_to(HUB).as_posix()
        logo = f"static{definition['logo_url']}"
        assert {there, logo} <= changed
        assert (clone / there).read_bytes() == file.read_bytes()
        assert (clone / logo).read_bytes() == (HUB / logo).read_bytes()


def test_the_lists_get_our_lines_in_their_alphabetical_places_and_no_other(clone: Path) -> None:
    bring(HUB, clone)
    variants = (clone / "_data/default_variants.yml").read_text()
    maintainers = (clone / "_data/maintainers.yml").read_text()
    ours = yaml.safe_load((HUB / "_data/default_variants.yml").read_text())
    entries = [f"  {plugin}: {variant}" for kind in ours.values() for plugin, variant in kind.items()]
    owner = (HUB / "_data/maintainers.yml").read_text()
    assert sorted(added_lines(VARIANTS, variants)) == sorted(entries)
    assert added_lines(MAINTAINERS, maintainers) == owner.splitlines()
    assert all(list(of_kind) == sorted(of_kind) for of_kind in yaml.safe_load(variants).values())
    assert list(yaml.safe_load(maintainers)) == sorted(yaml.safe_load(maintainers))


def test_a_second_time_changes_nothing(clone: Path) -> None:
    assert bring(HUB, clone)
    assert bring(HUB, clone) == []


def test_a_plugin_that_has_a_default_variant_keeps_it(clone: Path) -> None:
    taken = VARIANTS.replace("  tap-s3:", "  tap-rootly: someone\n  tap-s3:")
    (clone / "_data/default_variants.yml").write_text(taken)
    bring(HUB, clone)
    assert yaml.safe_load((clone / "_data/default_variants.yml").read_text())["extractors"]["tap-rootly"] == "someone"


def test_the_definition_of_a_former_publisher_goes(tmp_path: Path) -> None:
    folder = tmp_path / "_data/meltano/extractors/tap-x"
    folder.mkdir(parents=True)
    (folder / "former.yml").write_text("variant: former\n")
    (folder / "current.yml").write_text("variant: current\n")
    (tmp_path / "_data/maintainers.yml").write_text("former: {}\n")
    files = {
        Path("_data/meltano/extractors/tap-x/current.yml"): "variant: current\n",
        Path("_data/maintainers.yml"): "current: {}\n",
        Path("_data/default_variants.yml"): "extractors: {}\n",
    }
    assert differences(tmp_path, files) == {
        folder / "former.yml": None,
        tmp_path / "_data/maintainers.yml": "current: {}\n",
        tmp_path / "_data/default_variants.yml": "extractors: {}\n",
    }


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a", "x:\n  a: 1\n  b: 1\n  d: 1\ny:\n  c: 1\n"),
        ("c", "x:\n  b: 1\n  c: 1\n  d: 1\ny:\n  c: 1\n"),
        ("e", "x:\n  b: 1\n  d: 1\n  e: 1\ny:\n  c: 1\n"),
    ],
)
def test_an_entry_is_put_first_between_or_last(key: str, expected: str) -> None:
    assert with_entries("x:\n  b: 1\n  d: 1\ny:\n  c: 1\n", "x", {key: 1}) == expected


def test_a_folder_that_is_not_the_hub_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--check", "--into", str(tmp_path)])
    assert ended.value.code
    assert "is no clone of the Hub's repository" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []

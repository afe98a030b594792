"""A run is given the catalog that was prepared for what it asks for, and for nothing else."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest
from singer_fanout.testing import run_tap

from tests.support.plugins import CLASSES, about
from tests.support.project import REPOSITORY

# The fleet has an environment of its own, in which Airflow is; this part of it needs none.
sys.path.append(str(REPOSITORY / "fleet"))

from status_fleet.catalogs import DECIDING, Deciding, Extractor, project_extractors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TEXTS = {
    "boolean": True,
    "integer": 7,
    "number": 7.5,
    "string": "https://other.example.com",
    "array": ["x"],
    "object": {"x": "y"},
}


@pytest.mark.parametrize("change", ["meltano.yml", ".env", "tap-statuspages", "singer-fanout", "dependency"])
def test_a_catalog_is_not_given_after_anything_that_it_is_made_of_has_changed(tmp_path: Path, change: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(REPOSITORY / "meltano.yml", project)
    shutil.copytree(REPOSITORY / "plugins", project / "plugins")
    venv = tmp_path / "system/extractors/tap-statuspages/venv"
    packages = venv / "lib/python3/site-packages"
    for name in ("tap-statuspages", "singer-fanout"):
        source = tmp_path / name / name.replace("-", "_")
        source.mkdir(parents=True)
        (source / "__init__.py").write_text("")
        installed = packages / f"{source.name}-1.dist-info"
        installed.mkdir(parents=True)
        (installed / "RECORD").write_text("")
        said = {"url": source.parent.as_uri(), "dir_info": {"editable": True}}
        (installed / "direct_url.json").write_text(json.dumps(said))
    dependency = packages / "singer_sdk-1.dist-info"
    dependency.mkdir()
    (dependency / "RECORD").write_text("singer_sdk/__init__.py,sha256=1,1")

    def key() -> str:
        return Extractor(project, "tap-boxwatch", tmp_path / "system").key({})

    before = key()
    assert key() == before
    changed = {
        "tap-statuspages": tmp_path / "tap-statuspages/tap_statuspages/schemas.json",
        "singer-fanout": tmp_path / "singer-fanout/singer_fanout/__init__.py",
        "dependency": dependency / "RECORD",
    }.get(change, project / change)
    with changed.open("a") as file:
        file.write("# another")
    assert key() != before


def test_every_extractor_of_the_project_has_a_key_of_its_own() -> None:
    extractors = project_extractors(REPOSITORY)
    assert len({Extractor(REPOSITORY, name).key({}) for name in extractors}) == len(extractors) > 0


@pytest.mark.parametrize(
    ("tap", "provider"),
    [
        ("tap-cachet", None),
        ("tap-instatus", None),
        ("tap-rootly", None),
        ("tap-statuspages", "sigryl"),
        ("tap-statuspages", "boxwatch"),
    ],
)
def test_only_the_settings_that_are_said_to_decide_change_what_a_tap_discovers(
    tap: str, provider: str | None, tmp_path: Path
) -> None:
    said: dict[str, Any] = about(tap)["settings"]["properties"]
    chosen = {"provider": provider} if provider else {}
    deciding = {each.name for each in DECIDING[tap]} - chosen.keys()

    def discovered(**settings: Any) -> str:
        config = tmp_path / "config.json"
        config.write_text(json.dumps({**chosen, **settings}))
        return run_tap(CLASSES[tap], ("--discover", f"--config={config}")).output

    others = {name: other_value(schema) for name, schema in said.items() if name not in deciding | chosen.keys()}
    plain = discovered()
    assert discovered(**others) == plain != ""
    # What decides with one provider need not with the other.
    changing = {name for name in deciding if discovered(**{name: other_value(said[name])}) != plain}
    assert changing == (deciding - {"accounts", "endpoint_keys"} if provider == "sigryl" else deciding)


def other_value(schema: Mapping[str, Any]) -> Any:
    """Another value than the default."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = next(kind for kind in kinds if kind != "null")
    options = [option for option in schema.get("enum", ()) if option not in {None, schema.get("default")}]
    if kind == "boolean":
        return not schema.get("default")
    return options[0] if options else TEXTS[kind]


@pytest.mark.parametrize("nothing", [None, "", "[]", "null"])
def test_a_list_without_anything_in_it_decides_as_one_that_is_not_set(nothing: str | None) -> None:
    setting = Deciding("accounts", secret=True)
    assert setting.chosen(nothing) == setting.chosen(None) != setting.chosen('["key"]')

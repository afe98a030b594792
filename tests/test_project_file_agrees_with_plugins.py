"""The settings in the project files are those that the plugins really have."""

from __future__ import annotations

import hashlib
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from maintenance.project import project_plugins
from tap_rootly.tap import TapRootly

from tests.support.plugins import TAPS, about, discovered
from tests.support.project import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import MeltanoProject

KINDS = {
    "boolean": "boolean",
    "integer": "integer",
    "number": "decimal",
    "object": "object",
    "array": "array",
    "string": "string",
}


def plugin(project: Path, name: str) -> dict[str, Any]:
    plugins = project_plugins(project)
    return next(p for p in plugins["extractors"] + plugins["loaders"] if p["name"] == name)


def flat(properties: dict[str, Any], whole: set[str], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Settings by name; the parts of an object under dotted names, unless it is described as a whole."""
    found: dict[str, dict[str, Any]] = {}
    for name, schema in properties.items():
        inner = schema.get("properties")
        if inner and prefix + name not in whole:
            found.update(flat(inner, whole, f"{prefix}{name}."))
        else:
            found[prefix + name] = schema
    return found


def holds_secrets(schema: dict[str, Any]) -> bool:
    """Whether a setting is a secret or has some inside."""
    inside = [*schema.get("properties", {}).values(), schema.get("items") or {}]
    return bool(schema.get("secret")) or any(holds_secrets(inner) for inner in inside if inner)


def described_by_plugin(said: dict[str, Any], definition: dict[str, Any]) -> dict[str, Any]:
    """What `--about` says of each setting: kind, secrecy, default, title, description."""
    described = {}
    whole = {setting["name"] for setting in definition["settings"]}
    for name, schema in flat(said["settings"]["properties"], whole).items():
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        kind = KINDS[next(kind for kind in types if kind != "null")]
        if schema.get("secret"):
            kind = "password"
        elif "enum" in schema and kind == "string":
            # Meltano reads an environment variable as text, which is none of the options of a number.
            kind = "options"
        described[name] = {
            "kind": kind,
            "sensitive": holds_secrets(schema),
            "value": schema.get("default"),
            "label": schema.get("title"),
            "description": schema.get("description"),
            "options": [option for option in schema.get("enum", []) if option is not None and kind == "options"],
        }
    return described


def described_by_project(definition: dict[str, Any]) -> dict[str, Any]:
    """What the project file says of each setting: the same."""
    return {
        setting["name"]: {
            # Meltano wants a secret to be a string that is sensitive.
            "kind": "password" if setting["kind"] == "string" and setting.get("sensitive") else setting["kind"],
            "sensitive": setting.get("sensitive", False),
            "value": setting.get("value"),
            "label": setting["label"],
            "description": setting["description"],
            "options": [option["value"] for option in setting.get("options", [])],
        }
        for setting in definition["settings"]
    }


@pytest.mark.parametrize("name", [*TAPS, "target-duckdb"])
def test_the_project_describes_each_setting_as_the_plugin_does(name: str) -> None:
    definition = plugin(REPOSITORY, name)
    assert described_by_project(definition) == described_by_plugin(about(name), definition)


@pytest.mark.parametrize("name", [*TAPS, "target-duckdb"])
def test_the_project_names_the_capabilities_that_the_plugin_has(name: str) -> None:
    definition = plugin(REPOSITORY, name)
    assert set(definition["capabilities"]) == set(about(name)["capabilities"])


def test_the_project_knows_the_settings_of_target_postgres_and_hides_its_secrets(
    meltano: MeltanoProject,
) -> None:
    definition = plugin(REPOSITORY, "target-postgres")
    said = about(str(meltano.root / ".meltano/loaders/target-postgres/venv/bin/target-postgres"))
    by_loader = described_by_plugin(said, definition)
    by_project = described_by_project(definition)
    assert by_project.keys() == by_loader.keys()
    assert set(definition["capabilities"]) == set(said["capabilities"])
    secrets = {name for name, setting in by_project.items() if setting["sensitive"]}
    assert secrets >= {name for name, setting in by_loader.items() if setting["sensitive"]}
    # The loader does not mark these.
    assert secrets >= {"password", "sqlalchemy_url", "ssl_client_private_key"}


@pytest.mark.parametrize("tap", TAPS)
def test_a_required_setting_is_part_of_every_valid_group(tap: str) -> None:
    required = set(about(tap)["settings"].get("required", []))
    for group in plugin(REPOSITORY, tap)["settings_group_validation"]:
        assert required <= set(group)


@pytest.mark.parametrize("tap", TAPS)
def test_the_project_carries_the_digest_of_what_the_tap_discovers(tap: str) -> None:
    streams = json.dumps(discovered(tap)["streams"], sort_keys=True)
    digest = hashlib.sha256(streams.encode()).hexdigest()[:12]
    assert plugin(REPOSITORY, tap)["metadata"] == {"*": {"catalog-digest": digest}}


@pytest.mark.parametrize("tap", TAPS)
def test_the_standalone_project_defines_the_tap_as_the_root_project_does(tap: str) -> None:
    ours = plugin(REPOSITORY, tap)
    standalone = plugin(REPOSITORY / tap, tap)
    # For work on the tap: it is discovered in every run, so that there is nothing to keep.
    del ours["pip_url"], ours["metadata"], standalone["pip_url"]
    # Which file in `plugins/` defines it.
    del ours["variant"]
    assert standalone == ours


def test_every_setting_has_a_label_and_a_description() -> None:
    for definition in itertools.chain(*project_plugins(REPOSITORY).values()):
        for setting in definition.get("settings", ()):
            where = f"{definition['name']}.{setting['name']}"
            assert setting["label"], where
            assert setting["description"], where


@pytest.mark.parametrize("environment", ["", "prod", "demo"])
def test_the_models_are_built_in_the_file_that_is_loaded_into(environment: str) -> None:
    project = yaml.safe_load((REPOSITORY / "meltano.yml").read_text())
    plugins = project["plugins"]
    if environment:
        (found,) = (each for each in project["environments"] if each["name"] == environment)
        plugins = found["config"]["plugins"]
    loader = next(each for each in plugins["loaders"] if each["name"] == "target-duckdb")
    models = next(each for each in plugins["utilities"] if each["name"] == "dbt-duckdb")
    assert models["config"]["path"] == loader["config"]["filepath"]


def test_the_models_have_the_same_commands_and_settings_on_both_databases() -> None:
    duckdb, postgres, _ = project_plugins(REPOSITORY)["utilities"]
    assert duckdb["commands"] == postgres["commands"]
    assert duckdb["pip_url"] == postgres["pip_url"]
    of_duckdb, of_postgres = ({each["name"]: each for each in one["settings"]} for one in (duckdb, postgres))
    # Besides, each has where its database is, in the loader's words.
    shared = {"vars", "target", "project_dir", "profiles_dir", "target_path", "log_path"}
    assert of_duckdb.keys() & of_postgres.keys() == shared
    assert (of_duckdb["target"]["value"], of_postgres["target"]["value"]) == ("duckdb", "postgres")
    assert {of_duckdb[name]["env"] for name in shared} == {of_postgres[name]["env"] for name in shared}
    loader = {setting["name"] for setting in plugin(REPOSITORY, "target-postgres")["settings"]}
    assert of_postgres.keys() - shared <= loader


@pytest.mark.parametrize("project", [REPOSITORY, REPOSITORY / "tap-rootly"], ids=lambda folder: folder.name)
def test_what_tap_rootly_leaves_off_is_off_through_meltano(project: Path) -> None:
    streams = TapRootly(config={"api_token": "none"}).streams.values()
    off = {stream.name for stream in streams if not stream.selected_by_default}
    extractors = yaml.safe_load((project / "meltano.yml").read_text())["plugins"]["extractors"]
    (selected,) = (each["select"] for each in extractors if each["name"] == "tap-rootly")
    assert {rule for rule in selected if rule.startswith("!")} == {f"!{name}.*" for name in off}

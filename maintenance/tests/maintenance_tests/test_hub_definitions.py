"""The definitions for Meltano Hub are current, and follow the Hub's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from maintenance.hub.__main__ import HUB, REPOSITORY, main
from maintenance.hub.definition import setting
from maintenance.hub.rules import violations

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFINITIONS = sorted(HUB.glob("_data/meltano/*/*/*.yml"))
PLUGINS = sorted(project.parent.name for project in REPOSITORY.glob("ta[pr]*-*/pyproject.toml"))
LEAST = {"name": "tap-x", "namespace": "tap_x", "variant": "owner", "quality": "unknown"}


def test_the_definitions_are_what_the_plugins_say_today(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_every_plugin_has_a_definition_in_a_folder_of_its_name() -> None:
    assert [file.parent.name for file in DEFINITIONS] == PLUGINS
    assert [yaml.safe_load(file.read_text())["name"] for file in DEFINITIONS] == PLUGINS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quality": "platinum"}, "quality: 'platinum' is not one of"),
        ({"capabilities": ["fly"]}, "capabilities.0: 'fly' is not one of"),
        ({"surprise": 1}, "definition: Additional properties are not allowed ('surprise' was unexpected)"),
        ({"settings": [{"label": "No name"}]}, "settings.0: 'name' is a required property"),
        ({"settings": [{"name": "b"}, {"name": "a"}]}, "settings: not in alphabetical order"),
        ({"settings": [{"name": "a", "kind": "password"}]}, "settings.0: 'sensitive' is a required property"),
        ({"settings": [{"name": "a", "kind": "options"}]}, "settings.0: 'options' is a required property"),
        ({"settings_group_validation": [["a"]]}, "settings_group_validation: there is no setting a"),
    ],
)
def test_what_the_hub_would_refuse_is_named(change: Mapping[str, Any], said: str) -> None:
    assert violations(LEAST) == []
    assert [line for line in violations({**LEAST, **change}) if line.startswith(said)]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"], "secret": True}, {"kind": "password", "sensitive": True}),
        ({"type": ["integer", "null"], "default": 0}, {"kind": "integer", "value": 0}),
        ({"type": ["boolean", "null"], "default": False}, {"kind": "boolean", "value": False}),
        ({"type": ["string", "null"], "format": "date-time"}, {"kind": "date_iso8601"}),
        ({"type": "string", "enum": ["a", None]}, {"kind": "options", "options": [{"label": "a", "value": "a"}]}),
        ({"type": ["array", "null"]}, {"kind": "array"}),
    ],
)
def test_a_setting_gets_the_kind_that_the_tap_declares(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    built = setting("some_id", {"title": "T", "description": "D", **schema})
    assert built == {"name": "some_id", "label": "T", "description": "D", **expected}

"""The rules that the Hub enforces for definitions."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMA = json.loads(files("maintenance.hub").joinpath("rules.json").read_text())
_RULES = Draft202012Validator(_SCHEMA)

CAPABILITIES = frozenset(_SCHEMA["properties"]["capabilities"]["items"]["enum"])
"""The capabilities that the Hub knows."""


def violations(definition: Mapping[str, Any]) -> list[str]:
    """The violations of the Hub's rules, one line each.

    Args:
        definition: The definition of an extractor or a loader.
    """
    found = [
        f"{'.'.join(map(str, error.path)) or 'definition'}: {error.message}" for error in _RULES.iter_errors(definition)
    ]
    names = [setting.get("name") for setting in definition.get("settings", [])]
    if names != sorted(names, key=str):
        found.append("settings: not in alphabetical order")
    known = set(names)
    for group in definition.get("settings_group_validation", []):
        found += [f"settings_group_validation: there is no setting {name}" for name in group if name not in known]
    return found

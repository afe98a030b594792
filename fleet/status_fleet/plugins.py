"""The plugins of the Meltano project: their settings, and which of them are secret."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EXTRACTORS, LOADERS = "extractors", "loaders"
# Unlike the pure Python loader, libyaml's takes no noticeable time; PyYAML's wheels include it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str) -> Any:
    """Parse a YAML text."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - both loaders are safe


class UnknownPluginError(Exception):
    """The Meltano project has no such plugin."""


@dataclass(frozen=True)
class Plugin:
    """A tap or a loader.

    Attributes:
        name: Its name in the project.
        product: The product whose API a tap reads, as the models call it.
        settings: Names of its settings.
        secret: Those of them that are secret.
    """

    name: str
    product: str
    settings: frozenset[str]
    secret: frozenset[str]

    def variable(self, setting: str) -> str:
        """The environment variable of a setting."""
        return f"{self.name}_{setting}".upper().replace("-", "_").replace(".", "_")


class Project:
    """A Meltano project.

    Args:
        folder: The folder of its `meltano.yml`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def taps(self) -> Mapping[str, Plugin]:
        """Extractors by name."""
        return {plugin.name: plugin for plugin in self._plugins(EXTRACTORS)}

    @cached_property
    def loaders(self) -> Mapping[str, Plugin]:
        """Loaders by name."""
        return {plugin.name: plugin for plugin in self._plugins(LOADERS)}

    def tap(self, name: str) -> Plugin:
        """An extractor.

        Args:
            name: Its name.

        Raises:
            UnknownPluginError: There is no extractor of that name.
        """
        return self._found("tap", name, self.taps)

    def loader(self, name: str) -> Plugin:
        """A loader.

        Args:
            name: Its name.

        Raises:
            UnknownPluginError: There is no loader of that name.
        """
        return self._found("loader", name, self.loaders)

    def _found(self, kind: str, name: str, plugins: Mapping[str, Plugin]) -> Plugin:
        if name not in plugins:
            raise UnknownPluginError(f"the Meltano project in {self._folder} has no {kind} '{name}'")
        return plugins[name]

    @cached_property
    def _entries(self) -> Any:
        return load_yaml((self._folder / "meltano.yml").read_text())["plugins"]

    def _plugins(self, kind: str) -> Iterator[Plugin]:
        entries = {entry["name"]: entry for entry in self._entries.get(kind, ())}
        for name, entry in entries.items():
            line = [entry]
            while parent := line[-1].get("inherit_from"):
                line.append(entries[parent])
            settings = {setting["name"]: setting for setting in self._settings(kind, line[-1])}
            schema = next((ancestor["load_schema"] for ancestor in line if "load_schema" in ancestor), name)
            secret = (name for name, setting in settings.items() if setting.get("sensitive"))
            yield Plugin(name, schema, frozenset(settings), frozenset(secret))

    def _settings(self, kind: str, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = list(entry.get("settings", ()))
        definition = self._folder / "plugins" / kind / f"{entry['name']}--{entry.get('variant', '')}.lock"
        if definition.exists():
            told += json.loads(definition.read_text())["settings"]
        return told

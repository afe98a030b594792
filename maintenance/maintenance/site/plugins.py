"""The `--about` of a tap or the loader as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maintenance.site.regions import cell, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from singer_sdk.plugin_base import PluginBase

    from maintenance.data_dictionary.tables import Chapter, Table
    from maintenance.site.readmes import Costs

OF_THE_SDK = ("stream_map", "faker_", "flattening_", "batch_config", "process_activate_version_messages")
"""Prefixes of settings that the SDK documents. It adds some of them to the class when a plugin is first created."""

Regions = dict[str, "Callable[[], str]"]


def settings(plugin: type[PluginBase]) -> str:
    """The settings of a plugin, except those that all plugins of the SDK have.

    Args:
        plugin: Its class.
    """
    said = plugin.config_jsonschema
    required = said.get("required", ())
    rows = [
        (f"`{name}`", "required" if name in required else _default(schema), cell(schema["description"]))
        for name, schema in said["properties"].items()
        if not name.startswith(OF_THE_SDK)
    ]
    return table(("setting", "default", "what it does"), rows)


def capabilities(plugin: type[PluginBase]) -> str:
    """The capabilities of a plugin, as the SDK names them.

    Args:
        plugin: Its class.
    """
    return ", ".join(sorted(f"`{each.value}`" for each in plugin.capabilities)) + "."


def streams(chapter: Chapter, told: Costs) -> str:
    """The streams of a tap under the headings of its README.

    Args:
        chapter: Its tables.
        told: The costs in its README.
    """
    by_name = {each.name: each for each in chapter.tables}
    parts = []
    for heading, of_streams in told.chapters.items():
        if len(told.chapters) > 1:
            parts.append(f"### {heading}")
        rows = [_stream(chapter, by_name.pop(name), cost) for name, cost in of_streams.items()]
        parts.append(table(("stream", "a row is", "key", "replication", "requests a run"), rows))
    if by_name:
        raise ValueError(f"the README of {chapter.title} says nothing of {', '.join(by_name)}")
    parts += [f"{mark} {note}" for mark, note in told.notes.items()]
    return "\n\n".join(parts)


def _stream(chapter: Chapter, of_stream: Table, cost: str) -> tuple[str, ...]:
    name = f"[`{of_stream.name}`](../data-dictionary/{chapter.name}.md#{of_stream.name})"
    read, *off = of_stream.notes
    return (
        name,
        cell(of_stream.description) + (" **Off by default.**" if off else ""),
        ", ".join(f"`{column}`" for column in of_stream.key),
        read,
        cost,
    )


def _default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    if default is None:
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"

"""The definition of a plugin: settings and capabilities as it reports them, the rest from the project file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maintenance.hub.rules import CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS = {
    "array": "array",
    "boolean": "boolean",
    "integer": "integer",
    "number": "decimal",
    "object": "object",
    "string": "string",
}
"""Type of a setting in its JSON schema -> kind of the setting on the Hub."""
OF_THE_PROJECT = ("description", "executable", "label", "log_parser", "name", "namespace", "settings_group_validation")
"""Entries of the project file that the Hub needs, too."""
KEYWORDS = {
    "extractors": ("api", "meltano_sdk", "status page", "incidents"),
    "loaders": ("database", "meltano_sdk"),
}
NEXT_STEPS = {
    "extractors": """\
Run it with any loader, for example

```bash
meltano run {name} target-duckdb
```

The tap's [documentation]({docs}) lists its streams: their keys, how each is kept fresh,
and what a run costs in requests.
""",
    "loaders": """\
Run any tap with it, for example

```bash
meltano run tap-smoke-test {name}
```

The loader's [documentation]({docs}) says what becomes of types, keys, deletes and tables that are there already.
""",
}


def definition(
    kind: str, said: Mapping[str, Any], plugin: Mapping[str, Any], publisher: Mapping[str, Any]
) -> dict[str, Any]:
    """The definition of a tap or a loader.

    Args:
        kind: `extractors` or `loaders`.
        said: Its output for `--about --format=json`.
        plugin: Its definition in the project file.
        publisher: The publisher: variant, repo, products.
    """
    name = said["name"]
    product = publisher["products"][name]
    docs = f"{publisher['repo']}/blob/main/{name}/README.md"
    built = {
        **{key: plugin[key] for key in OF_THE_PROJECT},
        "capabilities": sorted(CAPABILITIES & set(said["capabilities"])),
        "docs": docs,
        "domain_url": product["domain_url"],
        "keywords": sorted([*KEYWORDS[kind], *product.get("keywords", ())]),
        "logo_url": f"/assets/logos/{kind}/{product['logo']}.png",
        "maintenance_status": "beta",
        "next_steps": NEXT_STEPS[kind].format(name=name, docs=docs),
        "pip_url": product.get("distribution", name),
        "quality": "unknown",
        "repo": f"{publisher['repo']}/tree/main/{name}",
        "settings": settings(said["settings"]["properties"], plugin["settings"]),
        "supported_python_versions": sorted(said["supported_python_versions"], key=_version),
        "variant": publisher["variant"],
    }
    if "select" in plugin:
        built["select"] = plugin["select"]
    return built


def settings(declared: Mapping[str, Any], described: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The settings in alphabetical order.

    Args:
        declared: The properties of the plugin's own settings schema.
        described: The settings in the project file, which have examples (`placeholder`).
    """
    examples = {setting["name"]: setting["placeholder"] for setting in described if "placeholder" in setting}
    return [
        {
            **setting(name, schema),
            **({"placeholder": examples[name]} if name in examples else {}),
        }
        for name, schema in sorted(declared.items())
    ]


def setting(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The definition of one setting.

    Args:
        name: Its name.
        schema: Its JSON schema.
    """
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = KINDS[next(kind for kind in types if kind != "null")]
    built: dict[str, Any] = {"name": name, "label": schema["title"], "description": schema["description"]}
    options = [option for option in schema.get("enum", ()) if option is not None]
    if schema.get("secret"):
        built["kind"] = "password"
    elif options and kind == "string":
        built |= {"kind": "options", "options": [{"label": option, "value": option} for option in options]}
    elif schema.get("format") == "date-time":
        built["kind"] = "date_iso8601"
    else:
        built["kind"] = kind
    if holds_secrets(schema):
        built["sensitive"] = True
    if schema.get("default") is not None:
        built["value"] = schema["default"]
    return built


def holds_secrets(schema: Mapping[str, Any]) -> bool:
    """Whether a setting is a secret, or contains one.

    Args:
        schema: Its JSON schema.
    """
    inside = [*schema.get("properties", {}).values(), schema.get("items") or {}]
    return bool(schema.get("secret")) or any(holds_secrets(inner) for inner in inside if inner)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))

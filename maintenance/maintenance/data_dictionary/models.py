"""The tables of the models: the marts in dbt's manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maintenance.data_dictionary.references import References
from maintenance.data_dictionary.tables import Chapter, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME, TITLE = "marts", "Marts"
INTRODUCTION = """\
The tables that the models in `transform/` make of all products, in the schema `status`;
[what was decided](../../transform/DECISIONS.md) for each. `source` and `account` are part of every key: a reference
leads to a row of the same source and account."""
KINDS = {"timestamp with time zone": "time", "double precision": "number", "bigint": "integer"}
KEY_TEST, REFERENCE_TEST = "unique_rows", "refers_to"
"""The generic tests of the dbt project that define keys and references."""


def marts(manifest: Mapping[str, Any]) -> Chapter:
    """The chapter of the marts.

    Args:
        manifest: The manifest that `dbt parse` writes.
    """
    nodes = manifest["nodes"].values()
    keys = {node: arguments["columns"] for node, arguments in _tests(manifest, KEY_TEST)}
    tested = {(node, arguments["columns"][-1]): arguments["to"] for node, arguments in _tests(manifest, REFERENCE_TEST)}
    made = {node["name"]: node for node in nodes if _is_mart(node)}
    by_name = References(NAME, ())
    tables = []
    for name, node in sorted(made.items()):
        key = keys.get(node["unique_id"], ())
        columns = []
        for column, told in node["columns"].items():
            reference = tested.get((node["unique_id"], column))
            target = reference.split("'")[1] if reference else by_name.of(name, column)
            identifies = target == name and column in key
            columns.append(
                Column(
                    column,
                    KINDS.get(told["data_type"], told["data_type"]),
                    told["description"],
                    nullable=column not in key,
                    refers_to=target if target in made and not identifies else None,
                )
            )
        notes = ["a dbt snapshot"] if node["resource_type"] == "snapshot" else []
        tables.append(Table(name, node["description"], key, columns, notes))
    return Chapter(NAME, TITLE, INTRODUCTION, tables)


def _is_mart(node: Mapping[str, Any]) -> bool:
    kind = node["resource_type"]
    return bool(kind == "snapshot" or (kind == "model" and node["fqn"][1] == "marts"))


def _tests(manifest: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tests of a kind: the tested column or model, and the arguments of each."""
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == name:
            yield node["attached_node"], test["kwargs"]

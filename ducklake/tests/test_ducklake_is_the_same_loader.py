"""The loader's own tests, with a lake in the place of the file. What does not hold for a lake is named, and why."""

from __future__ import annotations

from typing import Any

import pytest

from ducklake.tests.loader_tests import imported

MODULES = ("comments", "invalid_values", "load_methods", "schema_changes", "sources", "tables_of_others", "types")

INDEXES = "a lake has no indexes"
KEYS = "a lake has no keys and no constraints"
GENERATED = "a lake has no generated columns"
ORDER = "a column whose type has changed is the last one"
DECIMAL = "a wide integer is a DECIMAL in a lake: test_ducklake_tables"
NOT_IN_A_LAKE: dict[str, str] = {
    "test_a_column_that_is_bound_keeps_its_type_and_refuses_what_does_not_fit": KEYS,
    "test_a_column_under_an_index_keeps_its_type": INDEXES,
    "test_an_index_stays_while_another_column_is_widened": INDEXES,
    "test_generated_columns_do_not_keep_an_integer_from_being_written": GENERATED,
    "test_a_sequence_goes_on_for_new_rows": "a lake has no sequences",
    "test_a_collation_does_not_make_one_key_of_two": "a lake has no collations",
}
"""Tests by name, or by name and parameters."""


def collected() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in MODULES:
        for name, value in vars(imported(f"test_duckdb_{module}")).items():
            is_fixture = type(value).__name__ == "FixtureFunctionDefinition"
            if name.startswith("test_") or is_fixture:
                assert name not in found, f"two modules have {name}"
                found[name] = value
    return found


globals().update(collected())


@pytest.fixture(autouse=True)
def holds_for_a_lake(request: pytest.FixtureRequest) -> None:
    reason = NOT_IN_A_LAKE.get(request.node.originalname) or next(
        (reason for part, reason in NOT_IN_A_LAKE.items() if part.endswith("]") and part == request.node.name), None
    )
    if reason is not None:
        pytest.skip(reason)

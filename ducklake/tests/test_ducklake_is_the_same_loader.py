"""The loader's own tests, with a lake in the place of the file.

Tests about keys, constraints, indexes, collations, sequences and generated columns are skipped in DuckLake's words.
What else does not hold for a lake is named here, with the reason.
"""

from __future__ import annotations

from typing import Any

import pytest

from ducklake.tests.loader_tests import imported

MODULES = ("comments", "invalid_values", "load_methods", "schema_changes", "sources", "tables_of_others", "types")
ORDER = "a column whose type has changed is the last one"
DECIMAL = "a wide integer is a DECIMAL in a lake, see test_ducklake_tables"
DIFFERENT: dict[str, str] = {
    "test_a_changed_time_key_does_not_join_what_the_tap_tells_apart": ORDER,
    "test_a_value_that_does_not_fit_is_refused_by_name[definition0-170141183460469231731687303715884105728-HUGEINT]": (
        DECIMAL
    ),
    "test_a_property_gets_the_type_its_schema_asks_for[definition2-HUGEINT]": DECIMAL,
    **{
        f"test_a_value_comes_back_as_it_was_sent[{validated}-{value}]": DECIMAL
        for value in ("beyond BIGINT", "largest HUGEINT", "smallest HUGEINT")
        for validated in (True, False)
    },
}


def collected() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in MODULES:
        for name, value in vars(imported(f"test_duckdb_{module}")).items():
            if name.startswith("test_") or type(value).__name__ == "FixtureFunctionDefinition":
                assert name not in found, f"two modules have {name}"
                found[name] = value
    return found


globals().update(collected())


@pytest.fixture(autouse=True)
def holds_for_a_lake(request: pytest.FixtureRequest) -> None:
    for name in (request.node.originalname, request.node.name):
        if name in DIFFERENT:
            pytest.skip(DIFFERENT[name])

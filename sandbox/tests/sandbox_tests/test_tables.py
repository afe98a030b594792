"""Tables hold rows by numbers or by texts."""

from __future__ import annotations

import pytest
from sandbox.tables import Table


def test_rows_with_numbers_stand_in_the_order_of_their_numbers() -> None:
    table = Table("incidents", {"page": 1}, {"page": lambda row: row["page"]})
    for row_id in (5, 2, None):
        table.insert({"id": row_id})
    assert [row["id"] for row in table] == [2, 5, 6]
    assert [row["id"] for row in table.find("page", 1)] == [2, 5, 6]


def test_rows_with_texts_stand_in_the_order_in_which_they_came() -> None:
    table = Table("incidents", {"page": 1}, {"page": lambda row: row["page"]}, new_id="row-{}".format)
    for row_id in ("z", None, "a"):
        table.insert({"id": row_id})
    assert [row["id"] for row in table] == ["z", "row-2", "a"]
    table.update("z", {"page": 2})
    table.update("z", {"page": 1})
    assert [row["id"] for row in table.find("page", 1)] == ["z", "row-2", "a"]


def test_an_id_is_never_given_out_again() -> None:
    table = Table("incidents", {}, new_id="row-{}".format)
    table.insert({})
    table.delete("row-1")
    assert table.insert({})["id"] == "row-2"
    with pytest.raises(ValueError, match="has a row row-2 already"):
        table.insert({"id": "row-2"})

"""Columns carry what the schema says of their properties."""

from __future__ import annotations

from typing import Any

import pytest
from target_duckdb.database import Database


def described(*texts: str | None) -> dict[str, Any]:
    """Properties ``id``, ``a``, ``b`` and so on with these descriptions."""
    definitions = [{"type": ["null", "string"]} | ({} if text is None else {"description": text}) for text in texts]
    return {"id": {"type": "integer"}, **dict(zip("abcdef", definitions, strict=False))}


def comments(warehouse: Any) -> dict[str, str | None]:
    return dict(warehouse.rows("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 't'"))


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The comments that were written."""
    written: list[str] = []
    execute = Database.execute

    def note(database: Database, sql: str, *more: Any) -> None:
        if sql.startswith("COMMENT"):
            written.append(sql)
        execute(database, sql, *more)

    monkeypatch.setattr(Database, "execute", note)
    return written


def test_descriptions_become_comments_whatever_they_hold(warehouse: Any, say: Any) -> None:
    texts = ["The customer's name", '"quoted"; -- no comment', "two\nlines, \u00e9t\u00e9 \U0001f600", None]
    warehouse.load(say.schema("t", described(*texts)))
    assert comments(warehouse) == {"id": None, **dict(zip("abcd", texts, strict=True))}


def test_a_changed_description_is_taken_over_and_an_unchanged_one_costs_nothing(
    warehouse: Any, say: Any, statements: list[str]
) -> None:
    with warehouse.connect() as connection:
        connection.execute("CREATE TABLE t (id BIGINT, a VARCHAR, b VARCHAR, mine INTEGER)")
        connection.execute("COMMENT ON COLUMN t.b IS 'written by hand'; COMMENT ON COLUMN t.mine IS 'by hand, too'")
    own = {"id": None, "b": "written by hand", "mine": "by hand, too"}
    warehouse.load(say.schema("t", described("old", None)))
    assert comments(warehouse) == {"a": "old", **own}
    warehouse.load(say.schema("t", described("new", None)))
    assert comments(warehouse) == {"a": "new", **own}
    statements.clear()
    warehouse.load(say.schema("t", described("new", None)), say.record("t", id=1), add_record_metadata=False)
    warehouse.load(say.schema("t", described(None, None)))
    assert statements == []
    assert comments(warehouse) == {"a": "new", **own}


def test_a_column_of_another_name_has_both_its_description_and_its_property(warehouse: Any, say: Any) -> None:
    upper = {"type": ["null", "string"], "description": "Singer property: none"}
    properties = {"a": {"type": "string", "description": "small"}, "A": upper | {"description": "large"}, "b": upper}
    for _ in range(2):
        warehouse.load(say.schema("t", properties, ()), say.record("t", a="x", A="y", b="z"))
    assert warehouse.rows("SELECT DISTINCT a_2, A, b FROM t") == [("x", "y", "z")]
    assert comments(warehouse) == {
        "a_2": "small\nSinger property: a",
        "A": "large",
        "b": "Singer property: none\nSinger property: b",
    }


def test_comments_survive_what_happens_to_a_table(warehouse: Any, say: Any) -> None:
    wider = described("text", "more") | {"a": {"type": ["null", "object"], "description": "text"}}
    warehouse.load(say.schema("t", described("text")), say.record("t", id=1, a="x"))
    with warehouse.connect() as connection:
        connection.execute("CREATE INDEX by_id ON t (id)")
    warehouse.load(say.schema("t", described("other", "more")))
    assert comments(warehouse) == {"id": None, "a": "other", "b": "more"}
    warehouse.load(say.schema("t", wider), say.record("t", id=2, a={}), say.state({}), load_method="overwrite")
    assert comments(warehouse) == {"id": None, "a": "text", "b": "more"}


def test_a_description_is_found_where_the_property_refers_to(warehouse: Any, say: Any) -> None:
    message = say.schema("t", {"a": {"$ref": "#/definitions/name"}, "b": {"$ref": "#/definitions/name"}}, ())
    message["schema"]["definitions"] = {"name": {"type": "string", "description": "A name"}}
    message["schema"]["properties"]["b"]["description"] = "Its own"
    warehouse.load(message)
    assert comments(warehouse) == {"a": "A name", "b": "Its own"}


def test_metadata_columns_are_described(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("t", described()), say.record("t", 1, id=1), add_record_metadata=True)
    assert [name for name, comment in comments(warehouse).items() if comment is None] == ["id"]

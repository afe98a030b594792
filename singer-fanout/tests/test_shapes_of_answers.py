"""What a tap makes of a part of an answer that is not what it should be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_fanout import as_list, as_object, identities, identity

IDS: st.SearchStrategy[Any] = st.sampled_from(["a", "", 1, 0, None, True, 1.5, [], {"id": 1}])
OBJECTS = st.builds(lambda key: {"id": key}, st.integers() | st.text("ab"))


@pytest.mark.parametrize("odd", [None, 5, "text", True, [{"a": 1}]], ids=repr)
def test_what_is_no_object_is_an_empty_one(odd: Any) -> None:
    assert as_object(odd) == {}
    assert as_object({"a": 1}) == {"a": 1}


@pytest.mark.parametrize(
    ("told", "items"),
    [([1, None], [1, None]), (None, []), ("", []), ({}, []), ("c1", [None]), (0, [None]), ({"id": 1}, [{"id": 1}])],
    ids=repr,
)
def test_one_object_is_a_list_of_it_and_nothing_is_an_empty_one(told: Any, items: list[Any]) -> None:
    assert as_list(told) == items


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({"id": "c1"}, "c1"),
        ({"id": 0}, 0),
        ("c1", "c1"),
        (7, 7),
        ({}, None),
        ({"id": None}, None),
        ({"id": ["c1"]}, None),
        ({"id": {"id": "c1"}}, None),
        ("", None),
        (True, None),
        (None, None),
        ([1], None),
    ],
    ids=repr,
)
def test_a_thing_is_identified_by_its_id_or_is_one(told: Any, key: Any) -> None:
    assert identity(told) == key
    assert identity({"component_id": told}, "component_id") == (None if isinstance(told, dict) else key)


@given(st.lists(OBJECTS) | st.lists(OBJECTS | st.builds(lambda key: {"id": key}, IDS) | IDS))
def test_the_ids_of_many_things_are_those_of_each(things: list[Any]) -> None:
    assert identities(things) == [identity(thing) for thing in things]

"""Maps and flattening: columns have the type of their values, and whatever is wrong with a map is one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from status_page import add_metric, add_templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from status_runs import Run, TapRunner
    from status_tap import Templates

    from sandbox import Sandbox

Config = dict[str, Any]


class Mapped:
    """Runs of the tap with stream maps, on a page with three templates and a metric."""

    def __init__(self, box: Sandbox, tap: TapRunner, config: Callable[..., Config]) -> None:
        self.box, self.tap, self.config = box, tap, config
        add_templates(box, 3)
        add_metric(box, points=0)

    def __call__(self, maps: Any, only: Iterable[str] = ("templates",), **settings: Any) -> Run:
        return self.of(self.catalog(only), stream_maps=maps, **settings)

    def catalog(self, only: Iterable[str] = ("templates",)) -> dict[str, Any]:
        return self.tap.catalog(self.config(), only)

    def of(self, catalog: dict[str, Any], **settings: Any) -> Run:
        self.box.requests.clear()
        return self.tap(self.config(**settings), catalog=catalog)

    @property
    def requests(self) -> int:
        return self.box.requests.total


@pytest.fixture
def mapped(box: Sandbox, tap: TapRunner, config: Callable[..., Config]) -> Mapped:
    return Mapped(box, tap, config)


def column(run: Run, name: str, stream: str = "templates") -> Any:
    (schema,) = run.of_type("SCHEMA", stream)
    return schema["schema"]["properties"][name].get("type")


def every_row_fits_its_schema(run: Run) -> None:
    for message in run.of_type("SCHEMA"):
        for row in run.rows(message["stream"]):
            Draft202012Validator(message["schema"]).validate(row)


@pytest.mark.parametrize(
    ("expression", "kind", "first"),
    [
        ("str(id)", "string", "1"),
        ("'t' + str(id)", "string", "t1"),
        ("md5(str(id))", "string", "c4ca4238a0b923820dcc509a6f75849b"),
        ("f'{id}-{slug}'", "string", "1-t-1"),
        ("self + 1000", "integer", 1001),
        ("self / 2", "number", 0.5),
        ("-self", "integer", -1),
        ("id == 1", "boolean", True),
        ("not id", "boolean", False),
        ("name", "string", "Template 1"),
        ("_['name']", "string", "Template 1"),
        ("record.get('slug')", "string", "t-1"),
        ("name.upper()", "string", "TEMPLATE 1"),
        ("name.startswith('T')", "boolean", True),
        ("name if id else slug", "string", "Template 1"),
        ("slug or name", "string", "t-1"),
        ("config['seed'] + id", "integer", 8),
        ("datetime.datetime(2026, 1, 2).year", "integer", 2026),
        ("name.split(' ')", "array", ["Template", "1"]),
    ],
)
def test_a_column_has_the_type_of_its_expression_also_where_that_is_the_key(
    mapped: Mapped, expression: str, kind: str, first: Any
) -> None:
    fields = {"id": expression, "more": expression.replace("self", "id")}
    run = mapped({"templates": fields}, stream_map_config={"seed": 7})
    assert run.exit_code == 0, run.log
    for name in ("id", "more"):
        assert set(column(run, name)) == {kind, "null"}
        assert run.rows("templates")[0][name] == first
    every_row_fits_its_schema(run)


@pytest.mark.parametrize(
    "expression", ["id if id > 1 else 'none'", "[1, 2.5, 'x'][id - 1]"], ids=["a choice", "an element"]
)
def test_numbers_of_a_column_of_text_become_text(mapped: Mapped, expression: str) -> None:
    run = mapped({"templates": {"more": expression}})
    assert run.exit_code == 0
    assert set(column(run, "more")) == {"string", "null"}
    assert all(type(row["more"]) is str for row in run.rows("templates"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": None}, "Removing key property 'id' is not permitted"),
        ({"id": "__NULL__"}, "Removing key property 'id' is not permitted"),
        ({"__key_properties__": ["slug", "nowhere"]}, "'nowhere'"),
        ({"x": "str(name"}, "templates.x: 'str(name' is not an expression"),
        ({"x": ""}, "templates.x: '' is not an expression"),
        ({"x": "a = 1"}, "templates.x: 'a = 1' is not an expression"),
        ({"x": "id; name"}, "templates.x: 'id; name' is not an expression"),
        ({"__filter__": "id >"}, "templates.__filter__: 'id >' is not an expression"),
        ({"x": "nam"}, "templates.x: the stream 'templates' has no selected field 'nam'"),
        ({"x": "self"}, "templates.x: the stream 'templates' has no selected field 'self'"),
        ({"__filter__": "nam"}, "templates.__filter__: the stream 'templates' has no selected field 'nam'"),
        ({"x": "__import__('os')"}, "templates.x: there is no function '__import__' here"),
        ({"__else__": "drop"}, "templates.__else__: 'drop' is not null"),
        ({"__filtre__": "id"}, "templates.__filtre__: there is no such operator"),
        ({"__alias__": "two words"}, "templates.__alias__: "),
        ({"__alias__": "1"}, "templates.__alias__ gives 1, which is not a name"),
        ({"__alias__": "''"}, "templates.__alias__ gives '', which is not a name"),
        ({"__alias__": 1}, "config['stream_maps']['templates']"),
        ({"__source__": "templates", "__alias__": "other"}, "templates.__alias__: there is no such operator"),
        ({"x": {"a": "id"}}, "config['stream_maps']['templates']"),
        ({"x": 5}, "config['stream_maps']['templates']"),
        ("str(id)", "config['stream_maps']['templates']"),
    ],
    ids=str,
)
def test_a_map_that_cannot_be_right_ends_the_run_before_its_first_request(
    mapped: Mapped, fields: Any, said: str
) -> None:
    run = mapped({"templates": fields})
    (error,) = run.errors
    assert run.exit_code == 1
    assert said in error
    assert "report it" not in error
    assert "Traceback" not in run.log
    assert mapped.requests == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"x": "id / (id - 2)"}, "templates.x: 'id / (id - 2)' cannot be computed on a row"),
        ({"x": "name + 1"}, "TypeError"),
        ({"x": "int(name)"}, "ValueError"),
        ({"x": "config['nothing']"}, "KeyError"),
        ({"x": "name.nothing()"}, "Attribute 'nothing' does not exist"),
        ({"x": "lambda: 1"}, "Lambda is not available"),
        ({"x": "'a' * 10000000"}, "I will not evaluate something that long"),
        ({"__filter__": "name > 1"}, "templates.__filter__: 'name > 1' cannot be computed on a row"),
        ({"x": "datetime"}, "templates.x gives '<"),
        ({"x": "[True, 1][id - 2]"}, "its column is of the type string"),
        ({"id": "[id, None, 'three'][id - 1]"}, "templates.id gives 'three' of the type str"),
    ],
    ids=str,
)
def test_a_map_that_fails_on_a_row_is_told_in_one_line(mapped: Mapped, fields: Mapping[str, Any], said: str) -> None:
    run = mapped({"templates": fields})
    (error,) = run.errors
    assert run.exit_code == 1
    assert error.startswith("stream_maps: ")
    assert said in error
    assert "Traceback" not in run.log
    assert not run.activated


def test_a_map_of_a_stream_that_is_not_selected_waits_until_it_is(mapped: Mapped) -> None:
    maps = {"templates": {"slug": "name.upper()"}, "metrics": {"x": "nowhere"}}
    run = mapped(maps)
    assert run.exit_code == 0
    assert [row["slug"] for row in run.rows("templates")] == ["TEMPLATE 1", "TEMPLATE 2", "TEMPLATE 3"]
    assert run.activated == {"templates"}
    run = mapped(maps, ["templates", "metrics"])
    assert run.errors == ["stream_maps: metrics.x: the stream 'metrics' has no selected field 'nowhere'"]
    assert mapped.requests == 0


def test_a_test_of_the_connection_applies_the_maps_of_streams_that_are_off_by_default(
    mapped: Mapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("status_tap.Templates.selected_by_default", False)
    settings = mapped.config(stream_maps={"templates": {"slug": "'tested'"}})
    run = mapped.tap(settings, arguments=["--test"])
    assert run.exit_code == 0
    assert [row["slug"] for row in run.rows("templates")] == ["tested"]


def test_a_map_of_a_stream_that_there_is_not_is_named_and_does_nothing(mapped: Mapped) -> None:
    maps = {"templats": {"x": "id"}, "copy": {"__source__": "template"}, "met*": {"x": "id"}}
    run = mapped(maps, ["templates"])
    assert run.exit_code == 0
    assert run.warnings == [
        "stream_maps names a stream 'templats', which the tap does not have",
        "stream_maps names a stream 'template', which the tap does not have",
    ]


def test_a_field_that_the_api_did_not_send_is_null_in_an_expression(
    mapped: Mapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_slug(_: Templates, page: Any) -> Iterable[dict[str, Any]]:
        return ({"id": resource["attributes"]["id"]} for resource in page["data"])

    monkeypatch.setattr("status_tap.Templates.parse_page", without_slug)
    run = mapped({"templates": {"x": "slug", "y": "slug if slug else 'none'"}})
    assert run.exit_code == 0
    assert run.rows("templates") == [{"id": number, "x": None, "y": "none"} for number in (1, 2, 3)]


@pytest.mark.parametrize("nothing", [None, "__NULL__"])
def test_a_stream_without_its_other_fields_keeps_its_key(mapped: Mapped, nothing: str | None) -> None:
    run = mapped({"templates": {"__else__": nothing, "label": "name"}})
    assert run.exit_code == 0
    assert run.rows("templates")[0] == {"id": 1, "label": "Template 1"}
    every_row_fits_its_schema(run)


def test_another_key_may_be_chosen(mapped: Mapped) -> None:
    run = mapped({"templates": {"__key_properties__": ["slug"], "id": None}})
    (schema,) = run.of_type("SCHEMA")
    assert schema["key_properties"] == ["slug"]
    assert "id" not in schema["schema"]["properties"]
    assert "id" not in run.rows("templates")[0]


def test_a_filter_leaves_rows_out(mapped: Mapped) -> None:
    run = mapped({"templates": {"__filter__": "id != 2"}})
    assert run.ids("templates") == [1, 3]
    assert run.activated == {"templates"}


@pytest.mark.parametrize("nothing", [None, "__NULL__"])
def test_all_streams_but_those_with_a_map_can_be_left_out(mapped: Mapped, nothing: str | None) -> None:
    run = mapped({"__else__": nothing, "metrics": {"x": "id"}}, ["templates", "metrics"])
    assert run.exit_code == 0
    assert {message["stream"] for message in run.of_type("RECORD")} == {"metrics"}


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        ({"__else__": "drop"}, "stream_maps.__else__: 'drop' is not null, and nothing else is supported"),
        ({"__filter__": {"x": "id"}}, "stream_maps: Option '__filter__"),
    ],
)
def test_operators_for_all_streams_are_checked(mapped: Mapped, maps: Mapping[str, Any], said: str) -> None:
    run = mapped(maps, ["templates"])
    (error,) = run.errors
    assert run.exit_code == 1
    assert error.startswith(said)


@pytest.mark.parametrize(
    "maps",
    [
        {"templates": {"__alias__": "metrics"}},
        {"metrics": {"__source__": "templates", "x": "id"}},
        {"*": {"__alias__": "everything"}},
    ],
    ids=["alias", "source", "pattern"],
)
def test_two_streams_must_not_be_written_as_one(mapped: Mapped, maps: Mapping[str, Any]) -> None:
    run = mapped(maps, ["templates", "metrics"])
    (error,) = run.errors
    assert run.exit_code == 1
    assert error.startswith("The streams 'metrics' and 'templates' would both be written as '")
    assert mapped.requests == 0


def test_a_stream_may_take_the_name_of_one_that_is_not_selected(
    mapped: Mapped,
) -> None:
    run = mapped({"templates": {"__alias__": "metrics"}})
    assert run.exit_code == 0
    assert run.ids("metrics") == [1, 2, 3]
    assert run.activated == {"metrics"}


def test_a_copy_of_a_stream_has_a_name_and_a_version_of_its_own(mapped: Mapped) -> None:
    run = mapped({"few": {"__source__": "templates", "__filter__": "id > 2"}}, ["templates"])
    assert run.ids("templates") == [1, 2, 3]
    assert run.ids("few") == [3]
    assert run.activated == {"templates", "few"}


@pytest.mark.parametrize(
    ("own", "separator", "fields"),
    [
        ("meta__a", "__", {}),
        ("meta_a", "_", {}),
        ("other", "__", {"meta__a": "name"}),
    ],
    ids=["a field", "another separator", "a map"],
)
def test_flattening_that_makes_two_columns_of_one_name_ends_the_run_before_its_first_request(
    mapped: Mapped, own: str, separator: str, fields: Mapping[str, Any]
) -> None:
    catalog = mapped.catalog()
    (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == "templates")
    text = {"type": ["string", "null"]}
    entry["schema"]["properties"] |= {own: text, "meta": {"type": ["object", "null"], "properties": {"a": text}}}
    settings = {"flattening_enabled": True, "flattening_max_depth": 1, "stream_maps": {"templates": fields}}
    run = mapped.of(catalog, flattening_separator=separator, **settings)
    (error,) = run.errors
    assert run.exit_code == 1
    assert f"the stream 'templates' would have two columns of the name 'meta{separator}a'" in error
    assert mapped.requests == 0
    assert mapped.of(catalog, flattening_separator="-", **settings).exit_code == 0

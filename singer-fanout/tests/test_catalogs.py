"""What a catalog does not say is as discovery says; what cannot be is one line, before the first request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest
from status_page import add_incident, add_templates

if TYPE_CHECKING:
    from status_runs import Run, TapRunner

    from sandbox import Sandbox

Config = dict[str, Any]
Entry = dict[str, Any]
Edit = Callable[[Entry], object]


class Edited:
    """Runs of the tap with the catalog of one selected stream whose entry was changed."""

    def __init__(self, box: Sandbox, tap: TapRunner, config: Callable[..., Config]) -> None:
        self.box, self.tap, self.config = box, tap, config
        add_templates(box, 2)
        add_incident(box, day=1, updates=2)

    def __call__(self, change: Edit, stream: str = "templates", **settings: Any) -> Run:
        catalog = self.catalog([stream])
        (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream)
        change(entry)
        return self.of(catalog, **settings)

    def catalog(self, only: Iterable[str]) -> dict[str, Any]:
        return self.tap.catalog(self.config(), only)

    def of(self, catalog: dict[str, Any], state: dict[str, Any] | None = None, **settings: Any) -> Run:
        self.box.requests.clear()
        return self.tap(self.config(**settings), catalog=catalog, state=state)

    @property
    def requests(self) -> int:
        return self.box.requests.total


@pytest.fixture
def edited(box: Sandbox, tap: TapRunner, config: Callable[..., Config]) -> Edited:
    return Edited(box, tap, config)


def without(*names: str) -> Edit:
    return lambda entry: [entry.pop(name) for name in names]


def with_(**parts: Any) -> Edit:
    return lambda entry: entry.update(parts)


def choosing(**choices: Any) -> Edit:
    """Change the metadata of the stream itself."""

    def change(entry: Entry) -> None:
        (own,) = (part["metadata"] for part in entry["metadata"] if not part["breadcrumb"])
        own.update({name.replace("_", "-"): value for name, value in choices.items()})

    return change


def declaring(**properties: Any) -> Edit:
    return lambda entry: entry["schema"]["properties"].update(properties)


@pytest.mark.parametrize(
    "change",
    [
        without("stream"),
        without("metadata"),
        without("key_properties"),
        without("key_properties", "metadata", "replication_method", "stream"),
        with_(key_properties=[]),
        with_(key_properties=None),
        with_(stream=None),
        with_(metadata=[]),
        with_(metadata=[{"breadcrumb": ["properties", "slug"], "metadata": {"inclusion": "available"}}]),
        lambda entry: [
            part["metadata"].update(selected=False, inclusion="available")
            for part in entry["metadata"]
            if part["breadcrumb"] == ["properties", "id"]
        ],
    ],
)
def test_a_catalog_that_says_less_is_completed(edited: Edited, change: Edit) -> None:
    run = edited(change)
    assert run.exit_code == 0, run.log
    (schema,) = run.of_type("SCHEMA", "templates")
    assert schema["key_properties"] == ["id"]
    assert [{"id", "slug"} & row.keys() for row in run.rows("templates")] == [{"id", "slug"}] * 2
    assert run.activated == {"templates"}


def test_a_stream_that_is_off_by_default_is_not_selected_by_a_catalog_that_does_not_say_so(
    edited: Edited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("status_tap.Templates.selected_by_default", False)
    run = edited(without("metadata"))
    assert run.errors == ["No stream is selected, so nothing was read. Select some in the catalog"]
    assert edited.requests == 0


@pytest.mark.parametrize(
    "change", [without("replication_key"), without("replication_key", "replication_method", "metadata")]
)
def test_a_stream_that_is_read_since_a_time_stays_so(edited: Edited, change: Edit) -> None:
    run = edited(change, "updates")
    assert run.exit_code == 0
    assert run.state["bookmarks"]["updates"]["replication_key"] == "incident_occurred_at"


def test_the_output_has_the_name_that_the_catalog_gives_a_stream_and_the_state_its_id(edited: Edited) -> None:
    run = edited(with_(stream="news"), "updates")
    assert run.exit_code == 0
    assert {message["stream"] for message in run.messages if "stream" in message} == {"news"}
    assert run.activated == {"news"}
    assert list(run.state["bookmarks"]) == ["updates"]
    mapped = edited(with_(stream="news"), "updates", stream_maps={"updates": {"message": "'*'"}})
    assert {row["message"] for row in mapped.rows("news")} == {"*"}
    renamed = edited(with_(stream="news"), "updates", stream_maps={"updates": {"__alias__": "mine"}})
    assert renamed.rows("mine")


UNUSABLE: list[tuple[Edit, str]] = [
    (without("schema"), "missing required field `schema`"),
    (with_(schema=None), "got `null` - at `$.schema`"),
    (with_(schema={}), "missing required field `properties`"),
    (with_(schema={"properties": {}}), "its schema has no properties"),
    (with_(schema={"properties": []}), "got `array` - at `$.schema.properties`"),
    (with_(stream=5), "got `int` - at `$.stream`"),
    (with_(metadata=None), "got `null` - at `$.metadata`"),
    (with_(metadata=[5]), "got `int` - at `$.metadata[0]`"),
    (with_(metadata=[{"breadcrumb": []}]), "missing required field `metadata` - at `$.metadata[0]`"),
    (choosing(selected="false"), "got `str` - at `$.metadata["),
    (with_(key_properties="id"), "got `str` - at `$.key_properties`"),
    (with_(key_properties=["nowhere"]), "its schema has no property 'nowhere', which is a part of its key"),
    (with_(schema={"properties": {"name": {}}}), "its schema has no property 'id', which is a part of its key"),
    (with_(replication_method="LOG_BASED"), "Invalid enum value 'LOG_BASED'"),
    (with_(replication_method="INCREMENTAL"), "this stream is always read in full (FULL_TABLE)"),
    (choosing(replication_method="INCREMENTAL"), "this stream is always read in full (FULL_TABLE)"),
    (with_(replication_method=None, replication_key="slug"), "it has the replication key 'slug'"),
    (declaring(name=5), "property 'name': Expected `object`, got `int`"),
    (declaring(name=True), "property 'name': Expected `object`, got `bool`"),
    (declaring(name={"type": 5}), "property 'name': "),
    (declaring(name={"type": "text"}), "property 'name': Invalid enum value 'text'"),
    (declaring(name={"type": "array", "items": {"type": [5]}}), "property 'name': "),
    (declaring(name={"type": "object", "properties": {"a": 5}}), "property 'name': "),
]


@pytest.mark.parametrize(("change", "said"), UNUSABLE)
def test_an_entry_that_cannot_be_right_is_named(edited: Edited, change: Edit, said: str) -> None:
    run = edited(change)
    (error,) = run.errors
    assert run.exit_code == 1
    assert error.startswith("The catalog's entry of the stream 'templates' cannot be used: ")
    assert said in error
    assert "Traceback" not in run.log
    assert edited.requests == 0


@pytest.mark.parametrize(
    ("change", "said"), [case for case in UNUSABLE if "metadata" not in case[1] and "`str` - at `$.m" not in case[1]]
)
def test_an_entry_of_a_stream_that_is_not_selected_need_not_be_right(edited: Edited, change: Edit, said: str) -> None:
    catalog = edited.catalog(["incidents"])
    (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == "templates")
    change(entry)
    run = edited.of(catalog)
    assert (run.exit_code, run.errors) == (0, []), run.log
    assert run.activated == {"incidents"}
    (warning,) = run.warnings
    assert said in warning
    assert warning.endswith("The stream is not selected, so the entry is ignored")


def test_the_parent_of_a_selected_stream_is_read_as_discovery_says_where_its_own_entry_is_wrong(edited: Edited) -> None:
    catalog = edited.catalog(["updates"])
    (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == "incidents")
    del entry["schema"]["properties"]["id"]
    run = edited.of(catalog)
    assert (run.exit_code, run.activated) == (0, {"updates"}), run.log
    assert len(run.rows("updates")) == 2


def test_another_replication_key_than_the_streams_own_is_refused(edited: Edited) -> None:
    run = edited(choosing(replication_key="id"), "updates")
    (error,) = run.errors
    assert "the replication key 'id', and this stream knows 'incident_occurred_at' alone" in error
    assert edited.requests == 0


@pytest.mark.parametrize(
    "change",
    [
        with_(replication_method="FULL_TABLE"),
        choosing(replication_method="FULL_TABLE"),
        choosing(forced_replication_method="FULL_TABLE"),
    ],
)
def test_the_metadata_may_choose_to_read_a_stream_whole(edited: Edited, change: Edit) -> None:
    first = edited(lambda _: None, "updates")
    add_incident(edited.box, day=2)
    catalog = edited.catalog(["updates"])
    news = edited.of(catalog, state=first.state)
    assert "Reading 1 of 5 streams: 1 incrementally, 0 in full" in news.log
    assert news.activated == set()
    (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == "updates")
    change(entry)
    whole = edited.of(catalog, state=first.state)
    assert whole.exit_code == 0
    assert "Reading 1 of 5 streams: 0 incrementally, 1 in full" in whole.log
    assert whole.activated == {"updates"}
    assert len(whole.rows("updates")) == 3


def test_two_entries_of_one_stream_are_refused(edited: Edited) -> None:
    catalog = edited.catalog(["templates"])
    catalog["streams"] *= 2
    run = edited.of(catalog)
    (error,) = run.errors
    assert run.exit_code == 1
    assert error == "The catalog has 2 entries of the stream 'incidents'; leave one."


def test_two_entries_with_one_name_are_refused(edited: Edited) -> None:
    catalog = edited.catalog(["templates", "metrics"])
    for entry in catalog["streams"]:
        entry["stream"] = "rows"
    run = edited.of(catalog)
    (error,) = run.errors
    assert error.startswith("The streams 'metrics' and 'templates' would both be written as 'rows'")
    assert edited.requests == 0

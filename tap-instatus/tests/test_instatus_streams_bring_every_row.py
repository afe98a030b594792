"""Row by row: what the tap writes is what the server holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from instatus_facts import (
    INSIDE_OTHERS,
    LISTS,
    OF_PAGES,
    PERSONAL,
    STREAMS,
    InstatusFacts,
    all_differences,
    differences,
    field,
    schema,
    settings,
)

from sandbox import Fault, InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from instatus_facts import Row
    from singer_fanout.testing import Run, TapRunner

BY_LANGUAGE = {
    "pages": ("name",),
    "components": ("name", "description"),
    "incidents": ("name",),
    "incident_updates": ("message",),
    "maintenances": ("name",),
    "templates": ("name", "message"),
    "metrics": ("name",),
    "monitors": ("name",),
    "escalation_policies": ("name", "description"),
}
# What the tap leaves out of each list, and the README gives the reasons for.
SECRET = {
    "pages": {"secureLink"},
    "components": {"uniqueEmail"},
    "subscribers": {
        *("unsubscribeToken", "webhook", "slack", "discord", "microsoftTeamsWebhook", "googleChatWebhook"),
        *("webhookHeaders", "webhookQueryParams", "webhookIncidentBody", "webhookMaintenanceBody"),
        "webhookComponentBody",
    },
    "monitors": {"basicAuth", "headers", "queryParams", "body"},
    "cron_monitors": {"slug"},
    "monitor_alerts": {"recipient", "metadata"},
}
COMPONENTS_V2 = "/instatus/v2/{page_id}/components"
GROUPED = [("g1", None), ("c1", "g1"), ("c2", "g1"), ("c3", None)]
C3: dict[str, Any] = {"id": "c3", "groupId": None}
TREES: dict[str, tuple[list[Any], list[tuple[str, str | None]]]] = {
    "members tell their group": (
        [{"id": "g1", "children": [{"id": "c1", "groupId": "g1"}, {"id": "c2", "groupId": "g1"}]}, C3],
        GROUPED,
    ),
    "members do not tell their group": (
        [{"id": "g1", "isParent": True, "children": [{"id": "c1"}, {"id": "c2", "groupId": None}]}, C3],
        GROUPED,
    ),
    "members tell their group as an object": (
        [{"id": "c1", "group": {"id": "g1", "name": "G"}}, {"id": "g1", "children": []}, C3],
        [("c1", "g1"), ("g1", None), ("c3", None)],
    ),
    "no children in three ways": (
        [{"id": "g1"}, {"id": "c1", "children": None}, {"id": "c2", "children": []}, {**C3, "children": {}}],
        [("g1", None), ("c1", None), ("c2", None), ("c3", None)],
    ),
    "groups in groups in groups": (
        [
            {
                "id": "g1",
                "children": [{"id": "g2", "children": [{"id": "g3", "children": [{"id": "c1"}]}]}, {"id": "c2"}],
            }
        ],
        [("g1", None), ("g2", "g1"), ("g3", "g2"), ("c1", "g3"), ("c2", "g1")],
    ),
    "members stand beside their group too": (
        [{"id": "g1", "children": [{"id": "c1"}, {"id": "c2"}]}, {"id": "c1", "groupId": None}, {"id": "c2"}, C3],
        GROUPED,
    ),
    "members stand before their group too": (
        [{"id": "c1"}, {"id": "c2"}, {"id": "g1", "children": [{"id": "c1"}, {"id": "c2"}]}, C3],
        [("c1", "g1"), ("c2", "g1"), ("g1", None), ("c3", None)],
    ),
    "members are told by their ids": (
        [{"id": "g1", "children": ["c1", "c2"]}, {"id": "c1"}, {"id": "c2"}, C3],
        GROUPED,
    ),
    "one member is no list": (
        [{"id": "g1", "children": {"id": "c1"}}, C3],
        [("g1", None), ("c1", "g1"), ("c3", None)],
    ),
    "null among members": (
        [{"id": "g1", "children": [None, {"id": "c1"}]}, None, C3],
        [("g1", None), ("c1", "g1"), ("c3", None)],
    ),
    "a member of a group without an id": (
        [{"name": "G", "children": [{"id": "c1"}]}, C3],
        [("c1", None), ("c3", None)],
    ),
}
"""What a list tells, and the ids and groups of the rows that it means."""
ELSEWHERE = {
    "components": {"group"},
    "incidents": {"updates", "components"},
    "maintenances": {"updates", "components"},
    "metrics": {"data"},
    "team": {"user"},
    "subscribers": {"components"},
    "audience_groups": {"teammates", "components"},
}


def assert_holds(run: Run, expected: dict[str, list[Row]]) -> None:
    assert run.exit_code == 0, run.log
    assert run.rows.keys() <= expected.keys()
    assert all_differences(run.rows, expected) == []


class TestAWholeRun:
    """Every stream of every page."""

    def test_every_stream_holds_what_the_server_holds(self, whole_run: Run, facts: dict[str, list[Row]]) -> None:
        assert all(facts.values())
        assert_holds(whole_run, facts)

    def test_one_request_at_a_time_brings_the_same_rows(
        self, full_box: Sandbox, tap: TapRunner, facts: dict[str, list[Row]]
    ) -> None:
        assert_holds(tap(settings(full_box, max_concurrency=1), everything=True), facts)

    def test_people_are_left_out_unless_they_are_selected(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(full_box))
        assert run.exit_code == 0
        assert set(STREAMS) - run.rows.keys() == PERSONAL
        assert not any("/team" in url or "/subscribers" in url for url in full_box.requests.urls[-40:])

    @pytest.mark.parametrize("stream", sorted(INSIDE_OTHERS | {"public_summary", "monitors", "user"}))
    def test_a_stream_needs_no_other(
        self, full_box: Sandbox, tap: TapRunner, facts: dict[str, list[Row]], stream: str
    ) -> None:
        run = tap(settings(full_box), only=[stream])
        assert run.rows.keys() == {stream}
        assert differences(stream, run.rows[stream], facts[stream]) == []

    def test_every_row_of_a_page_names_it(self, whole_run: Run) -> None:
        pages = {row["id"] for row in whole_run.rows["pages"]}
        for stream in OF_PAGES:
            named = {row["page_id"] for row in whole_run.rows[stream]}
            assert named == pages if stream in LISTS else named <= pages, stream

    def test_nothing_is_warned_of_but_the_private_page(self, whole_run: Run) -> None:
        left_out, incomplete = whole_run.warnings
        assert "/status-2/summary.json answered 404" in left_out
        assert incomplete.startswith("Incomplete: stream 'public_summary' keeps rows")

    @pytest.mark.parametrize("order", ["oldest_first", "updated_first"])
    def test_the_order_of_lists_does_not_matter(
        self, large_box: Sandbox, tap: TapRunner, facts: dict[str, list[Row]], order: Any
    ) -> None:
        large_box.instatus.settings.order = order
        assert_holds(tap(settings(large_box), everything=True), facts)

    def test_a_server_with_documented_fields_only_is_read_without_a_warning(self, box: Sandbox, tap: TapRunner) -> None:
        box.instatus.settings.observed_fields = False
        run = tap(settings(box), everything=True)
        expected = InstatusFacts(box).streams()
        assert_holds(run, expected)
        assert not any("drift" in text for text in run.warnings)

    def test_an_empty_account_is_read_without_a_warning(self, tap: TapRunner) -> None:
        with Sandbox(
            seed=1, instatus=InstatusSeed(pages=0, unowned_pages=0, forbidden_pages=0, workspaces=0), bare=True
        ) as empty:
            run = tap(settings(empty), everything=True)
        assert (run.exit_code, run.warnings) == (0, [])
        assert run.rows.keys() == {"user"}
        assert run.activated == set(STREAMS)


class TestColumns:
    """What becomes of the fields."""

    @pytest.mark.parametrize("stream", sorted(LISTS))
    def test_a_field_is_a_column_or_left_out_on_purpose(self, full_box: Sandbox, stream: str) -> None:
        told = {name for _, row in full_box.instatus.view().all_rows(stream) for name in row}
        columns = {field(column) for column in schema(stream)["properties"]}
        assert told - columns - {"siteId"} == (SECRET.get(stream, set()) | ELSEWHERE.get(stream, set())) & told

    def test_a_page_keeps_its_link_to_itself(self, full_box: Sandbox) -> None:
        told = {name for row in full_box.instatus.view().pages() for name in row}
        assert told - {field(column) for column in schema("pages")["properties"]} == SECRET["pages"]

    def test_times_have_one_form(self, whole_run: Run) -> None:
        for stream in STREAMS:
            columns = [name for name, told in schema(stream)["properties"].items() if told.get("format") == "date-time"]
            times = [row[name] for row in whole_run.rows[stream] for name in columns if row.get(name)]
            assert {(len(time), time[-1]) for time in times} <= {(27, "Z")}

    def test_a_group_is_told_from_what_stands_in_it(self, whole_run: Run) -> None:
        rows = whole_run.rows["components"]
        groups = {row["id"] for row in rows if row["is_group"]}
        members = {row["group_id"] for row in rows if row["group_id"]}
        assert members
        assert members <= groups < {row["id"] for row in rows}

    def test_translations_keep_their_languages_as_they_are(self, box: Sandbox, tap: TapRunner) -> None:
        (incident, *_) = box.instatus.store.rows("incidents")
        translations = {"name": {"pt-BR": "Falha", "zhHant": "x"}}
        box.instatus.store.update("incidents", incident["id"], translations=translations)
        rows = tap(settings(box), only=["incidents"]).rows["incidents"]
        assert [row["translations"] for row in rows if row["id"] == incident["id"]] == [translations]

    def test_a_time_that_is_none_is_null_and_warned_of(self, box: Sandbox, tap: TapRunner) -> None:
        (metric, *_) = box.instatus.store.rows("datapoints")
        box.instatus.store.update("datapoints", metric["id"], timestamp=10**18)
        run = tap(settings(box), only=["metric_datapoints"])
        assert [row["timestamp"] for row in run.rows["metric_datapoints"] if row["id"] == metric["id"]] == [None]
        assert any("which is not a time" in text for text in run.warnings)

    def test_times_that_javascript_has_printed_stay_as_they_are(self, box: Sandbox, tap: TapRunner) -> None:
        box.instatus.settings.javascript_dates = True
        run = tap(settings(box), only=["public_summary"])
        assert all_differences(run.rows, InstatusFacts(box).streams(["public_summary"])) == []


class TestTextsByLanguage:
    """A name or a description may be an object by language."""

    @pytest.mark.parametrize(
        ("told", "text"),
        [
            ({"en": "Mail", "default": "Post"}, "Post"),
            ({"default": "Post"}, "Post"),
            ({"de": "Brief", "en": "Mail"}, "Mail"),
            ({"default": "", "en": None, "de": "Brief"}, "Brief"),
            ({}, None),
            ({"default": {"en": "Mail"}}, None),
            ("Mail", "Mail"),
            (None, None),
        ],
        ids=str,
    )
    def test_one_of_them_is_the_text(self, box: Sandbox, tap: TapRunner, told: Any, text: str | None) -> None:
        for table, columns in BY_LANGUAGE.items():
            for row in box.instatus.store.rows(table):
                box.instatus.store.update(table, row["id"], **dict.fromkeys(columns, told))
        run = tap(settings(box), only=[*BY_LANGUAGE, "incident_components", "public_summary"])
        assert run.exit_code == 0
        for stream, columns in BY_LANGUAGE.items():
            assert {row[name] for row in run.rows[stream] for name in columns} == {text}
        assert {row["name"] for row in run.rows["incident_components"]} == {text}
        (summary,) = run.rows["public_summary"]
        assert {summary["name"], *(incident["name"] for incident in summary["active_incidents"])} == {text}


class TestMonitorsWithoutAnId:
    """The provider's document shows monitors without one."""

    def test_each_has_a_key_that_stays_the_same(self, large_box: Sandbox, tap: TapRunner) -> None:
        large_box.instatus.settings.monitor_ids = False
        first, second = (tap(settings(large_box), only=["monitors"]).rows["monitors"] for _ in range(2))
        keys = [(row["page_id"], row["id"]) for row in first]
        assert len(keys) == len(set(keys)) == len(large_box.instatus.view().all_rows("monitors"))
        assert all(len(row["id"]) == 32 for row in first)
        assert first == second


class TestTheOtherVersionOfComponents:
    """`components_api_version: 2`."""

    def test_it_is_asked_for_where_the_setting_says_so(self, box: Sandbox, tap: TapRunner) -> None:
        (component, *_) = box.instatus.store.rows("components")
        box.instatus.store.update("components", component["id"], archivedAt=component["createdAt"])
        run = tap(settings(box, components_api_version=2), only=["components"])
        assert len(run.rows["components"]) == len(box.instatus.view().all_rows("components"))
        assert box.requests.count("/instatus/v1/{page_id}/components") == 0
        assert box.requests.count("/instatus/v2/{page_id}/components") > 0
        assert run.warnings == []
        assert {row["archived"] for row in run.rows["components"]} == {False, True}

    def test_members_of_groups_are_rows_with_their_group(self, box: Sandbox, tap: TapRunner) -> None:
        first, second = (tap(settings(box, components_api_version=version), only=["components"]) for version in (1, 2))
        told = {
            version: {(row["page_id"], row["id"], row["group_id"]) for row in run.rows["components"]}
            for version, run in enumerate((first, second), 1)
        }
        assert told[1] == told[2]
        assert len(told[2]) == len(second.rows["components"])
        assert second.activated == {"components"}

    @pytest.mark.parametrize("tree", TREES)
    def test_whatever_tree_is_told_each_component_is_one_row(self, box: Sandbox, tap: TapRunner, tree: str) -> None:
        page, other = (page["id"] for page in box.instatus.view().pages())
        box.instatus.refuse(other, 401, listed=False)
        box.faults.add(
            Fault("rewrite", COMPONENTS_V2, rewrite=lambda _: json.dumps(TREES[tree][0]).encode()),
        )
        run = tap(settings(box, components_api_version=2, page_ids=[page]), only=["components"])
        assert run.exit_code == 0
        assert [(row["id"], row.get("group_id")) for row in run.rows["components"]] == TREES[tree][1]
        assert not any("drift" in text for text in run.warnings)

    def test_a_member_that_stands_beside_its_group_on_another_page_is_one_row(
        self, box: Sandbox, tap: TapRunner
    ) -> None:
        page = box.instatus.view().pages()[0]["id"]
        groups = [{"id": f"g{n}", "children": [{"id": f"c{n}", "name": "n"}]} for n in range(100)]
        members = [{"id": f"c{n}", "groupId": None, "status": "OPERATIONAL"} for n in range(50)]

        def rewrite(told: list[Any]) -> Callable[[bytes], bytes]:
            return lambda _: json.dumps(told).encode()

        box.faults.add(Fault("rewrite", COMPONENTS_V2, rewrite=rewrite(groups)))
        box.faults.add(Fault("rewrite", COMPONENTS_V2, rewrite=rewrite(members)))
        box.faults.add(Fault("rewrite", COMPONENTS_V2, rewrite=rewrite(groups)))
        box.faults.add(Fault("rewrite", COMPONENTS_V2, times=None, rewrite=rewrite([])))
        run = tap(settings(box, components_api_version=2, page_ids=[page], max_concurrency=1), only=["components"])
        rows = {row["id"]: row for row in run.rows["components"]}
        assert len(run.rows["components"]) == len(rows) == 200
        assert [rows["c7"][name] for name in ("group_id", "name", "status")] == ["g7", "n", "OPERATIONAL"]

    def test_a_single_group_comes_without_its_members(self, box: Sandbox, tap: TapRunner) -> None:
        group = next(row["id"] for row in box.instatus.store.rows("components") if row["isParent"])
        run = tap(settings(box, components_api_version=2, record_ids={"components": [group]}), only=["components"])
        assert [row["id"] for row in run.rows["components"]] == [group]

    def test_it_is_not_asked_for_otherwise(self, box: Sandbox, tap: TapRunner) -> None:
        tap(settings(box), only=["components"])
        assert box.requests.count("/instatus/v2/{page_id}/components") == 0


class TestChosenPages:
    """`page_ids`."""

    def test_only_they_are_read(self, full_box: Sandbox, tap: TapRunner, facts: dict[str, list[Row]]) -> None:
        chosen = full_box.instatus.view().pages()[1]["id"]
        run = tap(settings(full_box, page_ids=[chosen]), everything=True)
        assert [row["id"] for row in run.rows["pages"]] == [chosen]
        expected = {
            stream: [row for row in rows if row["page_id"] == chosen]
            for stream, rows in facts.items()
            if stream in OF_PAGES
        }
        assert all_differences(run.rows, expected) == []
        assert {row["page_id"] for stream in OF_PAGES for row in run.rows[stream]} == {chosen}

    def test_what_is_left_out_is_not_deleted(self, full_box: Sandbox, tap: TapRunner) -> None:
        chosen = full_box.instatus.view().pages()[1]["id"]
        run = tap(settings(full_box, page_ids=[chosen]))
        assert run.activated == {"workspaces", "user"}

    def test_naming_all_of_them_leaves_nothing_out(self, full_box: Sandbox, tap: TapRunner) -> None:
        everything = [page["id"] for page in full_box.instatus.view().pages()]
        run = tap(settings(full_box, page_ids=everything), only=["pages", "incidents"])
        assert run.activated == {"pages", "incidents"}

    def test_one_that_the_key_does_not_see_is_named(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(full_box, page_ids=["clnobody"]), only=["pages", "incidents"])
        assert run.exit_code == 0
        assert any("'clnobody'" in text for text in run.warnings)
        assert run.activated == set()

    def test_strict_makes_that_an_error(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(full_box, page_ids=["clnobody"], strict=True), only=["incidents"])
        assert run.exit_code == 1
        assert "'clnobody'" in run.errors[0]


class TestChosenRecords:
    """`record_ids`."""

    def test_only_they_are_read_with_what_belongs_to_them(self, box: Sandbox, tap: TapRunner) -> None:
        chosen = {box.instatus.view().rows("incidents", page["id"])[0]["id"] for page in box.instatus.view().pages()}
        run = tap(settings(box, record_ids={"incidents": sorted(chosen)}), only=["incidents", "incident_updates"])
        facts = InstatusFacts(box).streams(["incidents", "incident_updates"])
        expected = {
            "incidents": [row for row in facts["incidents"] if row["id"] in chosen],
            "incident_updates": [row for row in facts["incident_updates"] if row["incident_id"] in chosen],
        }
        assert len(expected["incidents"]) == 2
        assert all_differences(run.rows, expected) == []
        assert run.activated == set()
        assert box.requests.count("/instatus/v1/{page_id}/incidents") == 0

    def test_one_that_no_page_has_is_named(self, box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(box, record_ids={"metrics": ["clnobody"]}), only=["metrics"])
        assert run.exit_code == 0
        assert any("'clnobody'" in text and "metrics" in text for text in run.warnings)

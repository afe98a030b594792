"""A target deletes what a version does not hold: so a version is activated after a complete read, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cachet_facts import CachetFacts, CachetV2Facts, Viewer, differences
from cachet_runs import settings
from tap_cachet.tap import TapCachet

from sandbox import Fault

if TYPE_CHECKING:
    from cachet_runs import Row, Run, Tap

    from sandbox import Sandbox

ALL = set(TapCachet(config={}).streams)
OF_INCIDENTS = {"incidents", "incident_updates", "incident_components"}


def latest(stream: str, rows: list[Row]) -> list[Row]:
    """The last version of each row: a list that moved is read again."""
    key = ("incident_id", "component_id") if stream == "incident_components" else ("id",)
    return list({tuple(row[name] for name in key): row for row in rows}.values())


class TestACompleteRead:
    """Nothing was refused, nothing moved."""

    def test_every_stream_is_activated(self, full_box: Sandbox, tap: Tap) -> None:
        assert tap(settings(full_box, "full"), everything=True).activated == ALL

    def test_a_version_is_activated_after_the_last_of_its_rows(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box, "full"), everything=True)
        kinds = [(message["type"], message.get("stream")) for message in run.messages]
        for stream in ALL:
            activated = kinds.index(("ACTIVATE_VERSION", stream))
            assert kinds.count(("ACTIVATE_VERSION", stream)) == 1
            assert activated > max(place for place, kind in enumerate(kinds) if kind == ("RECORD", stream))

    def test_the_rows_carry_the_version_that_is_activated(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box, "full"), everything=True)
        activated = {m["stream"]: m["version"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"}
        assert {(m["stream"], m["version"]) for m in run.messages if m["type"] == "RECORD"} == set(activated.items())

    def test_an_empty_list_is_activated_too(self, box: Sandbox, tap: Tap) -> None:
        for row in box.cachet.store.rows("incidents"):
            box.cachet.store.delete("incidents", row["id"])
        assert tap(settings(box), only=OF_INCIDENTS).activated == OF_INCIDENTS

    def test_a_stream_that_is_not_selected_is_not_activated(self, full_box: Sandbox, tap: Tap) -> None:
        assert tap(settings(full_box), only=["incident_updates"]).activated == {"incident_updates"}

    def test_new_points_alone_activate_nothing(self, full_box: Sandbox, tap: Tap) -> None:
        first = tap(settings(full_box), only=["metric_points", "metrics"])
        second = tap(settings(full_box), only=["metric_points", "metrics"], state=first.state)
        assert (first.activated, second.activated) == ({"metric_points", "metrics"}, {"metrics"})

    def test_a_2_x_server_is_no_exception(self, box: Sandbox, tap: Tap) -> None:
        streams = {"components", "component_groups", "incident_templates", "metrics", "metric_points", "subscribers"}
        assert tap(settings(box, "v2", server="v2"), only=streams).activated == streams

    def test_the_setting_switches_deletes_off(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box, emit_activate_version_messages=False))
        assert run.activated == set()
        assert not any("version" in message for message in run.messages)


class TestAPartialRead:
    """What is missing must not be taken for deleted."""

    def test_a_refused_stream_is_not_activated(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box, "readonly"), everything=True)
        assert run.activated == ALL - {"subscribers"}

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_refused_list_is_not_activated_for_any_of_its_streams(self, box: Sandbox, tap: Tap, status: int) -> None:
        box.faults.add(Fault("status", "/cachet/api/incidents", status=status, times=None))
        run = tap(settings(box, "full"), everything=True)
        assert run.exit_code == 0
        assert run.activated == ALL - OF_INCIDENTS

    def test_a_list_that_breaks_off_costs_its_own_streams(self, large_box: Sandbox, tap: Tap) -> None:
        large_box.faults.add(Fault("status", "/cachet/api/incidents", status=500, after=1, times=None))
        run = tap(settings(large_box, max_retries=0))
        assert run.exit_code == 1
        assert run.activated == ALL - OF_INCIDENTS - {"subscribers"}
        assert "STATE" in run.types

    def test_a_page_that_is_refused_later_leaves_the_stream_as_it_was(self, large_box: Sandbox, tap: Tap) -> None:
        large_box.faults.add(Fault("status", "/cachet/api/incidents", status=404, after=1, times=None))
        run = tap(settings(large_box))
        assert run.activated.isdisjoint(OF_INCIDENTS)

    def test_an_incident_that_vanishes_keeps_the_links_from_being_deleted(self, large_box: Sandbox, tap: Tap) -> None:
        large_box.faults.add(Fault("status", "/cachet/api/incidents/{id}", status=404, after=3))
        run = tap(settings(large_box, "full"), only=OF_INCIDENTS)
        assert run.exit_code == 0
        assert run.activated == OF_INCIDENTS - {"incident_components"}
        assert "Incomplete: stream 'incident_components'" in run.log

    def test_a_metric_that_vanishes_keeps_the_points_from_being_deleted(self, box: Sandbox, tap: Tap) -> None:
        box.faults.add(Fault("status", "/cachet/api/metrics/{id}/points", status=404))
        run = tap(settings(box, "full"), only=["metrics", "metric_points"])
        assert run.exit_code == 0
        assert run.activated == {"metrics"}

    def test_chosen_metrics_do_not_delete_the_points_of_others(self, box: Sandbox, tap: Tap) -> None:
        config = settings(box, "v2", server="v2", record_ids={"metrics": [1]})
        run = tap(config, only=["metrics", "metric_points"])
        assert {row["metric_id"] for row in run.rows["metric_points"]} == {1}
        assert run.activated == set()


class TestMovement:
    """Rows come and go while the pages of a list are read."""

    @pytest.mark.parametrize("requests_at_once", [1, 8])
    @pytest.mark.parametrize("place", [0, 150])
    def test_a_row_that_is_deleted_hides_no_other(
        self, large_box: Sandbox, tap: Tap, requests_at_once: int, place: int
    ) -> None:
        gone = CachetFacts(large_box, Viewer("full")).streams()["incidents"][place]["id"]
        large_box.faults.add(
            Fault("move", "/cachet/api/incidents", after=1, action="delete", table="incidents", id=gone)
        )
        run = tap(settings(large_box, "full", max_concurrency=requests_at_once), only=OF_INCIDENTS)
        expected = CachetFacts(large_box, Viewer("full")).streams()
        for stream in OF_INCIDENTS:
            missing = [line for line in self._missing(stream, run, expected) if "should not be there" not in line]
            assert missing == []

    def test_a_row_that_is_added_at_the_end_disturbs_nothing(self, large_box: Sandbox, tap: Tap) -> None:
        values = {"name": "new"}
        large_box.faults.add(
            Fault("move", "/cachet/api/components", after=1, action="insert", table="components", values=values)
        )
        run = tap(settings(large_box, "full"), only=["components"])
        assert run.activated == {"components"}
        expected = CachetFacts(large_box, Viewer("full")).streams()
        assert [line for line in self._missing("components", run, expected) if "'new'" not in line] == []

    def test_a_list_that_never_holds_still_is_not_activated(self, large_box: Sandbox, tap: Tap) -> None:
        large_box.faults.add(Fault("move", "/cachet/api/incidents", times=None, action="delete", table="incidents"))
        run = tap(settings(large_box, "full"), only=["incidents", "components"])
        assert run.exit_code == 0
        assert run.activated == {"components"}
        assert any("rows moved" in text for text in run.warnings)

    def test_a_2_x_list_that_moves_is_read_again(self, large_box: Sandbox, tap: Tap) -> None:
        large_box.faults.add(
            Fault("move", "/cachet-v2/api/v1/components", after=1, action="delete", table="components", id=60)
        )
        run = tap(settings(large_box, "v2", server="v2"), only=["components"])
        expected = CachetV2Facts(large_box, has_token=True).streams()
        assert run.activated == {"components"}
        assert [line for line in self._missing("components", run, expected) if "should not" not in line] == []

    def _missing(self, stream: str, run: Run, expected: dict[str, list[Row]]) -> list[str]:
        return differences(stream, latest(stream, run.rows[stream]), expected[stream])

"""Where a list ends: nothing is lost after row 50, whatever the server makes of the size that it is asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from instatus_facts import OF_INCIDENTS, InstatusFacts, all_differences, differences, fullest_page, latest, settings

from sandbox import Fault, InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_fanout.testing import Run, TapRunner

INCIDENTS = "/instatus/v1/{page_id}/incidents"
MONITORS = "/instatus/{page_id}/monitors"
CRON = f"{MONITORS}/cron"


def telling(odd: dict[str, Any]) -> Callable[[bytes], bytes]:
    """Rewrites what an answer tells besides its rows; None is left out."""

    def rewrite(body: bytes) -> bytes:
        document = {**json.loads(body), **odd}
        return json.dumps({name: value for name, value in document.items() if value is not None}).encode()

    return rewrite


def assert_complete(run: Run, box: Sandbox, *streams: str) -> None:
    assert run.exit_code == 0, run.log
    found = {stream: latest(stream, run.rows[stream]) for stream in streams}
    assert all_differences(found, InstatusFacts(box).streams(streams)) == []
    assert run.activated == set(streams)


class TestShortPages:
    """A server that ignores the size, or gives less than it is asked for."""

    @pytest.mark.parametrize("requests_at_once", [1, 8])
    @pytest.mark.parametrize("size", [50, 7])
    def test_no_row_is_lost(self, large_box: Sandbox, tap: TapRunner, size: int, requests_at_once: int) -> None:
        large_box.instatus.settings.short_pages = size
        run = tap(settings(large_box, max_concurrency=requests_at_once), only=["pages", "incidents", "components"])
        assert_complete(run, large_box, "pages", "incidents", "components")

    def test_the_user_is_told_once(self, large_box: Sandbox, tap: TapRunner) -> None:
        large_box.instatus.settings.short_pages = 50
        run = tap(settings(large_box), only=["incidents", "components", "subscribers"])
        assert [text for text in run.warnings if "smaller pages" in text] == run.warnings[:1]

    def test_a_list_as_long_as_a_page_is_looked_behind(self, large_box: Sandbox, tap: TapRunner) -> None:
        page = fullest_page(large_box)
        large_box.instatus.settings.short_pages = len(large_box.instatus.view().rows("incidents", page))
        assert_complete(tap(settings(large_box), only=["incidents"]), large_box, "incidents")


class TestOddPages:
    """A server that makes no pages, or none that can be understood."""

    @pytest.fixture
    def one_page(self) -> Iterator[Sandbox]:
        size = InstatusSeed(pages=2, unowned_pages=0, forbidden_pages=0, incidents=130)
        with Sandbox(seed=4, instatus=size, bare=True) as sandbox:
            sandbox.instatus.refuse(sandbox.instatus.view().pages()[0]["id"], 401, listed=False)
            yield sandbox

    def test_a_whole_list_that_comes_whatever_page_is_asked_for_is_read_once(
        self, one_page: Sandbox, tap: TapRunner
    ) -> None:
        same = one_page.instatus.view().page_ids("templates")[0]
        location = f"/instatus/v1/{same}/templates?page=1&per_page=100"
        one_page.faults.add(Fault("redirect", "/instatus/v1/{page_id}/templates", after=1, location=location))
        run = tap(settings(one_page), only=["templates"])
        assert_complete(run, one_page, "templates")
        assert run.warnings == []
        # The first page, the second one, and where that was redirected to.
        assert one_page.requests.count("/instatus/v1/{page_id}/templates") == 3

    def test_pages_of_uneven_sizes_are_read_and_delete_nothing(self, one_page: Sandbox, tap: TapRunner) -> None:
        same = one_page.instatus.view().page_ids("incidents")[0]
        location = f"/instatus/v1/{same}/incidents?page=1&per_page=100"
        one_page.faults.add(Fault("redirect", "/instatus/v1/{page_id}/metrics", after=1, location=location))
        run = tap(settings(one_page), only=["metrics"])
        assert run.exit_code == 0
        assert len(run.rows["metrics"]) == 4 + 100
        assert run.activated == set()
        assert any("uneven sizes" in text for text in run.warnings)


class TestRowsThatMove:
    """Rows come and go while the pages of a list are read."""

    @pytest.mark.parametrize("requests_at_once", [1, 8])
    @pytest.mark.parametrize("place", [0, 150])
    @pytest.mark.parametrize("after", [1, 4])
    def test_a_row_that_is_deleted_hides_no_other(
        self, large_box: Sandbox, tap: TapRunner, requests_at_once: int, place: int, after: int
    ) -> None:
        page = fullest_page(large_box)
        gone = large_box.instatus.view().rows("incidents", page)[place]["id"]
        large_box.faults.add(
            Fault("move", INCIDENTS, after=after, api="instatus", action="delete", table="incidents", id=gone)
        )
        run = tap(settings(large_box, max_concurrency=requests_at_once), only=OF_INCIDENTS)
        assert run.exit_code == 0
        expected = InstatusFacts(large_box).streams(OF_INCIDENTS)
        for stream in OF_INCIDENTS:
            lines = differences(stream, latest(stream, run.rows[stream]), expected[stream])
            assert [line for line in lines if "should not be there" not in line] == []

    def test_a_row_that_jumps_to_the_front_hides_no_other(self, large_box: Sandbox, tap: TapRunner) -> None:
        large_box.instatus.settings.order = "updated_first"
        page = fullest_page(large_box)
        last = large_box.instatus.view().rows("incidents", page)[-1]["id"]
        large_box.faults.add(
            Fault(
                "move",
                INCIDENTS,
                after=1,
                api="instatus",
                action="update",
                table="incidents",
                id=last,
                values={"name": "moved"},
            )
        )
        run = tap(settings(large_box), only=["incidents"])
        assert_complete(run, large_box, "incidents")

    def test_a_list_that_never_holds_still_is_not_activated(self, large_box: Sandbox, tap: TapRunner) -> None:
        large_box.faults.add(Fault("move", INCIDENTS, times=None, api="instatus", action="delete", table="incidents"))
        large_box.instatus.settings.order = "oldest_first"
        run = tap(settings(large_box), only=["incidents", "components"])
        assert run.exit_code == 0
        assert run.activated == {"components"}
        assert any("rows moved" in text for text in run.warnings)


class TestMonitors:
    """A list with totals whose pages no document tells of."""

    @pytest.mark.parametrize("page", ["honoured", "ignored", "refused"])
    @pytest.mark.parametrize("requests_at_once", [1, 8])
    def test_all_of_them_arrive(self, large_box: Sandbox, tap: TapRunner, page: Any, requests_at_once: int) -> None:
        large_box.instatus.settings.monitors_page = page
        run = tap(settings(large_box, max_concurrency=requests_at_once), only=["monitors"])
        assert_complete(run, large_box, "monitors")

    def test_more_than_a_page_costs_one_more_request(self, large_box: Sandbox, tap: TapRunner) -> None:
        tap(settings(large_box, page_ids=[fullest_page(large_box, "monitors")]), only=["monitors"])
        asked = [url.partition("?")[2] for url in large_box.requests.urls if "/monitors" in url]
        assert asked == ["limit=100", "limit=130"]

    @pytest.mark.parametrize("requests_at_once", [1, 8])
    @pytest.mark.parametrize(
        "odd",
        [
            {"total": None, "totalPages": None},
            {"total": None, "page": None, "totalPages": None, "limit": None},
            {"total": "130", "totalPages": "2"},
            {"total": 100, "totalPages": 2},
            {"total": 130, "totalPages": 1},
            {"totalPages": [2]},
            {"limit": 0, "total": None, "totalPages": -1},
        ],
        ids=str,
    )
    def test_without_readable_totals_full_pages_are_read_on(
        self, large_box: Sandbox, tap: TapRunner, odd: dict[str, Any], requests_at_once: int
    ) -> None:
        large_box.faults.add(Fault("rewrite", MONITORS, times=None, rewrite=telling(odd)))
        run = tap(settings(large_box, max_concurrency=requests_at_once), only=["monitors"])
        assert_complete(run, large_box, "monitors")
        assert run.warnings == []

    @pytest.mark.parametrize("page", ["ignored", "refused"])
    def test_without_totals_and_without_pages_what_is_read_is_told_to_be_a_part(
        self, large_box: Sandbox, tap: TapRunner, page: Any
    ) -> None:
        large_box.instatus.settings.monitors_page = page
        odd = {"total": None, "totalPages": None, "page": None}
        large_box.faults.add(Fault("rewrite", MONITORS, times=None, rewrite=telling(odd)))
        run = tap(settings(large_box), only=["monitors", "user"])
        assert run.exit_code == 0
        assert len({row["id"] for row in run.rows["monitors"]}) == 114
        assert any("only be read in part" in text for text in run.warnings)
        assert run.activated == {"user"}

    def test_without_totals_a_page_shorter_than_asked_for_is_looked_behind(
        self, large_box: Sandbox, tap: TapRunner
    ) -> None:
        fullest = fullest_page(large_box, "monitors")
        rows = large_box.instatus.view().rows("monitors", fullest)

        def in_fifties(body: bytes) -> bytes:
            number = json.loads(body)["page"]
            return json.dumps({"monitors": rows[50 * (number - 1) : 50 * number]}).encode()

        large_box.faults.add(Fault("rewrite", MONITORS, times=None, rewrite=in_fifties))
        run = tap(settings(large_box, page_ids=[fullest]), only=["monitors"])
        assert {row["id"] for row in run.rows["monitors"]} == {row["id"] for row in rows}

    def test_one_page_of_less_than_full_size_costs_a_look_behind_it(self, box: Sandbox, tap: TapRunner) -> None:
        page = fullest_page(box, "monitors")
        box.faults.add(Fault("rewrite", MONITORS, times=None, rewrite=telling({"totalPages": None})))
        tap(settings(box, page_ids=[page]), only=["monitors"])
        asked = [url.partition("?")[2] for url in box.requests.urls if "/monitors" in url]
        assert asked == ["limit=100", "limit=100&page=2"]

    @pytest.mark.parametrize(("page", "rows"), [("honoured", 130), ("ignored", 100), ("refused", 100)])
    def test_a_server_that_does_not_give_all_at_once_is_asked_for_pages(
        self, large_box: Sandbox, tap: TapRunner, page: Any, rows: int
    ) -> None:
        large_box.instatus.settings.monitors_page = page
        fullest = fullest_page(large_box, "monitors")
        large_box.faults.add(Fault("redirect", MONITORS, after=1, location=f"/instatus/{fullest}/monitors?limit=100"))
        run = tap(settings(large_box, page_ids=[fullest]), only=["monitors"])
        assert run.exit_code == 0
        assert len({row["id"] for row in run.rows["monitors"]}) == rows
        assert any("only be read in part" in text for text in run.warnings) == (rows < 130)


class TestListsOfWhichOnlyThePagesAreTold:
    """Cron monitors tell how many pages there are; alert channels tell all totals, or none."""

    @pytest.mark.parametrize("requests_at_once", [1, 8])
    @pytest.mark.parametrize("odd", [{}, {"totalPages": None}, {"totalPages": "3"}], ids=str)
    def test_all_cron_monitors_arrive(
        self, large_box: Sandbox, tap: TapRunner, odd: dict[str, Any], requests_at_once: int
    ) -> None:
        large_box.faults.add(Fault("rewrite", CRON, times=None, rewrite=telling(odd)))
        run = tap(settings(large_box, max_concurrency=requests_at_once), only=["cron_monitors"])
        assert_complete(run, large_box, "cron_monitors")

    def test_pages_that_are_told_cost_no_look_behind_the_last(self, large_box: Sandbox, tap: TapRunner) -> None:
        tap(
            settings(large_box, max_concurrency=1, page_ids=[fullest_page(large_box, "cron_monitors")]),
            only=["cron_monitors"],
        )
        asked = {url.partition("?")[2] for url in large_box.requests.urls if "/cron" in url}
        assert asked == {"limit=100", "limit=100&page=2", "limit=100&page=3"}

    def test_alert_channels_without_totals_are_read_on(self, tap: TapRunner) -> None:
        size = InstatusSeed(pages=1, unowned_pages=0, forbidden_pages=0, monitor_alerts=200)
        with Sandbox(seed=4, instatus=size, bare=True) as box:
            odd = {"total": None, "totalPages": None}
            box.faults.add(Fault("rewrite", "/instatus/{page_id}/monitor-alerts", times=None, rewrite=telling(odd)))
            assert_complete(tap(settings(box), only=["monitor_alerts"]), box, "monitor_alerts")

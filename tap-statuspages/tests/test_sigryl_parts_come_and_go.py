"""Pages come, go and fail, settings change, runs are killed, states lost: no row goes without a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox.sigryl.problems import problem
from sigryl_facts import KEYS, STREAMS, sigryl_rows
from singer_fanout.testing import TapRunner, selecting
from singer_fanout.testing_parts import KEPT, LOST, OLD, Circumstances, PartsHistory, assert_that_no_row_is_lost
from tap_statuspages.tap import TapStatusPages

from sandbox import Sandbox, SigrylSeed

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = ("good", "")
MEETS = [
    GOOD,
    *((status, route) for status in (401, 403, 500) for route in ("/status", "/components", "/incidents", "/detail")),
]
PLACES = st.integers(0, 2)
CHANGES = st.one_of(
    st.tuples(st.just("meet"), PLACES, st.sampled_from(MEETS)),
    st.tuples(st.just("meet"), PLACES, st.sampled_from(MEETS)),
    st.tuples(st.just("choose"), PLACES, st.booleans()),
    st.tuples(st.just("give up"), PLACES, st.booleans()),
    st.tuples(st.just("replace"), PLACES, st.none()),
    st.tuples(st.just("add"), PLACES, st.sampled_from(["components", "incidents"])),
    st.tuples(st.just("delete"), PLACES, st.sampled_from(["components", "incidents"])),
)
STEPS = st.lists(
    st.tuples(
        st.lists(CHANGES, max_size=2),
        st.sampled_from([*[KEPT] * 7, LOST, OLD]),
        st.one_of(st.none(), st.none(), st.floats(0, 1)),
    ),
    min_size=3,
    max_size=8,
)
EVERYWHERE = [0.1, 0.15, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 0.95]
"""Shares of a run's messages after which it is killed."""


class Deployment:
    """Three pages at a time, each with a few rows, which can be refused or fail for itself."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._store = box.sigryl.store
        (api,) = box.sigryl.apis
        self._let_pages_fail(api)

    def begin(self) -> None:
        """Three new pages, all readable and in the settings."""
        for page in self._store.rows("pages"):
            self._store.delete("pages", page["id"])
        self.met: dict[str, tuple[Any, str]] = {}
        self.given_up: set[str] = set()
        self._made = 0
        self.pages = [self._new_page() for _ in range(3)]
        self.chosen = {page["slug"] for page in self.pages}

    def change(self, what: str, place: int, how: Any) -> None:
        """Change one thing at the source, or in the settings."""
        page = self.pages[place]
        slug = page["slug"]
        if what == "meet":
            self.met[slug] = how
        elif what == "choose":
            (self.chosen.add if how else self.chosen.discard)(slug)
        elif what == "give up":
            (self.given_up.add if how else self.given_up.discard)(slug)
        elif what == "replace":
            self._store.delete("pages", page["id"])
            self.pages[place] = self._new_page()
            self.chosen = self.chosen - {slug} | {self.pages[place]["slug"]}
        elif what == "add":
            self._add(page, how)
        elif rows := self._store.find(how, "pageId", page["id"]):
            self._store.delete(how, rows[0]["id"])

    def settings(self) -> dict[str, Any]:
        """The settings that name the chosen pages; one at least."""
        chosen = [page for page in self.pages if page["slug"] in self.chosen] or self.pages[:1]
        return {
            "provider": "sigryl",
            "api_url": self._box.sigryl.api_url,
            "pages": [{"api_key": page["apiKey"]} for page in chosen],
            "give_up_parts": sorted(self.given_up),
            "requests_per_minute": 0,
            "max_retries": 0,
        }

    def circumstances(self) -> Circumstances:
        """What a run meets now."""
        keys = {page["api_key"] for page in self.settings()["pages"]}
        met = {page["slug"]: self.met.get(page["slug"], GOOD) for page in self.pages}
        away = {page["slug"] for page in self.pages if page["apiKey"] not in keys}
        # Of a page that does not tell its slug a state of 0.1 knows nothing.
        unnamed = away | {slug for slug, (_, route) in met.items() if route == "/status"}
        return Circumstances(
            source=sigryl_rows(self._box),
            unreadable=away | {slug for slug, how in met.items() if how != GOOD},
            failing={slug for slug, (status, _) in met.items() if status == 500} - away,
            unnamed=unnamed,
            given_up=self.given_up,
        )

    def mend(self) -> None:
        """Everything that there is can be read, what is gone is given up."""
        self.met, self.chosen = {}, {page["slug"] for page in self.pages}
        self.given_up = {f"page-{number}" for number in range(1, self._made + 1)} - self.chosen

    def _new_page(self) -> dict[str, Any]:
        self._made += 1
        name = f"page-{self._made}"
        page = self._store.insert("pages", slug=name, name=name, apiKey=f"sk_live_CANARY_{name}")
        self._add(page, "components")
        self._add(page, "incidents")
        return page

    def _add(self, page: dict[str, Any], what: str) -> None:
        if what == "components":
            self._store.insert(what, pageId=page["id"], name="API")
            return
        number = len(self._store.find(what, "pageId", page["id"]))
        incident = self._store.insert(what, pageId=page["id"], status=("resolved", "investigating")[number % 2])
        self._store.insert("updates", incidentId=incident["id"], message="Looking into it")

    def _let_pages_fail(self, api: Any) -> None:
        opened = api._page

        def page_of(call: Any) -> Any:
            page = opened(call)
            status, route = self.met.get(page["slug"], GOOD)
            if route and call.request.url.path.endswith(route):
                raise problem(status, f"Status {status}")
            return page

        api._page = page_of


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with Sandbox(seed=3, sigryl=SigrylSeed(pages=0), bare=True) as box:
        box.sigryl.settings.reads = box.sigryl.settings.writes = None
        yield Deployment(box)


@pytest.fixture(scope="module")
def runner(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> TapRunner:
    deployment.begin()
    catalog = selecting(TapStatusPages, deployment.settings())
    return TapRunner(TapStatusPages, tmp_path_factory.mktemp("runs"), catalog)


def history_of(runner: TapRunner) -> PartsHistory:
    columns = {stream: "slug" if stream == "status_pages" else "page_slug" for stream in STREAMS}
    return PartsHistory(runner, {stream: KEYS[stream] for stream in sorted(STREAMS)}, columns)


@settings(max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_no_row_goes_that_the_source_has_and_in_the_end_all_are_there(
    deployment: Deployment, runner: TapRunner, steps: list[Any]
) -> None:
    assert_that_no_row_is_lost(deployment, history_of(runner), steps)


def met(how: tuple[int, str]) -> tuple[str, int, Any]:
    return ("meet", 1, how)


@pytest.mark.parametrize("route", ["/status", "/components"])
@pytest.mark.parametrize("killed_after", EVERYWHERE)
class TestAKilledRun:
    """Wherever it ends."""

    def test_the_first_one_has_brought_a_page_that_is_refused_from_then_on(
        self, deployment: Deployment, runner: TapRunner, killed_after: float, route: str
    ) -> None:
        refused = [met((403, route))]
        steps = [([], KEPT, killed_after), (refused, KEPT, None), ([], KEPT, None), ([], KEPT, None)]
        assert_that_no_row_is_lost(deployment, history_of(runner), steps)

    def test_a_later_one_has_brought_a_new_page_that_is_refused_from_then_on(
        self, deployment: Deployment, runner: TapRunner, killed_after: float, route: str
    ) -> None:
        first = [("choose", 1, False)]
        steps = [(first, KEPT, None), ([("choose", 1, True)], KEPT, killed_after), ([met((401, route))], KEPT, None)]
        assert_that_no_row_is_lost(deployment, history_of(runner), steps)


@pytest.mark.parametrize("killed_after", EVERYWHERE)
def test_a_killed_run_had_begun_a_version_for_a_page_that_was_given_up_by_mistake(
    deployment: Deployment, runner: TapRunner, killed_after: float
) -> None:
    mistake = [("choose", 1, False), ("give up", 1, True)]
    taken_back = [("choose", 1, True), ("give up", 1, False)]
    steps = [([], KEPT, None), (mistake, KEPT, killed_after), (taken_back, KEPT, None)]
    assert_that_no_row_is_lost(deployment, history_of(runner), steps)


@pytest.mark.parametrize("lost", [LOST, OLD])
@pytest.mark.parametrize("route", ["/status", "/components", "/incidents"])
class TestAStateThatTellsNoParts:
    """Lost, or written by version 0.1."""

    def test_a_page_that_fails_first_and_is_refused_then_is_not_forgotten(
        self, deployment: Deployment, runner: TapRunner, lost: Any, route: str
    ) -> None:
        steps = [([], KEPT, None), ([met((500, route))], lost, None), ([met((403, route))], KEPT, None)]
        assert_that_no_row_is_lost(deployment, history_of(runner), [*steps, ([], KEPT, None), ([], KEPT, None)])

    def test_a_run_in_which_all_pages_fail_forgets_none(
        self, deployment: Deployment, runner: TapRunner, lost: Any, route: str
    ) -> None:
        all_fail = [("meet", place, (500, route)) for place in range(3)]
        one_is_refused = [("meet", 0, GOOD), met((403, route)), ("meet", 2, GOOD)]
        steps = [([], KEPT, None), (all_fail, lost, None), (one_is_refused, KEPT, None)]
        assert_that_no_row_is_lost(deployment, history_of(runner), [*steps, ([], KEPT, None), ([], KEPT, None)])

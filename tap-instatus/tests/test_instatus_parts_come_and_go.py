"""Pages come, go and fail, settings change, runs are killed, states lost: no row goes without a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from instatus_facts import KEYS
from instatus_facts import settings as own_settings
from singer_fanout.testing import TapRunner, selecting
from singer_fanout.testing_parts import KEPT, LOST, OLD, Circumstances, PartsHistory, assert_that_no_row_is_lost
from tap_instatus.tap import TapInstatus

from sandbox import InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

READ = ("components", "incidents", "pages")
MEETS = [None, *((status, resource) for status in (401, 403, 500) for resource in ("components", "incidents"))]
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
EVERYWHERE = [0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9]
"""Shares of a run's messages after which it is killed."""


class Account:
    """Three pages at a time, each with a few rows, which can be refused or fail for itself."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._store = box.instatus.store
        self._made = 0

    def begin(self) -> None:
        """Three new pages, all readable and chosen."""
        for page in self._store.rows("pages"):
            self._store.delete("pages", page["id"])
        self.met: dict[str, tuple[int, str] | None] = {}
        self.given_up: set[str] = set()
        self.pages = [self._new_page() for _ in range(3)]
        self.left_out: set[str] = set()

    def change(self, what: str, place: int, how: Any) -> None:
        """Change one thing at the source, or in the settings."""
        page = self.pages[place]
        if what == "meet":
            self.met[page] = how
            self._box.instatus.allow(page)
            if how is not None:
                self._box.instatus.refuse(page, *how)
        elif what == "choose":
            (self.left_out.discard if how else self.left_out.add)(page)
        elif what == "give up":
            (self.given_up.add if how else self.given_up.discard)(page)
        elif what == "replace":
            self._store.delete("pages", page)
            self.pages[place] = self._new_page()
        elif what == "add":
            self._store.insert(how, siteId=page, name="API")
        elif rows := self._store.find(how, "siteId", page):
            self._store.delete(how, rows[0]["id"])

    def settings(self) -> dict[str, Any]:
        """The settings that leave some pages out, if not all."""
        chosen = sorted({*self.pages} - self.left_out) if self._leaves_out else []
        return own_settings(self._box, page_ids=chosen, give_up_parts=sorted(self.given_up), max_retries=0)

    def circumstances(self) -> Circumstances:
        """What a run meets now."""
        away = self.left_out if self._leaves_out else set()
        met = {page: how for page, how in self.met.items() if how is not None and page in self.pages}
        failing = {page for page, (status, _) in met.items() if status == 500}
        return Circumstances(
            source=self._source(), unreadable={*away, *met}, failing=failing - away, given_up=self.given_up
        )

    def mend(self) -> None:
        """Everything that there is can be read."""
        for place in range(3):
            self.change("meet", place, None)
        self.left_out, self.given_up = set(), set()

    def _source(self) -> dict[str, list[dict[str, Any]]]:
        """What identifies the rows that the source has, be they refused or not."""
        listed = {
            table: [
                {"page_id": page, "id": row["id"]}
                for page in self.pages
                for row in self._store.find(table, "siteId", page)
            ]
            for table in ("components", "incidents")
        }
        return {"pages": [{"id": page} for page in self.pages], **listed}

    @property
    def _leaves_out(self) -> bool:
        """Without a page that is chosen, all are."""
        return bool(self.left_out) and bool({*self.pages} - self.left_out)

    def _new_page(self) -> str:
        self._made += 1
        page = str(self._store.insert("pages", subdomain=f"page-{self._made}", name=f"Page {self._made}")["id"])
        self._store.insert("components", siteId=page, name="API")
        self._store.insert("incidents", siteId=page, name="Slow answers")
        return page


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Sandbox(seed=3, instatus=InstatusSeed(pages=0, unowned_pages=0, forbidden_pages=0), bare=True) as box:
        yield Account(box)


@pytest.fixture(scope="module")
def runner(account: Account, tmp_path_factory: pytest.TempPathFactory) -> TapRunner:
    account.begin()
    catalog = selecting(TapInstatus, account.settings())
    return TapRunner(TapInstatus, tmp_path_factory.mktemp("runs"), catalog)


def history_of(runner: TapRunner) -> PartsHistory:
    columns = {"pages": "id", "components": "page_id", "incidents": "page_id"}
    return PartsHistory(runner, {stream: KEYS[stream] for stream in READ}, columns)


@settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_no_row_goes_that_the_source_has_and_in_the_end_all_are_there(
    account: Account, runner: TapRunner, steps: list[Any]
) -> None:
    assert_that_no_row_is_lost(account, history_of(runner), steps)


def met(status: int) -> tuple[str, int, Any]:
    return ("meet", 1, (status, "components"))


@pytest.mark.parametrize("killed_after", EVERYWHERE)
class TestAKilledRun:
    """Wherever it ends."""

    def test_the_first_one_has_brought_a_page_that_is_refused_from_then_on(
        self, account: Account, runner: TapRunner, killed_after: float
    ) -> None:
        steps = [([], KEPT, killed_after), ([met(403)], KEPT, None), ([], KEPT, None), ([], KEPT, None)]
        assert_that_no_row_is_lost(account, history_of(runner), steps)

    def test_a_later_one_has_brought_a_new_page_that_is_refused_from_then_on(
        self, account: Account, runner: TapRunner, killed_after: float
    ) -> None:
        first = [("choose", 1, False)]
        steps = [(first, KEPT, None), ([("choose", 1, True)], KEPT, killed_after), ([met(401)], KEPT, None)]
        assert_that_no_row_is_lost(account, history_of(runner), [*steps, ([], KEPT, None)])


@pytest.mark.parametrize("lost", [LOST, OLD])
def test_a_page_that_fails_without_a_state_and_is_refused_then_is_not_forgotten(
    account: Account, runner: TapRunner, lost: Any
) -> None:
    steps = [([], KEPT, None), ([met(500)], lost, None), ([met(403)], KEPT, None), ([], KEPT, None)]
    assert_that_no_row_is_lost(account, history_of(runner), [*steps, ([], KEPT, None)])

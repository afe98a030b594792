"""Accounts come, go and fail, settings change, runs are killed, states lost: no row goes without a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from boxwatch_facts import ACCOUNTS, LISTS, PUBLIC_ROUTE, accounts_settings, boxwatch_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from singer_fanout.testing import TapRunner, selecting
from singer_fanout.testing_parts import KEPT, LOST, OLD, Circumstances, PartsHistory, assert_that_no_row_is_lost
from tap_statuspages.tap import TapStatusPages

from sandbox import BoxWatchSeed, Fault, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_fanout.testing import Row

STREAMS = ("incident_updates", "incidents", "public_status", "servers", "status_pages")
ANY_ROUTE = "*"
ROUTES = (ANY_ROUTE, LISTS["status_pages"], LISTS["servers"])
MEETS = [None, *((status, route) for status in (401, 403, 500) for route in ROUTES), (403, PUBLIC_ROUTE)]
PLACES = st.integers(0, len(ACCOUNTS) - 1)
TABLES = st.sampled_from(["servers", "status_pages", "incidents"])
CHANGES = st.one_of(
    st.tuples(st.just("meet"), PLACES, st.sampled_from(MEETS)),
    st.tuples(st.just("meet"), PLACES, st.sampled_from(MEETS)),
    st.tuples(st.just("choose"), PLACES, st.booleans()),
    st.tuples(st.just("choose"), PLACES, st.booleans()),
    st.tuples(st.just("give up"), PLACES, st.booleans()),
    st.tuples(st.just("keep ended"), PLACES, st.booleans()),
    st.tuples(st.just("add"), PLACES, TABLES),
    st.tuples(st.just("delete"), PLACES, TABLES),
)
STEPS = st.lists(
    st.tuples(
        st.lists(CHANGES, max_size=2),
        st.sampled_from([*[KEPT] * 7, LOST, OLD]),
        st.one_of(st.none(), st.none(), st.floats(0, 1)),
    ),
    min_size=3,
    max_size=7,
)


class Customer:
    """Three accounts of a few rows, which can be refused or fail for themselves, and the settings that name some."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def begin(self) -> None:
        """All readable, and in the settings."""
        self.met: dict[int, Any] = {}
        self.chosen = set(ACCOUNTS)
        self.given_up: set[str] = set()
        self.keeps_ended = False
        self._made = 0
        for place in range(len(ACCOUNTS)):
            for table in ("servers", "status_pages", "incidents"):
                for row in self._rows(place, table):
                    self._delete(place, table, row)
                self._add(place, table)

    def change(self, what: str, place: int, how: Any) -> None:
        """Change one thing at the source, or in the settings."""
        name = ACCOUNTS[place]
        if what == "meet":
            self.met[place] = how
        elif what == "choose":
            (self.chosen.add if how else self.chosen.discard)(name)
        elif what == "give up":
            (self.given_up.add if how else self.given_up.discard)(name)
        elif what == "keep ended":
            self.keeps_ended = how
        elif what == "add":
            self._add(place, how)
        elif rows := self._rows(place, how):
            self._delete(place, how, rows[0])

    def settings(self) -> dict[str, Any]:
        """The settings that name the chosen accounts; one at least."""
        told = accounts_settings(
            self._box,
            max_retries=0,
            keep_ended_incidents=self.keeps_ended,
            give_up_parts=sorted(self.given_up),
        )
        chosen = [account for account in told["accounts"] if account["name"] in self.chosen]
        return {**told, "accounts": chosen or told["accounts"][:1]}

    def circumstances(self) -> Circumstances:
        """What a run meets now, which the server is told of."""
        self._box.faults.clear()
        for place, how in self.met.items():
            if how is not None:
                status, route = how
                for about in self._asked_for(place, route):
                    self._box.faults.add(Fault("status", route, status=status, about=about, times=None))
        away = set(ACCOUNTS) - {account["name"] for account in self.settings()["accounts"]}
        met = {ACCOUNTS[place]: how for place, how in self.met.items() if how is not None}
        return Circumstances(
            source=self._source(),
            unreadable=away | met.keys(),
            failing={name for name, (status, _) in met.items() if status == 500} - away,
            unnamed=away,
            given_up=self.given_up,
        )

    def mend(self) -> None:
        """Everything that there is can be read, and nothing is kept that has ended."""
        self.met, self.chosen, self.given_up, self.keeps_ended = {}, set(ACCOUNTS), set(), False

    def _source(self) -> dict[str, list[Row]]:
        told: dict[str, list[Row]] = {stream: [] for stream in STREAMS}
        for place, name in enumerate(ACCOUNTS):
            rows = boxwatch_rows(self._box, place)
            slugs = [page["slug"] for page in rows["status_pages"]]
            rows["public_status"] = [{"page_slug": slug} for slug in slugs]
            for stream in STREAMS:
                told[stream] += [{**row, "account": name} for row in rows[stream]]
        return told

    def _asked_for(self, place: int, route: str) -> list[str]:
        """What requests of a route about an account have in common: its key, or the address of a page."""
        if route == PUBLIC_ROUTE:
            return [f"/status/{page['slug']}" for page in self._rows(place, "status_pages")]
        return [self._box.boxwatch.api_keys[place]]

    def _rows(self, place: int, table: str) -> list[dict[str, Any]]:
        return self._box.boxwatch.stores[place].rows(table)

    def _add(self, place: int, table: str) -> None:
        self._made += 1
        store = self._box.boxwatch.stores[place]
        if table == "servers":
            store.insert("servers", name="API", hostname=f"host-{self._made}.example.com")
        elif table == "status_pages":
            store.insert("status_pages", slug=f"page-{self._made}", name="Status")
        elif pages := self._rows(place, "status_pages"):
            incident = store.insert(
                "incidents", status_page_id=pages[0]["id"], title="Slow", status="investigating", severity="minor"
            )
            store.insert("incident_updates", incident_id=incident["id"], status="investigating", message="We look")

    def _delete(self, place: int, table: str, row: dict[str, Any]) -> None:
        store = self._box.boxwatch.stores[place]
        if table == "status_pages":
            for incident in store.find("incidents", "status_page_id", row["id"]):
                self._delete(place, "incidents", incident)
        if table == "incidents":
            for update in store.find("incident_updates", "incident_id", row["id"]):
                store.delete("incident_updates", update["id"])
        store.delete(table, row["id"])


@pytest.fixture(scope="module")
def customer() -> Iterator[Customer]:
    empty = BoxWatchSeed(0, 0, 0, 0, 0, 0, 0, endpoints=0, accounts=len(ACCOUNTS))
    with Sandbox(seed=3, boxwatch=empty, bare=True) as box:
        yield Customer(box)


@pytest.fixture(scope="module")
def runner(customer: Customer, tmp_path_factory: pytest.TempPathFactory) -> TapRunner:
    customer.begin()
    catalog = selecting(TapStatusPages, customer.settings())
    return TapRunner(TapStatusPages, tmp_path_factory.mktemp("runs"), catalog)


def history_of(runner: TapRunner, customer: Customer) -> PartsHistory:
    streams = TapStatusPages(config=customer.settings()).streams
    keys = {stream: streams[stream].primary_keys for stream in sorted(STREAMS)}
    return PartsHistory(runner, keys, dict.fromkeys(STREAMS, "account"))


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_no_row_goes_that_the_source_has_and_in_the_end_all_are_there(
    customer: Customer, runner: TapRunner, steps: list[Any]
) -> None:
    assert_that_no_row_is_lost(customer, history_of(runner, customer), steps)


@pytest.mark.parametrize("how", [(401, ANY_ROUTE), (403, LISTS["status_pages"])], ids=str)
@pytest.mark.parametrize("killed_after", [0.15, 0.3, 0.5, 0.7, 0.9])
def test_a_killed_run_has_brought_an_account_that_is_refused_from_then_on(
    customer: Customer, runner: TapRunner, killed_after: float, how: tuple[int, str]
) -> None:
    steps: list[Any] = [
        ([("choose", 1, False)], KEPT, None),
        ([("choose", 1, True)], KEPT, killed_after),
        ([("meet", 1, how)], KEPT, None),
        ([("delete", 0, "servers")], KEPT, None),
    ]
    assert_that_no_row_is_lost(customer, history_of(runner, customer), steps)

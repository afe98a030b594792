"""A field that is missing or odd costs that field: everything else arrives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import boxwatch_facts
import pytest
import sigryl_facts
from tap_statuspages.records import snake_case

from sandbox import BoxWatchSeed, Fault, Sandbox, SigrylSeed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from singer_fanout.testing import Run, TapRunner

Row: TypeAlias = "dict[str, Any]"

MISSING = object()
ODD = {
    "missing": MISSING,
    "null": None,
    "an object": {"en": ["odd"]},
    "a number": -7.25,
}


@dataclass(frozen=True)
class Place:
    """Where in an answer the rows of a stream stand.

    Attributes:
        facts: The provider's.
        stream: The stream.
        route: The route that tells them.
        first: Picks one object out of an answer; None where there is none.
        key: The fields from which the key is made.
    """

    facts: Any
    stream: str
    route: str
    first: Callable[[Any], Row | None]
    key: frozenset[str]

    def __str__(self) -> str:
        return f"{self.facts.__name__.partition('_')[0]}-{self.stream}-{self.route.rpartition('/')[2]}"


def item_of(*names: str) -> Callable[[Any], Row | None]:
    """The first object of a list in an answer, or in the first object of that list."""

    def first(body: Any) -> Row | None:
        found = body
        for name in names:
            items = found.get(name) if isinstance(found, dict) else None
            found = items[0] if items else None
        return found if isinstance(found, dict) else None

    return first


BOXWATCH, SIGRYL = boxwatch_facts, sigryl_facts
PUBLIC = BOXWATCH.PUBLIC_ROUTE
PAGES = BOXWATCH.LISTS["status_pages"]
ID, SLUGS = frozenset({"id", "_id"}), frozenset({"id", "slug"})
CHECKS = {"cron_checks": "checks", "uptime_checks": "checks"}
PLACES = [
    *(
        Place(BOXWATCH, stream, route, item_of(CHECKS.get(stream, stream)), ID)
        for stream, route in BOXWATCH.LISTS.items()
    ),
    Place(BOXWATCH, "incidents", PUBLIC, item_of("incidents"), ID),
    # Without the id of its incident, or a time, none can be made for it.
    Place(BOXWATCH, "incident_updates", PUBLIC, item_of("incidents", "updates"), ID),
    Place(BOXWATCH, "incidents", PAGES, item_of("status_pages"), SLUGS),
    Place(BOXWATCH, "public_status", PAGES, item_of("status_pages"), SLUGS),
    Place(BOXWATCH, "endpoint_metrics", BOXWATCH.ENDPOINT_ROUTE, item_of("data"), frozenset({"server_id"})),
    Place(SIGRYL, "components", SIGRYL.COMPONENTS, item_of("components"), ID),
    Place(SIGRYL, "incidents", SIGRYL.INCIDENTS, item_of("incidents"), ID),
    Place(SIGRYL, "incident_updates", SIGRYL.INCIDENTS, item_of("incidents"), ID),
    Place(SIGRYL, "incident_updates", SIGRYL.DETAIL, item_of("updates"), frozenset({"createdAt"})),
    Place(SIGRYL, "status_pages", SIGRYL.STATUS, lambda body: body, frozenset({"slug"})),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """A small server: one page of Sigryl, one account of BoxWatch."""
    boxwatch = BoxWatchSeed(servers=5, cron_checks=3, uptime_checks=3, webhooks=3, incidents=40, status_pages=3)
    with Sandbox(seed=4, sigryl=SigrylSeed(pages=1, components=3, incidents=4), boxwatch=boxwatch, bare=True) as box:
        box.sigryl.settings.reads = None
        # As answers that tell all that the documents name.
        box.sigryl.settings.affected_components = box.sigryl.settings.detail_created_at = True
        yield box


def with_one_changed(place: Place, field: str, value: Any) -> Fault:
    """The proper answers, in each of which one object has another value in a field."""

    def changed(body: bytes) -> bytes:
        answer = json.loads(body)
        item = place.first(answer)
        if item is not None and value is MISSING:
            item.pop(field, None)
        elif item is not None:
            item[field] = value
        return json.dumps(answer).encode()

    return Fault("rewrite", place.route, times=None, rewrite=changed)


def by_key(facts: Any, stream: str, rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    """Rows by their key, without times at which they were read."""
    key = [name for name in facts.KEYS[stream] if name != "read_at"]
    return {tuple(row[name] for name in key): {**row, "read_at": None} for row in rows}


def without_timestamps(rows: dict[tuple[Any, ...], Row]) -> dict[tuple[Any, ...], Row]:
    return {key: {name: _still(value) for name, value in row.items()} for key, row in rows.items()}


def _still(value: Any) -> Any:
    return {name: inner for name, inner in value.items() if name != "timestamp"} if isinstance(value, dict) else value


def read(tap: TapRunner, box: Sandbox, place: Place) -> Run:
    return tap(place.facts.settings(box), only=[place.stream])


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_everything_else_arrives(server: Sandbox, tap: TapRunner, place: Place, odd: str) -> None:
    server.faults.clear()
    found: dict[str, None] = {}

    def look(body: bytes) -> bytes:
        found.update(dict.fromkeys(place.first(json.loads(body)) or {}))
        return body

    server.faults.add(Fault("rewrite", place.route, times=None, rewrite=look))
    whole = without_timestamps(by_key(place.facts, place.stream, read(tap, server, place).rows[place.stream]))
    assert whole
    assert found
    for field in found:
        if field in place.key and place.stream == "status_pages" and place.facts is SIGRYL:
            continue
        server.faults.clear()
        server.faults.add(with_one_changed(place, field, ODD[odd]))
        run = read(tap, server, place)
        assert run.exit_code == 0, (field, run.log)
        rows = without_timestamps(by_key(place.facts, place.stream, run.rows[place.stream]))
        assert_the_rest_is_whole(place, field, whole, rows)


def assert_the_rest_is_whole(place: Place, field: str, whole: Any, rows: Any) -> None:
    """Rows with a key that can still be read are there, and differ in the field at most."""
    column = snake_case(field)
    lost = whole.keys() - rows.keys()
    if field not in place.key:
        assert lost == set(), field
    # One row in each answer, or the rows of one parent.
    assert len(lost) < len(whole), field
    for key in whole.keys() & rows.keys() if field not in place.key else ():
        assert without(whole[key], column) == without(rows[key], column), field


def without(row: Row, column: str) -> Row:
    """A row without a column, and without a reading of that name; what is null may be missing."""
    rest = {name: value for name, value in row.items() if name != column and value is not None}
    if isinstance(rest.get("metrics"), dict):
        rest["metrics"] = {name: value for name, value in rest["metrics"].items() if name != column}
    return rest


@pytest.mark.parametrize("odd", ODD)
def test_a_page_of_sigryl_that_does_not_tell_its_slug_is_said(server: Sandbox, tap: TapRunner, odd: str) -> None:
    (place,) = (place for place in PLACES if place.route == SIGRYL.STATUS)
    server.faults.clear()
    server.faults.add(with_one_changed(place, "slug", ODD[odd]))
    run = read(tap, server, place)
    assert run.exit_code == 1
    (line,) = run.errors
    assert "answered without the slug of a status page" in line


@pytest.mark.parametrize("place", [place for place in PLACES if place.route not in {PUBLIC, SIGRYL.STATUS}], ids=str)
def test_what_is_no_object_in_a_list_is_passed_over(server: Sandbox, tap: TapRunner, place: Place) -> None:
    server.faults.clear()
    whole = without_timestamps(by_key(place.facts, place.stream, read(tap, server, place).rows[place.stream]))

    def with_others(body: bytes) -> bytes:
        answer = json.loads(body)
        for items in answer.values():
            if isinstance(items, list):
                items[:0] = [None, "odd", 7, ["odd"]]
        return json.dumps(answer).encode()

    server.faults.add(Fault("rewrite", place.route, times=None, rewrite=with_others))
    run = read(tap, server, place)
    # An incident without updates is answered with a list that holds no update now, but something: it has failed.
    assert run.exit_code == int(place.route == SIGRYL.DETAIL)
    assert without_timestamps(by_key(place.facts, place.stream, run.rows[place.stream])) == whole
    assert run.activated == set()
    (warning,) = (text for text in run.warnings if text.startswith(f"Incomplete: stream '{place.stream}'"))
    assert any(reason in warning for reason in ("not an object", "not all of its parents", "without a list of"))


class TestSeveralPages:
    """A page of Sigryl that does not tell what it is."""

    def test_it_costs_itself(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("rewrite", SIGRYL.STATUS, rewrite=lambda _: b'{"name": "Acme"}'))
        run = tap(SIGRYL.settings(box, max_concurrency=1), only=["components"])
        assert run.exit_code == 1
        assert run.errors[0].startswith("Failed: pages[0] of stream 'components' (GET ")
        assert {row["page_slug"] for row in run.rows["components"]} == {box.sigryl.view(1).slug}
        assert run.activated == set()

    @pytest.mark.parametrize("body", [b"{}", b'{"updates": {}}', b"[]", b"null", b'{"updates": ["odd"]}'])
    def test_an_incident_without_a_list_of_updates_costs_itself(
        self, box: Sandbox, tap: TapRunner, body: bytes
    ) -> None:
        waiting = [body]

        def one_changed(proper: bytes) -> bytes:
            return waiting.pop() if waiting and json.loads(proper)["updates"] else proper

        box.faults.add(Fault("rewrite", SIGRYL.DETAIL, times=None, rewrite=one_changed))
        run = tap(SIGRYL.settings(box, max_concurrency=1), only=["incident_updates"])
        assert run.exit_code == 1
        assert run.errors[0].startswith("Failed: one of its incidents of stream 'incident_updates' (GET ")
        told = {row["incident_id"] for row in SIGRYL.sigryl_rows(box)["incident_updates"]}
        assert len({row["incident_id"] for row in run.rows["incident_updates"]}) == len(told) - 1
        assert run.activated == set()
        assert tap(SIGRYL.settings(box), only=["incident_updates"], state=run.state).activated == {"incident_updates"}

    @pytest.mark.parametrize("incident", [None, [], "odd", 7, {}])
    def test_a_detail_need_not_tell_of_its_incident(self, box: Sandbox, tap: TapRunner, incident: Any) -> None:
        def told(body: bytes) -> bytes:
            return json.dumps({**json.loads(body), "incident": incident}).encode()

        box.faults.add(Fault("rewrite", SIGRYL.DETAIL, times=None, rewrite=told))
        run = tap(SIGRYL.settings(box), only=["incident_updates"])
        SIGRYL.assert_holds(run, {"incident_updates": SIGRYL.sigryl_rows(box)["incident_updates"]})

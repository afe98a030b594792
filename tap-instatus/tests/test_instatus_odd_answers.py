"""A field that is missing or odd costs itself: every other field and every other row arrives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from instatus_facts import KEYS, STREAMS, settings
from singer_fanout.testing import MISSING, ODD, spoil
from singer_fanout.testing import paths as all_paths
from tap_instatus.records import column

from sandbox import Fault, InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from instatus_facts import Row
    from singer_fanout.testing import FieldPath, Run, TapRunner

ONE_PAGE = InstatusSeed(
    pages=1,
    unowned_pages=0,
    forbidden_pages=0,
    incidents=9,
    maintenances=6,
    components=8,
    subscribers=6,
    datapoints=20,
)
LISTS: dict[str, tuple[str, ...]] = {
    "/v2/pages": ("pages",),
    "/v1/workspaces": ("workspaces",),
    "/v1/{page_id}/components": ("components",),
    "/v2/{page_id}/components": ("components",),
    "/v1/{page_id}/incidents": ("incidents", "incident_updates", "incident_components"),
    "/v1/{page_id}/maintenances": ("maintenances", "maintenance_updates", "maintenance_components"),
    "/v1/{page_id}/templates": ("templates",),
    "/v1/{page_id}/team": ("team",),
    "/v2/{page_id}/subscribers": ("subscribers",),
    "/v1/{page_id}/metrics": ("metrics", "metric_datapoints"),
    "/v1/{page_id}/audience-groups": ("audience_groups",),
    "/{page_id}/monitors": ("monitors",),
    "/{page_id}/monitors/cron": ("cron_monitors",),
    "/{page_id}/monitor-alerts": ("monitor_alerts",),
    "/{page_id}/routing-rules": ("routing_rules",),
    "/{page_id}/escalation-policies": ("escalation_policies",),
}
"""The streams that are made of each list."""
NOT_ENTERED = {"site", "group", "component", "teammate", "translations"}
"""Objects of which nothing is taken but an id."""

# What a row's key is made of: where that is odd, the row may be missing.
LISTED_INSIDE = {"updates": "updates", "components": "components", "datapoints": "data"}
DERIVED = {
    "user": {"user_id", "name", "email", "avatar"},
    "id": {"incident_id", "maintenance_id", "metric_id", "user_id", "teammate_ids", "component_ids", "group_id"},
    "teammates": {"teammate_ids"},
    "teammateId": {"teammate_ids"},
    "components": {"component_ids"},
    "componentId": {"component_ids"},
    "group": {"group_id"},
    "children": {"group_id"},
}
"""Further columns that are made of a field."""


def paths(resource: Any) -> list[FieldPath]:
    """The ways to all fields of a resource."""
    return list(all_paths(resource, NOT_ENTERED))


def numbered(resource: Any, number: int) -> Any:
    """A copy of a resource with ids of its own."""
    if isinstance(resource, list):
        return [numbered(item, number) for item in resource]
    if not isinstance(resource, dict):
        return resource
    copy = {name: value if name in NOT_ENTERED else numbered(value, number) for name, value in resource.items()}
    return {**copy, "id": f"{copy['id']}-{number}-"} if "id" in copy else copy


def listed(document: Any) -> list[Any]:
    """The rows of a list's page."""
    return document if isinstance(document, list) else next(v for v in document.values() if isinstance(v, list))


def fullest(resources: list[Any]) -> Any:
    """The resource with the most ways through it."""
    return max(resources, key=lambda resource: len(paths(resource)))


def copies(odd: Any = ...) -> Callable[[bytes], bytes]:
    """Rewrites a list to copies of one of its resources, each with another field odd; with none, if nothing is odd."""

    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        rows = listed(document)
        if rows:
            template = fullest(rows)
            fields = paths(template)
            rows[:] = [numbered(template, number) for number in range(len(fields))]
            for row, path in zip(rows, fields, strict=True):
                if odd is not ...:
                    spoil(row, path, odd)
        return json.dumps(document).encode()

    return rewrite


def may_be_lost(stream: str, path: FieldPath) -> bool:
    """Whether a row of a stream may be missing because something is odd where a path leads."""
    last = tuple(step for step in path if step != "[]")
    if stream == "components":
        return last in {("id",), ("children",), ("children", "id")}
    inside = LISTED_INSIDE.get(stream.rpartition("_")[2]) if "_" in stream else None
    if inside is None:
        return last == ("id",)
    return last in {(inside,), (inside, "id")} or (inside == "components" and last == ("id",))


def may_differ(path: FieldPath) -> set[str]:
    """The columns that may differ because something is odd where a path leads."""
    return {column(step) for step in path}.union(*(DERIVED.get(step, ()) for step in path))


def assert_only_odd_fields_differ(stream: str, whole: list[Row], odd: list[Row], fields: list[FieldPath]) -> None:
    """Compare two runs over copies of a resource, in the second of which a field is odd of each."""
    found = {tuple(str(row.get(name)) for name in KEYS[stream]): row for row in odd}
    assert whole, stream
    for row in whole:
        key = tuple(str(row[name]) for name in KEYS[stream])
        number = next(part for name in key for part in name.split("-")[1:2] if part.isdecimal())
        path = fields[int(number)]
        if key not in found:
            assert may_be_lost(stream, path), f"{stream}: the row whose {path} is odd is missing"
            continue
        differing = {name for name in row if found[key].get(name) != row[name]}
        assert differing <= may_differ(path), f"{stream}: {differing} differ where {path} is odd"


@pytest.fixture(scope="module")
def one_page() -> Iterator[Sandbox]:
    """A server with one status page."""
    with Sandbox(seed=11, instatus=ONE_PAGE, bare=True) as sandbox:
        yield sandbox
        sandbox.faults.clear()


@pytest.fixture
def rewriting(one_page: Sandbox) -> Iterator[Callable[[str, Callable[[bytes], bytes]], None]]:
    """Lets a route of the server answer something else."""

    def rewrite(route: str, change: Callable[[bytes], bytes]) -> None:
        one_page.faults.clear()
        one_page.faults.add(Fault("rewrite", route, times=None, rewrite=change))

    yield rewrite
    one_page.faults.clear()


def read(one_page: Sandbox, tap: TapRunner, route: str) -> Run:
    """Read the streams that are made of a list."""
    version: dict[str, Any] = {"components_api_version": 2} if route == "/v2/{page_id}/components" else {}
    run = tap(settings(one_page, **version), only=LISTS[route])
    assert run.exit_code == 0, run.log
    return run


@pytest.fixture(scope="module")
def read_before() -> dict[tuple[str, str], Any]:
    """What was read where nothing is odd: it is the same for all that can be odd."""
    return {}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("route", LISTS)
def test_a_field_of_a_list_costs_itself(  # noqa: PLR0913, PLR0917 - what is read, and what is odd
    one_page: Sandbox, tap: TapRunner, rewriting: Any, read_before: dict[Any, Any], route: str, odd: str
) -> None:
    fields: list[FieldPath] = []

    def unspoilt(body: bytes) -> bytes:
        fields.extend(paths(fullest(rows)) if (rows := listed(json.loads(body))) else ())
        return copies()(body)

    if ("copies", route) not in read_before:
        rewriting(f"/instatus{route}", unspoilt)
        read_before["copies", route] = read(one_page, tap, route), fields
    whole, fields = read_before["copies", route]
    rewriting(f"/instatus{route}", copies(ODD[odd]))
    run = read(one_page, tap, route)
    for stream in LISTS[route]:
        assert_only_odd_fields_differ(stream, whole.rows[stream], run.rows[stream], fields)


def test_every_list_is_tried() -> None:
    assert {stream for streams in LISTS.values() for stream in streams} == set(STREAMS) - {"user", "public_summary"}


@pytest.mark.parametrize("odd", ODD)
def test_a_field_of_the_user_costs_itself(one_page: Sandbox, tap: TapRunner, rewriting: Any, odd: str) -> None:
    (whole,) = tap(settings(one_page), only=["user"]).rows["user"]
    for name in ("id", "email", "name", "slug", "avatar"):

        def rewrite(body: bytes, name: str = name) -> bytes:
            document = json.loads(body)
            spoil(document, (name,), ODD[odd])
            return json.dumps(document).encode()

        rewriting("/instatus/v1/user", rewrite)
        run = tap(settings(one_page), only=["user"])
        assert run.exit_code == 0, run.log
        assert len(run.rows["user"]) == 1 or name == "id"
        for row in run.rows["user"]:
            assert {key for key in whole if row.get(key) != whole[key]} <= {name}


@pytest.mark.parametrize("odd", ODD)
def test_a_field_of_the_public_summary_costs_itself(
    one_page: Sandbox, tap: TapRunner, rewriting: Any, odd: str
) -> None:
    route = "/instatus-public/{host}/summary.json"
    (whole,) = tap(settings(one_page), only=["public_summary"]).rows["public_summary"]
    summary = one_page.instatus.view().public_summary(one_page.instatus.view().pages()[0]["id"])
    assert summary
    for path in paths(summary):

        def rewrite(body: bytes, path: FieldPath = path) -> bytes:
            document = json.loads(body)
            spoil(document, path, ODD[odd])
            return json.dumps(document).encode()

        rewriting(route, rewrite)
        run = tap(settings(one_page), only=["public_summary"])
        assert run.exit_code == 0, run.log
        (row,) = run.rows["public_summary"]
        allowed = (
            {"name", "url", "status"} if path == ("page",) else {column(path[-1] if path[0] == "page" else path[0])}
        )
        assert {key for key in whole if row.get(key) != whole[key]} <= allowed


@pytest.mark.parametrize("odd", [value for value in ODD.values() if value is not MISSING], ids=repr)
@pytest.mark.parametrize("route", [route for route in LISTS if not route.endswith(("cron", "workspaces"))])
def test_something_odd_in_place_of_a_row_costs_no_other(  # noqa: PLR0913, PLR0917 - what is read, and what is odd
    one_page: Sandbox, tap: TapRunner, rewriting: Any, read_before: dict[Any, Any], route: str, odd: Any
) -> None:
    if ("rows", route) not in read_before:
        read_before["rows", route] = read(one_page, tap, route)
    whole = read_before["rows", route]

    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        rows = listed(document)
        if rows:
            rows.insert(1, odd)
        return json.dumps(document).encode()

    rewriting(f"/instatus{route}", rewrite)
    run = read(one_page, tap, route)
    for stream in LISTS[route]:
        assert run.rows[stream] == whole.rows[stream]
    assert LISTS[route][0] not in run.activated
    assert any("without a usable key" in text for text in run.warnings)


def test_a_page_that_tells_its_id_alone_brings_all_that_hangs_from_it(
    one_page: Sandbox, tap: TapRunner, rewriting: Any
) -> None:
    whole = tap(settings(one_page), everything=True)

    def rewrite(body: bytes) -> bytes:
        return json.dumps([{"id": page["id"], "subdomain": page["subdomain"]} for page in json.loads(body)]).encode()

    rewriting("/instatus/v2/pages", rewrite)
    run = tap(settings(one_page), everything=True)
    assert run.exit_code == 0
    assert run.activated == set(STREAMS)
    for stream in set(STREAMS) - {"pages"}:
        assert run.rows[stream] == whole.rows[stream], stream


def test_a_page_without_an_id_holds_back_the_deletes_of_what_hangs_from_it(
    one_page: Sandbox, tap: TapRunner, rewriting: Any
) -> None:
    rewriting("/instatus/v2/pages", lambda body: json.dumps([*json.loads(body), {"name": "who"}]).encode())
    run = tap(settings(one_page), only=["components", "user"])
    assert run.exit_code == 0
    assert run.rows["components"]
    assert run.activated == {"user"}
    assert any("a page without an id" in text for text in run.warnings)

"""A field that is missing or odd costs itself: every other field and every other row arrives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cachet_runs import settings
from singer_fanout import as_list, as_object
from singer_fanout.testing import MISSING, ODD, spoil
from singer_fanout.testing import paths as all_paths

from sandbox import CachetSeed, Fault, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cachet_runs import Row, Run, Tap
    from singer_fanout.testing import FieldPath

LITTLE = CachetSeed(incidents=40, components=9, groups=4, metrics=1, points=9, templates=3, schedules=9, subscribers=6)
OF_3_X: dict[str, tuple[str, ...]] = {
    "/components": ("components",),
    "/component-groups": ("component_groups",),
    "/incidents": ("incidents", "incident_updates", "incident_components"),
    "/incident-templates": ("incident_templates",),
    "/metrics": ("metrics",),
    "/metrics/{id}/points": ("metric_points",),
    "/schedules": ("schedules", "schedule_updates", "schedule_components"),
    "/subscribers": ("subscribers",),
}
OF_2_X: dict[str, tuple[str, ...]] = {
    "/components": ("components",),
    "/components/groups": ("component_groups",),
    "/incidents": ("incidents", "incident_updates", "incident_components"),
    "/incidents/templates": ("incident_templates",),
    "/metrics": ("metrics",),
    "/metrics/{id}/points": ("metric_points",),
    "/schedules": ("schedules", "schedule_components"),
    "/subscribers": ("subscribers",),
}
"""The streams that are made of each list."""
LISTS = [("current", route) for route in OF_3_X] + [("v2", route) for route in OF_2_X]
MOUNTS = {"current": "/cachet/api", "v2": "/cachet-v2/api/v1"}
TOKENS = {"current": "full", "v2": "v2"}
NOT_ENTERED = {"meta", "tags", "enabled_components", "enabled_components_lowest"}
STEP = 100_000
"""The numbers of a copy are so much larger than those of the one before."""

OWNERS = {"incident_id", "schedule_id"}
COLUMNS = {
    "id": {*OWNERS, "metric_id", "group_id", "user_id", "component_ids"},
    "data": {"group_id", "user_id", "component_ids"},
    "relationships": {"group_id", "user_id", "component_ids"},
    "group": {"group_id"},
    "user": {"user_id"},
    "components": {"component_ids"},
    "subscriptions": {"component_ids"},
    "component_id": {"component_ids"},
    "component_status": {"status", "status_label"},
    "pivot": {"status", "status_label"},
    "human_status": {"status_label"},
    "status_name": {"status_label"},
    "latest_human_status": {"latest_status_label"},
}
"""Columns that are made of a field, besides those that begin with its name."""


def streams_of(server: str, route: str) -> tuple[str, ...]:
    return (OF_3_X if server == "current" else OF_2_X)[route]


def numbered(resource: Any, number: int) -> Any:
    """A copy of a resource with numbers of its own."""
    if isinstance(resource, list):
        return [numbered(item, number) for item in resource]
    if not isinstance(resource, dict):
        return resource
    copy = {name: value if name in NOT_ENTERED else numbered(value, number) for name, value in resource.items()}
    key = copy.get("id")
    return {**copy, "id": type(key)(int(key) + STEP * number)} if isinstance(key, (int, str)) else copy


def parts(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a page, each with what was sent along with it."""
    included = {(item["type"], item["id"]): item for item in document.get("included", [])}

    def sent_along(row: dict[str, Any]) -> dict[str, list[Any]]:
        kinds: dict[str, list[Any]] = {}
        for relation in row.get("relationships", {}).values():
            for link in as_list(relation.get("data")):
                kinds.setdefault(link["type"], []).append(included[link["type"], link["id"]])
        return kinds

    return [{"data": row, **({"included": sent_along(row)} if included else {})} for row in document["data"]]


def richness(part: dict[str, Any]) -> tuple[bool, int]:
    """How much there is in a row that could be odd."""
    return part["data"].get("component_id") != 0, len(paths(part))


def paths(part: dict[str, Any]) -> list[FieldPath]:
    """The ways to all fields of a row, and of the first thing that was sent along with it."""
    return [path for path in all_paths(part, NOT_ENTERED) if path not in {("data",), ("included",)}]


def copies(odd: Any = ..., found: list[FieldPath] | None = None) -> Callable[[bytes], bytes]:
    """Rewrites a list to copies of one of its rows, each with another field odd; with none, if nothing is odd."""

    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        if not document["data"]:
            return body
        template = max(parts(document), key=richness)
        fields = paths(template)
        if found is not None:
            found[:] = fields
        made = [numbered(template, number) for number in range(1, len(fields) + 1)]
        for part, path in zip(made, fields, strict=True):
            if odd is not ...:
                spoil(part, path, odd)
        document["data"] = [part["data"] for part in made]
        if "included" in document:
            kinds = [items for part in made for items in as_object(part.get("included")).values()]
            document["included"] = [item for items in kinds for item in (items if isinstance(items, list) else [items])]
        document.get("links", {}).pop("next", None)
        if "pagination" in document.get("meta", {}):
            document["meta"]["pagination"] |= {"total": len(made), "count": len(made), "total_pages": 1}
        return json.dumps(document).encode()

    return rewrite


def may_be_lost(stream: str, path: FieldPath) -> bool:
    """Whether a row of a stream may be missing because something is odd where a path leads."""
    leaf, owner = (
        next(step for step in reversed(path) if step != "[]"),
        path in {("data", "id"), ("data", "attributes")},
    )
    if stream.endswith("_updates"):
        links = "relationships" in path and leaf in {"relationships", "updates", "data", "id"}
        return links or (path[1] == "updates" and leaf in {"updates", "id"})
    if stream.endswith("_components"):
        links = "relationships" in path and leaf in {"relationships", "components", "data", "id"}
        return owner or links or leaf in {"component_id", "components"}
    return path in {("data", "id"), ("data", "attributes", "id")}


def may_differ(stream: str, path: FieldPath, columns: set[str]) -> set[str]:
    """The columns that may differ because something is odd where a path leads."""
    steps = [step for step in path if step != "[]"]
    if steps[-1] == "attributes" or (
        stream.endswith("_updates") and steps[-1] in {"included", "updates", "id", "type"}
    ):
        return columns
    if stream.endswith("_components") and path[0] == "included":
        return {"status", "status_label"}
    named = {column for column in columns for step in steps[1:] if column == step or column.startswith(f"{step}_")}
    return named.union(*(COLUMNS.get(step, ()) for step in steps[1:]))


def assert_only_odd_fields_differ(stream: str, whole: list[Row], odd: list[Row], fields: list[FieldPath]) -> None:
    """Compare two runs over copies of a row, in the second of which a field is odd of each."""
    key = ("incident_id", "component_id") if stream == "incident_components" else ("id",)
    key = ("schedule_id", "component_id") if stream == "schedule_components" else key
    found = {tuple(row.get(name) for name in key): row for row in odd if all(type(row.get(n)) is int for n in key)}
    assert whole, stream
    for row in whole:
        identity = tuple(row[name] for name in key)
        path = fields[identity[0] // STEP - 1]
        if identity not in found:
            assert may_be_lost(stream, path), f"{stream}: the row whose {path} is odd is missing"
            continue
        differing = {name for name in row if found[identity].get(name) != row[name]}
        assert differing <= may_differ(stream, path, set(row)), f"{stream}: {differing} differ where {path} is odd"


@pytest.fixture(scope="module")
def little_box() -> Iterator[Sandbox]:
    """A server with a handful of everything, and one metric."""
    with Sandbox(seed=11, cachet=LITTLE, bare=True) as box:
        box.cachet.settings.rate_limit = None
        for row in box.cachet.store.rows("schedules"):
            box.cachet.store.update("schedules", row["id"], completed_at=row["scheduled_at"] or row["created_at"])
        yield box


@pytest.fixture
def reading(little_box: Sandbox, tap: Tap) -> Iterator[Callable[..., Run]]:
    """Reads streams of a server that answers something else on a route."""

    def read(server: str, route: str, change: Callable[[bytes], bytes], *only: str) -> Run:
        little_box.faults.clear()
        little_box.faults.add(Fault("rewrite", f"{MOUNTS[server]}{route}", times=None, rewrite=change))
        run = tap(settings(little_box, TOKENS[server], server=server), only=only or streams_of(server, route))
        assert run.exit_code == 0, run.log
        return run

    yield read
    little_box.faults.clear()


@pytest.fixture(scope="module")
def found_whole() -> dict[tuple[str, str], Run]:
    """What is read of each list where nothing is odd: it is the same for all that can be odd."""
    return {}


@pytest.fixture
def reading_whole(reading: Callable[..., Run], found_whole: dict[tuple[str, str], Run]) -> Callable[[str, str], Run]:
    """Reads what is made of a list where nothing is odd."""

    def read(server: str, route: str) -> Run:
        if (server, route) not in found_whole:
            found_whole[server, route] = reading(server, route, lambda body: body)
        return found_whole[server, route]

    return read


@pytest.fixture(scope="module")
def found_copies() -> dict[tuple[str, str], tuple[Run, list[FieldPath]]]:
    """What is read of the copies of each list's row, none of them odd, and the fields of that row."""
    return {}


@pytest.fixture
def reading_copies(
    reading: Callable[..., Run], found_copies: dict[tuple[str, str], tuple[Run, list[FieldPath]]]
) -> Callable[[str, str], tuple[Run, list[FieldPath]]]:
    """Reads the copies of a list's row, none of them odd."""

    def read(server: str, route: str) -> tuple[Run, list[FieldPath]]:
        if (server, route) not in found_copies:
            fields: list[FieldPath] = []
            found_copies[server, route] = (reading(server, route, copies(found=fields)), fields)
        return found_copies[server, route]

    return read


@pytest.mark.usefixtures("quick_second_look")
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(("server", "route"), LISTS)
def test_a_field_of_a_list_costs_itself(
    reading: Callable[..., Run],
    reading_copies: Callable[[str, str], tuple[Run, list[FieldPath]]],
    server: str,
    route: str,
    odd: str,
) -> None:
    whole, fields = reading_copies(server, route)
    run = reading(server, route, copies(ODD[odd]))
    for stream in streams_of(server, route):
        assert_only_odd_fields_differ(stream, whole.rows[stream], run.rows[stream], fields)


@pytest.mark.usefixtures("quick_second_look")
@pytest.mark.parametrize("odd", [value for value in ODD.values() if value is not MISSING], ids=repr)
@pytest.mark.parametrize(("server", "route"), LISTS)
def test_something_odd_in_place_of_a_row_costs_no_other(
    reading: Callable[..., Run], reading_whole: Callable[[str, str], Run], server: str, route: str, odd: Any
) -> None:
    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        if document["data"]:
            document["data"].insert(1, odd)
        return json.dumps(document).encode()

    whole = reading_whole(server, route)
    run = reading(server, route, rewrite)
    for stream in streams_of(server, route):
        assert run.rows[stream] == whole.rows[stream]
    assert streams_of(server, route)[0] not in run.activated
    # Of 2.x, whose lists tell their totals, it is one more than that.
    assert any("without a usable key" in text or "not as long as it says" in text for text in run.warnings)


@pytest.mark.usefixtures("quick_second_look")
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(("server", "route"), [(server, route) for server, route in LISTS if route == "/incidents"])
@pytest.mark.parametrize("name", ["meta", "links", "included"])
def test_an_odd_frame_costs_no_row(  # noqa: PLR0913, PLR0917 - what is read, and what is odd
    reading: Callable[..., Run],
    reading_whole: Callable[[str, str], Run],
    server: str,
    route: str,
    name: str,
    odd: str,
) -> None:
    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        if name in document:
            spoil(document, (name,), ODD[odd])
        return json.dumps(document).encode()

    whole = reading_whole(server, route)
    run = reading(server, route, rewrite)
    for stream in streams_of(server, route):
        assert [row.get("id") for row in run.rows[stream]] == [row.get("id") for row in whole.rows[stream]]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("server", MOUNTS)
@pytest.mark.parametrize("stream", ["status", "version"])
def test_an_odd_fact_costs_itself(reading: Callable[..., Run], stream: str, server: str, odd: str) -> None:
    original: list[Any] = []

    def keep(body: bytes) -> bytes:
        original.append(json.loads(body))
        return body

    (whole,) = reading(server, f"/{stream}", keep, stream).rows[stream]
    for path in all_paths(original[0]):
        if path == ("data",):
            continue

        def rewrite(body: bytes, path: FieldPath = path) -> bytes:
            document = json.loads(body)
            spoil(document, path, ODD[odd])
            return json.dumps(document).encode()

        (row,) = reading(server, f"/{stream}", rewrite, stream).rows[stream]
        assert row["api_url"] == whole["api_url"]
        differing = {name for name in whole if row.get(name) != whole[name]}
        assert differing <= {path[-1], "latest_version", *({"on_latest"} if path == ("meta",) else ())}


def test_a_metric_without_a_number_holds_back_the_deletes_of_points(reading: Callable[..., Run]) -> None:
    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        document["data"].append({"type": "metrics", "attributes": {"name": "who"}})
        return json.dumps(document).encode()

    run = reading("current", "/metrics", rewrite, "metric_points")
    assert run.rows["metric_points"]
    assert run.activated == set()
    assert any("a metric without a number" in text for text in run.warnings)

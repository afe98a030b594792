from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.rootly.description import Read, description

if TYPE_CHECKING:
    from sandbox.rootly.fields import Field

    from .rootly_client import RootlyClient

LISTS = [path for path, read in description().reads.items() if read.answers == "list"]
REQUIRED = {"period": "day", "country_code": "US", "phone_type": "local"}
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "uuid": str,
    "uri": str,
    "date": str,
    "time": str,
    "date-time": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "list": list,
    "object": dict,
    "copy": dict,
    "document": dict,
}


def filled(rootly: RootlyClient, read: Read) -> str:
    """The path of a route with ids of rows that there are."""
    tables = rootly.server.store.tables
    rows = [
        row
        for row in (tables[read.table] if read.table else ())
        if read.only is None or row[read.only[0]] == read.only[1]
    ]
    owned = next((row for row in rows if read.parent_column and row[read.parent_column] is not None), None)
    values = {"id": rows[0]["id"] if rows else "x"}
    if read.parent_table:
        parent = owned[read.parent_column] if owned else next(iter(tables[read.parent_table]))["id"]
        values[read.parameter] = parent
        values |= {"id": owned["id"]} if owned and read.answers == "one" else {}
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "x")), read.path)


@pytest.mark.parametrize("path", sorted(description().reads))
def test_every_route_answers_and_is_counted_by_its_template(rootly: RootlyClient, path: str) -> None:
    read = description().reads[path]
    before = rootly.box.requests.count(f"/rootly{path}")
    params = {name: REQUIRED[name] for name, required in read.query.items() if required}
    answer = rootly.ask(filled(rootly, read), params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    assert rootly.box.requests.count(f"/rootly{path}") == before + 1
    if read.answers == "list":
        assert answer.json()["data"]


@pytest.mark.parametrize("path", LISTS)
def test_every_collection_has_rows_of_the_documented_shape(rootly: RootlyClient, path: str) -> None:
    read = description().reads[path]
    rows = rootly.server.view()[path]
    assert rows
    assert len({(row["id"], row.get(read.parent_column)) for row in rows}) == len(rows)
    for row in rows:
        assert isinstance(row["id"], str)
        assert row.get("type") == (read.table if read.typed else None)
        assert row["attributes"].keys() == description().shapes[read.shape].keys()
        for name, field in description().shapes[read.shape].items():
            assert problem(row["attributes"][name], field) == "", f"{path} {name}: {row['attributes'][name]!r}"


def problem(value: Any, field: Field) -> str:
    """What is wrong with a value, or nothing."""
    if value is None:
        # References may lead nowhere where there is nothing to refer to; all else is as nullable as documented.
        return "" if field.nullable or field.kind in {"any", "copy", "document", "string", "uuid"} else "is null"
    has_type = isinstance(value, TYPES.get(field.kind, object))
    if not has_type or (field.kind == "integer" and isinstance(value, bool)):
        return f"is no {field.kind}"
    if field.values and value not in field.values:
        return "is not among the documented values"
    if field.kind == "document" and value["data"].keys() != {"id", "type", "attributes"}:
        return "is no document"
    parts: list[tuple[Any, Field]] = [(part, field.item) for part in value] if field.item else []
    parts += [(value[name], part) for name, part in (field.fields or {}).items()]
    return next(filter(None, (problem(part, inner) for part, inner in parts)), "")


def test_a_view_is_what_the_server_answers(rootly: RootlyClient) -> None:
    view = rootly.server.view()
    assert len(view) == len(LISTS) == 116
    assert rootly.pages("/v1/incidents", size=7) == view["/v1/incidents"]
    nested = "/v1/incidents/{incident_id}/events"
    for incident in view["/v1/incidents"][:10]:
        rows = rootly.pages(nested.replace("{incident_id}", incident["id"]))
        told = [{**row, "incident_id": incident["id"]} for row in rows]
        assert told == [row for row in view[nested] if row["incident_id"] == incident["id"]]
    with pytest.raises(KeyError):
        view["/v1/nothing"]


def test_nested_rows_belong_to_their_parents_and_top_level_lists_hold_them_all(rootly: RootlyClient) -> None:
    view = rootly.server.view()
    for nested, whole in (
        ("/v1/incidents/{incident_id}/action_items", "/v1/action_items"),
        ("/v1/alerts/{alert_id}/events", "/v1/alert_events"),
        ("/v1/schedules/{id}/shifts", "/v1/shifts"),
        ("/v1/incidents/{incident_id}/meeting_recordings", "/v1/meeting_recordings"),
    ):
        assert {row["id"] for row in view[nested]} == {row["id"] for row in view[whole]}
    parents = {row["id"] for row in view["/v1/incidents"]}
    owners = {row["incident_id"] for row in view["/v1/incidents/{incident_id}/events"]}
    assert owners < parents


def test_resources_are_shown_inside_others_as_documents_and_as_copies(rootly: RootlyClient) -> None:
    view = rootly.server.view()
    services = {row["id"]: row for row in view["/v1/services"]}
    shown = [service for row in view["/v1/incidents"] for service in row["attributes"]["services"] or ()]
    assert shown
    for document in shown:
        assert document["data"]["attributes"] == services[document["data"]["id"]]["attributes"]
    users = {row["id"]: row["attributes"]["email"] for row in view["/v1/users"]}
    people = [row["attributes"]["user"]["data"] for row in view["/v1/incidents"] if row["attributes"]["user"]]
    assert {users[person["id"]] for person in people} == {person["attributes"]["email"] for person in people}
    for alert in view["/v1/alerts"]:
        told = [services[row_id]["attributes"] for row_id in alert["attributes"]["service_ids"] or ()]
        assert alert["attributes"]["services"] == told
        assert alert["source"] == alert["attributes"]["source"]


def test_times_are_told_in_the_zone_of_the_account_with_milliseconds(fresh_rootly: RootlyClient) -> None:
    stored = fresh_rootly.server.store.get("incidents", fresh_rootly.first_id("incidents"))
    assert stored is not None
    path = f"/v1/incidents/{stored['id']}"
    told = fresh_rootly.json(path)["data"]["attributes"]["created_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-0[78]:00", told)
    assert datetime.fromisoformat(told) == stored["created_at"]
    fresh_rootly.server.settings.timezone = "Asia/Tokyo"
    elsewhere = fresh_rootly.json(path)["data"]["attributes"]["created_at"]
    assert elsewhere.endswith("+09:00")
    assert datetime.fromisoformat(elsewhere) == stored["created_at"]


def test_lists_that_are_not_paged_are_whole_and_refuse_pages(rootly: RootlyClient) -> None:
    for path in ("/v1/alert_groups", "/v1/oncalls", "/v1/meeting_recordings"):
        assert rootly.ids(path) == [row["id"] for row in rootly.server.view()[path]]
        assert rootly.ask(path, params={"page[number]": 1}).status_code == 400
    assert set(rootly.json("/v1/oncalls")) == {"data"}
    assert rootly.json("/v1/meeting_recordings").keys() == {"data", "meta"}


def test_a_list_without_meta_is_paged_all_the_same(rootly: RootlyClient) -> None:
    body = rootly.json("/v1/retrospective_configurations", **{"page[size]": 3})
    assert (body.keys(), len(body["data"])) == ({"data"}, 3)
    assert len(rootly.rows("/v1/retrospective_configurations", **{"page[size]": 3, "page[number]": 2})) == 1
    assert rootly.rows("/v1/retrospective_configurations", **{"page[size]": 3, "page[number]": 3}) == []


def test_what_is_not_a_resource_is_answered_too(rootly: RootlyClient) -> None:
    service = next(
        row["services"][0] for row in rootly.server.store.rows("incidents") if row["services"] and row["mitigated_at"]
    )
    incidents = [row for row in rootly.server.store.rows("incidents") if service in row["services"]]
    chart = rootly.json(f"/v1/services/{service}/incidents_chart", period="day")["data"]
    assert sum(chart.values()) == len([row for row in incidents if row["started_at"]])
    assert all(0 <= share <= 100 for share in rootly.json(f"/v1/services/{service}/uptime_chart")["data"].values())
    assert rootly.ask(f"/v1/services/{service}/incidents_chart").status_code == 400
    assert rootly.ask("/v1/teams/nobody/incidents_chart", params={"period": "day"}).status_code == 404
    assert rootly.json("/v1/users/me")["data"]["type"] == "users"
    assert rootly.json("/v1/ip_ranges")["data"]["attributes"]["webhooks_ipv4"]


def test_a_row_is_found_by_its_slug_too(rootly: RootlyClient) -> None:
    row = rootly.server.view()["/v1/severities"][0]
    assert rootly.json(f"/v1/severities/{row['attributes']['slug']}")["data"] == row

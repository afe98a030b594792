from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.rootly.description import description
from sandbox.rootly.filters import WITHOUT_EFFECT, values_of

if TYPE_CHECKING:
    from .rootly_client import RootlyClient

READS = description().reads.values()


def stored(rootly: RootlyClient, table: str) -> list[dict[str, Any]]:
    return rootly.server.store.rows(table)


def test_kinds_that_are_refused_are_refused_alone_and_among_others(fresh_rootly: RootlyClient) -> None:
    settings = fresh_rootly.server.settings
    settings.refused_includes = ["alerts"]
    assert [
        fresh_rootly.ask("/v1/incidents", params={"include": kinds}).status_code
        for kinds in ("events,roles", "alerts,roles")
    ] == [200, 400]
    settings.include_refusal, settings.most_includes = 422, 2
    asked = ("alerts", "events,roles", "events,roles,feedbacks")
    assert [fresh_rootly.ask("/v1/incidents", params={"include": kinds}).status_code for kinds in asked] == [
        422,
        200,
        422,
    ]


def test_sparse_fields_leave_out_of_incidents_what_is_not_asked_for(fresh_rootly: RootlyClient) -> None:
    asked = {"include": "events,roles", "fields[incidents]": "updated_at,events"}
    body = fresh_rootly.json("/v1/incidents", **asked)
    assert {tuple(row["attributes"]) for row in body["data"]} == {("updated_at",)}
    assert {tuple(row["relationships"]) for row in body["data"]} == {("events",)}
    assert all(len(row["attributes"]) > 1 for row in body["included"] if row["type"] == "incident_events")
    assert fresh_rootly.ask("/v1/users", params={"fields[users]": "name"}).status_code == 400
    fresh_rootly.server.settings.sparse_fields = False
    assert fresh_rootly.ask("/v1/incidents", params=asked).status_code == 400


def test_who_had_which_role_comes_with_the_incidents_alone(rootly: RootlyClient) -> None:
    body = rootly.json("/v1/incidents", **{"include": "roles,subscribers,slack_messages", "page[size]": 100})
    found = {row["id"]: row["attributes"] for row in body["included"] if row["type"] == "incident_role_assignments"}
    assert found.keys() <= {row["id"] for row in stored(rootly, "incident_role_assignments")}
    assert {name for role in found.values() for name in role} == {"incident_role", "user", "created_at", "updated_at"}
    assert {row["type"] for row in body["included"]} == {
        "incident_role_assignments",
        "incident_slack_messages",
        "users",
    }


@pytest.mark.parametrize("operator", ["gt", "gte", "lt", "lte"])
@pytest.mark.parametrize("table", ["incidents", "alerts"])
def test_changes_are_found_by_the_time_of_the_update(rootly: RootlyClient, table: str, operator: str) -> None:
    limit = sorted(row["updated_at"] for row in stored(rootly, table))[17]
    compare = {
        "gt": limit.__lt__,
        "gte": limit.__le__,
        "lt": limit.__gt__,
        "lte": limit.__ge__,
    }[operator]
    wanted = {row["id"] for row in stored(rootly, table) if compare(row["updated_at"])}
    told = {f"filter[updated_at][{operator}]": limit.isoformat().replace("+00:00", "Z")}
    assert {row["id"] for row in rootly.pages(f"/v1/{table}", **told)} == wanted
    assert wanted


def test_a_time_may_have_any_offset(rootly: RootlyClient) -> None:
    found = {
        tuple(rootly.ids("/v1/incidents", **{"filter[created_at][gte]": text, "page[size]": 100}))
        for text in ("2025-09-01T12:00:00Z", "2025-09-01T05:00:00-07:00", "2025-09-01T14:00:00.000+02:00")
    }
    assert len(found) == 1
    assert rootly.ask("/v1/incidents", params={"filter[created_at][gte]": "soon"}).status_code == 400


def test_several_filters_narrow_each_other(rootly: RootlyClient) -> None:
    filters = {"filter[status][in]": "resolved,closed", "filter[private][eq]": "false", "page[size]": 100}
    wanted = {
        row["id"]
        for row in stored(rootly, "incidents")
        if row["status"] in {"resolved", "closed"} and not row["private"]
    }
    assert set(rootly.ids("/v1/incidents", **filters)) == wanted
    rest = rootly.ids("/v1/incidents", **{"filter[status][not_in]": "resolved,closed", "page[size]": 100})
    assert not wanted & set(rest)


def test_incidents_are_found_by_what_they_affect(rootly: RootlyClient) -> None:
    service = next(row for row in stored(rootly, "services") if row["id"] in _affected(rootly))
    wanted = {row["id"] for row in stored(rootly, "incidents") if service["id"] in row["services"]}
    for name, column in (("services", "slug"), ("service_ids", "id"), ("service_names", "name")):
        assert set(rootly.ids("/v1/incidents", **{f"filter[{name}]": service[column], "page[size]": 100})) == wanted
    severity = stored(rootly, "severities")[0]
    found = rootly.ids("/v1/incidents", **{"filter[severity]": severity["slug"], "page[size]": 100})
    assert set(found) == {row["id"] for row in stored(rootly, "incidents") if row["severity"] == severity["id"]}


def _affected(rootly: RootlyClient) -> set[str]:
    return {service for row in stored(rootly, "incidents") for service in row["services"]}


def test_labels_are_an_object_here_and_a_list_there_and_found_all_the_same(rootly: RootlyClient) -> None:
    incidents = rootly.rows("/v1/incidents", **{"filter[labels]": "region:eu"})
    assert incidents
    assert all(row["attributes"]["labels"]["region"] == "eu" for row in incidents)
    alerts = rootly.rows("/v1/alerts", **{"filter[labels]": "region:eu"})
    assert alerts
    assert all({"key": "region", "value": "eu"} in row["attributes"]["labels"] for row in alerts)


def test_every_documented_filter_looks_at_something(rootly: RootlyClient) -> None:
    blind = {
        (read.table, name)
        for read in READS
        for name in read.filters
        if name != "search" and values_of(rootly.server.store, read.table, name) is None
    }
    assert blind == WITHOUT_EFFECT


@pytest.mark.parametrize(
    "path", sorted(read.path for read in READS if read.answers == "list" and read.sort and not read.parent_table)
)
def test_documented_orders_are_kept(rootly: RootlyClient, path: str) -> None:
    read = description().reads[path]
    for sort in read.sort or ():
        rows = rootly.rows(path, **{"sort": sort, "page[size]": 100})
        column = sort.lstrip("-")
        kept = [rootly.server.store.get(read.table, _id(read.table, row["id"])) for row in rows]
        values = [row[column] for row in kept if row is not None and row[column] is not None]
        assert values == sorted(values, reverse=sort.startswith("-"))


def _id(table: str, text: str) -> Any:
    return int(text) if table in {"users", "custom_fields"} else text


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/incidents", {"nonsense": "1"}),
        ("/v1/incidents", {"filter[nonsense]": "1"}),
        ("/v1/incidents", {"sort": "title"}),
        ("/v1/incidents", {"include": "heartbeat"}),
        ("/v1/incidents", {"page[number]": "0"}),
        ("/v1/incidents", {"page[size]": "many"}),
        ("/v1/services", {"filter[updated_at][gte]": "2026-01-01T00:00:00Z"}),
        ("/v1/teams", {"page[after]": "x"}),
        ("/v1/audits", {"sort": "no_such_column"}),
        ("/v1/ip_ranges", {"page[size]": "1"}),
    ],
)
def test_what_is_not_documented_is_refused(rootly: RootlyClient, path: str, params: dict[str, str]) -> None:
    answer = rootly.ask(path, params=params)
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (400, "400")


def test_a_server_may_let_pass_what_is_not_documented(fresh_rootly: RootlyClient) -> None:
    fresh_rootly.server.settings.strict_parameters = False
    assert fresh_rootly.json("/v1/services", **{"filter[updated_at][gte]": "2026-01-01T00:00:00Z", "x": 1})["data"]
    assert "included" not in fresh_rootly.json("/v1/incidents", include="heartbeat")


def test_children_are_side_loaded_whole_and_named_by_their_parents(rootly: RootlyClient) -> None:
    view = rootly.server.view()
    body = rootly.json("/v1/incidents", **{"include": "events,action_items,alerts", "page[size]": 100})
    included = {(row["type"], row["id"]): row for row in body["included"]}
    for name, path, table in (
        ("events", "/v1/incidents/{incident_id}/events", "incident_events"),
        ("action_items", "/v1/incidents/{incident_id}/action_items", "incident_action_items"),
        ("alerts", "/v1/incidents/{incident_id}/alerts", "alerts"),
    ):
        for incident in body["data"]:
            named = {link["id"] for link in incident["relationships"][name]["data"]}
            assert named == {row["id"] for row in view[path] if row["incident_id"] == incident["id"]}
            assert all((table, row_id) in included for row_id in named)
    event = view["/v1/incidents/{incident_id}/events"][0]
    assert included["incident_events", event["id"]]["attributes"] == event["attributes"]


def test_side_loaded_lists_may_be_capped(fresh_rootly: RootlyClient) -> None:
    whole = fresh_rootly.json("/v1/incidents", include="events")
    fresh_rootly.server.settings.include_cap = 1
    capped = fresh_rootly.json("/v1/incidents", include="events")
    assert max(len(row["relationships"]["events"]["data"]) for row in whole["data"]) > 1
    assert {len(row["relationships"]["events"]["data"]) for row in capped["data"]} == {0, 1}
    assert len(capped["included"]) < len(whole["included"])


def test_relationships_are_told_without_being_asked_for_where_documented(rootly: RootlyClient) -> None:
    user = rootly.rows("/v1/users")[0]
    assert user["relationships"]["role"]["data"]["type"] == "roles"
    shift = rootly.rows("/v1/shifts")[0]
    assert shift["relationships"]["user"]["data"] == {"id": str(shift["attributes"]["user_id"]), "type": "users"}
    assert "relationships" not in rootly.rows("/v1/incidents")[0]


@pytest.mark.parametrize("path", sorted(read.path for read in READS if read.include and read.answers == "list"))
def test_every_documented_include_is_taken(rootly: RootlyClient, path: str) -> None:
    read = description().reads[path]
    parent = next(
        (
            row[read.parent_column]
            for row in stored(rootly, read.table)
            if read.parent_table and row[read.parent_column] is not None
        ),
        "",
    )
    body = rootly.json(path.replace(f"{{{read.parameter}}}", str(parent)), include=",".join(read.include or ()))
    named = {
        (link["type"], link["id"])
        for row in body["data"]
        for relation in row["relationships"].values()
        for link in (relation["data"] if isinstance(relation["data"], list) else [relation["data"]])
        if link is not None
    }
    assert {(row["type"], row["id"]) for row in body["included"]} <= named
    assert set(body["data"][0]["relationships"]) >= set(read.include or ())


def test_shifts_are_found_by_time_and_people(rootly: RootlyClient) -> None:
    shift = stored(rootly, "shifts")[5]
    moment: datetime = shift["starts_at"]
    found = rootly.pages("/v1/shifts", **{"from": moment.isoformat(), "to": moment.isoformat()})
    wanted = {row["id"] for row in stored(rootly, "shifts") if row["starts_at"] <= moment <= row["ends_at"]}
    assert {row["id"] for row in found} == wanted
    people = rootly.pages("/v1/shifts", **{"user_ids[]": [shift["user_id"], 99]})
    assert {row["attributes"]["user_id"] for row in people} == {shift["user_id"]}


@pytest.mark.parametrize(
    ("path", "end", "status"),
    [
        ("/v1/shifts", "2026-03-31", 200),
        ("/v1/shifts", "2026-04-01", 422),
        ("/v1/schedules/{id}/shifts", "2026-02-28", 200),
        ("/v1/schedules/{id}/shifts", "2026-03-01", 422),
    ],
)
def test_the_time_for_which_shifts_are_told_is_limited(rootly: RootlyClient, path: str, end: str, status: int) -> None:
    answer = rootly.ask(
        path.format(id=rootly.first_id("schedules")), params={"from": "2026-01-31T00:00:00Z", "to": f"{end}T00:00:00Z"}
    )
    assert answer.status_code == status, answer.text
    assert status == 200 or "Datetime range exceeds" in answer.text


def test_shifts_go_on_over_years_and_beyond_all_else(rootly: RootlyClient) -> None:
    starts = [row["starts_at"] for row in stored(rootly, "shifts")]
    assert (max(starts) - min(starts)).days > 2 * 365
    assert max(starts) > max(row["created_at"] for row in stored(rootly, "incidents"))


def test_versions_that_pass_over_pages_tell_all_shifts_in_each(fresh_rootly: RootlyClient) -> None:
    fresh_rootly.server.settings.shift_paging = False
    first, third = (
        fresh_rootly.json("/v1/shifts", **{"page[size]": 10, "page[number]": number, "to": "2026-01-01T00:00:00Z"})
        for number in (1, 3)
    )
    assert len(first["data"]) == first["meta"]["total_count"] > 10
    assert first["data"] == third["data"]
    assert first["meta"]["next_page"] == 2


def test_versions_that_cut_shifts_let_none_begin_before_the_time_asked_for(fresh_rootly: RootlyClient) -> None:
    shift = stored(fresh_rootly, "shifts")[5]
    middle = shift["starts_at"] + (shift["ends_at"] - shift["starts_at"]) / 2
    told = {"from": middle.isoformat(), "to": shift["ends_at"].isoformat()}
    for cuts, start in ((False, shift["starts_at"]), (True, middle)):
        fresh_rootly.server.settings.shift_clipping = cuts
        found = {row["id"]: row["attributes"]["starts_at"] for row in fresh_rootly.pages("/v1/shifts", **told)}
        assert abs(datetime.fromisoformat(found[shift["id"]]) - start).total_seconds() < 0.001

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .instatus_client import InstatusClient

BARE = {
    "components": "/v1/{page}/components",
    "incidents": "/v1/{page}/incidents",
    "maintenances": "/v1/{page}/maintenances",
    "templates": "/v1/{page}/templates",
    "team": "/v1/{page}/team",
    "subscribers": "/v2/{page}/subscribers",
    "metrics": "/v1/{page}/metrics",
    "audience_groups": "/v1/{page}/audience-groups",
}
WRAPPED = {"monitors": "monitors", "monitor_alerts": "monitorAlerts"}
WHOLE = {"routing_rules": "routingRules", "escalation_policies": "escalationPolicies"}


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize("name", BARE)
def test_a_bare_list_is_an_array_of_all_rows_and_ends_with_an_empty_one(instatus: InstatusClient, name: str) -> None:
    rows = instatus.all_rows(BARE[name])
    assert rows == instatus.server.view().rows(name, instatus.page_id)
    assert len(rows) > 0
    assert instatus.json(f"{BARE[name]}?page=1000") == []


@pytest.mark.parametrize("name", WRAPPED)
def test_a_wrapped_list_tells_its_totals(instatus: InstatusClient, name: str) -> None:
    route = "/{page}/" + name.replace("_", "-")
    total = len(instatus.server.view().rows(name, instatus.page_id))
    first = instatus.json(f"{route}?limit=5")
    pages = -(-total // 5)
    assert {key: first[key] for key in ("total", "page", "totalPages", "limit")} == {
        "total": total,
        "page": 1,
        "totalPages": pages,
        "limit": 5,
    }
    assert instatus.json(route)["limit"] == 100
    assert instatus.all_rows(route, WRAPPED[name], "limit=5") == instatus.server.view().rows(name, instatus.page_id)


@pytest.mark.parametrize("name", WHOLE)
def test_lists_without_pages_come_whole_and_alone(instatus: InstatusClient, name: str) -> None:
    body = instatus.json("/{page}/" + name.replace("_", "-"))
    assert body == {WHOLE[name]: instatus.server.view().rows(name, instatus.page_id)}
    assert len(body[WHOLE[name]]) > 3


def test_a_page_has_fifty_rows_unless_told_and_never_more_than_a_hundred(instatus: InstatusClient) -> None:
    sizes = {
        asked: len(instatus.json(f"/v1/{{page}}/incidents{asked}")) for asked in ("", "?per_page=7", "?per_page=1000")
    }
    assert sizes == {"": 50, "?per_page=7": 7, "?per_page=1000": 100}


def test_more_than_a_hundred_a_page_can_be_refused(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.server.settings.over_per_page = "refuse"
    assert fresh_instatus.ask("/v1/{page}/incidents?per_page=101").status_code == 400
    assert fresh_instatus.ask("/v1/{page}/incidents?per_page=100").status_code == 200


def test_pages_can_be_shorter_than_asked_for_although_more_follow(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.server.settings.short_pages = 6
    assert len(fresh_instatus.json("/v1/{page}/incidents?per_page=100")) == 6
    rows = fresh_instatus.all_rows("/v1/{page}/incidents")
    assert rows == fresh_instatus.server.view().rows("incidents", fresh_instatus.page_id)
    assert len(rows) == 20


@pytest.mark.parametrize(
    "path",
    [
        "/v2/pages?limit=5",
        "/v2/pages?page=0",
        "/v2/pages?page=-1",
        "/v2/pages?page=one",
        "/v2/pages?page=",
        "/v2/pages?page=1&page=2",
        "/v2/pages?per_page=0",
        "/v1/{page}/components?search=x",
        "/v1/{page}/incidents?sort=createdAt",
        "/v1/{page}/incidents?updated_after=2026-01-01",
        "/v1/{page}/incidents?status=RESOLVED,DONE",
        "/v1/{page}/incidents?!status=resolved",
        "/{page}/monitors?per_page=5",
        "/{page}/monitors?status=SIDEWAYS",
        "/{page}/monitor-alerts?search=x",
        "/{page}/routing-rules?page=1",
        "/v1/user?page=1",
        "/v1/pages?page=1",
    ],
)
def test_unknown_parameters_and_wrong_values_are_refused(instatus: InstatusClient, path: str) -> None:
    answer = instatus.ask(path)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_incidents_are_filtered_by_status_and_by_its_opposite(instatus: InstatusClient) -> None:
    rows = instatus.server.view().rows("incidents", instatus.page_id)
    some = instatus.all_rows("/v1/{page}/incidents?status=INVESTIGATING,MONITORING")
    others = instatus.all_rows("/v1/{page}/incidents?!status=INVESTIGATING,MONITORING")
    assert {row["status"] for row in some} == {"INVESTIGATING", "MONITORING"}
    assert sorted(ids(some + others)) == sorted(ids(rows))


def test_subscribers_and_monitors_are_searched(instatus: InstatusClient) -> None:
    assert [row["email"] for row in instatus.json("/v2/{page}/subscribers?search=READER%2B11@")] == [
        "reader+11@example.com"
    ]
    found = instatus.json("/{page}/monitors?search=api-3.&status=DEGRADED")
    assert [(row["url"], row["status"]) for row in found["monitors"]] == [
        ("https://api-3.example.com/health?deep=1", "DEGRADED")
    ]
    assert found["total"] == 1


def test_the_order_of_lists_is_a_setting(fresh_instatus: InstatusClient) -> None:
    server = fresh_instatus.server
    stored = ids(server.store.find("incidents", "siteId", fresh_instatus.page_id))
    server.store.update("incidents", stored[4], name="moved")
    orders: dict[str, list[str]] = {}
    for order in ("oldest_first", "newest_first", "updated_first"):
        server.settings.order = order
        orders[order] = ids(fresh_instatus.all_rows("/v1/{page}/incidents"))
    assert orders["oldest_first"] == stored
    assert orders["newest_first"] == stored[::-1]
    assert orders["updated_first"][0] == stored[4]
    assert sorted(orders["updated_first"]) == sorted(stored)


def test_the_page_of_monitors_may_be_honoured_ignored_or_refused(fresh_instatus: InstatusClient) -> None:
    found: dict[str, Any] = {}
    for does in ("honoured", "ignored", "refused"):
        fresh_instatus.server.settings.monitors_page = does
        answer = fresh_instatus.ask("/{page}/monitors?limit=5&page=2")
        found[does] = answer.json().get("page", answer.status_code)
    assert found == {"honoured": 2, "ignored": 1, "refused": 400}


def test_cron_monitors_tell_how_many_pages_there_are_and_no_more(instatus: InstatusClient) -> None:
    rows = instatus.server.view().rows("cron_monitors", instatus.page_id)
    assert len(rows) == 5
    assert set(rows[0]) == {"id", "slug"}
    assert instatus.json("/{page}/monitors/cron?limit=2&page=3") == {"cronMonitors": rows[4:], "totalPages": 3}
    assert instatus.all_rows("/{page}/monitors/cron", "cronMonitors", "limit=2") == rows


def test_version_two_of_components_is_a_tree(fresh_instatus: InstatusClient) -> None:
    tree = fresh_instatus.json("/v2/{page}/components?per_page=100")
    members = [(row["id"], member) for row in tree for member in row.get("children", [])]
    assert {"children" in row for row in tree} == {True, False}
    assert all(row["isParent"] == ("children" in row) for row in tree)
    assert all(member["groupId"] == group and "children" not in member for group, member in members)
    told = [*ids(tree), *(member["id"] for _, member in members)]
    assert sorted(told) == sorted(ids(fresh_instatus.all_rows(BARE["components"])))


def test_a_group_in_a_group_stands_inside_of_it(fresh_instatus: InstatusClient) -> None:
    store = fresh_instatus.server.store
    inner, outer = [row for row in store.find("components", "siteId", fresh_instatus.page_id) if row["isParent"]][:2]
    store.update("components", inner["id"], groupId=outer["id"])
    tree = fresh_instatus.json("/v2/{page}/components?per_page=100")
    (told,) = (row for row in tree if row["id"] == outer["id"])
    assert inner["id"] in ids([row for row in told["children"] if "children" in row])
    assert inner["id"] not in ids(tree)


def test_version_two_of_components_is_there_or_not(fresh_instatus: InstatusClient) -> None:
    first = fresh_instatus.json("/v2/{page}/components")[0]
    assert "archived" in first
    assert "uniqueEmail" in first
    alone = fresh_instatus.json(f"/v2/{{page}}/components/{first['id']}")
    assert alone == {name: value for name, value in first.items() if name not in {"isParent", "children"}}
    fresh_instatus.server.settings.components_v2 = False
    assert fresh_instatus.ask("/v2/{page}/components").status_code == 404
    assert fresh_instatus.ask(f"/v2/{{page}}/components/{first['id']}").status_code == 200


def test_archived_components_and_deleted_templates_are_listed_or_not(fresh_instatus: InstatusClient) -> None:
    assert any(row["archivedAt"] for row in fresh_instatus.all_rows(BARE["components"]))
    assert any(row["deletedAt"] for row in fresh_instatus.all_rows(BARE["templates"]))
    fresh_instatus.server.settings.list_archived = False
    assert not any(row["archivedAt"] for row in fresh_instatus.all_rows(BARE["components"]))
    assert not any(row["deletedAt"] for row in fresh_instatus.all_rows(BARE["templates"]))


def test_rows_can_be_told_as_documented_and_no_more(fresh_instatus: InstatusClient) -> None:
    observed = fresh_instatus.json("/v1/{page}/incidents")[0]
    fresh_instatus.server.settings.observed_fields = False
    fresh_instatus.server.settings.monitor_ids = False
    documented = fresh_instatus.json("/v1/{page}/incidents")[0]
    assert set(documented) == {
        "id",
        "name",
        "status",
        "started",
        "duration",
        "resolved",
        "updates",
        "components",
        "translations",
    }
    assert set(documented) < set(observed)
    assert not {"id", "status"} & set(fresh_instatus.json("/{page}/monitors")["monitors"][0])
    assert {type(each) for row in fresh_instatus.json(BARE["subscribers"]) for each in row["components"]} == {str}


@pytest.mark.parametrize("name", ["components", "incidents", "maintenances", "templates", "metrics", "audience_groups"])
def test_a_row_by_its_id_is_the_row_of_the_list(instatus: InstatusClient, name: str) -> None:
    row = instatus.json(BARE[name])[0]
    route = BARE[name].replace("{page}", "{page_id}")
    before = instatus.box.requests.count(f"/instatus{route}/{{id}}")
    assert instatus.json(f"{BARE[name]}/{row['id']}") == row
    assert instatus.box.requests.count(f"/instatus{route}/{{id}}") == before + 1
    assert instatus.ask(f"{BARE[name]}/nothing").status_code == 404
    other_page = BARE[name].replace("{page}", instatus.page_ids[1])
    assert instatus.ask(f"{other_page}/{row['id']}").status_code == 404


def test_groups_are_components_and_are_told_inside_of_their_members(instatus: InstatusClient) -> None:
    rows = {row["id"]: row for row in instatus.all_rows(BARE["components"])}
    members = [row for row in rows.values() if row["groupId"]]
    assert members
    assert all(row["group"] == rows[row["groupId"]] for row in members)
    assert all(rows[row["groupId"]]["isParent"] for row in members)


def test_points_are_told_inside_of_their_metric(instatus: InstatusClient) -> None:
    rows = instatus.json(BARE["metrics"])
    stored = instatus.server.store.rows("datapoints")
    for row in rows:
        mine = [point for point in stored if point["metricId"] == row["id"]]
        assert row["data"] == [{name: point[name] for name in ("id", "timestamp", "value")} for point in mine]
    assert {len(row["data"]) > 0 for row in rows} == {True, False}


def test_times_have_milliseconds_and_a_z(instatus: InstatusClient) -> None:
    times = [row["createdAt"] for row in instatus.all_rows(BARE["incidents"])]
    assert all(
        len(text) == len("2026-05-24T18:42:11.000Z") and text[-5] == "." and text.endswith("Z") for text in times
    )


def test_user_workspaces_and_the_members_on_call_are_told(instatus: InstatusClient) -> None:
    assert instatus.json("/v1/user") == instatus.server.view().user()
    assert instatus.json("/v1/user", key="member") == instatus.server.view("member").user()
    workspaces = instatus.json("/v1/workspaces")
    assert sorted(page for row in workspaces for page in row["sites"]) == sorted(instatus.page_ids)
    schedule = instatus.server.store.rows("on_call_schedules")[0]
    members = instatus.json(f"/on-call-schedules/{schedule['id']}/members")
    assert members["allMembers"] == [*members["currentMembers"], *members["nextMembers"], members["allMembers"][2]]

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.rootly.description import description

if TYPE_CHECKING:
    from .rootly_client import RootlyClient

LONG_AGO = datetime(2026, 1, 1, tzinfo=timezone.utc)


def opened(rootly: RootlyClient, **attributes: Any) -> str:
    answer = rootly.write("POST", "/v1/incidents", title="Outage", **attributes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def test_an_incident_is_opened_changed_resolved_and_deleted(fresh_rootly: RootlyClient) -> None:
    service, severity = fresh_rootly.first_id("services"), fresh_rootly.first_id("severities")
    before = datetime.now(timezone.utc).replace(microsecond=0)
    incident = opened(fresh_rootly, service_ids=[service], severity_id=severity, labels={"a": "b"})
    changes = {"filter[updated_at][gte]": before.isoformat()}
    assert fresh_rootly.ids("/v1/incidents", **changes) == [incident]
    told = fresh_rootly.json(f"/v1/incidents/{incident}")["data"]["attributes"]
    assert (told["status"], told["labels"], told["sequential_id"]) == ("started", {"a": "b"}, 21)
    assert (told["services"][0]["data"]["id"], told["severity"]["data"]["id"]) == (service, severity)
    assert fresh_rootly.write("PUT", f"/v1/incidents/{incident}", summary="db", service_ids=[]).status_code == 200
    resolved = fresh_rootly.write("PUT", f"/v1/incidents/{incident}/resolve", resolution_message="done")
    told = resolved.json()["data"]["attributes"]
    assert (told["status"], told["summary"], told["services"], told["resolution_message"]) == (
        "resolved",
        "db",
        [],
        "done",
    )
    assert told["resolved_at"] is not None
    gone = fresh_rootly.ask(f"/v1/incidents/{incident}", method="DELETE")
    assert (gone.status_code, gone.json()["data"]["id"]) == (200, incident)
    assert fresh_rootly.ask(f"/v1/incidents/{incident}").status_code == 404
    assert fresh_rootly.ask(f"/v1/incidents/{incident}/events").status_code == 404


@pytest.mark.parametrize("touches", [False, True])
def test_a_child_touches_its_incident_only_where_that_is_set(fresh_rootly: RootlyClient, touches: bool) -> None:  # noqa: FBT001
    fresh_rootly.server.settings.children_touch_incidents = touches
    store = fresh_rootly.server.store
    incident = opened(fresh_rootly)
    service = fresh_rootly.first_id("services")
    for method, path, attributes in (
        ("POST", f"/v1/incidents/{incident}/events", {"event": "Looking"}),
        (
            "POST",
            "/v1/events/{event}/services",
            {"incident_event_id": "{event}", "service_id": service, "status": "major_outage"},
        ),
        ("POST", f"/v1/incidents/{incident}/action_items", {"summary": "Write it down"}),
        ("PUT", "/v1/events/{event}", {"event": "Found"}),
        ("DELETE", "/v1/events/{event}", {}),
    ):
        events = store.tables["incident_events"].find("incident_id", incident)
        store.update("incidents", incident, updated_at=LONG_AGO)
        event = str(events[0]["id"]) if events else ""
        told = {name: value.replace("{event}", event) for name, value in attributes.items()}
        answer = fresh_rootly.write(method, path.replace("{event}", event), **told)
        assert answer.status_code in {200, 201}, answer.text
        row = store.get("incidents", incident)
        assert row is not None
        assert (row["updated_at"] != LONG_AGO) is touches
    assert fresh_rootly.rows(f"/v1/incidents/{incident}/events") == []
    assert len(fresh_rootly.rows(f"/v1/incidents/{incident}/action_items")) == 1


def test_alerts_are_raised_acknowledged_attached_and_resolved(fresh_rootly: RootlyClient) -> None:
    made = fresh_rootly.write("POST", "/v1/alerts", source="api", summary="Disk full", data={"disk": 99})
    assert made.status_code == 201, made.text
    alert = made.json()["data"]["id"]
    assert fresh_rootly.ask(f"/v1/alerts/{alert}/acknowledge", method="POST").json()["data"]["attributes"][
        "status"
    ] == ("acknowledged")
    incident = opened(fresh_rootly)
    assert fresh_rootly.write("POST", f"/v1/incidents/{incident}/alerts", alert_ids=[alert]).status_code == 200
    assert fresh_rootly.ids(f"/v1/incidents/{incident}/alerts") == [alert]
    resolved = fresh_rootly.write("POST", f"/v1/alerts/{alert}/resolve").json()["data"]["attributes"]
    assert (resolved["status"], resolved["data"]) == ("resolved", {"disk": 99})
    assert resolved["ended_at"] is not None


def test_a_change_shows_wherever_the_row_is_shown(fresh_rootly: RootlyClient) -> None:
    store = fresh_rootly.server.store
    incident = next(row for row in store.rows("incidents") if row["services"])
    path = f"/v1/incidents/{incident['id']}"
    fresh_rootly.json(path)
    fresh_rootly.write("PUT", f"/v1/services/{incident['services'][0]}", name="Renamed")
    assert fresh_rootly.json(path)["data"]["attributes"]["services"][0]["data"]["attributes"]["name"] == "Renamed"
    event = fresh_rootly.write("POST", f"{path}/events", event="New").json()["data"]["id"]
    body = fresh_rootly.json(path, include="events")
    assert event in {row["id"] for row in body["included"]}
    fresh_rootly.ask(f"/v1/events/{event}", method="DELETE")
    linked = fresh_rootly.json(path, include="events")["data"]["relationships"]["events"]["data"]
    assert event not in {row["id"] for row in linked}


@pytest.mark.parametrize(
    ("method", "path", "attributes", "status"),
    [
        ("POST", "/v1/causes", {}, 422),
        ("POST", "/v1/causes", {"name": "x", "nonsense": 1}, 422),
        ("POST", "/v1/incidents", {"started_at": "soon"}, 422),
        ("POST", "/v1/incidents", {"severity_id": "nobody"}, 422),
        ("POST", "/v1/incidents/nobody/events", {"event": "x"}, 404),
        ("PUT", "/v1/causes/nobody", {"name": "x"}, 404),
        ("POST", "/v1/services/bulk_delete", {"ids": []}, 501),
    ],
)
def test_a_wrong_write_changes_nothing(
    fresh_rootly: RootlyClient, method: str, path: str, attributes: dict[str, Any], status: int
) -> None:
    store = fresh_rootly.server.store
    before = {table: store.rows(table) for table in store.tables}
    assert fresh_rootly.write(method, path, **attributes).status_code == status
    assert before == {table: store.rows(table) for table in store.tables}


def test_a_body_has_to_be_a_document(fresh_rootly: RootlyClient) -> None:
    for body in (b"no json", b"[]", b'{"data": 1}'):
        assert fresh_rootly.ask("/v1/causes", method="POST", data=body).status_code == 400


def test_a_row_can_be_added_to_every_collection_that_takes_one(fresh_rootly: RootlyClient) -> None:
    api = description()
    writes = [write for write in api.writes if write.method == "POST" and write.path in api.reads]
    assert len(writes) > 80
    for write in writes:
        read = api.reads[write.path]
        if read.answers != "list" or read.path == "/v1/incidents/{incident_id}/alerts":
            continue
        parent = fresh_rootly.first_id(read.parent_table) if read.parent_table else ""
        attributes = {name: _sample(fresh_rootly, read.table, name) for name in write.required}
        answer = fresh_rootly.write("POST", write.path.replace(f"{{{read.parameter}}}", str(parent)), **attributes)
        assert answer.status_code == write.status, f"{write.path}: {answer.text}"
        made = answer.json()["data"]["id"]
        told = [row for row in fresh_rootly.server.view()[write.path] if row["id"] == made]
        assert [row.get(read.parent_column, "") for row in told] == [str(parent)], write.path


def _sample(rootly: RootlyClient, table: str, name: str) -> Any:
    """A value that another row has, which is surely a possible one."""
    values = (row.get(name) for row in rootly.server.store.rows(table))
    value = next((value for value in values if value is not None), "x")
    return value.isoformat() if isinstance(value, datetime) else value

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .instatus_client import InstatusClient

MAINTENANCE = {
    "name": "Disks",
    "message": "We swap disks.",
    "start": "2027-01-01T10:00:00.000Z",
    "end": "2027-01-01T11:30:00+00:00",
    "status": "NOTSTARTEDYET",
    "notify": False,
    "notifyStart": True,
    "notifyEnd": False,
    "notifyEarly": False,
    "autoStart": True,
    "autoEnd": True,
}


def components(client: InstatusClient, count: int) -> list[str]:
    rows = client.all_rows("/v1/{page}/components")
    return [row["id"] for row in rows if not row["isParent"]][:count]


def listed(client: InstatusClient, collection: str, row_id: str) -> dict[str, Any] | None:
    rows = client.all_rows(f"/v1/{{page}}/{collection}")
    return next((row for row in rows if row["id"] == row_id), None)


def status_of(client: InstatusClient, component_id: str) -> str:
    return str(client.json(f"/v1/{{page}}/components/{component_id}")["status"])


def test_an_incident_is_opened_updated_resolved_and_deleted(fresh_instatus: InstatusClient) -> None:
    client = fresh_instatus
    one, two = components(client, 2)
    opened = client.write(
        "POST",
        "/v1/{page}/incidents",
        name="Login is down",
        message="We <look>.",
        status="INVESTIGATING",
        components=[one, two],
        statuses=[{"id": one, "status": "MAJOROUTAGE"}],
        started="2026-07-02T10:00:00.000Z",
        notify=True,
    )
    assert opened == listed(client, "incidents", opened["id"])
    assert [update["messageHtml"] for update in opened["updates"]] == ["<p>We &lt;look&gt;.</p>"]
    assert {row["id"] for row in opened["components"]} == {one, two}
    assert (opened["impact"], opened["subscribersNotified"], opened["resolved"]) == ("MAJOROUTAGE", True, None)
    assert status_of(client, one) == "MAJOROUTAGE"

    update = client.write(
        "POST",
        f"/v1/{{page}}/incidents/{opened['id']}/incident-updates",
        message="Fixed.",
        status="RESOLVED",
        components=[one],
        statuses=[{"id": one, "status": "OPERATIONAL"}],
        started="2026-07-02T12:05:30.000Z",
    )
    resolved = listed(client, "incidents", opened["id"])
    assert resolved is not None
    assert [row["id"] for row in resolved["updates"]] == [opened["updates"][0]["id"], update["id"]]
    assert (resolved["updates"][0]["ended"], resolved["updates"][0]["duration"]) == (update["started"], 125)
    assert (resolved["status"], resolved["resolved"], resolved["duration"]) == ("RESOLVED", update["started"], 125)
    assert [row["id"] for row in resolved["components"]] == [one]
    assert resolved["updatedAt"] > opened["updatedAt"]
    assert status_of(client, one) == "OPERATIONAL"

    assert client.write("DELETE", f"/v1/{{page}}/incidents/{opened['id']}") == {"id": opened["id"]}
    assert listed(client, "incidents", opened["id"]) is None
    assert client.server.store.find("incident_updates", "incidentId", opened["id"]) == []


def test_an_update_need_not_move_the_updated_time_of_its_incident(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.server.settings.updates_touch_incidents = False
    incident = fresh_instatus.json("/v1/{page}/incidents")[0]
    path = f"/v1/{{page}}/incidents/{incident['id']}/incident-updates"
    fresh_instatus.write("POST", path, message="x", status="MONITORING", components=[], statuses=[])
    after = listed(fresh_instatus, "incidents", incident["id"])
    assert after is not None
    assert after["updatedAt"] == incident["updatedAt"]
    assert len(after["updates"]) == len(incident["updates"]) + 1
    assert after["status"] == "MONITORING"


def test_an_incident_is_changed_and_opened_again(fresh_instatus: InstatusClient) -> None:
    incident = fresh_instatus.json("/v1/{page}/incidents?status=RESOLVED")[0]
    path = f"/v1/{{page}}/incidents/{incident['id']}"
    changed = fresh_instatus.write("PUT", path, name="Other", status="IDENTIFIED", translations={"name": {"de": "Ä"}})
    assert (changed["name"], changed["status"], changed["resolved"]) == ("Other", "IDENTIFIED", None)
    assert changed["duration"] is None
    assert changed["translations"] == {"name": {"de": "Ä"}}
    assert changed["updates"] == incident["updates"]
    assert fresh_instatus.write("PUT", path, status="RESOLVED")["resolved"] is not None


def test_updates_are_changed_and_deleted(fresh_instatus: InstatusClient) -> None:
    incident = next(row for row in fresh_instatus.json("/v1/{page}/incidents") if len(row["updates"]) > 1)
    update = incident["updates"][0]
    path = f"/v1/{{page}}/incidents/{incident['id']}/incident-updates/{update['id']}"
    changed = fresh_instatus.write("PUT", path, message="New words")
    assert (changed["message"], changed["messageHtml"]) == ("New words", "<p>New words</p>")
    fresh_instatus.write("DELETE", path)
    after = listed(fresh_instatus, "incidents", incident["id"])
    assert after is not None
    assert after["updates"] == incident["updates"][1:]
    assert fresh_instatus.ask(path).status_code == 404


def test_incidents_and_updates_are_made_from_a_template(fresh_instatus: InstatusClient) -> None:
    templates = fresh_instatus.all_rows("/v1/{page}/templates")
    template = next(row for row in templates if row["components"] and row["type"] == "INCIDENT")
    incident = fresh_instatus.write("POST", f"/v1/{{page}}/incidents/{template['id']}")
    assert (incident["name"], incident["status"]) == (template["name"], template["status"])
    assert [row["message"] for row in incident["updates"]] == [template["message"]]
    path = f"/v2/{{page}}/incidents/{incident['id']}/incident-updates/{template['id']}"
    assert fresh_instatus.write("POST", path)["message"] == template["message"]
    assert len(fresh_instatus.json(f"/v1/{{page}}/incidents/{incident['id']}")["updates"]) == 2


def test_a_maintenance_is_planned_run_completed_and_deleted(fresh_instatus: InstatusClient) -> None:
    client = fresh_instatus
    (one,) = components(client, 1)
    planned = client.write("POST", "/v1/{page}/maintenances", components=[one], **MAINTENANCE)
    assert (planned["duration"], planned["end"]) == (90, "2027-01-01T11:30:00.000Z")
    assert planned == listed(client, "maintenances", planned["id"])
    path = f"/v1/{{page}}/maintenances/{planned['id']}"
    update = client.write(
        "POST",
        f"{path}/maintenance-updates",
        status="INPROGRESS",
        message="It begins.",
        components=[one],
        statuses=[{"id": one, "status": "UNDERMAINTENANCE"}],
        end="2027-01-01T12:00:00.000Z",
    )
    running = client.json(path)
    assert (running["status"], running["end"], running["resolved"]) == ("INPROGRESS", "2027-01-01T12:00:00.000Z", None)
    assert [row["message"] for row in running["updates"]] == ["We swap disks.", "It begins."]
    assert status_of(client, one) == "UNDERMAINTENANCE"

    body = {name: MAINTENANCE[name] for name in ("message", "start", "end", "notify", "autoStart", "autoEnd")}
    done = client.write("PUT", path, status="COMPLETED", components=[one], statuses=[], duration=60, **body)
    assert (done["status"], done["duration"]) == ("COMPLETED", 60)
    assert done["resolved"] is not None
    client.write("DELETE", f"{path}/maintenance-updates/{update['id']}")
    assert len(client.json(path)["updates"]) == 1
    client.write("DELETE", path)
    assert client.ask(path).status_code == 404


def test_components_are_grouped_changed_archived_and_deleted(fresh_instatus: InstatusClient) -> None:
    client = fresh_instatus
    added = client.write(
        "POST", "/v1/{page}/components", name="Cache", status="PARTIALOUTAGE", grouped=True, group="New"
    )
    assert (added["group"]["name"], added["group"]["isParent"]) == ("New", True)
    again = client.write("POST", "/v1/{page}/components", name="Queue", group="New")
    assert again["groupId"] == added["groupId"]
    path = f"/v1/{{page}}/components/{added['id']}"
    changed = client.write("PUT", path, name="Cache 2", archived=True, grouped=False)
    assert (changed["name"], changed["groupId"], changed["archivedAt"] is None) == ("Cache 2", None, False)
    assert client.write("PUT", path, archived=False)["archivedAt"] is None
    client.write("DELETE", path)
    assert client.ask(path).status_code == 404
    client.write("DELETE", f"/v1/{{page}}/components/{added['groupId']}")
    assert client.json(f"/v1/{{page}}/components/{again['id']}")["group"] is None


def test_a_deleted_component_leaves_incidents_and_subscribers(fresh_instatus: InstatusClient) -> None:
    client = fresh_instatus
    incident = next(row for row in client.json("/v1/{page}/incidents") if row["components"])
    gone = incident["components"][0]["id"]
    client.write("DELETE", f"/v1/{{page}}/components/{gone}")
    for row in client.all_rows("/v1/{page}/incidents") + client.all_rows("/v2/{page}/subscribers"):
        assert gone not in [each["id"] for each in row["components"]]


def test_subscribers_come_and_go(fresh_instatus: InstatusClient) -> None:
    client = fresh_instatus
    (one,) = components(client, 1)
    added = client.write("POST", "/v1/{page}/subscribers", email="new@example.com", components=[one], autoConfirm=True)
    assert (added["all"], added["confirmed"], added["site"]) == (False, True, {"id": client.page_id})
    shown = next(row for row in client.all_rows("/v2/{page}/subscribers") if row["id"] == added["id"])
    assert [row["id"] for row in shown["components"]] == [one]
    removed = client.write("DELETE", f"/v1/{{page}}/subscribers/{added['id']}")
    assert (removed["id"], removed["email"]) == (added["id"], "new@example.com")
    assert added["id"] not in {row["id"] for row in client.all_rows("/v2/{page}/subscribers")}


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/v1/{page}/incidents", {"name": "x"}, "status is required"),
        ("/v1/{page}/incidents", {"name": "x", "status": "COMPLETED"}, "status must be one of INVESTIGATING"),
        ("/v1/{page}/incidents", {"name": 5, "status": "RESOLVED"}, "name must be a text"),
        ("/v1/{page}/incidents", {"name": "x", "status": "RESOLVED", "colour": "red"}, "colour is not a field"),
        ("/v1/{page}/incidents", {"name": "x", "status": "RESOLVED", "started": "today"}, "started must be a time"),
        ("/v1/{page}/incidents", {"name": "x", "status": "RESOLVED", "notify": 1}, "notify must be true or false"),
        ("/v1/{page}/incidents", {"name": "x", "status": "RESOLVED", "components": ["c0"]}, "not on this page"),
        (
            "/v1/{page}/incidents",
            {"name": "x", "status": "RESOLVED", "statuses": [{"id": "c0", "status": "?"}]},
            "statuses must have statuses of",
        ),
        ("/v1/{page}/maintenances", {**MAINTENANCE, "components": [], "end": "2026-01-01T00:00:00Z"}, "before start"),
        ("/v1/{page}/components", {}, "name is required"),
        ("/v1/{page}/subscribers", {"all": True}, "email, phone or webhook is required"),
        ("/v1/{page}/components", ["name"], "The body is not an object"),
    ],
)
def test_a_body_that_is_not_as_documented_is_refused_and_changes_nothing(
    instatus: InstatusClient, path: str, body: Any, text: str
) -> None:
    store = instatus.server.store
    before = {name: store.rows(name) for name in store.tables}
    answer = instatus.ask(path, method="POST", json=body)
    assert answer.status_code == 400
    assert text in answer.json()["error"]["message"]
    assert {name: store.rows(name) for name in store.tables} == before


def test_what_may_not_be_read_may_not_be_written(instatus: InstatusClient) -> None:
    unowned = instatus.page_ids[3]
    answer = instatus.ask(f"/v1/{unowned}/components", method="POST", json={"name": "x"})
    assert answer.status_code == 401
    broken = instatus.ask("/v1/{page}/components", method="POST", data="{")
    assert (broken.status_code, broken.json()["error"]["message"]) == (400, "The body is not JSON")

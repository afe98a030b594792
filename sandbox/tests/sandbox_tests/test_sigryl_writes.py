from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .sigryl_client import error

if TYPE_CHECKING:
    from .sigryl_client import SigrylClient

NEW: dict[str, Any] = {"title": "Outage", "message": "We look into it", "severity": "major"}


def test_an_incident_is_opened_updated_and_resolved(fresh_sigryl: SigrylClient) -> None:
    opened = fresh_sigryl.write("POST", "/incidents", **NEW)
    assert opened.status_code == 201
    incident = opened.json()["incident"]
    assert (incident["title"], incident["status"], incident["severity"]) == ("Outage", "investigating", "major")
    path = f"/incidents/updates?id={incident['_id']}"
    assert incident["_id"] in fresh_sigryl.incident_ids("?status=active")
    assert fresh_sigryl.write("POST", path, status="identified", message="Found").status_code == 201
    assert fresh_sigryl.detail(incident["_id"])["incident"]["status"] == "identified"
    fresh_sigryl.write("POST", path, status="resolved", message="Done")
    assert fresh_sigryl.updates(incident["_id"]) == [
        ("investigating", "We look into it"),
        ("identified", "Found"),
        ("resolved", "Done"),
    ]
    assert incident["_id"] not in fresh_sigryl.incident_ids("?status=active")
    assert incident["_id"] in fresh_sigryl.incident_ids()


@pytest.mark.parametrize(("becomes", "status"), [(False, "identified"), (True, "update")])
def test_an_update_of_the_status_update_may_leave_the_incident_alone(
    fresh_sigryl: SigrylClient, *, becomes: bool, status: str
) -> None:
    fresh_sigryl.server.settings.update_is_a_status = becomes
    incident = fresh_sigryl.write("POST", "/incidents", **NEW, status="identified").json()["incident"]
    fresh_sigryl.write("POST", f"/incidents/updates?id={incident['_id']}", status="update", message="Still at it")
    detail = fresh_sigryl.detail(incident["_id"])
    assert detail["incident"]["status"] == status
    assert detail["updates"][-1]["status"] == "update"


def test_an_incident_is_changed_without_a_trace_in_its_updates(fresh_sigryl: SigrylClient) -> None:
    incident = fresh_sigryl.json("/incidents")["incidents"][0]
    before = fresh_sigryl.updates(incident["_id"])
    path = f"/incidents?id={incident['_id']}"
    changed = fresh_sigryl.write("PATCH", path, title="New", severity="critical").json()["incident"]
    assert changed == {**incident, "title": "New", "severity": "critical"}
    assert fresh_sigryl.json("/incidents")["incidents"][0] == changed
    assert fresh_sigryl.updates(incident["_id"]) == before


def test_the_status_of_a_component_is_changed(fresh_sigryl: SigrylClient) -> None:
    component = fresh_sigryl.json("/components")["components"][0]
    path = f"/components?id={component['_id']}"
    answer = fresh_sigryl.write("PATCH", path, status="major_outage")
    assert answer.json()["component"] == {**component, "status": "major_outage"}
    assert fresh_sigryl.json("/components")["components"][0]["status"] == "major_outage"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "title is required"),
        ({**NEW, "severity": "huge"}, "severity must be one of minor, major, critical"),
        ({**NEW, "status": "closed"}, "status must be one of"),
        ({**NEW, "title": 5}, "title must be a text"),
        ({**NEW, "colour": "red"}, "colour is not a field"),
        ({**NEW, "affectedComponentIds": "x"}, "affectedComponentIds must be a list of texts"),
        ({**NEW, "affectedComponentIds": ["x"]}, "component that the page does not have"),
    ],
)
def test_a_body_that_will_not_do_changes_nothing(fresh_sigryl: SigrylClient, body: dict[str, Any], words: str) -> None:
    before = fresh_sigryl.incident_ids()
    answer = fresh_sigryl.write("POST", "/incidents", **body)
    assert error(answer) == (400, "BAD_REQUEST")
    assert words in answer.json()["error"]["message"]
    assert fresh_sigryl.incident_ids() == before


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'"text"'])
def test_a_body_that_is_no_object_is_refused(fresh_sigryl: SigrylClient, content: bytes) -> None:
    assert error(fresh_sigryl.ask("/incidents", method="POST", data=content)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/incidents"), ("POST", "/incidents/updates"), ("PATCH", "/components")]
)
def test_nobody_writes_to_another_page(fresh_sigryl: SigrylClient, method: str, path: str) -> None:
    table = path.split("/")[1]
    foreign = fresh_sigryl.server.store.find(table, "pageId", fresh_sigryl.server.view(1).page_id)[0]
    body: dict[str, Any] = {"status": "operational" if table == "components" else "resolved", "message": "m"}
    assert error(fresh_sigryl.write(method, f"{path}?id={foreign['id']}", **body)) == (404, "NOT_FOUND")
    assert error(fresh_sigryl.write(method, path, **body)) == (400, "BAD_REQUEST")
    assert fresh_sigryl.server.store.get(table, foreign["id"]) == foreign


def test_what_is_deleted_in_the_store_takes_its_updates_along(fresh_sigryl: SigrylClient) -> None:
    store = fresh_sigryl.server.store
    incident_id = next(each for each in fresh_sigryl.incident_ids() if fresh_sigryl.updates(each))
    store.delete("incidents", incident_id)
    assert incident_id not in fresh_sigryl.incident_ids()
    assert store.find("updates", "incidentId", incident_id) == []
    assert error(fresh_sigryl.ask(f"/incidents/detail?id={incident_id}")) == (404, "NOT_FOUND")

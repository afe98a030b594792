from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests

    from .client import CachetClient

LONG_AGO = datetime(2026, 1, 1, tzinfo=timezone.utc)


def attributes(answer: requests.Response) -> Any:
    return answer.json()["data"]["attributes"]


@pytest.mark.parametrize(("viewer", "status"), [("guest", 401), ("expired", 401), ("readonly", 403)])
def test_writing_asks_for_a_token_and_an_ability(fresh: CachetClient, viewer: str, status: int) -> None:
    assert fresh.write("POST", "/components", viewer, name="x").status_code == status
    assert fresh.write("DELETE", "/components/1", viewer).status_code == status


def test_the_ability_to_manage_is_not_that_to_delete(fresh: CachetClient) -> None:
    assert fresh.write("PUT", "/incidents/1", "incidents", name="new").status_code == 200
    assert fresh.write("DELETE", "/incidents/1", "incidents").status_code == 403
    assert fresh.write("POST", "/components", "incidents", name="x").status_code == 403


def test_what_is_wrong_with_a_body_is_said_by_field(fresh: CachetClient) -> None:
    answer = fresh.write("POST", "/components", status=99)
    assert answer.status_code == 422
    assert answer.json() == {
        "message": "The name field is required. (and 1 more error)",
        "errors": {"name": ["The name field is required."], "status": ["The selected status is invalid."]},
    }
    more = fresh.write("POST", "/schedules", name="x", scheduled_at="soon", components=[{"id": 1, "status": 9}], meta=3)
    assert set(more.json()["errors"]) == {"scheduled_at", "components", "meta"}
    assert fresh.write("POST", "/subscribers", email="nobody").status_code == 422
    assert fresh.write("POST", "/metrics/1/points", value="many").status_code == 422


def test_an_incident_is_opened_updated_resolved_and_deleted(fresh: CachetClient) -> None:
    made = fresh.write(
        "POST",
        "/incidents",
        name="Outage",
        message="m",
        status=1,
        visible=True,
        occurred_at="2026-05-05T10:00:00+02:00",
        components=[{"id": 1, "status": 4}],
    )
    assert made.status_code == 201
    incident = made.json()["data"]["id"]
    assert attributes(made)["occurred"]["string"] == "2026-05-05 08:00:00"
    assert attributes(made)["notifications"] is False
    update = fresh.write("POST", f"/incidents/{incident}/updates", message="done", status=4)
    assert (update.status_code, attributes(update)["status"]["value"]) == (201, 4)
    shown = fresh.json(f"/incidents/{incident}?include=components,updates")
    assert shown["data"]["attributes"]["status"]["human"] == "Fixed"
    assert {row["type"] for row in shown["included"]} == {"components", "updates"}
    deleted = fresh.write("DELETE", f"/incidents/{incident}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert fresh.ask(f"/incidents/{incident}", "full").status_code == 404
    assert fresh.ask(f"/incidents/{incident}/updates", "full").status_code == 404
    row = fresh.box.cachet.store.get("incidents", int(incident))
    assert row is not None
    assert row["deleted_at"] is not None


def test_an_update_touches_its_incident_only_where_the_status_changes(fresh: CachetClient) -> None:
    store = fresh.box.cachet.store
    incident = store.insert("incidents", name="x", status=1, updated_at=LONG_AGO)["id"]
    for status, touched in ((1, False), (None, False), (2, True)):
        fresh.write("POST", f"/incidents/{incident}/updates", message="still", status=status)
        row = store.get("incidents", incident)
        assert row is not None
        assert (row["updated_at"] != LONG_AGO) is touched


def test_changed_metadata_and_linked_components_leave_no_trace(fresh: CachetClient) -> None:
    store = fresh.box.cachet.store
    incident = store.insert("incidents", name="x", message="m", updated_at=LONG_AGO)["id"]
    fresh.write("PUT", f"/incidents/{incident}", meta={"a": 1}, components=[{"id": 1, "status": 2}], name="x")
    row = store.get("incidents", incident)
    assert row is not None
    assert (row["meta"], row["updated_at"]) == ({"a": 1}, LONG_AGO)
    assert not store.tables["incident_components"].find("incident", incident)
    fresh.write("PUT", f"/incidents/{incident}", name="y")
    changed = store.get("incidents", incident)
    assert changed is not None
    assert changed["updated_at"] > LONG_AGO


def test_points_within_the_threshold_count_up_the_newest(fresh: CachetClient) -> None:
    metric = fresh.write("POST", "/metrics", name="x", suffix="ms", threshold=5).json()["data"]["id"]
    path = f"/metrics/{metric}/points"
    first = attributes(fresh.write("POST", path, value=7.5, timestamp="2026-06-01 00:00:10"))
    second = attributes(fresh.write("POST", path, value=9.5, timestamp="2026-06-01 00:01:10"))
    third = attributes(fresh.write("POST", path, value=9.5, timestamp=1780300000))
    assert first["created"]["string"] == "2026-06-01 00:00:00"
    assert (second["id"], second["value"], second["counter"], second["calculated_value"]) == (
        first["id"],
        7.5,
        2,
        15,
    )
    assert (third["id"], third["counter"]) == (first["id"] + 1, 1)
    assert third["created"]["string"] == "2026-06-01 07:46:30"


def test_deleting_a_group_frees_its_components_and_deleting_a_metric_takes_its_points(
    fresh: CachetClient,
) -> None:
    store = fresh.box.cachet.store
    group = fresh.write("POST", "/component-groups", name="g", visible=1, components=[1, 2]).json()["data"]["id"]
    members = fresh.json(f"/component-groups/{group}?include=components", "full")["data"]["relationships"]
    assert [row["id"] for row in members["components"]["data"]] == ["1", "2"]
    fresh.write("DELETE", f"/component-groups/{group}")
    component = store.get("components", 1)
    assert component is not None
    assert component["component_group_id"] is None
    fresh.write("DELETE", "/metrics/1")
    assert not [row for row in store.rows("metric_points") if row["metric_id"] == 1]


def test_a_subscriber_is_made_verified_moved_and_deleted(fresh: CachetClient) -> None:
    body: dict[str, Any] = {"email": "a@example.com", "global": False, "components": [1, 2]}
    made = fresh.write("POST", "/subscribers", **body)
    number = made.json()["data"]["id"]
    assert attributes(made)["verified"] is False
    changed = fresh.write("PUT", f"/subscribers/{number}", verified=True, components=[2])
    assert attributes(changed)["verified"] is True
    page = fresh.json(f"/subscribers/{number}?include=components", "full")
    assert [row["id"] for row in page["data"]["relationships"]["components"]["data"]] == ["2"]
    assert fresh.write("DELETE", f"/subscribers/{number}").status_code == 204
    assert fresh.box.cachet.store.get("subscribers", int(number)) is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/components", {"name": "c"}),
        ("/component-groups", {"name": "g"}),
        ("/incident-templates", {"name": "t", "template": "x"}),
        ("/metrics", {"name": "m", "suffix": "s"}),
        ("/schedules", {"name": "s", "scheduled_at": "2099-01-01 00:00:00"}),
        ("/schedules/1/updates", {"message": "u"}),
    ],
)
def test_every_resource_is_made_changed_and_deleted(fresh: CachetClient, path: str, body: dict[str, Any]) -> None:
    made = fresh.write("POST", path, **body)
    assert made.status_code == 201, made.text
    row = f"{path}/{made.json()['data']['id']}"
    key = next(iter(body))
    assert attributes(fresh.write("PUT", row, **{key: "changed"}))[key] == "changed"
    assert attributes(fresh.ask(row, "full"))[key] == "changed"
    assert fresh.write("DELETE", row).status_code == 204
    assert fresh.ask(row, "full").status_code == 404

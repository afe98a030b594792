from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests

    from .client import CachetClient

UTC = timezone.utc


def ask(
    client: CachetClient, path: str, headers: dict[str, str] | None = None, *, token: bool = False
) -> requests.Response:
    sent = {"Accept": "application/json", **(headers or {})}
    if token:
        sent["X-Cachet-Token"] = client.box.cachet.tokens["v2"]
    return client.ask(path, base=client.box.cachet.v2_api_url, headers=sent)


def page(client: CachetClient, path: str, headers: dict[str, str] | None = None, *, token: bool = False) -> Any:
    answer = ask(client, path, headers, token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_page_tells_the_total_and_its_links_keep_the_parameters(shared: CachetClient) -> None:
    url = f"{shared.box.cachet.v2_api_url}/components"
    first = page(shared, "/components?per_page=5&sort=id")
    total = first["meta"]["pagination"]["total"]
    assert first["meta"]["pagination"] == {
        "total": total,
        "count": 5,
        "per_page": 5,
        "current_page": 1,
        "total_pages": -(-total // 5),
        "links": {"next_page": f"{url}?per_page=5&sort=id&page=2", "previous_page": None},
    }
    beyond = page(shared, "/components?page=99")
    assert (beyond["data"], beyond["meta"]["pagination"]["total"]) == ([], total)


def test_there_is_no_limit_of_rows_and_nonsense_breaks_it(shared: CachetClient) -> None:
    assert len(page(shared, "/incidents?per_page=1000", token=True)["data"]) > 200
    assert page(shared, "/incidents?per_page=0")["meta"]["pagination"]["per_page"] == 15
    assert [ask(shared, f"/incidents?per_page={text}").status_code for text in ("-1", "abc")] == [500, 500]
    for _ in range(70):
        assert "X-RateLimit-Limit" not in ask(shared, "/ping").headers


def test_sorting_descends_whatever_is_asked_for_save_for_groups(shared: CachetClient) -> None:
    def ids(path: str) -> list[int]:
        return [row["id"] for row in page(shared, path)["data"]]

    assert ids("/components?sort=id&order=asc&per_page=100") == sorted(ids("/components?per_page=100"))[::-1]
    assert ids("/components?sort=created_at&per_page=100") == ids("/components?per_page=100")
    assert ids("/components/groups?sort=id") == sorted(ids("/components/groups"))
    assert ids("/components/groups?sort=id&order=desc") == sorted(ids("/components/groups"))[::-1]
    assert ask(shared, "/incidents/templates?sort=id").status_code == 500


def test_a_search_swallows_the_page(shared: CachetClient) -> None:
    assert page(shared, "/components?status=1")["meta"]["pagination"]["total"] > 1
    assert page(shared, "/components?status=1&page=2")["meta"]["pagination"]["total"] == 0


def test_lists_hide_and_single_routes_do_not(shared: CachetClient) -> None:
    store = shared.box.cachet.store
    hidden = next(row["id"] for row in store.rows("incidents", deleted=False) if row["visible"] != 1)
    deleted = next(row["id"] for row in store.rows("incidents") if row["deleted_at"])
    disabled = next(row["id"] for row in store.rows("components", deleted=False) if not row["enabled"])
    listed = {row["id"] for row in page(shared, "/incidents?per_page=1000")["data"]}
    assert hidden not in listed
    assert hidden in {row["id"] for row in page(shared, "/incidents?per_page=1000", token=True)["data"]}
    for path in (f"/incidents/{hidden}", f"/incidents/{hidden}/updates", f"/components/{disabled}"):
        assert ask(shared, path).status_code == 200
    assert ask(shared, f"/incidents/{deleted}").status_code == 404
    assert ask(shared, "/components/groups/3").status_code == 200


def test_incidents_embed_all_their_updates_newest_first(shared: CachetClient) -> None:
    incident = page(shared, "/incidents/2")["data"]
    created = [update["created_at"] for update in incident["updates"]]
    assert len(created) == 120
    assert created == sorted(created, reverse=True)
    assert incident["latest_update_id"] == incident["updates"][0]["id"]
    assert incident["is_resolved"] is (incident["latest_status"] == 4)


def test_a_zone_can_be_asked_for_and_no_time_is_now(empty: CachetClient) -> None:
    store = empty.box.cachet.store
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    store.insert("incidents", name="x", created_at=moment)
    store.insert("components", name="c", deleted_at=None, created_at=moment)
    store.insert("schedules", name="s", scheduled_at=moment)
    store.insert("schedule_components", schedule_id=1, component_id=1, component_status=2, created_at=moment)
    empty.box.cachet.settings.timezone = "Europe/Berlin"
    assert page(empty, "/incidents/1")["data"]["created_at"] == "2026-07-01 14:00:00"
    utc = page(empty, "/incidents/1", {"Time-Zone": "UTC"})["data"]
    assert utc["created_at"] == "2026-07-01 12:00:00"
    told = datetime.fromisoformat(utc["occurred_at"]).replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - told).total_seconds()) < 5
    schedule = page(empty, "/schedules/1")["data"]
    assert schedule["scheduled_at"] == "2026-07-01 14:00:00"
    assert schedule["components"][0]["created_at"] == "2026-07-01 12:00:00"
    assert ask(empty, "/incidents", {"Time-Zone": "Mars/Olympus"}).status_code == 500


@pytest.mark.parametrize("accept", ["text/html", "application/vnd.api+json"])
def test_what_is_no_json_is_not_acceptable(shared: CachetClient, accept: str) -> None:
    answer = ask(shared, "/components", {"Accept": accept})
    assert answer.status_code == 406
    assert answer.json()["errors"][0]["title"] == "Not Acceptable"


def test_subscribers_ask_for_the_key_and_leak_secrets(shared: CachetClient) -> None:
    bearer = {"Authorization": f"Bearer {shared.box.cachet.tokens['v2']}"}
    assert ask(shared, "/subscribers", bearer).status_code == 401
    assert ask(shared, "/subscribers", {"X-Cachet-Token": "wrong"}).status_code == 401
    rows = page(shared, "/subscribers?per_page=1000", token=True)["data"]
    planted = set(shared.box.cachet.canaries)
    assert {row["verify_code"] for row in rows} <= planted
    assert {row["slack_webhook_url"] for row in rows} - {None} <= planted


def test_errors_are_objects_with_ids_of_their_own(shared: CachetClient) -> None:
    first, second = ask(shared, "/incidents/99999"), ask(shared, "/incidents/99999")
    assert first.json()["errors"][0]["detail"] == ("No query results for model [CachetHQ\\Cachet\\Models\\Incident].")
    assert first.json()["errors"][0]["id"] != second.json()["errors"][0]["id"]
    assert ask(shared, "/subscribers/1").status_code == 405
    assert ask(shared, "/metrics/1/points/1").status_code == 405
    assert ask(shared, "/incidents/metrics").status_code == 404


def test_groups_hold_their_enabled_components_twice(shared: CachetClient) -> None:
    for group in page(shared, "/components/groups", token=True)["data"]:
        ids = [row["id"] for row in group["enabled_components"]]
        worst = [row["status"] for row in group["enabled_components_lowest"]]
        assert sorted(ids) == sorted(row["id"] for row in group["enabled_components_lowest"])
        assert worst == sorted(worst, reverse=True)
        assert all(row["enabled"] for row in group["enabled_components"])


def test_always_authenticate_leaves_three_routes_open(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.always_authenticate = True
    paths = ("/ping", "/version", "/status", "/components")
    assert [ask(fresh, path).status_code for path in paths] == [200, 200, 200, 401]
    assert ask(fresh, "/components", token=True).status_code == 200

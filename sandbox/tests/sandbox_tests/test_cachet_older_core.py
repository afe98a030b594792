from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

    from .client import CachetClient


def ask(client: CachetClient, path: str, viewer: str = "guest", accept: str = "application/json") -> requests.Response:
    return client.ask(path, viewer, base=client.box.cachet.older_api_url, headers={"Accept": accept})


def rows(client: CachetClient, path: str) -> list[Any]:
    answer = ask(client, path)
    assert answer.status_code == 200, answer.text
    data: list[Any] = answer.json()["data"]
    return data


def test_everybody_sees_everything_that_is_not_deleted(shared: CachetClient) -> None:
    store = shared.box.cachet.store
    for path, table in (("incidents", "incidents"), ("components", "components"), ("metrics", "metrics")):
        living = [row["id"] for row in store.rows(table, deleted=False)]
        assert [int(row["id"]) for row in rows(shared, f"/{path}?sort=id&per_page=1000")] == living
    assert ask(shared, "/metrics/3/points").status_code == 200


def test_pages_have_no_clamp_and_repeat_what_was_asked_for(shared: CachetClient) -> None:
    page = ask(shared, "/incidents?per_page=150&sort=id").json()
    assert (len(page["data"]), page["meta"]["per_page"]) == (150, "150")
    assert "current_page_url" not in page["meta"]
    assert ask(shared, "/incidents").json()["meta"]["per_page"] == 15
    assert ask(shared, "/incidents?per_page=abc").status_code == 500


def test_younger_attributes_are_missing_and_older_ones_there(shared: CachetClient) -> None:
    incident = rows(shared, "/incidents?sort=id")[0]["attributes"]
    assert "published" not in incident
    assert "component_id" in incident
    components = [row["attributes"] for row in rows(shared, "/components?sort=id&per_page=100")]
    assert not any("latest_status" in component for component in components)
    assert {type(component["meta"]).__name__ for component in components} >= {"NoneType", "dict", "list", "str"}
    group = rows(shared, "/component-groups")[0]["attributes"]
    assert not {"collapsed", "order_column", "order_direction"} & set(group)


def test_schedules_break_with_components_and_not_without(shared: CachetClient) -> None:
    assert ask(shared, "/schedules?include=components&sort=id&per_page=100").status_code == 500
    assert ask(shared, "/schedules?include=updates&sort=id&per_page=100").status_code == 200
    assert ask(shared, "/incidents?include=components,updates,user&sort=id&per_page=100").status_code == 200


def test_younger_includes_filters_and_routes_are_refused(shared: CachetClient) -> None:
    for path in ("/components", "/component-groups", "/incidents", "/schedules"):
        assert ask(shared, f"{path}?include=meta").status_code == 400
    assert ask(shared, "/incident-templates?include=meta").status_code == 200
    assert ask(shared, "/incidents?sort=created_at").status_code == 400
    assert ask(shared, "/incidents?filter[occurs_after]=2026-01-01").status_code == 400
    assert ask(shared, "/components?filter[enabled]=0,1").status_code == 200
    assert ask(shared, "/subscribers", "full").status_code == 404
    assert ask(shared, "/metrics?include=points").status_code == 500
    assert ask(shared, "/metrics/1/points?sort=name").status_code == 500
    assert ask(shared, "/metrics/1/points?sort=id").status_code == 200


def test_errors_are_pages_unless_json_is_accepted(shared: CachetClient) -> None:
    page = ask(shared, "/me", accept="*/*")
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert ask(shared, "/me").json() == {"message": "The route api/me could not be found."}


def test_the_limit_is_sixty_and_settings_of_younger_cores_do_nothing(fresh: CachetClient) -> None:
    settings = fresh.box.cachet.settings
    settings.rate_limit, settings.api_protected, settings.api_enabled = 300, True, False
    answers = [ask(fresh, "/ping") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert answers[0].headers["X-RateLimit-Limit"] == "60"
    assert "Retry-After" in answers[-1].headers

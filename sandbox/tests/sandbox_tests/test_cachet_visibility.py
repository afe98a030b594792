from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client import CachetClient


def test_a_token_widens_and_an_ability_widens_further(shared: CachetClient) -> None:
    store = shared.box.cachet.store
    living = [row for row in store.rows("incidents") if row["deleted_at"] is None]
    now = shared.box.cachet.view().clock.now
    public = [row["id"] for row in living if row["visible"] == 1 and row["published_at"] <= now]
    published = [row["id"] for row in living if row["visible"] in {0, 1} and row["published_at"] <= now]
    every = [row["id"] for row in living if row["visible"] in {0, 1}]
    assert shared.all_ids("/incidents?sort=id") == public
    assert shared.all_ids("/incidents?sort=id", "readonly") == published
    assert shared.all_ids("/incidents?sort=id", "incidents") == every
    assert len(public) < len(published) < len(every) < len(living)


@pytest.mark.parametrize("viewer", ["guest", "readonly", "full"])
def test_the_view_tells_what_a_viewer_sees(shared: CachetClient, viewer: str) -> None:
    view = shared.box.cachet.view(viewer)
    expected = [row["id"] for row in shared.box.cachet.store.rows("schedules") if view.sees_schedule(row)]
    assert shared.all_ids("/schedules?sort=id", viewer) == expected


def test_a_wrong_or_expired_token_is_a_guest_that_nobody_warns(shared: CachetClient) -> None:
    guest = shared.all_ids("/components?sort=id")
    assert shared.all_ids("/components?sort=id", "expired") == guest
    answer = shared.ask("/components", headers={"Authorization": "Bearer 999|nope"})
    assert answer.status_code == 200


def test_components_are_hidden_with_their_group_and_by_being_disabled(shared: CachetClient) -> None:
    store = shared.box.cachet.store
    groups = {row["id"]: row["visible"] for row in store.rows("component_groups")}
    rows = [row for row in store.rows("components") if row["deleted_at"] is None]
    guest = [row["id"] for row in rows if row["enabled"] and groups.get(row["component_group_id"], 1) == 1]
    every = [row["id"] for row in rows if groups.get(row["component_group_id"], 1) != 2]
    assert shared.all_ids("/components?sort=id&filter[enabled]=0,1") == guest
    assert shared.all_ids("/components?sort=id&filter[enabled]=0,1", "readonly") == every
    disabled = next(row["id"] for row in rows if not row["enabled"] and row["id"] in every)
    assert shared.ask(f"/components/{disabled}").status_code == 404
    assert shared.ask(f"/components/{disabled}", "readonly").status_code == 200


def test_hidden_rows_are_hidden_from_everybody(shared: CachetClient) -> None:
    assert 3 not in shared.ids("/component-groups", "full")
    assert shared.ask("/metrics/3", "full").status_code == 404


def test_children_of_what_the_viewer_does_not_see(shared: CachetClient) -> None:
    store = shared.box.cachet.store
    deleted = next(row["id"] for row in store.rows("incidents") if row["deleted_at"])
    hidden = next(row["id"] for row in store.rows("incidents") if row["visible"] == 2 and not row["deleted_at"])
    unpublished = next(
        row["id"] for row in store.rows("schedules") if row["published_at"].year > 2090 and not row["deleted_at"]
    )
    assert shared.ask(f"/incidents/{hidden}/updates").json() == {"message": ""}
    assert shared.ask(f"/incidents/{deleted}/updates").json() == {
        "message": f"No query results for model [Cachet\\Models\\Incident] {deleted}"
    }
    assert shared.ask("/metrics/3/points").json() == {"message": ""}
    assert shared.ask(f"/schedules/{unpublished}").status_code == 404
    assert shared.ask(f"/schedules/{unpublished}/updates").status_code == 200


@pytest.mark.parametrize(
    ("viewer", "status"),
    [("guest", 401), ("expired", 401), ("readonly", 403), ("subscribers", 200), ("full", 200)],
)
def test_subscribers_ask_for_a_token_and_an_ability(shared: CachetClient, viewer: str, status: int) -> None:
    for path in ("/subscribers", "/subscribers/1"):
        assert shared.ask(path, viewer).status_code == status


def test_the_key_of_v2_is_no_credential_of_v3(shared: CachetClient) -> None:
    headers = {"X-Cachet-Token": shared.box.cachet.tokens["full"]}
    answer = shared.ask("/subscribers", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."})


def test_subscribers_never_show_their_secrets(shared: CachetClient) -> None:
    text = shared.ask("/subscribers?per_page=100&include=components,meta", "full").text
    assert "CANARY" not in text


def test_an_api_that_is_switched_off_answers_nothing(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.api_enabled = False
    for path, viewer in (("/ping", "guest"), ("/components", "full"), ("/subscribers", "guest")):
        answer = fresh.ask(path, viewer)
        assert (answer.status_code, answer.json()) == (404, {"message": ""})


def test_a_protected_api_asks_for_any_valid_token(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.api_protected = True
    assert [fresh.ask("/ping", viewer).status_code for viewer in ("guest", "expired", "readonly")] == [
        401,
        401,
        200,
    ]


def test_time_alone_publishes(empty: CachetClient) -> None:
    now = empty.box.cachet.view().clock.now
    empty.box.cachet.store.insert("incidents", name="soon", published_at=now + timedelta(seconds=2))
    assert empty.ids("/incidents") == []
    deadline = time.monotonic() + 20
    while not empty.ids("/incidents") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert empty.ids("/incidents") == [1]

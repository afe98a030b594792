from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import CachetClient


def included(page: dict[str, Any], kind: str) -> dict[str, Any]:
    return {row["id"]: row for row in page.get("included", []) if row["type"] == kind}


def test_relationships_exist_only_for_what_is_included(shared: CachetClient) -> None:
    plain = shared.json("/incidents?sort=id&per_page=1")
    assert "relationships" not in plain["data"][0]
    assert "included" not in plain
    joined = shared.json("/incidents?sort=id&per_page=30&include=updates,user")
    assert {tuple(row["relationships"]) for row in joined["data"]} == {("updates", "user")}
    assert {"data": None} in [row["relationships"]["user"] for row in joined["data"]]
    assert {row["type"] for row in joined["included"]} == {"updates", "users"}


def test_a_page_shows_a_shared_component_with_the_first_owners_status(empty: CachetClient) -> None:
    store = empty.box.cachet.store
    store.insert("components", name="shared")
    for status in (2, 4, None):
        incident = store.insert("incidents", name="x", status=1)
        store.insert("incident_components", incident_id=incident["id"], component_id=1, component_status=status)

    def status_of(path: str) -> Any:
        attributes = included(empty.json(path), "components")["1"]["attributes"]
        return attributes["pivot"]["component_status"]["value"] if "pivot" in attributes else None

    assert status_of("/incidents?sort=id&include=components") == 2
    assert status_of("/incidents?sort=-id&per_page=2&include=components") is None
    assert [status_of(f"/incidents/{number}?include=components") for number in (1, 2, 3)] == [2, 4, None]
    assert len(empty.json("/incidents?include=components")["included"]) == 1


def test_incidents_link_components_that_the_viewer_cannot_list_but_no_deleted_ones(
    shared: CachetClient,
) -> None:
    store = shared.box.cachet.store
    page = shared.json("/incidents?sort=id&per_page=100&include=components")
    linked = {int(number) for number in included(page, "components")}
    listed = set(shared.all_ids("/components?sort=id"))
    deleted = {row["id"] for row in store.rows("components") if row["deleted_at"]}
    assert linked - listed
    assert deleted
    assert not linked & deleted


def test_included_updates_are_all_updates(shared: CachetClient) -> None:
    page = shared.json("/incidents/2?include=updates", "full")
    embedded = [row["id"] for row in page["data"]["relationships"]["updates"]["data"]]
    listed = [str(number) for number in shared.all_ids("/incidents/2/updates", "full")]
    assert sorted(embedded) == sorted(listed)
    assert len(embedded) == 120


def test_a_nested_include_brings_its_parent_along(shared: CachetClient) -> None:
    page = shared.json("/schedules?sort=id&per_page=100&include=components.group", "full")
    components, groups = included(page, "components"), included(page, "componentGroups")
    assert components
    assert groups
    linked = {
        row["relationships"]["group"]["data"]["id"]
        for row in components.values()
        if row["relationships"]["group"]["data"]
    }
    assert linked == set(groups)


def test_meta_and_counts_are_attributes_and_empty_metadata_is_a_list(shared: CachetClient) -> None:
    page = shared.json("/incidents?sort=id&per_page=100&include=meta,componentsCount,updatesCount")
    metas = [row["attributes"]["meta"] for row in page["data"]]
    assert [] in metas
    assert {} not in metas
    assert any(isinstance(meta, dict) for meta in metas)
    assert all(isinstance(row["attributes"]["components_count"], int) for row in page["data"])
    assert "updates_count" not in page["data"][0]["attributes"]


def test_the_author_of_a_schedule_breaks_the_list(shared: CachetClient) -> None:
    for path in ("/schedules?include=user", "/schedules/1?include=components,user"):
        answer = shared.ask(path)
        assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})


def test_children_include_their_parent(shared: CachetClient) -> None:
    points = shared.json("/metrics/1/points?sort=id&per_page=2&include=metric")
    assert points["data"][0]["relationships"] == {"metric": {"data": {"type": "metrics", "id": "1"}}}
    assert list(included(points, "metrics")) == ["1"]
    updates = shared.json("/incidents/2/updates?include=incident", "full")
    assert list(included(updates, "incidents")) == ["2"]


def test_updates_of_an_incident_and_a_schedule_of_one_id_are_told_apart(fresh: CachetClient) -> None:
    store = fresh.box.cachet.store
    for owner in ("incident", "schedule"):
        store.insert("updates", updateable_type=owner, updateable_id=1, message=owner)
    for owner in ("incident", "schedule"):
        rows = fresh.json(f"/{owner}s/1/updates?per_page=100")["data"]
        assert {row["attributes"]["updateable_type"] for row in rows} == {owner}
        assert all(("status" in row["attributes"]) == (owner == "incident") for row in rows)

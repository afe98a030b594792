"""Why each run asks for the components of so many incidents: nothing else tells that one of them has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from cachet_runs import settings

if TYPE_CHECKING:
    from cachet_runs import Row, Run, Tap

    from sandbox import Sandbox

STREAM = "incident_components"
MAJOR_OUTAGE, OPERATIONAL = 4, 1


def told_by_the_list(box: Sandbox) -> Any:
    """What the list of incidents says, moments told in words aside: resources, links, and statuses of components."""
    answer = requests.get(
        f"{box.cachet.api_url}/incidents",
        params={"sort": "id", "per_page": "100", "include": "components,updates"},
        headers={"Authorization": f"Bearer {box.cachet.tokens['full']}"},
        timeout=10,
    ).json()
    return (
        [(row["id"], row["attributes"]["updated"]["string"], row["relationships"]) for row in answer["data"]],
        [(row["type"], row["id"], row["attributes"].get("pivot")) for row in answer["included"]],
    )


def change(box: Sandbox, link: Row) -> None:
    """Give a component of an incident another status, as the dashboard does: no other row is touched."""
    status = OPERATIONAL if link["component_status"] == MAJOR_OUTAGE else MAJOR_OUTAGE
    box.cachet.store.update(STREAM, link["id"], component_status=status)


def test_a_status_changes_while_the_list_stays_as_it_was_and_the_next_run_sees_it(box: Sandbox, tap: Tap) -> None:
    first = statuses(tap(settings(box, "full"), only=[STREAM]))
    listed = told_by_the_list(box)
    links = [link for link in box.cachet.store.rows(STREAM) if key_of(link) in first]
    hidden = next(link for link in links if changes_unseen(box, link, listed))

    second = statuses(tap(settings(box, "full"), only=[STREAM]))

    assert told_by_the_list(box) == listed
    assert {key for key in first if first[key] != second[key]} == {key_of(hidden)}


def changes_unseen(box: Sandbox, link: Row, listed: Any) -> bool:
    """Whether a link's status could be changed without a change of the list; it is changed then."""
    change(box, link)
    if told_by_the_list(box) == listed:
        return True
    box.cachet.store.update(STREAM, link["id"], component_status=link["component_status"])
    return False


def statuses(run: Run) -> dict[tuple[int, int], int | None]:
    return {key_of(row): row["status"] for row in run.rows[STREAM]}


def key_of(row: Row) -> tuple[int, int]:
    return row["incident_id"], row["component_id"]

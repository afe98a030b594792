from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest

from sandbox import Sigryl, SigrylSeed

TABLES = ("pages", "components", "incidents", "updates")


def grown(seed: int = 7, **sizes: float) -> Sigryl:
    return Sigryl(SigrylSeed(**sizes), seed)  # type: ignore[arg-type]


@pytest.mark.usefixtures("grown_anew")
def test_the_same_seed_grows_the_same_data_and_another_one_other_data() -> None:
    first, again, other = grown(), grown(), grown(seed=8)
    assert all(first.store.rows(table) == again.store.rows(table) for table in TABLES)
    assert first.api_keys == again.api_keys
    assert not {row["id"] for row in first.store.rows("incidents")} & {
        row["id"] for row in other.store.rows("incidents")
    }


def test_sizes_are_those_of_each_page() -> None:
    server = grown(pages=3, components=4, incidents=11)
    assert len(server.pages) == 3
    for view in server.views():
        assert (len(view.components()), len(view.incidents())) == (4, 11)


@pytest.mark.parametrize("name", ["pages", "components", "incidents", "updates_per_incident"])
def test_any_size_may_be_zero(name: str) -> None:
    server = grown(**{name: 0})
    assert len(server.views()) == (0 if name == "pages" else 2)


def test_every_page_has_a_key_of_its_own_and_every_key_is_a_canary() -> None:
    server = grown(pages=5)
    assert len(set(server.api_keys)) == 5
    assert server.canaries == server.api_keys
    assert all(key.startswith("sk_live_") and "CANARY" in key for key in server.canaries)


def test_the_data_is_nasty() -> None:
    server = grown()
    incidents, updates = server.store.rows("incidents"), server.store.rows("updates")
    moments = Counter((update["incidentId"], update["createdAt"]) for update in updates)
    assert max(moments.values()) > 1
    assert max(Counter(incident["createdAt"] for incident in incidents).values()) > 2
    per_incident = Counter(update["incidentId"] for update in updates)
    assert max(per_incident.values()) == 40
    assert any(incident["id"] not in per_incident for incident in incidents)
    assert {update["status"] for update in updates} == {
        "investigating",
        "identified",
        "monitoring",
        "update",
        "resolved",
    }
    texts = "".join(chain(update["message"] for update in updates))
    assert all(sign in texts for sign in ('"', "'", "\n", "\r", "\\", "🙏", "漢", "\u200b"))


def test_a_view_is_found_by_place_or_by_slug() -> None:
    server = grown()
    assert server.view("status-2").page_id == server.view(1).page_id
    for missing in (2, "nowhere"):
        with pytest.raises(LookupError):
            server.view(missing)


def test_the_view_of_updates_names_their_incidents() -> None:
    view = grown().view()
    every = view.all_updates()
    assert len(every) == sum(len(view.updates(incident["_id"])) for incident in view.incidents())
    unresolved = {incident["_id"] for incident in view.incidents(active=True)}
    assert {incident_id for incident_id, _ in view.all_updates(active=True)} <= unresolved

"""What is remembered of incidents is little, tells which to read, and notices what is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tap_statuspages.memory import Memory, PageMemory

Row = dict[str, Any]


def incident(number: int, status: str = "resolved", *, minute: int | None = None) -> Row:
    at = f"2026-05-24T{(minute or number) // 60:02}:{(minute or number) % 60:02}:00.000000Z"
    return {"id": f"incident-{number}", "created_at": at, "status": status}


def update(number: int) -> Row:
    return {"created_at": f"2026-05-24T00:00:{number:02}.000000Z", "position": 0}


def read(*incidents: Row, updates: int = 2) -> PageMemory:
    """A memory of these incidents, as the next run gets it."""
    memory = PageMemory()
    for one in incidents:
        memory.read(one, [update(number) for number in range(updates)], done=one["status"] == "resolved")
    return restored(memory)


def restored(memory: PageMemory) -> PageMemory:
    known = PageMemory.from_state(json.loads(json.dumps(memory.to_state())))
    assert known is not None
    return known


def test_what_was_resolved_when_it_was_read_is_not_read_again() -> None:
    memory = read(incident(1), incident(2), incident(3))
    assert not any(memory.needs(incident(number)) for number in (1, 2, 3))


def test_what_was_open_is_read_until_it_is_resolved() -> None:
    memory = read(incident(1, "monitoring"), incident(2))
    assert memory.needs(incident(1))
    memory.read(incident(1), [], done=True)
    assert not restored(memory).needs(incident(1))


def test_what_is_newer_is_read() -> None:
    assert read(incident(1)).needs(incident(2))


def test_of_one_instant_the_ones_that_were_read_are_told_from_those_that_were_not() -> None:
    memory = read(incident(1, minute=9), incident(2, minute=9))
    assert not memory.needs(incident(2, minute=9))
    assert memory.needs(incident(3, minute=9))


def test_what_was_refused_is_read_again() -> None:
    memory = PageMemory()
    memory.pass_over(incident(1))
    memory.read(incident(2), [], done=True)
    assert restored(memory).needs(incident(1))


class TestWhatIsGone:
    """The list is not the one that was read."""

    listed = (incident(1), incident(2, "identified"), incident(3))

    def test_the_same_list_fits(self) -> None:
        assert read(*self.listed).fits(self.listed)

    def test_newer_incidents_and_other_states_change_nothing(self) -> None:
        assert read(*self.listed).fits([incident(1, "update"), incident(2), incident(3), incident(4)])

    @pytest.mark.parametrize("gone", [0, 1, 2])
    def test_an_incident_that_is_gone_is_noticed(self, gone: int) -> None:
        assert not read(*self.listed).fits([one for place, one in enumerate(self.listed) if place != gone])

    def test_an_incident_that_comes_in_between_is_noticed(self) -> None:
        assert not read(*self.listed).fits([*self.listed, incident(7, minute=2)])

    def test_one_that_is_replaced_by_another_is_noticed(self) -> None:
        assert not read(*self.listed).fits([incident(1), incident(8, minute=2), incident(3)])

    def test_an_update_that_is_gone_is_noticed(self) -> None:
        memory = read(incident(1, "monitoring"), updates=3)
        assert not memory.lost(incident(1), [update(0), update(1), update(2), update(3)])
        assert memory.lost(incident(1), [update(0), update(2), update(3)])

    def test_an_empty_memory_fits_everything(self) -> None:
        assert PageMemory().fits(self.listed)


class TestSize:
    """The state is written again and again: it has to stay small."""

    def test_it_does_not_grow_with_the_incidents_that_are_resolved(self) -> None:
        memory = read(*(incident(number) for number in range(1, 1400)))
        assert len(json.dumps(memory.to_state())) < 150

    def test_an_open_incident_costs_its_id_and_its_updates(self) -> None:
        none = len(json.dumps(read(*map(incident, range(100))).to_state()))
        ten = [incident(number, "monitoring" if number % 10 == 0 else "resolved") for number in range(100)]
        assert len(json.dumps(read(*ten).to_state())) - none < 10 * 70


class TestAllPages:
    """The memories of the pages in the state of a stream."""

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = {}
        memory = Memory(state)
        for slug in ("acme", "other"):
            memory.of(slug).read(incident(1), [], done=True)
            memory.keep(slug)
        return state

    def test_a_page_that_is_not_read_counts_as_gone_once_it_is_given_up(self) -> None:
        memory = Memory(self.state())
        both = {"acme": [incident(1)], "other": [incident(1)]}
        assert memory.fits(both, given_up=())
        assert memory.fits({"acme": [incident(1)]}, given_up=())
        assert memory.fits({"acme": [incident(1)]}, given_up=["acme", "unknown"])
        assert not memory.fits({"acme": [incident(1)]}, given_up=["other"])
        # It has come back.
        assert memory.fits(both, given_up=["other"])

    def test_a_page_that_is_new_has_everything_to_read(self) -> None:
        memory = Memory(self.state())
        assert memory.fits({"acme": [incident(1)], "other": [incident(1)], "new": [incident(1)]}, given_up=())
        assert memory.of("new").needs(incident(1))
        assert not memory.of("acme").needs(incident(1))

    def test_pages_do_not_know_of_each_other(self) -> None:
        state = self.state()
        memory = Memory(state)
        memory.of("acme").read(incident(2), [], done=True)
        memory.keep("acme")
        assert Memory(state).of("other").needs(incident(2))

    @pytest.mark.parametrize(
        "broken",
        [
            [],
            {"acme": None},
            {"acme": {}},
            {"acme": {"until": "x", "checksum": "0", "again": {}}},
            {"acme": {"until": ["a", "b"], "checksum": "zz", "again": {}}},
            {"acme": {"until": ["a", "b"], "checksum": "0", "again": []}},
        ],
    )
    def test_what_cannot_be_understood_fits_nothing(self, broken: Any) -> None:
        memory = Memory({"pages": broken})
        assert not memory.fits({"acme": []}, given_up=())
        memory.forget()
        assert memory.fits({"acme": [incident(1)]}, given_up=())

from __future__ import annotations

from sandbox.limits import CallerLimits


def test_every_caller_has_a_window_of_its_own() -> None:
    limits = CallerLimits()
    first = [limits.wait("first", 2) for _ in range(3)]
    assert first[:2] == [None, None]
    assert first[2] is not None
    assert 59 < first[2] <= 60
    assert limits.wait(("second", True), 2) is None


def test_requests_that_are_refused_do_not_prolong_the_wait() -> None:
    limits = CallerLimits()
    assert limits.wait("caller", 1, 30) is None
    refused = [limits.wait("caller", 1, 30) for _ in range(20)]
    assert None not in refused
    # As if the first request had been sent a window earlier.
    limits.of("caller", 1, 30)._times[0] -= 30
    assert limits.wait("caller", 1, 30) is None


def test_another_limit_starts_the_caller_over_and_none_lets_everything_pass() -> None:
    limits = CallerLimits()
    assert [limits.wait("caller", 1) is None for _ in range(2)] == [True, False]
    assert limits.wait("caller", None) is None
    assert limits.wait("caller", 1) is not None
    assert limits.wait("caller", 2) is None

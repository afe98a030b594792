from __future__ import annotations

import signal
from types import SimpleNamespace
from typing import Any

import pytest
from target_duckdb.database import Database
from target_duckdb.errors import DatabaseError
from target_duckdb.stop import Stop

PROPERTIES = {"id": {"type": "integer"}, "v": {"type": ["null", "string"]}}


def test_the_last_state_comes_out_when_everything_is_written(warehouse: Any, say: Any) -> None:
    states = [say.state({"turn": turn}) for turn in range(3)]
    assert warehouse.load(states[0], say.schema("t", PROPERTIES), say.record("t", id=1), *states[1:]) == [{"turn": 2}]


def test_a_state_never_promises_rows_that_are_not_committed(
    warehouse: Any, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the moment a state is written, count what another connection would see."""
    promised: list[tuple[int, int]] = []

    def note(target: Any, state: dict[str, int]) -> None:
        (count,) = target.database._connection.cursor().execute("SELECT count(*) FROM t").fetchone()
        promised.append((state["sent"], count))

    monkeypatch.setattr("target_duckdb.target.TargetDuckDB._write_state_message", note)
    messages = [say.schema("t", PROPERTIES)]
    for key in range(25):
        messages += [say.record("t", id=key), say.state({"sent": key + 1})]
    warehouse.load(*messages, batch_size_rows=10)
    assert len(promised) == 3
    assert all(sent <= count for sent, count in promised)
    assert promised[-1] == (25, 25)


def test_states_come_out_while_a_long_run_goes_on(warehouse: Any, say: Any) -> None:
    messages = [say.schema("t", PROPERTIES)]
    for key in range(10):
        messages += [say.record("t", id=key), say.state({"sent": key + 1})]
    assert warehouse.load(*messages, batch_size_rows=4) == [{"sent": 3}, {"sent": 6}, {"sent": 9}, {"sent": 10}]


def test_a_state_keeps_its_values(warehouse: Any, say: Any) -> None:
    value = {"big": 2**70, "fraction": 0.1, "text": "\U0001f600 \u00e9", "nested": {"list": [1, None, True]}}
    assert warehouse.load(say.state(value)) == [value]


@pytest.mark.parametrize(
    "text",
    [
        '{"n":12345678901234567890123456789012345678901234567890,"f":0.10000000000000000000001,"e":1.50E+3}',
        '{ "a" : [1.0, -0.0, 1e-400] , "b":"\\u00e9 \\"x\\" \\/" }',
        '{"limit":1.7976931348623157e308,"a":1,"a":2}',
    ],
)
def test_a_state_comes_out_letter_by_letter(warehouse: Any, text: str) -> None:
    assert warehouse.command('{"type":"STATE","value":' + text + "}").stdout == f"{text}\n"


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1.8e308", "1" + "0" * 309 + ".5"])
def test_a_number_that_would_be_infinite_is_no_state(warehouse: Any, say: Any, number: str) -> None:
    broken = '{"type":"STATE","value":{"bookmarks":[{"at":' + number + "}]}}"
    code, states, (line,) = warehouse.invoke(say.state({"n": 1}), broken)
    assert (code, states) == (1, [{"n": 1}])
    assert line.startswith("line 2: the state holds ")


def test_a_state_of_null_is_none(warehouse: Any, say: Any) -> None:
    assert warehouse.load(say.state({"n": 1}), say.state(None)) == [{"n": 1}]


@pytest.mark.parametrize("value", ["[]", '"x"', "1"])
def test_a_state_is_an_object(warehouse: Any, value: str) -> None:
    code, states, (line,) = warehouse.invoke('{"type":"STATE","value":' + value + "}")
    assert (code, states) == (1, [])
    assert line.startswith("line 1: a state is a JSON object")


def test_half_of_a_surrogate_pair_in_a_state_is_replaced_and_the_digits_stay(warehouse: Any) -> None:
    result = warehouse.run(r'{"type":"STATE","value":{"s":"\ud83d","n":1.00000000000000000001}}')
    assert result.stdout == '{"s":"\ufffd","n":1.00000000000000000001}\n'


def test_a_wait_limit_of_zero_writes_every_record_at_once(warehouse: Any, say: Any) -> None:
    messages = [say.schema("t", PROPERTIES)]
    for key in range(3):
        messages += [say.record("t", id=key), say.state({"sent": key + 1})]
    states = warehouse.load(*messages, batch_wait_limit_seconds=0)
    assert [state["sent"] for state in states] == [1, 2, 3]


def test_a_batch_that_fails_leaves_the_table_as_it_was_and_no_state(
    warehouse: Any, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.load(say.schema("t", PROPERTIES), say.record("t", id=1, v="old"))
    execute = Database.execute

    def fail_after_merge(database: Database, sql: str, *arguments: Any) -> None:
        execute(database, sql, *arguments)
        if sql.startswith("DELETE"):
            execute(database, "SELECT error('disk full')")

    monkeypatch.setattr(Database, "execute", fail_after_merge)
    with pytest.raises(DatabaseError, match="cannot load 2 rows of stream 't'"):
        warehouse.load(
            say.schema("t", PROPERTIES), say.record("t", id=1, v="new"), say.record("t", id=2), say.state({"x": 1})
        )
    monkeypatch.undo()
    assert warehouse.rows("FROM t") == [(1, "old")]


@pytest.mark.parametrize(
    ("signals", "insists"),
    [
        ([(0.0, signal.SIGINT)], False),
        ([(0.0, signal.SIGINT), (0.1, signal.SIGINT)], False),
        ([(0.0, signal.SIGINT), (0.1, signal.SIGTERM)], False),
        ([(0.0, signal.SIGINT), (2.0, signal.SIGTERM)], False),
        ([(0.0, signal.SIGTERM), (2.0, signal.SIGTERM)], False),
        ([(0.0, signal.SIGINT), (0.1, signal.SIGINT), (2.0, signal.SIGINT)], True),
    ],
)
def test_only_a_second_press_of_ctrl_c_stops_at_once(
    monkeypatch: pytest.MonkeyPatch, signals: list[tuple[float, signal.Signals]], *, insists: bool
) -> None:
    stop = Stop()
    heard = []
    for at, signum in signals:
        # Not the clock of the whole process, by which servers of other tests wait.
        monkeypatch.setattr("target_duckdb.stop.time", SimpleNamespace(monotonic=lambda at=at: 1000 + at))
        heard.append(stop.hear(signum))
    assert heard == [False] * (len(signals) - 1) + [insists]
    assert stop.signum == signals[0][1]

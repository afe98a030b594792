"""What an answer in JSON may hold and no table can: it is repaired, left out, or one line says so."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from singer_fanout.decoding import DEEPEST, SHALLOW, decode_json, decode_response, without_depths
from status_page import add_templates, route

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from status_runs import TapRunner

    from sandbox import Sandbox

TEMPLATES = route("/incident-templates")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1.10}', {"a": Decimal("1.10")}),
        (rb'"a\ud83d\ude00b"', "a😀b"),
        (rb'"a\ud83d"', "a\ufffd"),
        (rb'"\ude00b"', "\ufffdb"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (rb'"\\ud83d \\\ud83d \u0041"', "\\ud83d \\\ufffd A"),
        (rb'{"\ud800": "\u0000"}', {"\ufffd": "\0"}),
    ],
)
def test_texts_that_other_readers_refuse_are_repaired(text: bytes, value: Any) -> None:
    assert decode_json(text) == value


@pytest.mark.parametrize(
    "text", [b"", b"NaN", b"[Infinity]", b"1e99999999999999999999", b"[" * 100_000, b'"\xff"', rb'"\ud83d', b"1 2"]
)
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode_json(text)


def nested(depth: int) -> bytes:
    return b'{"a":[' * (depth // 2) + b'"\\"]"' + b"]}" * (depth // 2)


@pytest.mark.parametrize("depth", [2, DEEPEST - 2])
def test_a_text_that_is_not_nested_too_deep_stays_as_it_is(depth: int) -> None:
    text = b'[{"text": "' + b"[" * 1000 + b'"}, ' + nested(depth) + b"]"
    assert without_depths(text) is text


@pytest.mark.parametrize("depth", [DEEPEST + 2, 1000, 100_000])
def test_what_is_nested_too_deep_is_null_and_costs_nothing_beside_it(depth: int) -> None:
    text = b'{"before": [1], "deep": ' + nested(depth) + b', "text": "]]", "after": {"a": [2]}}'
    decoded = decode_json(without_depths(text))
    assert {**decoded, "deep": ...} == {"before": [1], "deep": ..., "text": "]]", "after": {"a": [2]}}
    value = decoded["deep"]
    for _ in range(DEEPEST // 2 - 1):
        value = value["a"][0]
    assert value == {"a": None}


@pytest.mark.parametrize("number", ["7", "1.10", "-0", "1e3", f"{10**30}"])
@pytest.mark.parametrize("depth", [2, SHALLOW - 2, SHALLOW, DEEPEST - 2, DEEPEST + 2, 1000])
def test_a_response_is_decoded_alike_however_deep_it_is(depth: int, number: str) -> None:
    text = b'{"number": ' + number.encode() + b', "deep": ' + nested(depth) + b"}"
    legible, value = decode_response(text)
    assert legible == without_depths(text)
    assert (legible is text) == (depth < DEEPEST)
    assert repr(value) == repr(decode_json(legible))


@pytest.mark.parametrize("text", [b"[" * 1000, b"[" * 1000 + b"]" * 900, b'{"a": ' + b"[" * 500 + b"}"])
def test_what_is_never_closed_is_no_json_however_deep(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode_response(text)


def rewritten(box: Sandbox, change: Callable[[list[dict[str, Any]]], object]) -> None:
    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        change(document["data"])
        return json.dumps(document).encode()

    box.faults.add(Fault("rewrite", TEMPLATES, times=None, rewrite=rewrite))


@pytest.mark.parametrize("identity", [None, [1], {"a": 1}, True, 1.5, ""], ids=repr)
def test_a_row_that_nothing_identifies_is_left_out(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], identity: Any
) -> None:
    add_templates(box, 3)
    rewritten(box, lambda rows: rows[1]["attributes"].update(id=identity))
    run = tap(config(), ["templates"])
    assert run.exit_code == 0, run.log
    assert len([message for message in run.messages if message["type"] == "RECORD"]) == 2
    assert not [message for message in run.messages if message["type"] == "ACTIVATE_VERSION"]
    strict = tap(config(strict=True), ["templates"])
    assert strict.exit_code == 1
    assert len(strict.errors) == 1
    assert "a row without a usable key" in strict.errors[0]


def test_an_answer_of_which_no_row_can_be_made_is_told_in_one_line(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 3)
    rewritten(box, lambda rows: rows.insert(1, {"attributes": 5}))
    run = tap(config(), ["templates"])
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert run.errors[0].startswith("Stream 'templates': no rows can be made of the API's answer, or of the state (")
    assert run.errors[0].endswith("With TAP_STATUS_LOGLEVEL=DEBUG in the environment the log says where")
    assert "Traceback" not in run.log


@pytest.mark.parametrize("workers", [1, 4])
def test_pages_that_repeat_end_the_list(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], workers: int
) -> None:
    add_templates(box, 250)
    first: list[bytes] = []
    box.faults.add(
        Fault("rewrite", TEMPLATES, times=None, rewrite=lambda body: first.append(body) or first[0])  # type: ignore[func-returns-value]
    )
    run = tap(config(max_concurrency=workers), ["templates"])
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert run.errors[0].endswith("answered the same rows page after page: the list has no end")
    assert box.requests.count(TEMPLATES) < 12

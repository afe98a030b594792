"""What leaves the tap: valid Singer, every value as the API sent it, nothing left behind in a buffer."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import singer_fanout.writer
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_server import PlainServer, Reply
from singer_fanout.decoding import decode_json
from singer_fanout.writer import BufferedWriter
from singer_sdk import typing as th
from singer_sdk.io_base import SingerReader
from singer_sdk.singerlib import ActivateVersionMessage, SchemaMessage, StateMessage
from status_page import add_incident, add_metric, add_templates
from status_runs import TapRunner
from status_tap import StatusTap, Templates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from singer_sdk import Stream

    from sandbox import Sandbox


LINE = b'{"type":"RECORD","stream":"s","record":{"id":1},"version":2,"time_extracted":"now"}\n'


def write(writer: BufferedWriter, count: int = 1) -> None:
    writer.write_records("s", [{"id": 1}] * count, version=2, extracted_at="now")


def test_a_record_waits_in_the_buffer(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write(BufferedWriter())
    assert capsysbinary.readouterr().out == b""


def test_a_state_leaves_together_with_the_records_before_it(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    writer = BufferedWriter()
    write(writer)
    writer.write_message(StateMessage(value={"a": 1}))
    assert capsysbinary.readouterr().out == LINE + b'{"type":"STATE","value":{"a":1}}\n'


@pytest.mark.parametrize(
    "message", [SchemaMessage("s", {"properties": {}}), ActivateVersionMessage(stream="s", version=1)]
)
def test_rare_messages_do_not_wait(capsysbinary: pytest.CaptureFixture[bytes], message: Any) -> None:
    writer = BufferedWriter()
    write(writer)
    writer.write_message(message)
    output = capsysbinary.readouterr().out
    assert output.startswith(LINE)
    assert output.count(b"\n") == 2


def test_a_full_buffer_is_handed_over_in_whole_lines(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    writer = BufferedWriter()
    count = singer_fanout.writer.BUFFERED_BYTES // len(LINE) + 100
    for _ in range(count // 10):
        write(writer, 10)
    write(writer, count % 10)
    early = capsysbinary.readouterr().out
    assert early
    assert early == LINE * (len(early) // len(LINE))
    writer.flush()
    assert early + capsysbinary.readouterr().out == LINE * count


def test_old_records_are_handed_over(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = BufferedWriter()
    write(writer)
    monkeypatch.setattr(singer_fanout.writer, "BUFFERED_SECONDS", -1.0)
    write(writer)
    assert capsysbinary.readouterr().out == LINE * 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=4), st.text(), st.none() | st.integers())
def test_every_value_is_read_as_it_was_written(records: list[Any], stream: str, version: int | None) -> None:
    output = io.TextIOWrapper(io.BytesIO())
    with redirect_stdout(output):
        writer = BufferedWriter()
        writer.write_records(stream, records, version=version, extracted_at=None)
        writer.flush()
    lines = output.buffer.getvalue().split(b"\n")[:-1]
    common = {
        "type": "RECORD",
        "stream": stream,
        "time_extracted": None,
        **({} if version is None else {"version": version}),
    }
    for decode in (decode_json, lambda line: json.loads(line, parse_float=Decimal)):
        assert [decode(line) for line in lines] == [{**common, "record": record} for record in records]


class Readings(Templates):
    """Rows with values of every kind."""

    name = "readings"
    path = "/readings"
    primary_keys = ()
    schema = th.PropertiesList(
        th.Property("value", th.CustomType({"type": ["number", "integer", "string", "null"]})),
        th.Property("at", th.DateTimeType),
        th.Property("nested", th.ObjectType(additional_properties=True)),
    ).to_dict()


class ReadingsTap(StatusTap):
    def discover_streams(self) -> list[Stream]:
        return [Readings(self)]


@pytest.mark.parametrize(
    "text",
    [
        "1.10",
        "0.1",
        "12345678901234567890123456789.123456789012345678901234567890",
        "1E-8",
        "123456789012345678901234567890",
        "-9223372036854775809",
        "18446744073709551616",
        '"Ünïcode \\u2028 \\ud83d\\ude80 \\u0000 \\" \\\\"',
        '""',
        "null",
    ],
)
def test_values_come_out_as_the_api_wrote_them(tmp_path: Path, text: str) -> None:
    row = f'{{"value": {text}, "at": "2026-05-24T18:42:11.000000Z", "nested": {{"a": [{text}, {{"b": {text}}}]}}}}'
    page = f'{{"data": [{{"id": 1, "attributes": {row}}}], "links": {{}}}}'
    with PlainServer(lambda reply: reply.raw(page.encode())) as server:
        run = TapRunner(tmp_path, ReadingsTap)({"api_url": server.url})
    line = next(line for line in run.output.split("\n") if '"RECORD"' in line)
    sent, received = (json.loads(source, parse_float=Decimal) for source in (row, line))
    assert received["record"] == sent
    assert str(received["record"]["value"]) == str(sent["value"])


def test_the_output_is_what_the_reader_of_a_target_expects(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 3)
    add_metric(box, 2)
    add_incident(box, 1)
    run = tap(config())
    seen: dict[str, list[dict[str, Any]]] = {}
    kinds = ("SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION")
    counted = SingerReader().process_lines(
        io.StringIO(run.output), {kind: seen.setdefault(kind, []).append for kind in kinds}
    )
    assert sum(counted.values()) == len(run.messages)
    for record in seen["RECORD"]:
        assert record["record"].keys() <= schema_of(seen, record["stream"])["properties"].keys()
        assert record["time_extracted"].endswith("Z")


def schema_of(seen: dict[str, list[dict[str, Any]]], stream: str) -> dict[str, Any]:
    schema: dict[str, Any] = next(message["schema"] for message in seen["SCHEMA"] if message["stream"] == stream)
    return schema


def test_records_that_were_read_before_an_error_leave_the_tap(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ids = add_templates(box, 2)

    def answer(reply: Reply) -> None:
        if "&page=1&" in reply.path:
            rows = [{"id": key, "attributes": template(key)} for key in ids]
            reply.json({"data": rows, "links": {"next": "/"}})
        else:
            reply.json({}, 400)

    with PlainServer(answer) as server:
        run = tap(config(api_url=server.url, max_concurrency=1), ["templates"])
    assert run.exit_code == 1
    assert run.ids("templates") == ids


def template(key: int) -> dict[str, Any]:
    return {"id": key, "name": "", "slug": "", "template": "", "engine": ""}

"""Whatever a server answers is loaded right, or told in one line; and nothing is deleted because of it."""

from __future__ import annotations

import codecs
import gzip
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest
from singer_fanout.testing import TapRunner, run_tap, selecting

from sandbox import Fault
from tests.support.comparison import by_key
from tests.support.loading import load
from tests.support.project import SCRIPTS, clean_environment
from tests.support.servers import KEY, SERVERS, Server, a_box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from singer_fanout.testing import Run

    from sandbox import Sandbox
    from tests.support.comparison import Row
    from tests.support.servers import Place

Rewrite: TypeAlias = "Callable[[bytes], bytes]"
Spoil: TypeAlias = "Callable[[Server], Rewrite]"

TEN_MEGABYTES = 10_000_000
DEEP = b"[" * 100_000 + b"]" * 100_000

every_server = pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)


servers_with_numbers = pytest.mark.parametrize(
    "server", [server for server in SERVERS if server.number], ids=lambda server: server.name
)


def spread(cases: Mapping[str, Any]) -> pytest.MarkDecorator:
    """Each case with one of the servers: what the engine alone has to do with need not be tried with all of them."""
    pairs = [(SERVERS[number % len(SERVERS)], name) for number, name in enumerate(cases)]
    return pytest.mark.parametrize(
        ("server", "case"), [pytest.param(server, cases[name], id=f"{name}-{server.name}") for server, name in pairs]
    )


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with a_box() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def without_faults(box: Sandbox) -> Iterator[None]:
    """Each test spoils answers of its own."""
    yield
    box.faults.clear()
    box.requests.clear()


class Reader:
    """Runs a server's tap for the one stream that is made of the spoiled list."""

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self.box = box
        self._folder = folder
        self._catalogs: dict[str, str] = {}

    def __call__(self, server: Server, **more: Any) -> Run:
        """Run the tap to its end; whatever happens, no traceback may reach the user."""
        run = run_tap(server.tap, self.arguments(server, **more))
        assert "Traceback" not in run.log
        return run

    def arguments(self, server: Server, **more: Any) -> list[str]:
        """The command line."""
        config = self._folder / f"{server.name}.json"
        config.write_text(json.dumps(server.settings(self.box, **more)))
        if server.name not in self._catalogs:
            catalog = self._folder / f"{server.name}.catalog.json"
            catalog.write_text(json.dumps(selecting(server.tap, server.settings(self.box), [server.stream])))
            self._catalogs[server.name] = str(catalog)
        return ["--config", str(config), "--catalog", self._catalogs[server.name]]


@pytest.fixture(scope="module")
def read(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(box, tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def usual(read: Reader, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """The rows of each server's table when nothing is wrong."""
    return {
        server.name: load(read(server), tmp_path_factory.mktemp(server.name)).rows(server.stream) for server in SERVERS
    }


def spoil(box: Sandbox, server: Server, rewrite: Callable[[bytes], bytes], **headers: str) -> None:
    """Let every answer for the list be rewritten; underscores in the headers' names stand for hyphens."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    box.faults.add(Fault("rewrite", server.route, times=None, rewrite=rewrite, headers=headers))


def always(body: bytes) -> Spoil:
    """The same body, whatever is asked."""
    return lambda _: lambda _: body


def document(change: Callable[[Server, Any], Any]) -> Spoil:
    """What becomes of a decoded answer that has rows."""

    def of(server: Server) -> Rewrite:
        def rewrite(body: bytes) -> bytes:
            decoded = json.loads(body)
            return json.dumps(change(server, decoded)).encode() if server.rows(decoded) else body

        return rewrite

    return of


def in_place_of_the_rows(value: Any) -> Spoil:
    """Something else where the list should be."""
    return document(lambda server, answer: server.with_rows(answer, value))


def among_the_rows(value: Any) -> Spoil:
    """Something else at both ends of the list."""
    return document(lambda server, answer: server.with_rows(answer, [value, *server.rows(answer), value]))


def first_row(change: Callable[[Server, Any], None]) -> Spoil:
    """What becomes of the first row."""

    def changed(server: Server, answer: Any) -> Any:
        change(server, server.rows(answer)[0])
        return answer

    return document(changed)


def the_id(value: Any) -> Spoil:
    """Another id in the first row, wherever it is told."""

    def change(server: Server, row: Any) -> None:
        server.id.put(row, value)
        if "attributes" in row:
            row["id"] = value

    return first_row(change)


def inserted(json_text: bytes) -> Spoil:
    """A text in front of the fields of the first row's object."""
    return lambda server: (
        lambda body: body.replace(
            b'"%b":' % server.text.path[-1].encode(), json_text + b'"%b":' % server.text.path[-1].encode(), 1
        )
    )


# Answers that cannot be used


BROKEN_JSON = r"GET http://127\.0\.0\.1:\d+/\S+ answered 200 with broken JSON \(application/\S+, \d+ bytes\): .+"
NO_JSON = (
    r"GET http://127\.0\.0\.1:\d+/\S+ answered 200 with something that is not JSON \(\S.*, \d+ bytes\): .*"
    r"Is the API's address right\?"
)
NOT_THE_API = r"GET \S+ (did not answer as|answered without) .+[Cc]heck the settings? .*api_url.*"
NO_ANSWER = r"GET http://127\.0\.0\.1:\d+/\S+ got no answer: .+"


class Unusable(NamedTuple):
    """An answer of which no row can be made.

    Attributes:
        spoil: Makes it.
        error: What the user reads.
        headers: Of the answer.
    """

    spoil: Spoil
    error: str
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


UNUSABLE = {
    "no body": Unusable(always(b""), NO_JSON),
    "blanks": Unusable(always(b" \r\n\t "), NO_JSON),
    "a login page": Unusable(always(b"<!doctype html><title>Sign in"), NO_JSON, {"Content_Type": "text/html"}),
    "plain words": Unusable(always(b"Service temporarily unavailable"), NO_JSON, {"Content_Type": "text/plain"}),
    "random bytes": Unusable(always(bytes(range(256))), NO_JSON),
    "UTF-16": Unusable(lambda _: lambda body: body.decode().encode("utf-16"), NO_JSON),
    "Latin-1": Unusable(inserted(b'"x":"\xe9",'), BROKEN_JSON),
    "half of it": Unusable(lambda _: lambda body: body[: len(body) // 2], BROKEN_JSON),
    "two documents": Unusable(lambda _: lambda body: body + b"\n" + body, BROKEN_JSON),
    "NaN": Unusable(inserted(b'"x":NaN,'), BROKEN_JSON),
    "Infinity": Unusable(inserted(b'"x":-Infinity,'), BROKEN_JSON),
    "a number of a billion digits": Unusable(inserted(b'"x":1e99999999999999999999,'), BROKEN_JSON),
    "an integer of five thousand digits": Unusable(inserted(b'"x":%b,' % (b"7" * 5000)), BROKEN_JSON),
    "a bare control character": Unusable(inserted(b'"x":"\x00",'), BROKEN_JSON),
    "a hundred thousand brackets": Unusable(always(b"[" * 100_000), BROKEN_JSON),
    "no gzip though it says so": Unusable(lambda _: lambda body: body, NO_ANSWER, {"Content_Encoding": "gzip"}),
    "gzip that is broken": Unusable(
        lambda _: lambda body: gzip.compress(body)[:12] + b"\xff" * 40, NO_ANSWER, {"Content_Encoding": "gzip"}
    ),
    "gzip that is cut": Unusable(
        lambda _: lambda body: gzip.compress(body)[:-40], BROKEN_JSON, {"Content_Encoding": "gzip"}
    ),
}
ANOTHER_SHAPE = {
    "null": Unusable(always(b"null"), NOT_THE_API),
    "a number": Unusable(always(b"5"), NOT_THE_API),
    "a text": Unusable(always(b'"ok"'), NOT_THE_API),
    "an empty object": Unusable(always(b"{}"), NOT_THE_API),
    "another API's object": Unusable(always(b'{"message": "ok"}'), NOT_THE_API),
    "a hundred thousand lists in each other": Unusable(always(DEEP), NOT_THE_API),
    "a list around it": Unusable(lambda _: lambda body: b"[" + body + b"]", NOT_THE_API),
    "a text for the rows": Unusable(in_place_of_the_rows("none"), NOT_THE_API),
    "numbers for rows": Unusable(in_place_of_the_rows([1, 2]), NOT_THE_API),
}


@spread(UNUSABLE)
def test_an_answer_that_cannot_be_read_is_told_in_one_line(
    box: Sandbox, read: Reader, server: Server, case: Unusable
) -> None:
    assert_unusable(box, read, server, case)


@every_server
@pytest.mark.parametrize("case", ANOTHER_SHAPE.values(), ids=ANOTHER_SHAPE.keys())
def test_an_answer_of_another_shape_is_told_in_one_line(
    box: Sandbox, read: Reader, server: Server, case: Unusable
) -> None:
    assert_unusable(box, read, server, case)


def assert_unusable(box: Sandbox, read: Reader, server: Server, case: Unusable) -> None:
    spoil(box, server, case.spoil(server), **case.headers)
    run = read(server)
    assert run.exit_code == 1
    assert len(run.errors) == 1, run.log
    assert re.fullmatch(case.error, run.errors[0]), run.errors[0]
    assert run.rows[server.stream] == []
    assert not run.activated


# Rows that are none


NO_ROWS = {"null": None, "a text": "row", "a list": [1]}
FIELDS = ("Not of the type in the schema", "Schema drift")
"""How the warnings about fields begin."""


def assert_incomplete(run: Run, server: Server, reason: str) -> None:
    """The run went well, says once what is missing, and lets nothing be deleted."""
    assert (run.exit_code, run.errors) == (0, []), run.log
    assert not run.activated
    (warning,) = [text for text in run.warnings if not text.startswith(FIELDS)]
    assert re.fullmatch(rf"Incomplete: stream '{server.stream}' keeps .*(?:{reason}).*", warning), warning


def loaded_rows(run: Run, server: Server, folder: Path) -> dict[Any, Row]:
    """The rows of the table, by their ids, once the loader has taken the run without a word."""
    loaded = load(run, folder)
    assert (loaded.exit_code, loaded.errors) == (0, [])
    return rows_by_id(loaded.rows(server.stream), server)


def rows_by_id(rows: list[Row], server: Server) -> dict[Any, Row]:
    """Rows of a server's table."""
    return {key: row for (key,), row in by_key(rows, [server.id.column]).items()}


@every_server
@pytest.mark.parametrize("value", NO_ROWS.values(), ids=NO_ROWS.keys())
def test_what_is_no_row_costs_only_itself_and_nothing_is_deleted(
    read: Reader, usual: dict[str, list[Row]], server: Server, value: Any, tmp_path: Path
) -> None:
    spoil(read.box, server, among_the_rows(value)(server))
    run = read(server)
    assert_incomplete(run, server, "without a usable key|is not an object")
    assert loaded_rows(run, server, tmp_path) == rows_by_id(usual[server.name], server)


# Answers that are odd, and right


ODD: dict[str, Spoil] = {
    "a byte order mark": lambda _: lambda body: codecs.BOM_UTF8 + body,
    "line ends of Windows": lambda _: (
        lambda body: json.dumps(json.loads(body), indent=2).replace("\n", "\r\n").encode()
    ),
    "every letter escaped": lambda _: lambda body: json.dumps(json.loads(body), ensure_ascii=True).encode(),
    "ten megabytes of blanks": lambda _: lambda body: body + b" " * TEN_MEGABYTES,
    "a row twice": document(
        lambda server, answer: server.with_rows(answer, [*server.rows(answer), server.rows(answer)[0]])
    ),
    "a name twice in an object": inserted(b'"name":"first","title":"first",'),
    "a field that nobody knows": inserted(b'"x":%b,' % DEEP),
    "a key of another case": inserted(b'"ID":"other",'),
}


@spread(ODD)
def test_an_odd_answer_is_loaded_as_if_it_were_not(
    read: Reader, usual: dict[str, list[Row]], server: Server, case: Spoil, tmp_path: Path
) -> None:
    spoil(read.box, server, case(server))
    run = read(server)
    assert run.exit_code == 0, run.log
    assert run.activated == {server.stream}
    loaded = load(run, tmp_path)
    assert (loaded.exit_code, loaded.errors) == (0, [])
    assert by_key(loaded.rows(server.stream), [server.id.column]) == by_key(usual[server.name], [server.id.column])
    assert len(usual[server.name]) > 2


@every_server
@pytest.mark.parametrize("keep", [False, True], ids=["left out", "kept"])
def test_an_unknown_field_that_is_nested_deep_costs_no_row(
    read: Reader, usual: dict[str, list[Row]], server: Server, *, keep: bool, tmp_path: Path
) -> None:
    spoil(read.box, server, ODD["a field that nobody knows"](server))
    run = read(server, keep_undeclared=keep)
    assert (run.exit_code, run.errors) == (0, []), run.log
    assert run.activated == {server.stream}
    rows = loaded_rows(run, server, tmp_path)
    assert {key: {**row, "undeclared": None} for key, row in rows.items()} == {
        key: {**row, "undeclared": None} for key, row in rows_by_id(usual[server.name], server).items()
    }
    assert any(re.search(rf"^Schema drift: .*: {server.stream}\.\S*x\b", text) for text in run.warnings)
    assert [text for text in run.warnings if "nested more than 100 levels deep" in text] != []


def copies(server: Server, answer: Any, count: int) -> list[dict[str, Any]]:
    """So many copies of the first row, each with an id of its own."""
    found = []
    for number in range(1000, 1000 + count):
        copy = json.loads(json.dumps(server.rows(answer)[0]))
        server.id.put(copy, number if isinstance(server.id.of(copy), int) else str(number))
        if "attributes" in copy:
            copy["id"] = str(number)
        found.append(copy)
    return found


def with_values(place: str, values: Iterable[Any]) -> Spoil:
    """A further row for each of these values."""
    values = list(values)

    def changed(server: Server, answer: Any) -> Any:
        rows = copies(server, answer, len(values))
        for row, value in zip(rows, values, strict=True):
            getattr(server, place).put(row, value)
        return server.with_rows(answer, [*server.rows(answer), *rows])

    return document(changed)


def assert_loaded(
    read: Reader,
    server: Server,
    place: str,
    values: Mapping[Any, Any] | list[tuple[Any, Any]],
    folder: Path,
) -> Run:
    """Let rows with these values be sent, load them, and look for what each has become."""
    pairs = list(values.items()) if isinstance(values, dict) else list(values)
    spoil(read.box, server, with_values(place, [sent for sent, _ in pairs])(server))
    run = read(server)
    assert run.exit_code == 0, run.log
    assert run.activated == {server.stream}
    loaded = load(run, folder)
    assert (loaded.exit_code, loaded.errors) == (0, [])
    rows = {str(row[server.id.column]): row[getattr(server, place).column] for row in loaded.rows(server.stream)}
    assert [rows[str(1000 + number)] for number in range(len(pairs))] == [kept for _, kept in pairs]
    return run


LONG = "x" * TEN_MEGABYTES
TEXTS = {
    "a\0b": "a\0b",
    "a\r\nb\u2028c\x85\x1f": "a\r\nb\u2028c\x85\x1f",
    "half of a pair \ud83d": "half of a pair \ufffd",
    "\\ud83d \\\udc00b 🚀": "\\ud83d \\\ufffdb 🚀",
    "": "",
    "  blanks\t": "  blanks\t",
    "NaN": "NaN",
    "null": "null",
    "'; DROP TABLE servers; --": "'; DROP TABLE servers; --",
    '{"a": [1]}': '{"a": [1]}',
    LONG: LONG,
    None: None,
}
TIMES_THAT_ARE_NONE = (
    "12026-01-01 00:00:00",
    "0000-00-00 00:00:00",
    "2026-13-01T00:00:00.000Z",
    "9999-12-31T23:59:59-12:00",
    "yesterday",
    10**18,
    -(10**18),
    [2026, 5, 24],
    {"year": 2026},
    True,
    "",
    None,
)


@every_server
def test_texts_of_all_kinds_are_loaded_as_they_are(read: Reader, server: Server, tmp_path: Path) -> None:
    assert_loaded(read, server, "text", TEXTS, tmp_path)


@every_server
def test_times_that_are_none_are_loaded_as_null(read: Reader, server: Server, tmp_path: Path) -> None:
    assert_loaded(read, server, "time", [(time, None) for time in TIMES_THAT_ARE_NONE], tmp_path)


@servers_with_numbers
def test_numbers_beyond_64_bits_keep_their_digits(box: Sandbox, read: Reader, server: Server, tmp_path: Path) -> None:
    assert server.number
    numbers = [2**63, -(2**70), 10**37 + 1, -(10**37) - 1]
    spoil(box, server, with_values("number", numbers)(server))
    loaded = load(read(server), tmp_path)
    assert loaded.exit_code == 0, loaded.log
    texts = loaded.texts(server.stream, server.id.column, server.number.column)
    assert [texts[str(1000 + place)] for place in range(len(numbers))] == [str(number) for number in numbers]


# Values of another type


TEXTS_OF_ANOTHER_TYPE = [(5, "5"), (1.5, "1.5"), (["a"], None), ({"a": 1}, None), (True, None)]
NUMBERS_OF_ANOTHER_TYPE = [
    *((5.0, 5), ("12", 12), ("-7", -7)),
    *((value, None) for value in (1.5, "012", "many", "", True, [1], {"a": 1})),
]
NUMBERS_THAT_NO_COLUMN_HOLDS = [(10**60, None), (-(10**60), None), (10**38, None), ("9" * 60, None)]


def assert_lost_and_told_once(run: Run, server: Server, place: Place) -> None:
    (warning,) = run.warnings
    assert re.fullmatch(rf"Not of the type .*: {server.stream}\.{place.column} \(\d+ values?, .*\)", warning), warning


@every_server
def test_a_text_of_another_type_is_converted_if_that_is_exact_or_null_with_one_warning(
    read: Reader, server: Server, tmp_path: Path
) -> None:
    run = assert_loaded(read, server, "text", TEXTS_OF_ANOTHER_TYPE, tmp_path)
    assert_lost_and_told_once(run, server, server.text)


@servers_with_numbers
def test_a_number_of_another_type_is_converted_if_that_is_exact_or_null_with_one_warning(
    read: Reader, server: Server, tmp_path: Path
) -> None:
    assert server.number
    run = assert_loaded(read, server, "number", NUMBERS_OF_ANOTHER_TYPE, tmp_path)
    assert_lost_and_told_once(run, server, server.number)


@servers_with_numbers
def test_a_number_that_no_column_holds_is_null_with_one_warning(read: Reader, server: Server, tmp_path: Path) -> None:
    assert server.number
    run = assert_loaded(read, server, "number", NUMBERS_THAT_NO_COLUMN_HOLDS, tmp_path)
    assert_lost_and_told_once(run, server, server.number)


@pytest.mark.parametrize("server", [SERVERS[0], SERVERS[2]], ids=lambda server: server.name)
@pytest.mark.parametrize("attributes", [None, [], "none", 5], ids=repr)
def test_attributes_that_are_no_object_are_null_with_one_warning(
    read: Reader, usual: dict[str, list[Row]], server: Server, attributes: Any, tmp_path: Path
) -> None:
    spoil(read.box, server, first_row(lambda _, row: row.update(attributes=attributes))(server))
    run = read(server)
    assert (run.exit_code, run.errors) == (0, []), run.log
    (warning,) = run.warnings
    assert f": {server.stream}.attributes (1 value, the first " in warning
    assert run.activated == {server.stream}
    rows, expected = loaded_rows(run, server, tmp_path), rows_by_id(usual[server.name], server)
    assert rows.keys() == expected.keys()
    (spoiled,) = (row for key, row in rows.items() if row != expected[key])
    assert (spoiled[server.text.column], spoiled[server.time.column]) == (None, None)


# Rows that cannot be told apart


@every_server
@pytest.mark.parametrize("value", [None, {"a": 1}, [1], True, 1.5, ""], ids=repr)
def test_a_row_that_nothing_identifies_is_left_out_and_nothing_deleted(
    read: Reader, usual: dict[str, list[Row]], server: Server, value: Any, tmp_path: Path
) -> None:
    spoil(read.box, server, the_id(value)(server))
    run = read(server)
    assert_incomplete(run, server, "without a usable key")
    rows, expected = loaded_rows(run, server, tmp_path), rows_by_id(usual[server.name], server)
    assert len(rows) == len(expected) - 1
    assert all(expected[key] == row for key, row in rows.items())


@pytest.mark.parametrize("value", [None, {"a": 1}, [1], True, 1.5, ""], ids=repr)
def test_a_row_of_cachet_whose_attribute_id_is_odd_is_kept_under_the_resources_own(
    box: Sandbox, read: Reader, usual: dict[str, list[Row]], value: Any, tmp_path: Path
) -> None:
    cachet = SERVERS[0]
    spoil(box, cachet, first_row(lambda _, row: cachet.id.put(row, value))(cachet))
    run = read(cachet)
    assert (run.exit_code, run.errors, run.warnings) == (0, [], []), run.log
    assert run.activated == {cachet.stream}
    assert loaded_rows(run, cachet, tmp_path) == rows_by_id(usual[cachet.name], cachet)


@every_server
def test_a_row_that_nothing_identifies_ends_a_strict_run(box: Sandbox, read: Reader, server: Server) -> None:
    spoil(box, server, the_id(None)(server))
    run = read(server, strict=True)
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "a row without a usable key (id None)" in run.errors[0]


# Lists without an end


def with_a_next_page(server: Server, answer: Any) -> Any:
    """The same rows once more, whatever page was asked for, and a hundred of them: more must follow."""
    more = {"links": {"next": "?page=2"}, "meta": {"current_page": 1, "next_page": 2}}
    return server.with_rows({**answer, **more} if isinstance(answer, dict) else answer, copies(server, answer, 100))


def one_page_for_ever(server: Server) -> Rewrite:
    """The first page, whichever was asked for."""
    kept: list[bytes] = []

    def repeat(body: bytes) -> bytes:
        if not kept:
            kept.append(json.dumps(with_a_next_page(server, json.loads(body))).encode())
        return kept[0]

    return repeat


NO_END = "answered the same rows page after page: the list has no end"


@pytest.mark.parametrize("server", SERVERS[:3], ids=lambda server: server.name)
@pytest.mark.parametrize("workers", [1, 8])
def test_a_page_that_repeats_for_ever_is_told_once_and_its_rows_stand_in_the_table_once(
    box: Sandbox, read: Reader, server: Server, workers: int, tmp_path: Path
) -> None:
    spoil(box, server, one_page_for_ever(server))
    run = read(server, max_concurrency=workers)
    assert run.exit_code == 1
    assert [NO_END in error for error in run.errors].count(True) == 1, run.log
    assert run.errors[0].rstrip(")").endswith(NO_END)
    assert box.requests.count(server.route) < 12
    assert not run.activated
    assert len(loaded_rows(run, server, tmp_path)) == 100


@pytest.mark.parametrize("server", SERVERS[:3], ids=lambda server: server.name)
def test_a_list_without_an_end_costs_no_other_stream(box: Sandbox, server: Server, tmp_path: Path) -> None:
    other = "incidents"
    healthy = TapRunner(server.tap, tmp_path)(server.settings(box), only=[other])
    spoil(box, server, one_page_for_ever(server))
    run = TapRunner(server.tap, tmp_path)(server.settings(box), only=[server.stream, other])
    assert run.exit_code == 1
    assert [NO_END in error for error in run.errors].count(True) == 1, run.log
    assert run.activated == {other}
    assert run.rows[other] == healthy.rows[other] != []


@pytest.mark.parametrize("workers", [1, 8])
def test_empty_pages_that_promise_more_for_ever_end_the_list(box: Sandbox, read: Reader, workers: int) -> None:
    cachet = SERVERS[0]
    spoil(box, cachet, lambda body: json.dumps({**json.loads(body), "links": {"next": "?page=2"}}).encode())
    run = read(cachet, max_concurrency=workers)
    assert run.exit_code == 0
    assert box.requests.count(cachet.route) < 8


# Answers that are none, and refusals


class Refusal(NamedTuple):
    """Something that is no answer to use.

    Attributes:
        fault: What happens.
        error: What the user reads.
    """

    fault: dict[str, Any]
    error: str


REFUSALS = {
    "no answer": Refusal({"kind": "drop"}, NO_ANSWER),
    "less than Content-Length says": Refusal({"kind": "truncated"}, NO_ANSWER),
    "an error of the server": Refusal(
        {"kind": "status", "status": 500}, r"GET \S+ answered 500 Internal Server Error.*"
    ),
    "a teapot": Refusal({"kind": "status", "status": 418}, r"GET \S+ answered 418 .*"),
    "a bad request": Refusal({"kind": "status", "status": 400}, r"GET \S+ answered 400 Bad Request.*"),
    "a limit": Refusal({"kind": "throttle"}, r"GET \S+ answered 429 Too Many Requests.*"),
    "a redirect to another host": Refusal(
        {"kind": "redirect", "location": "https://elsewhere.example/x"},
        r"GET \S+ was redirected to another host, elsewhere\.example, .*change its address in the settings\.",
    ),
    "a redirect to nowhere": Refusal({"kind": "redirect", "location": "http://[::"}, r"GET \S+ was redirected to .*"),
}


@spread(REFUSALS)
def test_an_answer_that_is_none_is_told_in_one_line(box: Sandbox, read: Reader, server: Server, case: Refusal) -> None:
    box.faults.add(Fault(route=server.route, times=None, **case.fault))
    run = read(server)
    assert run.exit_code == 1
    assert len(run.errors) == 1, run.log
    assert re.fullmatch(case.error, run.errors[0]), run.errors[0]
    assert not run.activated


@pytest.mark.parametrize("server", SERVERS[:2], ids=lambda server: server.name)
def test_redirects_in_a_circle_are_told_in_one_line(box: Sandbox, read: Reader, server: Server) -> None:
    read(server)
    path = next(
        url for url in box.requests.urls if url.split("?")[0].endswith(server.route.rsplit("/", maxsplit=1)[-1])
    )
    box.faults.add(Fault("redirect", server.route, times=None, location=path))
    run = read(server)
    assert run.exit_code == 1
    assert [bool(re.fullmatch(r"GET \S+ was redirected more than 5 times", error)) for error in run.errors] == [True]


@every_server
def test_a_wrong_key_is_told_with_its_setting_and_where_to_make_one(box: Sandbox, read: Reader, server: Server) -> None:
    settings = server.settings(box)
    wrong = settings[KEY[server.name]][:-3] + "0" * 3
    run = read(server, **{KEY[server.name]: wrong})
    assert run.exit_code == 1
    assert len(run.errors) == 1, run.log
    assert "answered 401" in run.errors[0]
    assert KEY[server.name] in run.errors[0]
    assert wrong not in run.log


@every_server
@pytest.mark.parametrize("status", [403, 404])
def test_a_list_that_is_refused_is_told_and_nothing_is_deleted(
    box: Sandbox, read: Reader, server: Server, status: int
) -> None:
    box.faults.add(Fault("status", server.route, times=None, status=status))
    run = read(server)
    assert not run.activated
    assert any(f"answered {status}" in text for text in run.warnings)
    assert len(run.errors) == run.exit_code <= 1


@spread({"a limit that ends tomorrow": 86_400})
def test_a_limit_that_ends_tomorrow_is_not_waited_for(box: Sandbox, read: Reader, server: Server, case: int) -> None:
    box.faults.add(Fault("status", server.route, times=None, status=429, retry_after=case))
    run = read(server, max_retries=1)
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert re.search(r"86400 s", run.errors[0]), run.errors[0]


@every_server
def test_a_server_that_is_not_there_is_told_in_one_line(read: Reader, server: Server) -> None:
    run = read(server, api_url="http://127.0.0.1:9")
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert re.fullmatch(r"GET http://127\.0\.0\.1:9/\S+ got no answer: ConnectionError: .+", run.errors[0])


@pytest.mark.parametrize("server", SERVERS[-1:], ids=lambda server: server.name)
def test_a_server_that_does_not_speak_tls_is_told_in_one_line(box: Sandbox, read: Reader, server: Server) -> None:
    run = read(server, api_url=box.base_url.replace("http://", "https://"))
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert re.fullmatch(r"GET https://\S+ got no answer: SSLError: .+", run.errors[0])


# The same by the command itself


@pytest.mark.parametrize("server", SERVERS[:4], ids=lambda server: server.tap.name)
def test_the_command_says_the_same(box: Sandbox, read: Reader, server: Server) -> None:
    spoil(box, server, lambda body: body[:-1])
    command = [str(SCRIPTS / server.tap.name), *read.arguments(server)]
    done = subprocess.run(  # noqa: S603 - a program of this repository
        command, env=clean_environment({}), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if " | ERROR " in line]) == 1
    assert re.search(BROKEN_JSON, done.stderr.splitlines()[-1])
    assert '"RECORD"' not in done.stdout

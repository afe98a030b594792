"""For the tests of taps: run one in this process, as from the command line, and inspect its output and log."""

from __future__ import annotations

import io
import json
import logging
import re
from collections import Counter, defaultdict
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from singer_fanout.tap import ApiTap

Row = dict[str, Any]
PARTS_OF_A_LOG_LINE = 4
LOCAL_PORT = re.compile(r"(//(?:127\.0\.0\.1|localhost)):[0-9]+")
"""The address of a test's server."""


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        exit_code: 0 for success.
        output: Everything on standard output.
        log: Everything on standard error.
    """

    exit_code: int
    output: str = field(repr=False)
    log: str = field(repr=False)

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """The Singer messages, in order."""
        # Not `splitlines`, which also splits at some characters inside strings.
        return [json.loads(line) for line in self.output.split("\n") if line]

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The records of each stream, in order; empty for a stream without any."""
        rows: dict[str, list[Row]] = defaultdict(list)
        for message in self.messages:
            if message["type"] == "RECORD":
                rows[message["stream"]].append(message["record"])
        return rows

    @cached_property
    def types(self) -> Counter[str]:
        """The number of messages of each type."""
        return Counter(message["type"] for message in self.messages)

    @property
    def activated(self) -> set[str]:
        """The streams whose version was activated, which deletes what was not read."""
        return {message["stream"] for message in self.messages if message["type"] == "ACTIVATE_VERSION"}

    @property
    def state(self) -> dict[str, Any]:
        """The last state, as the next run gets it."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return states[-1] if states else {}

    @property
    def warnings(self) -> list[str]:
        """The warnings in the log."""
        return self._logged("WARNING")

    @property
    def errors(self) -> list[str]:
        """The errors in the log."""
        return self._logged("ERROR")

    def _logged(self, level: str) -> list[str]:
        lines = (line.split(" | ", PARTS_OF_A_LOG_LINE - 1) for line in self.log.splitlines())
        return [parts[-1] for parts in lines if len(parts) == PARTS_OF_A_LOG_LINE and parts[1].strip() == level]


class TapRunner:
    """A tap's command line, run in this process.

    Args:
        tap: The class of the tap.
        folder: Where the files named on a command line go.
        catalog: The discovered catalog, if it is the same for all settings; None discovers it for each run.
    """

    def __init__(self, tap: type[ApiTap], folder: Path, catalog: Mapping[str, Any] | None = None) -> None:
        self._tap = tap
        self._folder = folder
        self._catalog = catalog

    def __call__(
        self,
        config: Mapping[str, Any],
        *,
        only: Iterable[str] | None = None,
        everything: bool = False,
        state: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
    ) -> Run:
        """Run the tap.

        Args:
            config: Its settings.
            only: The streams to select; None for those selected by default.
            everything: Whether to select all streams.
            state: The state of an earlier run.
            arguments: Further arguments.
        """
        command = ["--config", self._file("config.json", config), *arguments]
        if only is not None or everything:
            command += ["--catalog", self._file("catalog.json", self._selected(config, only))]
        if state is not None:
            command += ["--state", self._file("state.json", state)]
        return run_tap(self._tap, command)

    def _selected(self, config: Mapping[str, Any], only: Iterable[str] | None) -> dict[str, Any]:
        """A catalog of the selected streams alone.

        Streams that a catalog lacks are not selected. A tap of a hundred streams reads such a catalog in a third of the
        time of a whole one.
        """
        discovered = _discovered(self._tap, config) if self._catalog is None else self._catalog
        chosen = None if only is None else set(only)
        entries = [entry for entry in discovered["streams"] if chosen is None or entry["tap_stream_id"] in chosen]
        return _marked({"streams": entries}, chosen)

    def _file(self, name: str, content: Mapping[str, Any]) -> str:
        path = self._folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)


def run_tap(tap: type[ApiTap], arguments: Sequence[str]) -> Run:
    """Run a tap in this process with these arguments."""
    output, log = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with redirect_stdout(output), redirect_stderr(log), _log_of_its_own():
        try:
            tap.cli.main(list(arguments), prog_name=tap.name)
        except SystemExit as end:
            code = end.code
        except Exception as error:  # noqa: BLE001 - a command line would end with this traceback
            code = f"Traceback: {type(error).__name__}: {error}"
    output.flush()
    text = output.buffer.getvalue().decode()
    if isinstance(code, str):
        log.write(f"\n{code}\n")
    return Run(code if isinstance(code, int) else int(code is not None), text, log.getvalue())


@contextmanager
def _log_of_its_own() -> Iterator[None]:
    """Take away the handlers that the SDK adds to the root logger: later runs would write to the log of this one."""
    root = logging.getLogger()
    before = root.handlers.copy()
    try:
        yield
    finally:
        for handler in [each for each in root.handlers if each not in before]:
            root.removeHandler(handler)


def selecting(
    tap: type[ApiTap],
    config: Mapping[str, Any],
    only: Iterable[str] | None = None,
    discovered: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A tap's catalog with some streams selected, or all of them."""
    whole = _discovered(tap, config) if discovered is None else discovered
    return _marked(whole, None if only is None else set(only))


def _marked(discovered: Mapping[str, Any], chosen: Container[str] | None) -> dict[str, Any]:
    """A copy of a catalog in which the chosen streams are selected; None for all."""
    # A JSON round trip: ten times as fast as a deep copy.
    catalog: dict[str, Any] = json.loads(json.dumps(discovered))
    for stream in catalog["streams"]:
        whole = next(entry for entry in stream["metadata"] if not entry["breadcrumb"])
        whole["metadata"]["selected"] = chosen is None or stream["tap_stream_id"] in chosen
    return catalog


def _discovered(tap: type[ApiTap], config: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tap's discovered catalog; servers that differ in their port alone have the same."""
    return _discovered_once(tap, LOCAL_PORT.sub(r"\1:1", json.dumps(config)))


@lru_cache(maxsize=64)
def _discovered_once(tap: type[ApiTap], config: str) -> Mapping[str, Any]:
    return tap(config=json.loads(config), setup_mapper=False).catalog_dict


MISSING = object()
ODD: dict[str, Any] = {
    "missing": MISSING,
    "null": None,
    "number": 7,
    "text": "odd",
    "list": ["odd", None, {}],
    "object": {"odd": [1]},
}
"""Odd values to put in place of a field's own, by their name in a test."""
FieldPath = tuple[str, ...]
"""The path of a field: names, and `[]` for the first item of a list."""


def paths(resource: Any, not_entered: Container[str] = (), above: FieldPath = ()) -> Iterator[FieldPath]:
    """Yield the path of every field of a resource, and of the first item of every list in it.

    Args:
        resource: What an API sends.
        not_entered: Names of objects whose fields do not matter.
        above: The path of the resource itself.
    """
    if isinstance(resource, dict):
        for name, value in resource.items():
            yield (*above, name)
            if name not in not_entered:
                yield from paths(value, not_entered, (*above, name))
    elif isinstance(resource, list) and resource:
        yield (*above, "[]")
        yield from paths(resource[0], not_entered, (*above, "[]"))


def spoil(resource: Any, path: FieldPath, odd: Any) -> None:
    """Replace the field at a path with an odd value, or delete it if that is `MISSING`."""
    *way, last = (0 if step == "[]" else step for step in path)
    for step in way:
        resource = resource[step]
    if odd is MISSING:
        del resource[last]
    else:
        resource[last] = odd


def differences(stream: str, key: Sequence[str], emitted: Iterable[Row], expected: Iterable[Row]) -> list[str]:
    """The errors in a stream's rows, one line for each row or column; a column that is null may be missing.

    Args:
        stream: Its name.
        key: The columns that identify a row.
        emitted: The rows that were written.
        expected: The rows that should have been written.

    Raises:
        AssertionError: Two rows have the same key.
    """
    found, wanted = _by_key(stream, key, emitted), _by_key(stream, key, expected)
    lines = [f"{stream} {row} is missing" for row in wanted.keys() - found.keys()]
    lines += [f"{stream} {row} should not be there" for row in found.keys() - wanted.keys()]
    for row in found.keys() & wanted.keys():
        one, other = found[row], wanted[row]
        if one == other:
            continue
        lines += [
            f"{stream} {row}.{name} is {one.get(name)!r} and should be {other.get(name)!r}"
            for name in sorted(one.keys() | other.keys())
            if one.get(name) != other.get(name)
        ]
    return lines


def _by_key(stream: str, key: Sequence[str], rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        identity = tuple(row[name] for name in key)
        if identity in found:
            raise AssertionError(f"{stream} has two rows {identity}")
        found[identity] = row
    return found

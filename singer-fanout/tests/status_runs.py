"""Runs of the tap, in this process or in one of its own: what it wrote, what it logged, how it ended."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import status_tap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from singer_fanout import ApiTap


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    exit_code: int
    output: str
    log: str

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.split("\n") if line]

    def of_type(self, kind: str, stream: str | None = None) -> list[dict[str, Any]]:
        return [
            message
            for message in self.messages
            if message["type"] == kind and (stream is None or message.get("stream") == stream)
        ]

    def rows(self, stream: str) -> list[dict[str, Any]]:
        return [message["record"] for message in self.of_type("RECORD", stream)]

    def ids(self, stream: str) -> list[Any]:
        return [row["id"] for row in self.rows(stream)]

    @property
    def activated(self) -> set[str]:
        return {message["stream"] for message in self.of_type("ACTIVATE_VERSION")}

    @property
    def state(self) -> dict[str, Any]:
        """The last state, as the next run gets it."""
        return self.of_type("STATE")[-1]["value"]  # type: ignore[no-any-return]

    @property
    def errors(self) -> list[str]:
        return self._logged("ERROR")

    @property
    def warnings(self) -> list[str]:
        return self._logged("WARNING")

    def _logged(self, level: str) -> list[str]:
        lines = (line.split(" | ", 3) for line in self.log.splitlines())
        return [parts[3] for parts in lines if len(parts) == 4 and parts[1].strip() == level]


class TapRunner:
    """The command line of a tap.

    Args:
        folder: Where the files go that a command line names.
        tap: The tap.
    """

    def __init__(self, folder: Path, tap: type[ApiTap] = status_tap.StatusTap) -> None:
        self._folder = folder
        self._tap = tap

    def __call__(
        self,
        config: Mapping[str, Any],
        only: Iterable[str] | None = None,
        *,
        state: Mapping[str, Any] | None = None,
        catalog: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
    ) -> Run:
        """Run the tap in this process, to its end."""
        return self.command([*self._files(config, only, state, catalog), *arguments])

    def command(self, arguments: Sequence[str]) -> Run:
        """Run the tap in this process with exactly these arguments."""
        output, log = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
        code: Any = 0
        with redirect_stdout(output), redirect_stderr(log), _signal_handlers_kept():
            try:
                self._tap.cli.main(list(arguments), prog_name=self._tap.name)
            except SystemExit as end:
                code = end.code
        output.flush()
        text = output.buffer.getvalue().decode()
        return Run(code if isinstance(code, int) else int(code is not None), text, log.getvalue())

    def start(
        self,
        config: Mapping[str, Any],
        only: Iterable[str] | None = None,
        *,
        state: Mapping[str, Any] | None = None,
        stdout: Any = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        """Start the tap in a process of its own."""
        command = [sys.executable, status_tap.__file__, *self._files(config, only, state, None)]
        return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True)  # noqa: S603

    def catalog(self, config: Mapping[str, Any], only: Iterable[str]) -> dict[str, Any]:
        """The tap's catalog with these streams selected."""
        with _signal_handlers_kept():
            catalog: dict[str, Any] = self._tap(config=dict(config)).catalog_dict
        for stream in catalog["streams"]:
            whole = next(entry for entry in stream["metadata"] if not entry["breadcrumb"])
            whole["metadata"]["selected"] = stream["tap_stream_id"] in set(only)
        return catalog

    def _files(
        self,
        config: Mapping[str, Any],
        only: Iterable[str] | None,
        state: Mapping[str, Any] | None,
        catalog: Mapping[str, Any] | None,
    ) -> list[str]:
        arguments = ["--config", self.file("config.json", config)]
        if only is not None:
            catalog = self.catalog(config, only)
        if catalog is not None:
            arguments += ["--catalog", self.file("catalog.json", catalog)]
        if state is not None:
            arguments += ["--state", self.file("state.json", state)]
        return arguments

    def file(self, name: str, content: Any) -> str:
        """Write a file of JSON, or of a text as it is."""
        path = self._folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)


@contextmanager
def _signal_handlers_kept() -> Iterator[None]:
    """A tap takes the process's signals for itself."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)

"""Runs of the tap: what it wrote, what it logged, how it ended."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from tap_cachet.tap import TapCachet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sandbox import Sandbox

Row: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        exit_code: 0 when it went well.
        output: Everything on standard output.
        log: Everything on standard error.
    """

    exit_code: int
    output: str = field(repr=False)
    log: str = field(repr=False)

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """The Singer messages, in order."""
        return [json.loads(line) for line in self.output.splitlines()]

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The records of each stream, in order; a stream without any has an empty list."""
        rows: dict[str, list[Row]] = defaultdict(list)
        for message in self.messages:
            if message["type"] == "RECORD":
                rows[message["stream"]].append(message["record"])
        return rows

    @cached_property
    def types(self) -> Counter[str]:
        """How many messages there are of each type."""
        return Counter(message["type"] for message in self.messages)

    @property
    def activated(self) -> set[str]:
        """The streams whose version was activated: what was not read is deleted."""
        return {message["stream"] for message in self.messages if message["type"] == "ACTIVATE_VERSION"}

    @property
    def state(self) -> dict[str, Any]:
        """The last state, as the next run gets it."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return states[-1] if states else {}

    @property
    def warnings(self) -> list[str]:
        """The texts of the warnings, without those that the summary repeats at the end."""
        return [text for text in self._logged("WARNING") if not text.startswith(("Skipped: ", "Incomplete: "))]

    @property
    def errors(self) -> list[str]:
        """The texts of the errors."""
        return self._logged("ERROR")

    def _logged(self, level: str) -> list[str]:
        lines = (line.split(" | ", 3) for line in self.log.splitlines())
        return [parts[3] for parts in lines if len(parts) == 4 and parts[1].strip() == level]


class Tap:
    """The tap's command line, run in this process.

    Args:
        folder: Where the files go that a command line names.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(
        self,
        config: Mapping[str, Any],
        *,
        only: Iterable[str] | None = None,
        everything: bool = False,
        state: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
    ) -> Run:
        """Run the tap to its end.

        Args:
            config: Its settings.
            only: The streams to select; None for those that are selected by default.
            everything: Whether to select all streams.
            state: The state of an earlier run.
            arguments: Further arguments.
        """
        command = ["--config", self._file("config.json", config), *arguments]
        if only is not None or everything:
            command += ["--catalog", self._file("catalog.json", selecting(config, only))]
        if state is not None:
            command += ["--state", self._file("state.json", state)]
        return run(command)

    def _file(self, name: str, content: Mapping[str, Any]) -> str:
        path = self._folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)


def run(command: Sequence[str]) -> Run:
    """Run the tap with these arguments in this process."""
    output, log = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with redirect_stdout(output), redirect_stderr(log):
        try:
            TapCachet.cli.main(list(command), prog_name="tap-cachet")
        except SystemExit as end:
            code = end.code
        except Exception as error:  # noqa: BLE001 - a command line would end with this traceback
            code = f"Traceback: {type(error).__name__}: {error}"
    output.flush()
    text = output.buffer.getvalue().decode()
    if isinstance(code, str):
        log.write(f"\n{code}\n")
    return Run(code if isinstance(code, int) else int(code is not None), text, log.getvalue())


def selecting(config: Mapping[str, Any], only: Iterable[str] | None = None) -> dict[str, Any]:
    """The catalog with some streams selected, or all of them."""
    catalog: dict[str, Any] = TapCachet(config=dict(config)).catalog_dict
    chosen = None if only is None else set(only)
    for stream in catalog["streams"]:
        whole = next(entry for entry in stream["metadata"] if not entry["breadcrumb"])
        whole["metadata"]["selected"] = chosen is None or stream["tap_stream_id"] in chosen
    return catalog


def settings(box: Sandbox, token: str | None = None, server: str = "current", **more: Any) -> dict[str, Any]:
    """Settings that read a sandbox without a limit of their own.

    Args:
        box: The sandbox.
        token: The name of the token; None for a guest.
        server: `current`, `older` or `v2`.
        more: Further settings.
    """
    url = {"current": box.cachet.api_url, "older": box.cachet.older_api_url, "v2": box.cachet.v2_api_url}[server]
    own = {"api_token": box.cachet.tokens[token]} if token else {}
    version = {"api_version": 2} if server == "v2" else {}
    return {"api_url": url, "requests_per_minute": 0, "max_retries": 1, **version, **own, **more}

"""Runs a tap as its users do: a process of its own, its messages in a file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.output import Output
from bench.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
SHOWN_OF_A_LOG = 2000
NOT_FOR_TAPS = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
"""What developers set and what slows Python down: by half a second a start, and by a system call a message."""
METRIC = re.compile(r"METRIC: (\{.*\})")


@dataclass(frozen=True)
class Run:
    """A finished run of a tap.

    Attributes:
        seconds: Wall time of the whole process, from its start to its exit.
        sync_seconds: Wall time of each stream, as the SDK measures it in every tap.
        peak_bytes: Most memory that was resident at once.
        output: The messages.
    """

    seconds: float
    sync_seconds: dict[str, float]
    peak_bytes: int
    output: Output


class TapRunner:
    """Runs one tap with one configuration.

    Args:
        module: The tap's module, run by `python -m`.
        config: Its settings.
        folder: Where files are put.
        streams: The streams to select; None for those that are selected by default.
        state: The state of a run before it.
    """

    def __init__(
        self,
        module: str,
        config: Mapping[str, Any],
        folder: Path,
        streams: Sequence[str] | None = None,
        *,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self._module = module
        self._folder = folder
        self._environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_TAPS}
        settings = self._new_file("config.json")
        settings.write_text(json.dumps(config))
        self._arguments = ["--config", str(settings)]
        if streams is not None:
            self._select(streams)
        if state is not None:
            path = self._new_file("state.json")
            path.write_text(json.dumps(state))
            self._arguments += ["--state", str(path)]

    def sync(self) -> Run:
        """Read the selected streams.

        Raises:
            RuntimeError: The tap has failed.
        """
        return self._run()

    def test(self) -> Run:
        """Read the first record of every stream.

        Raises:
            RuntimeError: The tap has failed.
        """
        return self._run("--test")

    def catalog(self) -> dict[str, Any]:
        """What the tap discovers."""
        run = self._run("--discover")
        catalog: dict[str, Any] = json.loads(run.output.path.read_bytes())
        return catalog

    def _run(self, *options: str) -> Run:
        messages = self._new_file("jsonl")
        log = self._new_file("log")
        with messages.open("wb") as out, log.open("wb") as errors:
            started = time.perf_counter()
            process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", self._module, *self._arguments, *options],
                cwd=ROOT,
                env=self._environment,
                stdout=out,
                stderr=errors,
            )
            # Popen.wait would not tell the memory.
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{self._module} failed:\n{log.read_text()[-SHOWN_OF_A_LOG:]}")
        return Run(seconds, _sync_seconds(log), usage.ru_maxrss * MAXRSS_UNIT, Output(messages))

    def _select(self, streams: Sequence[str]) -> None:
        catalog = self.catalog()
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                if entry["breadcrumb"] == []:
                    entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
        path = self._new_file("catalog.json")
        path.write_text(json.dumps(catalog))
        self._arguments += ["--catalog", str(path)]

    def _new_file(self, ending: str) -> Path:
        """A path that no other run in this folder has."""
        return self._folder / f"{len(list(self._folder.iterdir()))}.{self._module}.{ending}"


def _sync_seconds(log: Path) -> dict[str, float]:
    metrics = (json.loads(found) for found in METRIC.findall(log.read_text()))
    return {metric["tags"]["stream"]: metric["value"] for metric in metrics if metric["metric"] == "sync_duration"}

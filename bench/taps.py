"""Runs a tap as its users do: in a process of its own, with its messages in a file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.output import Output
from bench.processes import Usage, run
from bench.trees import HERE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.trees import Tree

METRIC = re.compile(r"METRIC: (\{.*\})")
METRICS = Path(__file__).with_name("metrics.yaml")


@dataclass(frozen=True)
class Run(Usage):
    """A finished run of a tap.

    Attributes:
        sync_seconds: Wall time of each stream, as the SDK measures it in every tap.
        output: The messages.
    """

    sync_seconds: dict[str, float]
    output: Output


class TapRunner:
    """Runs one tap with one configuration.

    Attributes:
        command: The command, with all arguments.

    Args:
        module: The tap's module, run with `python -m`.
        config: Its settings.
        folder: Folder for the files.
        streams: The streams to select; None for those selected by default.
        state: The state of a previous run.
        tree: The tree whose code is run.
    """

    def __init__(  # noqa: PLR0913 - the inputs of a tap, and its tree
        self,
        module: str,
        config: Mapping[str, Any],
        folder: Path,
        streams: Sequence[str] | None = None,
        *,
        state: Mapping[str, Any] | None = None,
        tree: Tree = HERE,
    ) -> None:
        self._module = module
        self._folder = folder
        self._tree = tree
        settings = self._new_file("config.json")
        settings.write_text(json.dumps(config))
        self.command = [tree.program("python"), "-m", module, "--config", str(settings)]
        if streams is not None:
            self._select(streams)
        if state is not None:
            path = self._new_file("state.json")
            path.write_text(json.dumps(state))
            self.command += ["--state", str(path)]

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
        """The discovered catalog."""
        run = self._run("--discover")
        catalog: dict[str, Any] = json.loads(run.output.path.read_bytes())
        return catalog

    def _run(self, *options: str) -> Run:
        messages = self._new_file("jsonl")
        log = self._new_file("log")
        environment = {**self._tree.environment, "SINGER_SDK_LOG_CONFIG": str(METRICS)}
        usage = run([*self.command, *options], log, environment, folder=self._tree.root, output=messages)
        return Run(**vars(usage), sync_seconds=_sync_seconds(log), output=Output(messages))

    def _select(self, streams: Sequence[str]) -> None:
        catalog = self.catalog()
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                if entry["breadcrumb"] == []:
                    entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
        path = self._new_file("catalog.json")
        path.write_text(json.dumps(catalog))
        self.command += ["--catalog", str(path)]

    def _new_file(self, ending: str) -> Path:
        """A path that no other run in this folder uses."""
        return self._folder / f"{len(list(self._folder.iterdir()))}.{self._module}.{ending}"


def _sync_seconds(log: Path) -> dict[str, float]:
    metrics = (json.loads(found) for found in METRIC.findall(log.read_text()))
    return {metric["tags"]["stream"]: metric["value"] for metric in metrics if metric["metric"] == "sync_duration"}

"""What a tap has written, taken by target-postgres, as a pipe does it: without Meltano between them."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from singer_fanout.testing import run_tap, selecting

from tests.support.jobs import project_file
from tests.support.plugins import CLASSES
from tests.support.project import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.project import MeltanoProject
    from tests.support.sources import Source
    from tests.support.warehouses import Warehouse

TARGET = "target-postgres"
ROWS_IN_A_BATCH = 50
"""At DEBUG the loader logs with each record all those that wait with it."""


class PostgresLoads:
    """Loads sources into a database, load after load, each from where the last one ended.

    A run of Meltano takes longer to find out the settings of a tap and a loader than both take to work.

    Args:
        meltano: The project, for the program of the loader and its settings.
        warehouse: The database.
        folder: A folder of its own.
    """

    def __init__(self, meltano: MeltanoProject, warehouse: Warehouse, folder: Path) -> None:
        self._program = meltano.root / ".meltano" / "loaders" / TARGET / "venv" / "bin" / TARGET
        (loader,) = (each for each in project_file()["plugins"]["loaders"] if each["name"] == TARGET)
        prefix = "TARGET_POSTGRES_"
        address = {name.removeprefix(prefix).lower(): value for name, value in warehouse.settings.items()}
        self._config = {**loader["config"], **address, "port": int(address["port"])}
        self._folder = folder
        self._states: dict[str, str] = {}

    def __call__(self, source: Source, box: Sandbox, *, log_level: str = "INFO") -> str:
        """Load all streams of a source.

        Args:
            source: The source.
            box: Where it is read.
            log_level: How much the loader tells.

        Returns:
            What the loader logged.

        Raises:
            AssertionError: The tap or the loader failed; the text is the log.
        """
        config = {**self._config, "default_target_schema": source.schema, "batch_size_rows": ROWS_IN_A_BATCH}
        done = subprocess.run(  # noqa: S603 - the loader of the test's own project
            [self._program, "--config", self._file("target.json", config)],
            input=self._read(source, box),
            env=clean_environment({"TARGET_POSTGRES_LOGLEVEL": log_level}),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        self._states[source.extractor] = done.stdout.splitlines()[-1]
        return done.stderr

    def _read(self, source: Source, box: Sandbox) -> str:
        tap = CLASSES[source.tap]
        prefix = source.tap.upper().replace("-", "_")
        settings = {f"{prefix}_{name}": value for name, value in source.settings(box).items()}
        if source.provider is not None:
            settings[f"{prefix}_PROVIDER"] = source.provider
        with patch.dict(os.environ, clean_environment(settings), clear=True):
            discovered = json.loads(run_tap(tap, ("--config=ENV", "--discover")).output)
            arguments = ["--config=ENV", "--catalog", self._file("catalog.json", selecting(tap, {}, None, discovered))]
            if source.extractor in self._states:
                arguments += ["--state", self._file("state.json", json.loads(self._states[source.extractor]))]
            run = run_tap(tap, arguments)
        assert run.exit_code == 0, run.log
        return run.output

    def _file(self, name: str, content: Mapping[str, Any]) -> str:
        path = self._folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

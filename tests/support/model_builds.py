"""The models of `transform/`, built by one dbt that stays alive from build to build."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from tests.support.project import REPOSITORY, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PROJECT = REPOSITORY / "transform"
PYTHON = PROJECT / ".venv" / "bin" / "python"
PROGRAM = REPOSITORY / "tests" / "support" / "dbt_process.py"


@dataclass(frozen=True)
class Build:
    """What a command of dbt came to.

    Attributes:
        failed: What failed, by the name that dbt gives it, with what it said of that.
        ran: The names of what it ran.
    """

    failed: Mapping[str, str]
    ran: Sequence[str]


class Dbt:
    """Starts on entering the context and ends on leaving it.

    Args:
        folder: A folder of its own, for what it compiles and logs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Dbt:  # noqa: PYI034 - Self is not in Python 3.10
        with (self.folder / "printed.log").open("w") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program of the tests' own
                [PYTHON, PROGRAM],
                env=clean_environment(
                    {
                        "DBT_PROJECT_DIR": str(PROJECT),
                        "DBT_PROFILES_DIR": str(PROJECT),
                        "DBT_TARGET_PATH": str(self.folder),
                        "DBT_LOG_PATH": str(self.folder),
                    }
                ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.communicate()

    def __call__(self, *arguments: str, environment: Mapping[str, str], **variables: Any) -> Build:
        """Run a command.

        Args:
            arguments: What follows `dbt` on the command line.
            environment: Environment variables; DBT_TARGET says which database is built in.
            variables: Variables of the project.
        """
        command = [*arguments, "--vars", json.dumps(variables)] if variables else list(arguments)
        print(
            json.dumps({"arguments": command, "environment": dict(environment)}), file=self._pipe("stdin"), flush=True
        )
        answer = self._pipe("stdout").readline()
        assert answer, (self.folder / "printed.log").read_text()
        return Build(**json.loads(answer))

    def _pipe(self, name: str) -> IO[str]:
        pipe: IO[str] = getattr(self._process, name)
        return pipe

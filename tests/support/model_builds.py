"""Many builds of the models by one dbt, which is started and reads the project once."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from tests.support.models import TRANSFORM, programs
from tests.support.project import REPOSITORY, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MODELS = "models"
"""What the databases of PostgreSQL are called that models are built in."""
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


class DbtProcess:
    """Starts on entering the context and ends on leaving it.

    Args:
        folder: A folder of its own, for what it compiles and logs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> DbtProcess:  # noqa: PYI034 - Self is not in Python 3.10
        with (self._folder / "printed.log").open("w") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program of the tests' own
                [programs() / "python", PROGRAM],
                env=clean_environment(
                    {
                        "DBT_PROJECT_DIR": str(TRANSFORM),
                        "DBT_PROFILES_DIR": str(TRANSFORM),
                        "DBT_TARGET_PATH": str(self._folder),
                        "DBT_LOG_PATH": str(self._folder),
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

    @property
    def manifest(self) -> Path:
        """What dbt has written of the project."""
        return self._folder / "manifest.json"

    def __call__(
        self, *arguments: str, target: str, database: Mapping[str, str], comments: bool = True, **variables: Any
    ) -> Build:
        """Run a command.

        Args:
            arguments: What follows `dbt` on the command line.
            target: `duckdb` or `postgres`.
            database: Environment variables that tell the database. All those of a target have one name.
            comments: Whether a build writes into the database what its tables and columns are, a statement for each.
            variables: Variables of the project.
        """
        request = {
            "arguments": [*arguments, "--vars", json.dumps(variables)],
            "environment": {**database, "DBT_TARGET": target},
            "comments": comments,
        }
        print(json.dumps(request), file=self._pipe("stdin"), flush=True)
        answer = self._pipe("stdout").readline()
        assert answer, (self._folder / "printed.log").read_text()
        return Build(**json.loads(answer))

    def _pipe(self, name: str) -> IO[str]:
        pipe: IO[str] = getattr(self._process, name)
        return pipe

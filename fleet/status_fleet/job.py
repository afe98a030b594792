"""One run as the guard needs it: the command, its environment, and its time limit."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Job:
    """A run of Meltano.

    Attributes:
        account: The account whose lock it takes.
        command: The command and its arguments.
        folder: The working directory: the Meltano project.
        environment: All variables of the run, except those that point to its private folder.
        plugins: Meltano's system folder, in which the plugins are installed.
        runs: Folder of all runs of this machine.
        database: Address of the fleet's database.
        time_limit: Seconds after which it is stopped.
        summary_variable: The variable that tells the tap where to write its summary; None if there is no tap.
        secrets: Values that must not be stored with the run.
        facts: Values to store with the record of the run: the tap, the schema, and so on.
    """

    account: str
    command: list[str]
    folder: str
    environment: dict[str, str] = field(repr=False)
    plugins: str
    runs: str
    database: str = field(repr=False)
    time_limit: float
    summary_variable: str | None = None
    secrets: list[str] = field(default_factory=list, repr=False)
    facts: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """Serialize the job; the text holds secrets."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Parse a job serialized by `as_json`."""
        return cls(**json.loads(text))

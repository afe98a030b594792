"""A private folder for each run, and the cleanup after runs that died."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from status_fleet.processes import kill_marked

if TYPE_CHECKING:
    from types import TracebackType

PLUGIN_KINDS = ("extractors", "loaders", "utilities")
_PREFIX = "run-"
_ALIVE = "alive"
_MARK = "STATUS_FLEET_RUN"


def runs_folder() -> Path:
    """Default of `STATUS_FLEET_RUNS`, the folder that holds the folders of runs."""
    chosen = os.environ.get("STATUS_FLEET_RUNS")
    return Path(chosen) if chosen else Path(tempfile.gettempdir()) / f"status-fleet-{os.getuid()}"


class RunFolder:
    """A folder that exists as long as its run; it shares neither files nor bookmarks with other runs.

    Args:
        runs: The folder of all runs of this machine.
        plugins: Meltano's system folder, in which the plugins are installed; it is only read.
    """

    def __init__(self, runs: Path, plugins: Path) -> None:
        self._runs = runs
        self._plugins = plugins

    def __enter__(self) -> RunFolder:  # noqa: PYI034 - Self is not in Python 3.10
        self._runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix="new-", dir=self._runs))
        # The lock ends with the process, however that ends. Until the folder has its final name it is not swept.
        self._alive = (new / _ALIVE).open("wb")
        fcntl.flock(self._alive, fcntl.LOCK_EX)
        self._path = new.rename(self._runs / new.name.replace("new-", _PREFIX, 1))
        for folder in (self.home, self.temporary, self.meltano):
            folder.mkdir()
        for kind in PLUGIN_KINDS:
            for plugin in (self._plugins / kind).glob("*"):
                (self.meltano / kind).mkdir(exist_ok=True)
                (self.meltano / kind / plugin.name).symlink_to(plugin.resolve(), target_is_directory=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shutil.rmtree(self._path, ignore_errors=True)
        self._alive.close()

    @property
    def home(self) -> Path:
        """The run's home folder."""
        return self._path / "home"

    @property
    def temporary(self) -> Path:
        """Where the run puts temporary files."""
        return self._path / "tmp"

    @property
    def meltano(self) -> Path:
        """The run's system folder of Meltano."""
        return self._path / "meltano"

    @property
    def summary(self) -> Path:
        """The file in which the tap writes a summary of its run."""
        return self._path / "summary.json"

    def environment(self) -> dict[str, str]:
        """Variables that point a process to this folder."""
        return {
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "MELTANO_SYS_DIR_ROOT": str(self.meltano),
            # The default is a folder of the project, which is read-only here.
            **{
                f"{builder}_{path}": str(self.temporary / "dbt")
                for builder in ("DBT_DUCKDB", "DBT_POSTGRES")
                for path in ("TARGET_PATH", "LOG_PATH")
            },
            _MARK: str(self._path),
        }


def sweep(runs: Path) -> int:
    """Remove the folders of dead runs, since they may hold configurations, and kill the processes they have left.

    Args:
        runs: The folder of all runs of this machine.

    Returns:
        Number of folders removed.
    """
    return sum(_removed(folder) for folder in runs.glob(f"{_PREFIX}*"))


def _removed(folder: Path) -> bool:
    with suppress(OSError), (folder / _ALIVE).open("rb") as alive:
        # Raises BlockingIOError if the run is alive.
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        kill_marked(_MARK, str(folder))
        shutil.rmtree(folder, ignore_errors=True)
        return True
    return False

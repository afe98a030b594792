"""What holds for the tests of all packages: none leaves its logging to the next, the longest come first."""

from __future__ import annotations

import atexit
import gc
import json
import logging
import os
import sys
from collections import defaultdict
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from xdist.remote import Producer

LONG_TESTS = Path(__file__).parent / ".ci" / "long-tests.json"
"""The seconds that test functions take which are not quick; written by `--note-long-tests`."""
LONG_SECONDS = 0.1
"""How long a test is on average, of those that a test function is asked for, to be a long one."""
SHARED = {
    "meltano: MeltanoProject": "Meltano",
    "every_load: EveryLoad": "Meltano",
    "import run_meltano": "Meltano",
    "dbt: DbtProcess": "dbt",
}
"""What a file asks for that takes long to make, and who makes it: one process for all files with the same."""
OBJECTS_BETWEEN_COLLECTIONS = 20_000
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}
"""What Python tells its auditors before a process is started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that choose tests by what they cost."""
    group = parser.getgroup("cost of tests")
    group.addoption("--quick", action="store_true", help="leave out long tests, and each that starts a process")
    group.addoption("--note-long-tests", action="store_true", help=f"write which tests are long into {LONG_TESTS.name}")


def pytest_configure(config: pytest.Config) -> None:
    """Register what the options need, and let each process begin elsewhere to collect."""
    if config.getoption("quick"):
        config.pluginmanager.register(_NoProcesses(), "no-processes")
    if config.getoption("note_long_tests") and "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(_LongTests(), "long-tests")
    _begin_elsewhere(config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Share the tests file by file, and leave files that share what takes long to make to one process."""
    return _ByWhatTheyShare(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while thousands of tests are made, and never look at them again: they stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        # A tap of a hundred streams is more garbage than Python expects.
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look for garbage once: pytest does it five times at its end, which takes seconds with so many tests."""
    gc.collect()
    gc.freeze()
    # Some libraries complain of what is left when the interpreter ends.
    atexit.register(gc.unfreeze)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first, so that processes that share them end together; leave out what is not quick."""
    seconds: dict[str, float] = json.loads(LONG_TESTS.read_text())
    files: dict[str, float] = defaultdict(float)
    for function, taken in seconds.items():
        files[function.partition("::")[0]] += taken
    items.sort(key=lambda item: (-files[(file := item.nodeid.partition("::")[0])], file))
    if config.getoption("quick"):
        long = [item for item in items if _function(item.nodeid) in seconds]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if _function(item.nodeid) not in seconds]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Take away the handlers that plugins add to the root logger whenever their command line runs.

    In a process of its own a plugin adds one. In one process for thousands of tests every line would be written to
    as many logs that nobody reads.
    """
    root = logging.getLogger()
    level, before = root.level, root.handlers.copy()
    try:
        return (yield)
    finally:
        root.setLevel(level)
        for handler in [each for each in root.handlers if each not in before]:
            root.removeHandler(handler)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts are repeated at once; the tests of the engine look at how long it waits."""
    from singer_fanout import ApiClient  # noqa: PLC0415 - the tests of the sandbox do without it

    sleep = ApiClient._sleep  # noqa: SLF001
    monkeypatch.setattr(ApiClient, "_sleep", lambda client, _: sleep(client, 0))


def _function(nodeid: str) -> str:
    """The test function of a test: all that it is asked for has the same."""
    return nodeid.partition("[")[0]


def _begin_elsewhere(config: pytest.Config) -> None:
    """Let each process collect the folders in another order.

    In a new clone pytest rewrites the assertions of every module, which takes three times as long as all else that is
    done to collect them. What one process has rewritten the others find, unless they all do the same at the same time.
    """
    process: dict[str, Any] = getattr(config, "workerinput", {"workerid": "gw0", "workercount": 1})
    first = len(config.args) * int(process["workerid"].removeprefix("gw")) // process["workercount"]
    config.args[:] = config.args[first:] + config.args[:first]


class _ByWhatTheyShare(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return _shared(self.config.rootpath / file) or file


@cache
def _shared(file: Path) -> str | None:
    """What the tests of a file share with those of others: Meltano with its plugins, or a dbt that knows the models."""
    text = file.read_text(encoding="utf-8")
    return next((maker for fixture, maker in SHARED.items() if fixture in text), None)


class _NoProcesses:
    """Skips each test that starts a process, at the moment when it does."""

    def __init__(self) -> None:
        self._watching = False
        sys.addaudithook(self._audit)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Watch while a test is set up, runs and ends."""
        with self._watch():
            return (yield)

    @contextmanager
    def _watch(self) -> Iterator[None]:
        self._watching = True
        try:
            yield
        finally:
            self._watching = False

    def _audit(self, event: str, _: object) -> None:
        if self._watching and event in STARTS:
            pytest.skip("starts a process")


class _LongTests:
    """Notes the test functions that are not quick."""

    def __init__(self) -> None:
        self._seconds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the time that a test took to be set up, to run, or to end."""
        self._seconds[_function(report.nodeid)][report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        """Write them; those of tests that were not run stay as they were."""
        noted: dict[str, float] = json.loads(LONG_TESTS.read_text())
        for function, tests in self._seconds.items():
            noted.pop(function, None)
            if sum(tests.values()) / len(tests) >= LONG_SECONDS:
                noted[function] = round(sum(tests.values()), 1)
        LONG_TESTS.write_text(json.dumps(noted, indent=0, sort_keys=True) + "\n")

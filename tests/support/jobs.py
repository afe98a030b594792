"""The extractors of the project file that a schedule runs, as the taps behind them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.project import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable


@cache
def project_file() -> dict[str, Any]:
    """Return what stands in the root ``meltano.yml``."""
    return dict(yaml.safe_load((REPOSITORY / "meltano.yml").read_text()))


def scheduled() -> dict[str, tuple[str, str]]:
    """Return the interval and the extractor of each schedule, by its name; what is built after a load is left out."""
    tasks = {job["name"]: job["tasks"] for job in project_file()["jobs"]}
    found = {}
    for schedule in project_file()["schedules"]:
        (task,) = tasks[schedule["job"]]
        extractor, *_ = task.split()
        found[schedule["name"]] = (schedule["interval"], extractor)
    return found


def selected(extractor: str, streams: Iterable[str]) -> set[str]:
    """Return the streams that an extractor of the project reads.

    Args:
        extractor: Its name.
        streams: All streams of the tap behind it.
    """
    rules = _extractor(extractor).get("select", ["*.*"])
    wanted = [rule.removesuffix(".*") for rule in rules if not rule.startswith("!")]
    unwanted = [rule[1:].removesuffix(".*") for rule in rules if rule.startswith("!")]
    return {
        stream
        for stream in streams
        if any(fnmatchcase(stream, rule) for rule in wanted) and not any(fnmatchcase(stream, rule) for rule in unwanted)
    }


def _extractor(name: str) -> dict[str, Any]:
    return dict(next(plugin for plugin in project_file()["plugins"]["extractors"] if plugin["name"] == name))

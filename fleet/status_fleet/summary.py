"""The table that shows how the last run of every account ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from status_fleet.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_COLUMNS = ("account", "outcome", "began at", "rows", "requests", "waited s", "took s", "CPU s", "MB", "what failed")
_WORDS = {Verdict.DONE.value: "done", Verdict.AGAIN.value: "may pass", Verdict.MEND.value: "to mend"}
_NUMBERS = range(3, 9)


def table(names: Sequence[str], runs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of the table, accounts that failed first.

    Args:
        names: Names of all accounts.
        runs: The record of each account's last run, by name.
    """
    ordered = sorted(names, key=lambda name: (_rank(runs.get(name)), name))
    rows = [_COLUMNS, *(_row(name, runs.get(name)) for name in ordered)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        cells = (
            cell.rjust(width) if column in _NUMBERS else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
    known = [runs[name] for name in names if name in runs]
    failed = sum(run["verdict"] != Verdict.DONE.value for run in known)
    yield (
        f"{len(names)} accounts: {len(known) - failed} done, {failed} failed, "
        f"{len(names) - len(known)} not loaded yet; "
        f"{_total(known, 'rows'):,.0f} rows, {_total(known, 'requests'):,.0f} requests, "
        f"{_total(known, 'seconds_waited'):,.0f} s waited for rate limits"
    )


def _rank(run: Mapping[str, Any] | None) -> int:
    if run is None:
        return 2
    return {Verdict.MEND.value: 0, Verdict.AGAIN.value: 1}.get(run["verdict"], 3)


def _row(name: str, run: Mapping[str, Any] | None) -> tuple[str, ...]:
    if run is None:
        return (name, "not loaded yet", *[""] * (len(_COLUMNS) - 2))
    failed = "" if run["verdict"] == Verdict.DONE.value and not _failures(run) else run["line"]
    return (
        name,
        _WORDS.get(run["verdict"], run["verdict"]),
        run["began_at"].strftime("%Y-%m-%d %H:%M:%S"),
        f"{run['rows'] or 0:,}",
        f"{run['requests'] or 0:,}",
        f"{run['seconds_waited'] or 0:,.0f}",
        f"{run['seconds']:,.0f}",
        f"{run['cpu_seconds']:,.1f}",
        f"{run['peak_megabytes']:,.0f}",
        failed or _failures(run),
    )


def _failures(run: Mapping[str, Any]) -> str:
    """The failed streams of a run that succeeded all the same, because its account allows that."""
    streams = (run["summary"] or {}).get("streams", {})
    return ", ".join(name for name, stream in streams.items() if stream["failures"])


def _total(runs: Sequence[Mapping[str, Any]], column: str) -> float:
    return sum(run[column] or 0 for run in runs)

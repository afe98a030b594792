"""Run all benchmarks, or the given ones; exit with 1 if a threshold is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench import (
    cost,
    duckdb_load,
    ducklake_load,
    end_to_end,
    fanout,
    limit,
    models,
    paged,
    rootly,
    startup,
    statuspages,
    throughput,
)
from bench.figures import table, write_results
from bench.paths import RESULTS
from bench.trees import MissingCommitError

PARTS = {
    "startup": startup.measure,
    "throughput": throughput.measure,
    "end_to_end": end_to_end.measure,
    "paged": paged.measure,
    "cost": cost.measure,
    "fanout": fanout.measure,
    "limit": limit.measure,
    "duckdb": duckdb_load.measure,
    "ducklake": ducklake_load.measure,
    "statuspages": statuspages.measure,
    "rootly": rootly.measure,
    "models": models.measure,
}
FOOTNOTES = """
[1] n requests cannot be finished before the last window opens: bursts of 600 at 0 s, 60 s, 120 s ... end, at best,
    60 * ((n - 1) // 600) seconds after the first. The tap's time is that of its whole process, start and exit included.
[2] Rows divided by the `sync_duration` that the SDK measures around the stream, in both taps; medians of runs by turns.
    The whole processes, with the second that both need to start, are compared in `whole_process_ratio`.
[3] As [1], for each page: its key has a limit of its own, so that several pages take no longer than one.
[4] The same tables, but for the links of retrospectives, which no list of its own tells. dlt knows no limit: what it
    sends beyond it is answered with 429 and sent again, or it gives up.
[5] Each from a tree and an environment of its own, installed by its own `make setup`; both in a shell where Python may
    not write bytecode. The first release, 0.1.0, is checked out from this repository.
"""


def main() -> int:
    """Measure, print, write; return the exit code: 1 if a threshold is missed or a part is left out."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all without any")
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    figures = []
    complete = True
    for part in parts:
        started = time.perf_counter()
        print(f"measuring {part} ...", end=" ", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            try:
                figures += PARTS[part](Path(folder))
            except MissingCommitError as error:
                print(f"left out: {error}", file=sys.stderr)
                complete = False
                continue
        print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
        write_results(figures, RESULTS)
    if not figures:
        return 1
    for line in table(figures):
        print(line)
    print(FOOTNOTES)
    print(f"Written to {RESULTS}")
    return 0 if complete and all(figure.passed for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())

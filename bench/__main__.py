"""Run the benchmarks, all or those that are named; exit with 1 when a bar is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench import cost, duckdb_load, fanout, limit, paged, rootly, statuspages
from bench.figures import table, write_results
from bench.paths import RESULTS

PARTS = {
    "paged": paged.measure,
    "cost": cost.measure,
    "fanout": fanout.measure,
    "limit": limit.measure,
    "duckdb": duckdb_load.measure,
    "statuspages": statuspages.measure,
    "rootly": rootly.measure,
}
FOOTNOTES = """
[1] n requests cannot be finished before the last window opens: bursts of 600 at 0 s, 60 s, 120 s ... end, at best,
    60 * ((n - 1) // 600) seconds after the first. The tap's time is that of its whole process, start and exit included.
[2] Rows divided by the `sync_duration` that the SDK measures around the stream, in both taps; medians of three
    runs by turns. The whole processes, with the second that both need to start, are compared in `whole_process_ratio`.
[3] As [1], for each page: its key has a limit of its own, so that several pages take no longer than one.
[4] The same tables, but for the links of retrospectives, which no list of its own tells. dlt knows no limit: what it
    sends beyond it is answered with 429 and sent again, or it gives up.
"""


def main() -> int:
    """Measure, print, write; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all without any")
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    figures = []
    for part in parts:
        started = time.perf_counter()
        print(f"measuring {part} ...", end=" ", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            figures += PARTS[part](Path(folder))
        print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
        write_results(figures, RESULTS)
    for line in table(figures):
        print(line)
    print(FOOTNOTES)
    print(f"Written to {RESULTS}")
    return 0 if all(figure.passed for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())

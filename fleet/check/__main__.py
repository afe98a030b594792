"""Runs the check: `python -m fleet.check`."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from fleet.check import checks
from fleet.check.report import report
from fleet.check.scenario import Scenario, variables
from fleet.check.sources import BOXES, accounts_of, sandboxes
from fleet.check.stack import Stack, create_databases, install_plugins, postgres
from fleet.check.watch import Clock, Watch

ACCOUNTS = 24
FEWEST = 6


def main() -> None:
    """Run the check, and end with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="fleet.check", description=__doc__)
    parser.add_argument(
        "--accounts", type=int, default=ACCOUNTS, help="how many accounts; those with troubles come first"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs")
    arguments = parser.parse_args()
    if arguments.accounts < FEWEST:
        parser.error(f"--accounts: {FEWEST} at least, so that one of them has no trouble of its own")
    # Whoever ends it, it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    folder = Path(tempfile.mkdtemp(prefix="fleet-check-"))
    problems = [*_check(folder, arguments.accounts)]
    for problem in problems:
        print(f"WRONG: {problem}", flush=True)
    if arguments.keep or problems:
        print(f"All logs: {folder}")
    else:
        shutil.rmtree(folder)
        print("Nothing is wrong")
    sys.exit(bool(problems))


def _check(folder: Path, most: int) -> list[str]:
    clock = Clock()
    began = time.monotonic()
    clock.say(f"All logs are in {folder}")
    clock.say("The plugins are being installed, unless they are there already")
    install_plugins()
    boxes = sandboxes(BOXES)
    with ExitStack() as running:
        for box in boxes:
            running.enter_context(box)
        databases = create_databases(running.enter_context(postgres()))
        accounts = accounts_of(boxes, most)
        stack = Stack(folder, databases, variables(accounts, databases))
        running.callback(stack.stop)
        watch = running.enter_context(Watch(databases, stack.runs))
        story = Scenario(stack, databases, accounts, watch, clock).run()
        # Some of what is wrong stands only in what the parts write at their end.
        left = list(checks.killed_runs_left_something(story, watch, stack.runs))
        stack.stop()
        spans = checks.spans_of(databases)
        clock.say("Everything is compared")
        problems = [
            *left,
            *checks.rows_differ(accounts, databases),
            *checks.runs_ended_badly(accounts, story),
            *checks.ran_twice_at_once(watch),
            *checks.overlapping(spans),
            *checks.shared_key_was_used_at_once(accounts, spans),
            *checks.keys_over_their_limit(accounts),
            *checks.was_not_throttled(accounts, databases),
            *checks.summary_lacks(accounts, story),
            *checks.secrets_got_out(accounts, databases, folder),
        ]
        lines = list(report(accounts, databases, story, watch, clock))
    lines.append(f"{time.monotonic() - began:.0f} s in all")
    target = Path("output") / "fleet" / "report.md"
    target.write_text("\n".join([*lines, *(f"WRONG: {problem}" for problem in problems), ""]))
    print("\n".join(lines))
    return problems


if __name__ == "__main__":
    main()

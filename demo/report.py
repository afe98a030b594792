"""Write the page of the demo's data, or of the database that is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from demo.show import AS_OF, DATABASE, OUTPUT


def write(*arguments: str) -> int:
    """Run `status-report`; returns its exit code."""
    program = Path(sys.executable).with_name("status-report")
    return subprocess.run([program, *arguments], check=False).returncode  # noqa: S603 - the project's own program


def of_the_demo() -> int:
    """Write the page of the demo's data; returns the exit code."""
    return write(
        f"--database={DATABASE}", f"--out={OUTPUT / 'report.html'}", f"--as-of={AS_OF}", "--title=The sandbox's incidents"
    )


if __name__ == "__main__":
    sys.exit(write(f"--database={sys.argv[1]}") if sys.argv[1:] else of_the_demo())

"""Write the page of the demo's data, or of another database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from demo.show import PAGE_SETTINGS


def main() -> int:
    """Run `status-report`; return its exit code."""
    program = Path(sys.executable).with_name("status-report")
    given = [f"--database={database}" for database in sys.argv[1:]]
    settings = {} if given else PAGE_SETTINGS
    return subprocess.run([program, *given], env={**os.environ, **settings}, check=False).returncode  # noqa: S603 - ours


if __name__ == "__main__":
    sys.exit(main())

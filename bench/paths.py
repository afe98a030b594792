"""Paths of the benchmarks."""

from __future__ import annotations

import os
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results.json"
_BUILD = f"{sys.implementation.cache_tag}-{zlib.crc32(f'{sys.base_prefix} {sys.version}'.encode()):08x}"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "status-taps-bench" / _BUILD
"""Cache for what is made only once: environments, and the tree of the first release.

One for each build of Python: both sides of a comparison run with the same one, and builds of a version differ by half.
"""

"""Generated pages: written, or only checked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_or_check(outdated: Mapping[Path, str], root: Path, command: str, *, check: bool) -> int:
    """Write the pages that are not current, or say which they are.

    Args:
        outdated: The texts that the pages should have, by path.
        root: The folder that paths are shown relative to.
        command: The command that writes them.
        check: Whether to write nothing.

    Returns:
        The exit code: 1 if a check finds a page that is not current.
    """
    for path, text in outdated.items():
        name = path.relative_to(root)
        if check:
            print(f"{name} is not current; run {command}", file=sys.stderr)  # noqa: T201
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote {name}")  # noqa: T201
    return 1 if check and outdated else 0

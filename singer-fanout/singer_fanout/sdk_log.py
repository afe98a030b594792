"""Which of the SDK's own lines belong in the log of a run: very few."""

from __future__ import annotations

import logging
from pathlib import Path

import singer_sdk

SDK = str(Path(singer_sdk.__file__).parent)
STILL_LOGGED = "print_version"
"""Where the SDK logs the one line that a run should begin with."""
NOT_A_WARNING = "Stream is assumed to be unsorted"
"""How a warning begins that names no stream and that nobody can act on."""


def quieten_sdk() -> None:
    """Log at DEBUG what the SDK logs at INFO: each deselected stream, and metrics without the names of their streams.

    This is done by the handlers of the root logger. A handler of the user's own on `singer_sdk.metrics`, as the SDK's
    documentation describes it, gets all metrics at INFO.
    """
    for handler in logging.getLogger().handlers:
        handler.addFilter(_is_logged)


def _is_logged(record: logging.LogRecord) -> bool:
    if not _says_little(record):
        return True
    record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
    return logging.getLogger().isEnabledFor(logging.DEBUG)


def _says_little(record: logging.LogRecord) -> bool:
    # Another handler may have seen it before, and changed its level.
    if record.levelno <= logging.INFO:
        return record.pathname.startswith(SDK) and record.funcName != STILL_LOGGED
    return str(record.msg).startswith(NOT_A_WARNING)

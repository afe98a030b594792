"""Filters the SDK's own log lines: very few belong in the log of a run."""

from __future__ import annotations

import logging
from pathlib import Path

import singer_sdk

SDK = str(Path(singer_sdk.__file__).parent)
STILL_LOGGED = "print_version"
"""The function in which the SDK logs the line that a run should begin with."""
NOT_A_WARNING = "Stream is assumed to be unsorted"
"""The start of a warning that names no stream and cannot be acted on."""


def quieten_sdk() -> None:
    """Demote the SDK's INFO lines to DEBUG: every deselected stream, and metrics without their stream's name.

    The handlers of the root logger do this. A user's handler on `singer_sdk.metrics`, as described in the SDK's
    documentation, still gets all metrics at INFO.
    """
    for handler in logging.getLogger().handlers:
        handler.addFilter(_is_logged)


def _is_logged(record: logging.LogRecord) -> bool:
    if not _says_little(record):
        return True
    record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
    return logging.getLogger().isEnabledFor(logging.DEBUG)


def _says_little(record: logging.LogRecord) -> bool:
    # Another handler may have changed its level already.
    if record.levelno <= logging.INFO:
        return record.pathname.startswith(SDK) and record.funcName != STILL_LOGGED
    return str(record.msg).startswith(NOT_A_WARNING)

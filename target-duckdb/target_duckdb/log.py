"""The log of a load: INFO messages of the SDK are meant for developers of the SDK."""

from __future__ import annotations

import logging
from pathlib import Path

import singer_sdk

_SDK = str(Path(singer_sdk.__file__).parent)
_ALWAYS_SHOWN = "print_version"


def quieten_sdk() -> None:
    """Show the SDK's own lines at DEBUG only, except the first. Only the root logger's handlers are affected.

    A handler on ``singer_sdk.metrics``, as the SDK's documentation describes it, still receives every metric.
    """
    for handler in logging.getLogger().handlers:
        handler.addFilter(_is_shown)


def _is_shown(record: logging.LogRecord) -> bool:
    # Another handler may have seen the record before and changed its level.
    if record.levelno > logging.INFO or not record.pathname.startswith(_SDK) or record.funcName == _ALWAYS_SHOWN:
        return True
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    return logging.getLogger().isEnabledFor(logging.DEBUG)

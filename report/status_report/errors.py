"""The error for a page that cannot be made."""

from __future__ import annotations


class ReportError(Exception):
    """There is no data for a page; the message says what to do, in one line."""

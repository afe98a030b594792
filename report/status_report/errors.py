"""What a user is told when there can be no page."""

from __future__ import annotations


class ReportError(Exception):
    """There is nothing to make a page of; the text says what to do, in one line."""

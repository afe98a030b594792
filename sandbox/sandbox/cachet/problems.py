"""Errors of Cachet v3, in its own wording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.answers import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def message(status: int, text: str, headers: Mapping[str, str] | None = None) -> Problem:
    """A problem whose body is a message."""
    return Problem(status, {"message": text}, headers)


def unauthenticated() -> Problem:
    """No valid token where one is required."""
    return message(401, "Unauthenticated.")


def invalid_ability() -> Problem:
    """A valid token that may not do this."""
    return message(403, "Invalid ability provided.")


def server_error() -> Problem:
    """The server broke."""
    return message(500, "Server Error")


def no_record(model: str, raw_id: str) -> Problem:
    """No such record, or not for this viewer."""
    return message(404, f"No query results for model [Cachet\\Models\\{model}] {raw_id}")


def nothing_here() -> Problem:
    """A 404 without a name."""
    return message(404, "")


def not_allowed(what: str, unknown: Iterable[str], allowed: Iterable[str]) -> Problem:
    """A filter, sort or include that the route does not know."""
    plural = "is" if what == "sort" else "are"
    return message(
        400,
        f"Requested {what}(s) `{', '.join(unknown)}` {plural} not allowed. "
        f"Allowed {what}(s) are `{', '.join(allowed)}`.",
    )


def invalid(errors: Mapping[str, list[str]]) -> Problem:
    """Values that fail validation; the message gives the number of further errors."""
    texts = [text for field_texts in errors.values() for text in field_texts]
    more = len(texts) - 1
    suffix = f" (and {more} more error{'' if more == 1 else 's'})" if more else ""
    return Problem(422, {"message": texts[0] + suffix, "errors": dict(errors)})

"""Bodies of write requests: their fields, and the first validation error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.bodies import Unfit, read_body
from sandbox.instatus import problems, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.bodies import Field

COMPONENT_STATUSES: Final = (
    "OPERATIONAL",
    "UNDERMAINTENANCE",
    "DEGRADEDPERFORMANCE",
    "PARTIALOUTAGE",
    "MAJOROUTAGE",
)
INCIDENT_STATUSES: Final = ("INVESTIGATING", "IDENTIFIED", "MONITORING", "RESOLVED")
MAINTENANCE_STATUSES: Final = ("NOTSTARTEDYET", "INPROGRESS", "COMPLETED")


def read(content: bytes, fields: Sequence[Field]) -> dict[str, Any]:
    """The values of a body by name; times are datetimes, statuses a dict by component.

    Raises:
        Problem: 400, the body is not an object, or a field is missing, unknown, or invalid.
    """
    values, complaints = read_body(content, fields)
    if complaints:
        raise problems.bad_request(f"{complaints[0].field or 'The body'} {complaints[0].reason}")
    return values


def time(value: Any) -> Any:
    """Read a time from an RFC 3339 string."""
    try:
        return times.parse(value)
    except (TypeError, ValueError, AttributeError):
        raise Unfit("must be a time with an offset") from None


def statuses(value: Any) -> dict[str, str]:
    """Read statuses by component from a list of objects with `id` and `status`."""
    try:
        found = {str(each["id"]): each["status"] for each in value}
    except (TypeError, KeyError):
        raise Unfit("must be a list of objects with id and status") from None
    if any(status not in COMPONENT_STATUSES for status in found.values()):
        raise Unfit(f"must have statuses of {', '.join(COMPONENT_STATUSES)}")
    return found


def translations(value: Any) -> dict[str, dict[str, str]]:
    """Read texts by language by field, unchanged."""
    shaped = isinstance(value, dict) and all(isinstance(texts, dict) for texts in value.values())
    if not shaped or any(not isinstance(text, str) for texts in value.values() for text in texts.values()):
        raise Unfit("must be an object of objects of texts")
    return dict(value)

"""When accounts are loaded: cron expressions, in which `H` stands for a value derived from the account's name."""

from __future__ import annotations

import zlib

from croniter import croniter

_RANGES = (60, 24, 28, 12, 7)
"""Number of values of each field of an expression; not every month has more than 28 days."""


class ScheduleError(ValueError):
    """The text is not a valid schedule."""


def cron_of(schedule: str, account: str) -> str:
    """The cron expression of an account.

    Five hundred accounts at `0 * * * *` would all start in the same minute. `H * * * *` is once an hour, too, in a
    minute derived from the account's name; `H/15` is every fifteen minutes, starting from such a minute.

    Args:
        schedule: Five fields, some of which may be `H` or `H/n`.
        account: Name of the account.

    Raises:
        ScheduleError: The schedule is invalid.
    """
    fields = schedule.split()
    if len(fields) != len(_RANGES):
        raise ScheduleError(f"'{schedule}' is no cron expression of five fields, such as '*/30 * * * *' or 'H * * * *'")
    names = (f"{position} {account}" for position in range(len(fields)))
    expression = " ".join(
        _own(field, name, size, first=position in {2, 3})
        for position, (field, name, size) in enumerate(zip(fields, names, _RANGES, strict=True))
    )
    if not croniter.is_valid(expression):
        raise ScheduleError(f"'{schedule}' is no cron expression: a field has a value that it cannot have")
    return expression


def _own(field: str, name: str, size: int, *, first: bool) -> str:
    letter, _, step = field.partition("/")
    if letter != "H":
        return field
    chosen = zlib.crc32(name.encode())
    if not step:
        return str(chosen % size + first)
    if not step.isdigit() or not 0 < int(step) <= size:
        raise ScheduleError(f"'{field}' is no step: a number from 1 to {size} is needed after the slash")
    return f"{chosen % int(step) + first}-{size - 1 + first}/{step}"

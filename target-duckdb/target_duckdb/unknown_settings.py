"""Names that are not settings: an apparent misspelling of a setting is an error, any other has no effect."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from singer_sdk.exceptions import ConfigValidationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

PREFIX = "TARGET_DUCKDB_"


def unknown_names(given: Collection[str], settings: Collection[str]) -> Iterator[str]:
    """Find names in a configuration file that are not settings.

    Args:
        given: The names that have a value.
        settings: The names of all settings.

    Yields:
        One line for each unknown name.

    Raises:
        ConfigValidationError: Some are apparent misspellings of settings that have no value.
    """
    unset = [name for name in settings if name not in given]
    meant = {name: _meant_by(name, unset) for name in given if name not in settings}
    slips = [f"the setting {name} is not known; did you mean {setting}?" for name, setting in meant.items() if setting]
    if slips:
        raise ConfigValidationError("Config validation failed", errors=slips)
    for name in meant:
        yield f"the setting {name} is not known, and has no effect"


def unknown_variables(given: Collection[str], settings: Collection[str]) -> Iterator[str]:
    """Find environment variables, which any program may set, that look like misspellings of settings without a value.

    Args:
        given: The names that have a value.
        settings: The names of all settings.

    Yields:
        One line for each.
    """
    unset = [name for name in settings if name not in given]
    for variable in sorted(name for name in os.environ if name.startswith(PREFIX)):
        setting = _meant_by(variable.removeprefix(PREFIX), unset)
        if setting and variable != PREFIX + setting.upper():
            yield f"{variable} in the environment is no setting; did you mean {PREFIX}{setting.upper()}?"


def _meant_by(name: str, settings: Collection[str]) -> str | None:
    plain = name.lower().replace("-", "_")
    return next((setting for setting in settings if _is_one_slip_away(plain, setting)), None)


def _is_one_slip_away(name: str, setting: str) -> bool:
    """Whether the names differ by at most one missing, extra, wrong or transposed character."""
    differs = (at for at, (one, other) in enumerate(zip(name, setting, strict=False)) if one != other)
    same = next(differs, min(len(name), len(setting)))
    given, wanted = name[same:], setting[same:]
    return wanted in {given, given[1:], given[1:2] + given[:1] + given[2:]} or wanted[1:] in {given, given[1:]}

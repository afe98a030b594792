"""Unknown settings: an apparent typo of a setting's name is an error, anything else is ignored with a warning."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from singer_fanout.settings import environment_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class UnknownSettings:
    """The unknown names among a user's settings.

    Args:
        config: The settings as given, without defaults.
        settings: The names of all settings.
        plugin: The name of the tap.
    """

    def __init__(self, config: Mapping[str, Any], settings: Iterable[str], plugin: str) -> None:
        self._unset = [name for name in settings if config.get(name) is None]
        self._meant = {name: meant_by(name, self._unset) for name in config.keys() - set(settings)}
        self._plugin = plugin

    def errors(self) -> list[str]:
        """A line for each name that is a typo of a setting without a value."""
        return [
            f"The setting {name} is not known to {self._plugin}; did you mean {meant}?"
            for name, meant in sorted(self._meant.items())
            if meant
        ]

    def warnings(self, *, environment: bool) -> Iterator[str]:
        """Yield a line for each name that has no effect.

        Args:
            environment: Whether settings are read from the environment, too. As it is shared, only variables that are a
                typo of a setting without a value count.
        """
        for name in sorted(name for name, meant in self._meant.items() if not meant):
            yield f"The setting {name} is not known to {self._plugin}, and has no effect"
        prefix = environment_prefix(self._plugin)
        for variable in sorted(name for name in os.environ if environment and name.startswith(prefix)):
            meant = meant_by(variable.removeprefix(prefix), self._unset)
            if meant and variable != prefix + meant.upper():
                known = prefix + meant.upper()
                yield f"{variable} in the environment is no setting of {self._plugin}; did you mean {known}?"


def meant_by(name: str, settings: Iterable[str]) -> str | None:
    """The setting that a name is at most one typo away from; None if there is none.

    Args:
        name: The name as given; case and dashes do not count as typos.
        settings: The names of settings.
    """
    plain = name.lower().replace("-", "_")
    return next((setting for setting in settings if _is_one_slip_away(plain, setting)), None)


def _is_one_slip_away(name: str, setting: str) -> bool:
    """Whether at most one character is missing, extra, wrong, or swapped with its neighbour."""
    differs = (at for at, (one, other) in enumerate(zip(name, setting, strict=False)) if one != other)
    same = next(differs, min(len(name), len(setting)))
    given, wanted = name[same:], setting[same:]
    return wanted in {given, given[1:], given[1:2] + given[:1] + given[2:]} or wanted[1:] in {given, given[1:]}

"""The command line of a tap: what a user can mend is told in one line, without a traceback."""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

import msgspec
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import SingerCommand
from singer_sdk.singerlib import Catalog

from singer_fanout.errors import ApiError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import click

Read = TypeVar("Read")


class OneLineErrors(SingerCommand):
    """A command whose errors are one line each."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command; ends the process."""
        # What was imported stays: without this, every full collection would walk it all again.
        gc.freeze()
        try:
            return super().main(*args, **kwargs)
        except ApiError as error:
            self._say(str(error))
            sys.exit(error.exit_code)
        except ConfigValidationError as error:
            self._say(*error.errors, str(error))
            sys.exit(1)
        finally:
            gc.unfreeze()

    def invoke(self, ctx: click.Context) -> Any:
        """Run what the command line asks for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Python would try to flush standard output once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise ApiError("The target has closed the pipe; see its log for the reason") from None

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.logger.error("%s", line)


def read_settings(option: str, read: Callable[[], Read]) -> Read:
    """Read files of settings.

    Raises:
        SettingsError: One is not there or holds something else.
    """
    try:
        return read()
    except OSError as error:
        raise SettingsError(f"The file given with {option} cannot be read: {error}") from None
    except (TypeError, ValueError) as error:
        raise SettingsError(f"The file given with {option} does not hold a JSON object: {error}") from None


def checked_file(option: str, file: IO[str] | None) -> IO[str] | None:
    """The same file, after a look at what it holds.

    Raises:
        SettingsError: That is no JSON object.
    """
    if file is None:
        return None

    def read() -> str:
        text = file.read()
        msgspec.json.decode(text, type=dict)
        return text

    return io.StringIO(read_settings(option, read))


def checked_catalog(catalog: Mapping[str, Any] | Catalog | None) -> Catalog | None:
    """The catalog, after a look at whether it is one.

    Raises:
        SettingsError: It is not.
    """
    if catalog is None or isinstance(catalog, Catalog):
        return catalog
    try:
        entries = Catalog.from_dict(cast("dict[str, Any]", catalog))
        if all(entry.schema.to_dict().get("properties") for entry in entries.streams):
            return entries
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    raise SettingsError(
        'The catalog is not a Singer catalog ({"streams": [{"tap_stream_id": ..., "schema": {...}, ...}]}); '
        "make one with --discover."
    )

"""The command line of a tap: errors that a user can fix are one line each, without a traceback."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click
import msgspec
from singer_sdk.exceptions import ConfigValidationError, SingerSDKError
from singer_sdk.plugin_base import SingerCommand

from singer_fanout.errors import ApiError, MalformedError, SettingsError
from singer_fanout.settings import environment_prefix
from singer_fanout.writer import discard_output

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator

Read = TypeVar("Read")
BYTE_ORDER_MARK = "\ufeff"
"""Some editors put it at the start of a file."""
OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Instead of Python's 700: a one-megabyte page makes thousands of objects, none of them cyclic garbage. At 700, three
quarters of the time spent decoding it would go into collections."""
PARTS_OF_A_STATE = frozenset({"bookmarks", "currently_syncing"})
"""The keys that a state may have."""


class OneLineErrors(SingerCommand):
    """A command that reports each error in one line."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command and end the process with one of the documented exit codes."""
        try:
            with _rarely_collecting():
                return super().main(*args, **kwargs)
        except ApiError as error:
            self._say(*str(error).splitlines())
            if isinstance(error, MalformedError):
                self.logger.debug("Where it came from", exc_info=True)
            sys.exit(error.exit_code)
        except ConfigValidationError as error:
            self._say(*error.errors)
            sys.exit(ApiError.exit_code)
        except SingerSDKError as error:
            self._say(" ".join(str(error).split()))
            self.logger.debug("Where it came from", exc_info=True)
            sys.exit(ApiError.exit_code)
        except Exception as error:
            self._say(
                f"Unexpected {type(error).__name__}: {' '.join(str(error).split())}. If no setting explains it, please "
                f"report it, with the log that {environment_prefix(str(self.name))}LOGLEVEL=DEBUG gives"
            )
            self.logger.debug("Where it came from", exc_info=True)
            sys.exit(ApiError.exit_code)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments; an unreadable file is reported like a wrong setting."""
        try:
            return super().make_context(*args, **kwargs)
        except click.BadParameter as error:
            if error.param is None or not isinstance(error.param.type, click.File):
                raise
            raise SettingsError(f"The file given with {error.param.opts[0]} cannot be read: {error.message}") from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run what the command line asks for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            discard_output()
            raise ApiError("The target has closed the pipe; see its log for the reason") from None

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.logger.error("%s", line)


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    """Tune garbage collection for a tap: it decodes a lot, with few cycles, and its imports stay for good."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


class StateFile(click.File):
    """A file that may be missing, as the state is before the first run.

    Args:
        logger: Gets a line about a missing file.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self._logger = logger

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Open the file; returns None if it does not exist."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            if os.path.lexists(value):
                raise
            self._logger.warning("The file given with --state is not there: %s. This is a first run", value)
            return None


def read_settings(option: str, read: Callable[[], Read]) -> Read:
    """Read files of settings.

    Raises:
        SettingsError: A file is missing or is not a JSON object.
    """
    try:
        return read()
    except OSError as error:
        raise SettingsError(f"The file given with {option} cannot be read: {error}") from None
    except (RecursionError, TypeError, ValueError) as error:
        raise SettingsError(f"The file given with {option} does not hold a JSON object: {error}") from None


def checked_file(option: str, file: IO[str] | None) -> IO[str] | None:
    """Check the contents of a file and return it.

    Raises:
        SettingsError: It is not a JSON object.
    """
    if file is None:
        return None

    def read() -> str:
        text = file.read().removeprefix(BYTE_ORDER_MARK)
        msgspec.json.decode(text, type=dict)
        return text

    return io.StringIO(read_settings(option, read))


def checked_state(file: IO[str] | None, logger: logging.Logger) -> IO[str] | None:
    """Like `checked_file`, but None for an empty file, as a run that emitted no state leaves it."""
    if file is None:
        return None
    text = read_settings("--state", file.read)
    if text.removeprefix(BYTE_ORDER_MARK).strip():
        return checked_file("--state", io.StringIO(text))
    logger.warning("The file given with --state is empty: %s. This is a first run", file.name)
    return None


def is_state(state: object) -> bool:
    """Whether this can be a state written by a tap."""
    if not isinstance(state, dict) or (state.keys() and not state.keys() & PARTS_OF_A_STATE):
        return False
    bookmarks = state.get("bookmarks", {})
    return isinstance(bookmarks, dict) and all(map(_is_bookmark, bookmarks.values()))


def _is_bookmark(kept: object) -> bool:
    if not isinstance(kept, dict) or not isinstance(kept.get("progress_markers", {}), dict):
        return False
    partitions = kept.get("partitions", [])
    return isinstance(partitions, list) and all(map(_is_bookmark, partitions))

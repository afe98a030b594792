"""Keeps processes from outliving their run, by means of Linux, and finds those that are left over."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_LOOK_SECONDS = 0.05

# Loaded once: nothing may be imported between fork and exec.
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends; for use between fork and exec."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent dies, so that none escapes."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children_of(pid: int) -> list[int]:
    """All descendants of a process at this moment."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for task in _tasks(waiting.pop()):
            with suppress(OSError):
                children = [int(child) for child in (task / "children").read_text().split()]
                found += children
                waiting += children
    return found


def resident_bytes(pids: list[int]) -> int:
    """Total memory of these processes in bytes; shared pages count once for each process."""
    total = 0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            total += int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE_BYTES
    return total


def kill_descendants(sign: signal.Signals) -> None:
    """Send a signal to all descendants of this process."""
    for pid in children_of(os.getpid()):
        with suppress(ProcessLookupError):
            os.kill(pid, sign)


def end_descendants(grace: float) -> None:
    """End all descendants of this process, and return when none is left.

    Args:
        grace: Seconds they have to exit after SIGTERM; 0 kills them at once.
    """
    kill_descendants(signal.SIGTERM if grace else signal.SIGKILL)
    deadline = time.monotonic() + grace
    while reap():
        if time.monotonic() >= deadline:
            # Repeated: new descendants may have appeared in the meantime.
            kill_descendants(signal.SIGKILL)
        time.sleep(_LOOK_SECONDS)


def reap() -> bool:
    """Reap children that have exited.

    Returns:
        Whether any is left.
    """
    with suppress(ChildProcessError):
        while True:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return True
    return False


def kill_marked(variable: str, value: str) -> int:
    """Kill the processes that were started with an environment variable, except this one and its ancestors.

    Args:
        variable: Its name.
        value: Its value.

    Returns:
        Number of processes killed.
    """
    mark = f"{variable}={value}".encode()
    spared = {os.getpid(), *_ancestors(os.getpid())}
    killed = [pid for pid in _marked(mark) if pid not in spared]
    for pid in killed:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(_is_alive(pid) for pid in killed):
        time.sleep(_LOOK_SECONDS)
    return len(killed)


def _tasks(pid: int) -> list[Path]:
    with suppress(OSError):
        return list((_PROC / str(pid) / "task").iterdir())
    return []


def _marked(mark: bytes) -> Iterator[int]:
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            # Processes of other users cannot be read, and some exit in the meantime.
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)


def _stat(pid: int) -> list[str]:
    """State, parent and so on: the fields after the program's name, which may contain any character."""
    with suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return []


def _ancestors(pid: int) -> Iterator[int]:
    while stat := _stat(pid):
        pid = int(stat[1])
        yield pid


def _is_alive(pid: int) -> bool:
    stat = _stat(pid)
    return bool(stat) and stat[0] not in {"Z", "X"}

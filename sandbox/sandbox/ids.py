"""String ids: the same seed gives the same ids, and they do not sort by age."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def opaque_ids(seed: int, table: str, *, prefix: str, length: int) -> Callable[[int], str]:
    """A function that makes the id of the nth row of a table: a prefix, then lower-case letters and digits.

    Args:
        seed: The seed of the data.
        table: The table; the ids of two tables differ.
        prefix: The prefix of every id.
        length: How many characters follow.
    """

    def make(number: int) -> str:
        rest = int.from_bytes(_digest(seed, table, number), "big")
        digits = []
        for _ in range(length):
            rest, digit = divmod(rest, len(_DIGITS))
            digits.append(_DIGITS[digit])
        return prefix + "".join(digits)

    return make


def uuids(seed: int, table: str) -> Callable[[int], str]:
    """A function that makes the id of the nth row of a table: it looks like a random UUID."""
    return lambda number: str(UUID(bytes=_digest(seed, table, number)[:16], version=4))


def _digest(seed: int, table: str, number: int) -> bytes:
    return sha256(f"{seed} {table} {number}".encode()).digest()

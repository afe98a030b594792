"""How often Python searches for garbage while rows are read."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTAINERS = 20_000
"""As many as some pages hold; by default Python searches after 700."""


@contextmanager
def rare_collection() -> Iterator[None]:
    """Search for garbage less often, and not among what was there before.

    Rows are trees: they go as soon as nobody holds them. A page has thousands of objects, and a search after each few
    hundred of them finds nothing, at a fifth of the whole price of reading.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(max(CONTAINERS, usual[0]), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()

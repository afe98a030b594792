"""The servers that the taps read in the campaign, and the changes made at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chaos.sources.boxwatch import BoxWatchSource
from chaos.sources.cachet import CachetSource
from chaos.sources.instatus import InstatusSource
from chaos.sources.rootly import RootlySource
from chaos.sources.sigryl import SigrylSource

if TYPE_CHECKING:
    from chaos.sources.source import Source

__all__ = ["SOURCES"]

SOURCES: dict[str, type[Source]] = {
    "rootly": RootlySource,
    "instatus": InstatusSource,
    "cachet": CachetSource,
    "sigryl": SigrylSource,
    "boxwatch": BoxWatchSource,
}
"""By name; the slowest come first, so that none of them is left to the end."""

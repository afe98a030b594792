"""Which taps the demo runs, and how each finds its part of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox import Sandbox


@dataclass(frozen=True)
class Source:
    """One tap and its settings.

    Attributes:
        tap: Name of the extractor in ``meltano.yml``.
        schema: Schema of the database that receives its tables.
        settings: Makes the tap's environment variables for a running sandbox.
    """

    tap: str
    schema: str
    settings: Callable[[Sandbox], Mapping[str, str]]


def _cachet(box: Sandbox) -> Mapping[str, str]:
    return {"TAP_CACHET_API_URL": box.cachet.api_url, "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"]}


SOURCES = (Source("tap-cachet", "cachet", _cachet),)

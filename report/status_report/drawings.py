"""Chart rendering: the libraries embedded in the page, and static drawings for when no script runs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import vl_convert
from altair import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = max(
    (version for version in vl_convert.get_vegalite_versions() if version.startswith(SCHEMA_VERSION[1:3])),
    key=lambda version: int(version.partition(".")[2]),
)
"""The newest Vega-Lite version that vl-convert includes and Altair supports."""


@cache
def libraries() -> str:
    """Vega, Vega-Lite and vega-embed as one script that can be embedded in a page."""
    bundle: str = vl_convert.javascript_bundle(snippet="window.vegaEmbed = vegaEmbed;", vl_version=VERSION)
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def drawing(specification: Mapping[str, Any]) -> str:
    """Render a chart as SVG.

    Args:
        specification: The specification, with rows.
    """
    svg: str = vl_convert.vegalite_to_svg(dict(specification), vl_version=VERSION)
    return svg

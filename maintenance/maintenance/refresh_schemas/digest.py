"""The part of the provider's document that was read last: schemas can be derived from it without the document."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maintenance.refresh_schemas.shapes import Shape

DIGEST = Path(__file__).with_name("shapes.json.gz")


def kept_shapes(file: Path = DIGEST) -> dict[str, Shape]:
    """The shapes of the streams, as read last."""
    kept: dict[str, Shape] = json.loads(gzip.decompress(file.read_bytes()))
    return kept


def keep_shapes(shapes: Mapping[str, Shape], file: Path = DIGEST) -> None:
    """Store the shapes; the same shapes produce the same file."""
    text = json.dumps(shapes, separators=(",", ":"))
    file.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))

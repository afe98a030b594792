"""What was read of the provider's document last: with it, the schemas can be derived without the document."""

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
    """The shapes of the streams, as they were read last."""
    kept: dict[str, Shape] = json.loads(gzip.decompress(file.read_bytes()))
    return kept


def keep_shapes(shapes: Mapping[str, Shape], file: Path = DIGEST) -> None:
    """Keep the shapes; the same shapes give the same file."""
    text = json.dumps(shapes, separators=(",", ":"))
    file.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))

"""The records that BATCH messages refer to."""

from __future__ import annotations

import gzip
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

# The SDK offers no other access to the files its taps have written, wherever they are: its own sinks use this one.
from singer_sdk.helpers._batch import StorageTarget

from target_duckdb.errors import InputError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ROWS = 10_000

_encode = msgspec.json.Encoder(decimal_format="number").encode


def records_in_files(encoding: Any, manifest: Any) -> Iterator[bytes]:
    """Read the files of a BATCH message.

    Args:
        encoding: The message's description of their encoding: ``format`` is ``jsonl`` or ``parquet``, ``compression``
            is ``gzip``, ``none`` or absent.
        manifest: The URLs of the files.

    Yields:
        The records as JSON, in the order of the files.

    Raises:
        InputError: A file cannot be read, or has an unsupported encoding.
    """
    if not isinstance(encoding, dict) or not isinstance(manifest, list):
        raise InputError("a BATCH message has an object as its encoding and a list as its manifest")
    for url in manifest:
        yield from _records_in_file(str(url), encoding)


def _records_in_file(url: str, encoding: Mapping[str, Any]) -> Iterator[bytes]:
    try:
        yield from _read(url, encoding)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise InputError(f"cannot read the batch file {url}: {shorten(str(error))}") from error


def _read(url: str, encoding: Mapping[str, Any]) -> Iterator[bytes]:
    file_format, compression = encoding.get("format"), encoding.get("compression")
    folder, name = StorageTarget.split_url(url)
    with StorageTarget.from_url(folder).open(name, mode="rb") as file:
        if file_format == "parquet":
            yield from _records_in_parquet(file)
        elif file_format == "jsonl" and compression == "gzip":
            with gzip.open(file) as lines:
                yield from _not_blank(lines)
        elif file_format == "jsonl" and compression in {None, "none"}:
            yield from _not_blank(file)
        else:
            raise InputError(f"batch files of format {file_format!r} and compression {compression!r} are not supported")


def _not_blank(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line for line in lines if not line.isspace())


def _records_in_parquet(file: Any) -> Iterator[bytes]:
    # Few taps send Parquet files, and this import would slow down every start.
    from pyarrow import parquet  # noqa: PLC0415

    for batch in parquet.ParquetFile(file).iter_batches(batch_size=_ROWS):
        for record in batch.to_pylist():
            yield _encode({name: _as_json(value) for name, value in record.items()})


def _as_json(value: Any) -> Any:
    """Convert a value for JSON: times to text, bytes to base64. Decimals and text stay as they are."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    return value

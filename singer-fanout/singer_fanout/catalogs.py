"""The catalog passed to a run: validated before use, and completed with what the tap itself knows.

Catalogs are written by other programs and by hand. What an entry omits defaults to what `--discover` prints; what is
invalid is reported in one line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from singer_sdk.singerlib import Catalog, CatalogEntry, Metadata, MetadataMapping

from singer_fanout.errors import SettingsError

if TYPE_CHECKING:
    from singer_sdk import Stream

Method = Literal["FULL_TABLE", "INCREMENTAL"]
Kind = Literal["array", "boolean", "integer", "null", "number", "object", "string"]


class _Property(msgspec.Struct):
    type: Kind | list[Kind] | None = None
    properties: dict[str, _Property] | None = None
    items: _Property | None = None


class _Properties(msgspec.Struct):
    properties: dict[str, Any]


class _StreamChoices(msgspec.Struct, rename="kebab"):
    selected: bool | None = None
    selected_by_default: bool | None = None
    table_key_properties: list[str] | None = None
    replication_key: str | None = None
    replication_method: Method | None = None
    forced_replication_method: Method | None = None


class _Choices(msgspec.Struct):
    breadcrumb: list[str]
    metadata: _StreamChoices


class _Entry(msgspec.Struct):
    """The fields of an entry that the tap relies on; it may have more."""

    tap_stream_id: str
    schema: _Properties
    stream: str | None = None
    key_properties: list[str] | None = None
    replication_key: str | None = None
    replication_method: Method | None = None
    metadata: list[_Choices] = []

    @property
    def chosen_method(self) -> Method | None:
        """The replication method: that of the metadata, else that of the entry."""
        for choices in self.metadata:
            if not choices.breadcrumb:
                chosen = choices.metadata
                return chosen.replication_method or chosen.forced_replication_method or self.replication_method
        return self.replication_method


def is_selected(metadata: MetadataMapping) -> bool:
    """Whether a stream is selected, without looking at its fields."""
    root = metadata.get(())
    return root is None or MetadataMapping({(): root}).resolve_selection()[()]


def checked_catalog(catalog: Mapping[str, Any] | Catalog | None, warn: Callable[[str], object]) -> Catalog | None:
    """Validate the catalog; unusable entries of streams that are not selected are left out.

    Args:
        catalog: As passed to the tap.
        warn: Called for each entry that is left out.

    Raises:
        SettingsError: It is not a catalog, or a selected stream's entry is unusable.
    """
    if catalog is None or isinstance(catalog, Catalog):
        return catalog
    entries = catalog.get("streams")
    if not isinstance(entries, list) or not all(
        isinstance(entry, Mapping) and isinstance(entry.get("tap_stream_id"), str) for entry in entries
    ):
        raise SettingsError(
            'The catalog is not a Singer catalog ({"streams": [{"tap_stream_id": ..., "schema": {...}, ...}]}); '
            "make one with --discover."
        )
    for name, count in Counter(entry["tap_stream_id"] for entry in entries).items():
        if count > 1:
            raise SettingsError(f"The catalog has {count} entries of the stream '{name}'; leave one.")
    checked = {entry["tap_stream_id"]: _usable(entry, warn) for entry in entries}
    return Catalog({stream: entry for stream, entry in checked.items() if entry is not None})


def _usable(entry: Mapping[str, Any], warn: Callable[[str], object]) -> CatalogEntry | None:
    try:
        return _checked_entry(entry)
    except SettingsError as error:
        if not _is_deselected(entry.get("metadata")):
            raise
        warn(ignored(error))
        return None


def ignored(error: SettingsError) -> str:
    """The warning about an unusable entry of a stream that is not selected."""
    return f"{error} The stream is not selected, so the entry is ignored"


def _is_deselected(metadata: Any) -> bool:
    """Whether an otherwise unusable entry clearly marks its stream as not selected."""
    try:
        choices = msgspec.convert(metadata, type=list[_Choices])
    except msgspec.ValidationError:
        return False
    own = [each.metadata for each in choices if not each.breadcrumb]
    return any((each.selected_by_default if each.selected is None else each.selected) is False for each in own)


def _checked_entry(entry: Mapping[str, Any]) -> CatalogEntry:
    part = ""
    try:
        relied_on = msgspec.convert(entry, type=_Entry)
        for name, declared in relied_on.schema.properties.items():
            part = f"property '{name}': "
            msgspec.convert(declared, type=_Property)
        checked = CatalogEntry.from_dict(dict(entry))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise _unusable(entry["tap_stream_id"], f"{part}{error}") from None
    if not relied_on.schema.properties:
        raise _unusable(entry["tap_stream_id"], "its schema has no properties")
    checked.replication_method = relied_on.chosen_method
    return checked


def _unusable(stream: str, reason: str) -> SettingsError:
    return SettingsError(
        f"The catalog's entry of the stream '{stream}' cannot be used: {reason}. Make a catalog with --discover."
    )


def complete(entry: CatalogEntry, stream: Stream) -> None:
    """Fill in what the entry omits: the key, the replication key and whether the stream is selected.

    Args:
        entry: An entry of the catalog; modified in place.
        stream: Its stream, before the catalog is applied to it.

    Raises:
        SettingsError: The entry asks for what the stream cannot do.
    """
    if entry.metadata.get(()) is None:
        entry.metadata.root.selected = stream.selected_by_default
    entry.key_properties = list(entry.key_properties or entry.metadata.root.table_key_properties or stream.primary_keys)
    _check_replication(entry, stream)
    entry.replication_key = stream.replication_key
    fields = entry.schema.properties or {}
    for name in entry.key_properties:
        if name not in fields:
            raise _unusable(entry.tap_stream_id, f"its schema has no property '{name}', which is a part of its key")
    # Rows need these, whatever is selected.
    for needed in {*entry.key_properties, str(stream.replication_key)}:
        if (field := entry.metadata.get(("properties", needed))) is not None:
            field.inclusion = Metadata.InclusionType.AUTOMATIC


def _check_replication(entry: CatalogEntry, stream: Stream) -> None:
    """Raise for a replication key other than the stream's own: the API can filter by no other."""
    own, method = stream.replication_key, entry.replication_method
    foreign = {entry.replication_key, entry.metadata.root.replication_key} - {None, own}
    if method == "FULL_TABLE" or not (foreign or (own is None and method)):
        return
    asked = f"the replication key '{foreign.pop()}'" if foreign else f"the replication method {method}"
    able = f"knows '{own}' alone" if own else "is always read in full (FULL_TABLE)"
    raise _unusable(entry.tap_stream_id, f"it has {asked}, and this stream {able}")

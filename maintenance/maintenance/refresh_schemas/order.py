"""A readable order of columns: keys, names, states, times, the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

OWN_NUMBERS = ("sequential_id", "short_id")
NAMES = (
    "title",
    "name",
    "label",
    "full_name",
    "full_name_with_team",
    "first_name",
    "last_name",
    "email",
    "phone",
    "key",
    "value",
    "task",
    "event",
    "slug",
    "public_title",
    "summary",
    "description",
    "public_description",
)
STATES = (
    "status",
    "retrospective_progress_status",
    "parent_status",
    "state",
    "kind",
    "action",
    "type",
    "severity",
    "priority",
    "urgency",
    "source",
    "visibility",
    "private",
    "public",
    "enabled",
)
ENDINGS = ("_ids", "_id", "_names", "_name", "")
SAME_KIND = ("parent_", "duplicate_")
"""Prefixes of references to another resource of the same kind."""
LAST_TIMES = ("created_at", "updated_at", "deleted_at")


def ordered(
    columns: Mapping[str, Any], keys: Sequence[str], from_parent: Collection[str], resources: Collection[str]
) -> dict[str, Any]:
    """Sort columns for readers; columns without a rank keep their order.

    Args:
        columns: The columns in the order of the document.
        keys: The columns that identify a row.
        from_parent: Columns that come from the parent's row.
        resources: Singular names of the streams' resources: columns named after them are keys, too.
    """
    paired = _names_behind_ids(columns)
    times = [name for name in columns if columns[name].get("format") in {"date-time", "date"}]
    own_times = [name for name in times if name not in {*from_parent, *LAST_TIMES}]
    sequence = (
        *keys,
        *(name for name in from_parent if name not in times),
        *OWN_NUMBERS,
        *(name for name in paired if _refers(name, resources)),
        *NAMES,
        *STATES,
        *own_times,
        *LAST_TIMES,
        *times,
        *paired,
    )
    return {name: columns[name] for name in dict.fromkeys(sequence) if name in columns}


def _names_behind_ids(columns: Mapping[str, Any]) -> list[str]:
    """The columns in order, but with the names of a reference after its ids."""
    places = {name: place for place, name in enumerate(columns)}

    def rank(name: str) -> tuple[int, int]:
        stem, ending = _split(name)
        partner = f"{stem}_ids" if ending.endswith("s") else f"{stem}_id"
        return places.get(partner, places[name]), ENDINGS.index(ending)

    return sorted(columns, key=rank)


def _refers(name: str, resources: Collection[str]) -> bool:
    """Whether a column is the id or the name of a resource that has a stream."""
    stem, ending = _split(name)
    for word in SAME_KIND:
        stem = stem.removeprefix(word)
    return ending in {"_id", "_name"} and stem in resources


def _split(name: str) -> tuple[str, str]:
    """Split a reference into resource and ending: `severity` and `_id`; the ending is empty for any other column."""
    ending = next((ending for ending in ENDINGS if ending and name.endswith(ending)), "")
    return name[: len(name) - len(ending)], ending

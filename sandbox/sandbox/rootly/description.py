"""The documented API: routes, their parameters, and the shapes of their responses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from sandbox.rootly.fields import Field, Fields, parse_fields
from sandbox.rootly.undocumented import side_loaded_only, with_undocumented

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARAMETER = re.compile(r"\{(\w+)\}")
_ALL_ROWS_OF: Mapping[str, tuple[str, Any]] = {
    "/v1/causes/properties": ("catalog_type", "cause"),
    "/v1/environments/properties": ("catalog_type", "environment"),
    "/v1/functionalities/properties": ("catalog_type", "functionality"),
    "/v1/incident_types/properties": ("catalog_type", "incident_type"),
    "/v1/services/properties": ("catalog_type", "service"),
    "/v1/teams/properties": ("catalog_type", "team"),
    "/v1/schedules/{schedule_id}/override_shifts": ("is_override", True),
    "/v1/override_shifts/{id}": ("is_override", True),
}
"""Routes with only those rows of a table whose column has this value."""
PEOPLE = ("user", "in_triage_by", "started_by", "mitigated_by", "resolved_by", "closed_by", "cancelled_by")
"""Attributes of incidents that are documented as arbitrary objects, and are users as JSON:API documents."""


@dataclass(frozen=True)
class Read:
    """A GET route.

    Attributes:
        path: The template, such as `/v1/incidents/{incident_id}/events`.
        answers: `list` and `one` hold resources, `object` does not.
        table: The table of the resources, which is their type; empty if there are none.
        shape: The shape of their attributes.
        envelope: The fields of a list other than `data`: links, meta.
        relationships: Relationships that the resources always show: name to type, None for any type.
        include: The values of `include`; None if it is not accepted; empty if it is, with undocumented values.
        sort: The values of `sort`, in the same way.
        filters: The filters: name to operators, of which the empty one is the bare filter.
        page: The parameters of `page[...]`.
        query: Other parameters and whether they are required.
        parent_table: The table of the parent resource in the path, if any.
        parent_column: The column of its rows with the parent's id.
        only: A column and the value that its rows have; None for all rows.
        typed: Whether the resources have a `type`.
    """

    path: str
    answers: Literal["list", "one", "object"]
    table: str = ""
    shape: str = ""
    envelope: tuple[str, ...] = ()
    relationships: Mapping[str, str | None] = field(default_factory=dict)
    include: tuple[str, ...] | None = None
    sort: tuple[str, ...] | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: tuple[str, ...] = ()
    query: Mapping[str, bool] = field(default_factory=dict)
    parent_table: str = ""
    parent_column: str = ""
    only: tuple[str, Any] | None = None
    typed: bool = True

    @property
    def parameter(self) -> str:
        """The name of the parent's id in the path."""
        return _PARAMETER.findall(self.path)[0] if self.parent_table else ""


@dataclass(frozen=True)
class Write:
    """A route that changes something.

    Attributes:
        path: The template.
        method: The method.
        status: The status of success.
        takes: The attributes that a body may have.
        required: Those that it must have.
    """

    path: str
    method: str
    status: int
    takes: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


class Description:
    """All routes and shapes.

    Attributes:
        shapes: The fields of the shapes by name.
        documented: The same, as in the provider's API description.
        reads: The GET routes by template.
        side_loaded: Pseudo-routes of resources without a route, by table.
        writes: The other routes.
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.documented: dict[str, Fields] = {name: parse_fields(value) for name, value in described["shapes"].items()}
        undocumented = with_undocumented(described["shapes"])
        self.shapes: dict[str, Fields] = {name: parse_fields(value) for name, value in undocumented.items()}
        self.shapes["incident"] = {**self.shapes["incident"], **dict.fromkeys(PEOPLE, _PERSON)}
        routes = described["routes"]
        self._types = {
            part["get"]["shape"]: part["get"]["type"] for part in routes.values() if "type" in part.get("get", {})
        }
        self._types |= {shape: table for table, shape in side_loaded_only().items()}
        self.side_loaded = {
            table: Read("", "one", table=table, shape=shape) for table, shape in side_loaded_only().items()
        }
        self.reads = {path: self._read(path, routes) for path, part in routes.items() if "get" in part}
        self.writes = [
            Write(
                path, method.upper(), value["status"], *(tuple(value.get(name, ())) for name in ("takes", "required"))
            )
            for path, part in routes.items()
            for method, value in part.items()
            if method != "get"
        ]

    def table_of(self, shape: str) -> str | None:
        """The table whose rows have this shape; None if it only occurs inside other rows."""
        return _PEOPLE_SHAPES.get(shape) or self._types.get(shape)

    def shapes_of(self, table: str) -> list[str]:
        """The shapes of a table's rows."""
        return [shape for shape in self.shapes if self.table_of(shape) == table]

    @property
    def tables(self) -> list[str]:
        """The types of all resources."""
        return sorted(set(self._types.values()) | {read.table for read in self.reads.values() if read.table})

    def collection(self, path: str) -> Read:
        """The route of a list."""
        return self.reads[path]

    def _read(self, path: str, routes: Mapping[str, Any]) -> Read:
        get = routes[path]["get"]
        parent = self._parent(path, routes)
        shape = get.get("shape", "")
        return Read(
            path=path,
            answers=get["answers"],
            table=get.get("type") or self._types.get(shape, ""),
            shape=shape,
            envelope=tuple(get.get("envelope", ())),
            relationships=get.get("relationships", {}),
            include=_optional(get, "include"),
            sort=_optional(get, "sort"),
            filters={name: tuple(operators) for name, operators in get.get("filter", {}).items()},
            page=tuple(get.get("page", ())),
            query={name: value.get("required", False) for name, value in get.get("query", {}).items()},
            parent_table=parent[0],
            parent_column=parent[1],
            only=_ALL_ROWS_OF.get(path),
            typed="type" in get,
        )

    def _parent(self, path: str, routes: Mapping[str, Any]) -> tuple[str, str]:
        """The table and column of the parent in a path, or two empty strings."""
        names = _PARAMETER.findall(path)
        if not names or path.endswith(f"{{{names[0]}}}"):
            return "", ""
        prefix = path[: path.index("{")]
        one = routes.get(f"{prefix}{{id}}", {}).get("get")
        if one is None or "shape" not in one:
            return "", ""
        table = one.get("type") or self._types[one["shape"]]
        return table, f"{singular(table)}_id" if names[0] == "id" else names[0]


def _optional(get: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    return tuple(get[name]) if name in get else None


def singular(name: str) -> str:
    """The singular of a name: `incident_roles` gives `incident_role`; anything but a plural is unchanged."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith("statuses"):
        return name[:-2]
    return name if name.endswith("status") else name.removesuffix("s")


_PERSON = Field("document", nullable=True, shape="user", type="users")
_PEOPLE_SHAPES = {"user_flat_response": "users", "alert_event_user": "users"}


@cache
def description() -> Description:
    """The description in the package."""
    text = files("sandbox.rootly").joinpath("routes.json").read_bytes()
    return Description(cast("Mapping[str, Any]", msgspec.json.decode(text)))

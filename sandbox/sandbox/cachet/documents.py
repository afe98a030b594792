"""JSON:API documents: resources, includes, and page links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.cachet.labels import COMPONENT_STATUS, labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sandbox.cachet.resources import Related, Resource
    from sandbox.cachet.view import View
    from sandbox.tables import Row

IncludeTree: TypeAlias = "dict[str, IncludeTree]"
Document: TypeAlias = "dict[str, Any]"


class DocumentBuilder:
    """Builds the documents of one response.

    Args:
        view: The context of the response.
        resources: The resource types by name.
        tree: The relations to include, nested.
        extras: Additional attributes of the primary resources, such as `meta`.
        fieldsets: The attributes to show, by JSON:API type; a type that is missing shows all.
    """

    def __init__(
        self,
        view: View,
        resources: Mapping[str, Resource],
        tree: IncludeTree | None = None,
        extras: AbstractSet[str] = frozenset(),
        fieldsets: Mapping[str, AbstractSet[str]] | None = None,
    ) -> None:
        self._view = view
        self._resources = resources
        self._tree = tree or {}
        self._extras = extras
        self._fieldsets = fieldsets or {}
        self._included: dict[tuple[str, int], Document] = {}

    def single(self, name: str, row: Row) -> Document:
        """The document of one resource."""
        return self._with_included({"data": self._primary(name, row)})

    def page(self, name: str, rows: Iterable[Row], frame: Mapping[str, Any]) -> Document:
        """The document of a page of resources; `frame` holds its links and its meta."""
        return self._with_included({"data": [self._primary(name, row) for row in rows], **frame})

    def _with_included(self, document: Document) -> Document:
        if self._included:
            document["included"] = list(self._included.values())
        return document

    def _primary(self, name: str, row: Row) -> Document:
        document = self._resource(self._resources[name], row, self._extras)
        if self._tree:
            document["relationships"] = self._relationships(name, row, self._tree)
        return document

    def _resource(self, resource: Resource, row: Row, extras: AbstractSet[str]) -> Document:
        attributes = resource.attributes(self._view, row, extras)
        wanted = self._fieldsets.get(resource.type)
        if wanted is not None:
            attributes = {name: value for name, value in attributes.items() if name in wanted}
        return {"id": str(row["id"]), "type": resource.type, "attributes": attributes}

    def _relationships(self, name: str, row: Row, tree: IncludeTree) -> Document:
        """Link and include a row's relations: first its own, then theirs."""
        links: Document = {}
        nested: list[tuple[str, Sequence[Related], IncludeTree]] = []
        for relation_name, relation in self._resources[name].relations.items():
            if relation_name not in tree:
                continue
            related = relation.load(self._view, row)
            kind = self._resources[relation.resource]
            identifiers = [{"type": kind.type, "id": str(item.row["id"])} for item in related]
            links[relation_name] = {"data": identifiers if relation.many else next(iter(identifiers), None)}
            fresh = [item for item in related if self._include(kind, item)]
            if tree[relation_name]:
                nested.append((relation.resource, fresh, tree[relation_name]))
        for resource, items, subtree in nested:
            for item in items:
                included = self._included[self._resources[resource].type, item.row["id"]]
                included["relationships"] = self._relationships(resource, item.row, subtree)
        return links

    def _include(self, kind: Resource, item: Related) -> bool:
        """Include a related row unless it is already included: the first owner's link status is kept."""
        key = (kind.type, item.row["id"])
        if key in self._included:
            return False
        document = self._resource(kind, item.row, frozenset())
        if item.pivot_status is not None and kind.type == "components":
            pivot = {"component_status": labelled(item.pivot_status, COMPONENT_STATUS)}
            document["attributes"]["pivot"] = pivot
        self._included[key] = document
        return True


def page_frame(path: str, page: int, per_page: int, count: int, *, more: bool) -> Document:
    """Links and meta of a page; missing `prev` and `next` links are absent, not null.

    As on the real server, the links contain only the page: all other parameters are dropped.

    Args:
        path: The list's URL without a query.
        page: The number of the page.
        per_page: How many rows a page has.
        count: How many rows this page has.
        more: Whether there is a next page.
    """
    links = {"first": f"{path}?page=1"}
    if page > 1:
        links["prev"] = f"{path}?page={page - 1}"
    if more:
        links["next"] = f"{path}?page={page + 1}"
    first = (page - 1) * per_page + 1
    return {
        "links": links,
        "meta": {
            "current_page": page,
            "current_page_url": f"{path}?page={page}",
            "from": first if count else None,
            "path": path,
            "per_page": per_page,
            "to": first + count - 1 if count else None,
        },
    }

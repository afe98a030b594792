"""The context of a response: the data, the settings, the viewer and the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.cachet.settings import CachetSettings
    from sandbox.cachet.status import LatestStatus
    from sandbox.cachet.store import CachetStore
    from sandbox.cachet.times import Clock
    from sandbox.cachet.viewers import Viewer
    from sandbox.tables import Row, Table


@dataclass(frozen=True)
class View:
    """The context of one response.

    Attributes:
        store: The data.
        settings: The server's settings.
        viewer: The sender of the request.
        clock: The time and the zone.
        latest: The computed status of components.
        scoped: False shows everything that is not deleted, as the older core does.
    """

    store: CachetStore
    settings: CachetSettings
    viewer: Viewer
    clock: Clock
    latest: LatestStatus
    scoped: bool = True

    def table(self, name: str) -> Table:
        """A table of the store."""
        return self.store.tables[name]

    def sees_group(self, row: Row) -> bool:
        """Whether a component group, or a metric, is shown."""
        return not self.scoped or self.viewer.sees(row["visible"])

    def sees_component(self, row: Row) -> bool:
        """Whether a component is shown: not deleted, its group shown, enabled or the viewer no guest."""
        if row["deleted_at"] is not None:
            return False
        if not self.scoped:
            return True
        if not row["enabled"] and self.viewer.token is None:
            return False
        if row["component_group_id"] is None:
            return True
        group = self.table("component_groups").get(row["component_group_id"])
        return group is None or self.viewer.sees(group["visible"])

    def sees_incident(self, row: Row) -> bool:
        """Whether an incident is shown: not deleted, visible, published or the viewer its manager."""
        if row["deleted_at"] is not None:
            return False
        if not self.scoped:
            return True
        return self.viewer.sees(row["visible"]) and self.viewer.sees_published(
            row["published_at"], self.clock.now, "incidents.manage"
        )

    def sees_schedule(self, row: Row) -> bool:
        """Whether a schedule is shown: not deleted, published or the viewer its manager."""
        if row["deleted_at"] is not None:
            return False
        return not self.scoped or self.viewer.sees_published(row["published_at"], self.clock.now, "schedules.manage")

    def sees_row(self, row: Row) -> bool:
        """Whether a row without a specific rule is shown."""
        return row.get("deleted_at") is None

"""Components and the groups they stand in, which are components too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_instatus.client import InstatusFanOutStream

if TYPE_CHECKING:
    from tap_instatus.tap import TapInstatus


class Components(InstatusFanOutStream):
    """The parts of a service whose state is shown, and the headings above them."""

    name = "components"
    path = "/v1/{page_id}/components"

    def __init__(self, tap: TapInstatus) -> None:
        self.path = f"/v{tap.setting('components_api_version')}/{{page_id}}/components"
        super().__init__(tap)

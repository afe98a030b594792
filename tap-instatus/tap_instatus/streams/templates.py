"""Templates for incidents and maintenances."""

from __future__ import annotations

from tap_instatus.client import InstatusFanOutStream


class Templates(InstatusFanOutStream):
    """A template that incidents and maintenances can be created from."""

    name = "templates"
    path = "/v1/{page_id}/templates"

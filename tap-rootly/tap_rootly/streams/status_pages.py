"""Status pages."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream


class StatusPages(RootlyListStream):
    """A status page."""

    name = "status_pages"
    path = "/v1/status-pages"


class StatusPageTemplates(RootlyFanOutStream):
    """A template for status page updates."""

    name = "status_page_templates"
    path = "/v1/status-pages/{status_page_id}/templates"
    parent_stream = "status_pages"
    parent_fields = {"status_page_id": "id"}

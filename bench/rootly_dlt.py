"""Rootly's incidents with their child resources, read with dlt's `rest_api` source, as its documentation shows.

Run by the Python of dlt's own environment: `python rootly_dlt.py API_URL TOKEN FOLDER`. Imports nothing of ours.
"""

from __future__ import annotations

import sys
from typing import Any

import dlt  # type: ignore[import-not-found]
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]

CHILDREN = ("action_items", "alerts", "events", "feedbacks", "form_field_selections", "sub_statuses")


def source(api_url: str, token: str) -> Any:
    """The incidents, and a resource for each kind of child, read in parallel."""
    return rest_api_source(
        {
            "client": {
                "base_url": f"{api_url}/v1/",
                "auth": {"type": "bearer", "token": token},
                "paginator": {
                    "type": "page_number",
                    "base_page": 1,
                    "page_param": "page[number]",
                    "total_path": "meta.total_pages",
                },
            },
            "resource_defaults": {"primary_key": "id", "write_disposition": "merge", "parallelized": True},
            "resources": [
                {
                    "name": "incidents",
                    "endpoint": {
                        "path": "incidents",
                        "params": {"page[size]": 100, "sort": "updated_at"},
                        "data_selector": "data",
                        "incremental": {
                            "cursor_path": "attributes.updated_at",
                            "start_param": "filter[updated_at][gte]",
                            "initial_value": "2020-01-01T00:00:00.000Z",
                        },
                    },
                },
                *(_children(name) for name in CHILDREN),
            ],
        }
    )


def _children(name: str) -> dict[str, Any]:
    endpoint: dict[str, Any] = {"path": f"incidents/{{resources.incidents.id}}/{name}", "data_selector": "data"}
    if name == "alerts":
        # This list is not paginated.
        endpoint["paginator"] = {"type": "single_page"}
    else:
        endpoint["params"] = {"page[size]": 100}
    return {"name": f"incident_{name}", "endpoint": endpoint, "include_from_parent": ["id"]}


if __name__ == "__main__":
    address, key, folder = sys.argv[1:]
    pipeline = dlt.pipeline("bench", destination="duckdb", dataset_name="rootly", pipelines_dir=folder)
    pipeline.extract(source(address, key))

"""Cachet's incidents into DuckDB with dlt's `rest_api` source, written as in its documentation.

Run by the Python of dlt's own environment: `python cachet_dlt.py API_URL DATABASE FOLDER [FILE_FORMAT]`; without a
format, in dlt's default. Imports nothing of ours.
"""

from __future__ import annotations

import sys
from typing import Any

import dlt  # type: ignore[import-not-found]
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]


def source(api_url: str) -> Any:
    """The whole list in a fixed order, page by page; the table is replaced by it."""
    return rest_api_source(
        {
            "client": {
                "base_url": f"{api_url}/",
                # The link to the next page drops the sort order and the page size, and there is no total.
                "paginator": {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": None},
            },
            "resources": [
                {
                    "name": "incidents",
                    "primary_key": "id",
                    "write_disposition": "replace",
                    # One column, as in our tap, instead of a table for each list in it.
                    "columns": {"attributes__meta": {"data_type": "json"}},
                    "endpoint": {
                        "path": "incidents",
                        "params": {"sort": "id", "include": "components,updates,user,meta", "per_page": 100},
                        "data_selector": "data",
                    },
                },
            ],
        }
    )


if __name__ == "__main__":
    address, database, folder, *file_format = sys.argv[1:]
    pipeline = dlt.pipeline(
        "bench", destination=dlt.destinations.duckdb(database), dataset_name="main", pipelines_dir=folder
    )
    pipeline.run(source(address), loader_file_format=file_format[0] if file_format else None)

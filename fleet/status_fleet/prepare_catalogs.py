"""Prepares the catalogs of all extractors of a Meltano project, as the last step of building an image.

    python -m status_fleet.prepare_catalogs --project . --into catalogs
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from status_fleet.catalogs import PreparedCatalogs, project_extractors


def main(arguments: Sequence[str] | None = None) -> None:
    """Prepare them, and name each.

    Args:
        arguments: The command line.
    """
    parser = argparse.ArgumentParser(prog="python -m status_fleet.prepare_catalogs", description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path(), help="folder of the Meltano project")
    parser.add_argument("--into", type=Path, required=True, help="folder of the catalogs")
    parser.add_argument("--meltano", default="meltano", help="Meltano's program")
    parser.add_argument("extractors", nargs="*", help="extractors of the project; all, unless some are named")
    given = parser.parse_args(arguments)
    project = given.project.resolve()
    catalogs = PreparedCatalogs(given.into.resolve(), project)
    for file in catalogs.prepare_all(given.extractors or project_extractors(project), given.meltano):
        sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()

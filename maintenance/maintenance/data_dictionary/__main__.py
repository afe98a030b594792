"""Write the data dictionary and the entity diagrams, or check that they are current.

The taps describe their tables themselves; the models are described in the manifest that `dbt parse` writes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from maintenance.data_dictionary.diagrams import diagrams_page
from maintenance.data_dictionary.models import marts
from maintenance.data_dictionary.pages import page
from maintenance.data_dictionary.streams import products
from maintenance.pages import write_or_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from maintenance.data_dictionary.tables import Chapter

REPOSITORY = Path(__file__).resolve().parents[3]
DOCS = REPOSITORY / "docs"
DICTIONARY, DIAGRAMS = Path("data-dictionary"), Path("diagrams")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 1 if `--check` finds a page that is not current."""
    description = "Write the data dictionary and the entity diagrams into docs/."
    parser = argparse.ArgumentParser(prog="data-dictionary", description=description)
    parser.add_argument("--manifest", type=Path, help="dbt's manifest of the models; without it, the taps' tables only")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is not current")
    options = parser.parse_args(arguments)
    chapters = products()
    if options.manifest:
        chapters.append(marts(json.loads(options.manifest.read_text())))
    outdated = differences(DOCS, made(chapters))
    return write_or_check(outdated, REPOSITORY, "data-dictionary", check=options.check)


def made(chapters: Iterable[Chapter]) -> dict[Path, str]:
    """The pages as they should be, by their path relative to `docs/`.

    Args:
        chapters: The chapters.
    """
    pages = {}
    for chapter in chapters:
        pages[DICTIONARY / f"{chapter.name}.md"] = page(chapter)
        pages[DIAGRAMS / f"{chapter.name}.md"] = diagrams_page(chapter)
    return pages


def differences(docs: Path, pages: Mapping[Path, str]) -> dict[Path, str]:
    """The pages of a folder that are not current, with the texts that they should have.

    Args:
        docs: The folder.
        pages: The pages as they should be, by their path relative to it.
    """
    return {
        docs / path: text
        for path, text in pages.items()
        if not (docs / path).is_file() or (docs / path).read_text() != text
    }


if __name__ == "__main__":
    raise SystemExit(main())

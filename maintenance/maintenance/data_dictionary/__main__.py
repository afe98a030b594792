"""Write the data dictionary and the entity diagrams, or check that they are current."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from maintenance.data_dictionary.diagrams import diagrams_page
from maintenance.data_dictionary.pages import contents_page, page
from maintenance.data_dictionary.streams import products

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from maintenance.data_dictionary.tables import Chapter

REPOSITORY = Path(__file__).resolve().parents[3]
DOCS = REPOSITORY / "docs"
DICTIONARY = Path("data-dictionary")
TITLE = "Data dictionary"
INTRODUCTION = """\
Every table and column that the taps make. [Entity diagrams](../diagrams.md) show how the tables belong together."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 1 where `--check` finds a page that is not current."""
    description = "Write the data dictionary and the entity diagrams into docs/."
    parser = argparse.ArgumentParser(prog="data-dictionary", description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is not current")
    check = parser.parse_args(arguments).check
    outdated = differences(DOCS, made(products()))
    for path, text in outdated.items():
        name = path.relative_to(REPOSITORY)
        if check:
            print(f"{name} is not current; run data-dictionary", file=sys.stderr)  # noqa: T201
        else:
            _put(path, text)
            print(f"{'removed' if text is None else 'wrote'} {name}")  # noqa: T201
    return 1 if check and outdated else 0


def made(chapters: Sequence[Chapter]) -> dict[Path, str]:
    """The pages as they must be, by their path in `docs/`.

    Args:
        chapters: What they describe.
    """
    return {
        DICTIONARY / "README.md": contents_page(TITLE, INTRODUCTION, chapters),
        **{DICTIONARY / f"{chapter.name}.md": page(chapter) for chapter in chapters},
        Path("diagrams.md"): diagrams_page(chapters),
    }


def differences(docs: Path, files: Mapping[Path, str]) -> dict[Path, str | None]:
    """What a folder has to become: the texts of its pages that are not current, None for what is to go.

    Args:
        docs: The folder.
        files: The pages as they must be, by their path in it.
    """
    there = {path.relative_to(docs): path.read_text() for path in docs.glob(f"{DICTIONARY}/*.md")}
    stale = {path: None for path in there if path not in files}
    diagrams = {path: (docs / path).read_text() for path in files if path not in there and (docs / path).is_file()}
    now = {**there, **diagrams}
    return {docs / path: text for path, text in {**files, **stale}.items() if now.get(path) != text}


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    raise SystemExit(main())

"""Write the generated regions of the documentation's pages, or check that they are current."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tap_cachet.tap import TapCachet
from tap_instatus.tap import TapInstatus
from tap_rootly.tap import TapRootly
from tap_statuspages.tap import TapStatusPages
from target_duckdb.target import TargetDuckDB

from maintenance.data_dictionary.streams import products
from maintenance.pages import write_or_check
from maintenance.site.plugins import capabilities, settings, streams
from maintenance.site.readmes import costs
from maintenance.site.regions import filled
from maintenance.site.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

REPOSITORY = Path(__file__).resolve().parents[3]
DOCS = REPOSITORY / "docs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 1 if `--check` finds a page that is not current."""
    parser = argparse.ArgumentParser(prog="documentation-pages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is not current")
    options = parser.parse_args(arguments)
    outdated = differences(DOCS, regions(REPOSITORY))
    return write_or_check(outdated, REPOSITORY, "documentation-pages", check=options.check)


def differences(docs: Path, made: Mapping[str, Mapping[str, Callable[[], str]]]) -> dict[Path, str]:
    """The pages that are not current, with the texts that they should have.

    Args:
        docs: The folder.
        made: The functions that make the regions of each page, by the page's path relative to the folder.
    """
    texts = {docs / page: (docs / page).read_text() for page in made}
    wanted = {path: filled(texts[path], made[path.relative_to(docs).as_posix()]) for path in texts}
    return {path: text for path, text in wanted.items() if text != texts[path]}


def regions(repository: Path) -> dict[str, dict[str, Callable[[], str]]]:
    """The functions that make the regions of each page.

    Args:
        repository: The root of the repository.
    """
    chapters = {chapter.name: chapter for chapter in products()}

    def streams_of(tap: str, product: str, heading: str | None = None) -> str:
        return streams(chapters[product], costs((repository / tap / "README.md").read_text(), heading))

    made: dict[str, dict[str, Callable[[], str]]] = {
        f"taps/{product}.md": {
            "settings": partial(settings, plugin),
            "capabilities": partial(capabilities, plugin),
        }
        for product, plugin in {
            "cachet": TapCachet,
            "instatus": TapInstatus,
            "rootly": TapRootly,
            "statuspages": TapStatusPages,
        }.items()
    }
    for product in ("cachet", "instatus", "rootly"):
        made[f"taps/{product}.md"]["streams"] = partial(streams_of, f"tap-{product}", product)
    for product, label in {"sigryl": "Sigryl", "boxwatch": "BoxWatch"}.items():
        made["taps/statuspages.md"][f"streams of {product}"] = partial(streams_of, "tap-statuspages", product, label)
    made["loader.md"] = {"settings": partial(settings, TargetDuckDB)}
    made["compatibility.md"] = {"versions": partial(versions, repository)}
    return made


if __name__ == "__main__":
    raise SystemExit(main())

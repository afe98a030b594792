"""The pages of the documentation say what the plugins say, and their links lead somewhere on GitHub and the site."""

from __future__ import annotations

import re
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import yaml
from maintenance.data_dictionary.streams import products
from maintenance.site import hooks
from maintenance.site.__main__ import DOCS, REPOSITORY, main
from maintenance.site.changes import changes
from maintenance.site.readmes import costs
from maintenance.site.regions import UnknownRegionError, filled, table
from maintenance.site.versions import versions

if TYPE_CHECKING:
    from pathlib import Path

    from maintenance.data_dictionary.tables import Table

TAP_PAGES = {
    "cachet": "cachet",
    "instatus": "instatus",
    "rootly": "rootly",
    "sigryl": "statuspages",
    "boxwatch": "statuspages",
}
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
README = """
## Streams of Sigryl

| stream | key | replication | requests a run | |
|---|---|---|---|---|
| `status_pages` | `slug` | full table | 1 per page ¹ | |

¹ Every stream needs
the slug.

## Streams of BoxWatch

| `status_pages` | `id` | full table | 1 per account | ² |

² Another key.
"""


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()) if not link.startswith("https://")]


@pytest.fixture(scope="module")
def tables() -> dict[str, list[Table]]:
    """The tables of each product."""
    return {chapter.name: list(chapter.tables) for chapter in products()}


def test_the_pages_are_what_the_plugins_say_today(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("product", TAP_PAGES)
def test_every_stream_that_is_off_is_named_with_a_reason(product: str, tables: dict[str, list[Table]]) -> None:
    off = {each.name for each in tables[product] if "off by default" in each.notes}
    text = (DOCS / "taps" / f"{TAP_PAGES[product]}.md").read_text()
    named = set(re.findall(r"`([a-z_]+)`", text.split("## Off by default")[1].split("\n## ")[0]))
    assert off <= named
    assert named & {each.name for each in tables[product]} == off


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    path = DOCS / page
    for link in links(path):
        target, _, anchor = link.partition("#")
        leads = (path.parent / target).resolve() if target else path
        assert leads.exists(), link
        if anchor:
            assert anchor in anchors(leads), link


def test_every_page_is_in_the_contents_of_the_site() -> None:
    # What mkdocs alone understands begins with an exclamation mark.
    configuration = re.sub(r"!!python/\S+", "", (REPOSITORY / "mkdocs.yml").read_text())
    named = re.findall(r"[\w/.-]+\.md", yaml.safe_dump(yaml.safe_load(configuration)["nav"]))
    assert sorted(named) == PAGES


def test_a_region_is_filled_and_the_rest_stays() -> None:
    text = "before\n\n<!-- generated: settings -->\nold\n<!-- generated: end -->\n\nafter\n"
    once = filled(text, {"settings": lambda: "new\n"})
    assert once == "before\n\n<!-- generated: settings -->\n\nnew\n\n<!-- generated: end -->\n\nafter\n"
    assert filled(once, {"settings": lambda: "new\n"}) == once


def test_a_region_that_nobody_generates_is_an_error() -> None:
    with pytest.raises(UnknownRegionError, match="nobody generates 'colours'"):
        filled("<!-- generated: colours -->\n<!-- generated: end -->\n", {"settings": str})


def test_costs_are_those_of_one_product_with_the_notes_that_they_need() -> None:
    sigryl, boxwatch = costs(README, "Sigryl"), costs(README, "BoxWatch")
    assert sigryl.chapters == {"Streams of Sigryl": {"status_pages": "1 per page ¹"}}
    assert sigryl.notes == {"¹": "Every stream needs the slug."}
    assert boxwatch.chapters == {"Streams of BoxWatch": {"status_pages": "1 per account"}}
    assert boxwatch.notes == {}


def test_a_table_has_a_line_under_its_head() -> None:
    assert table(("a", "b"), [("1", "")]) == "| a | b |\n|---|---|\n| 1 | |"


def test_changes_stand_by_version_and_package_newest_first(tmp_path: Path) -> None:
    for package, text in {
        "tap-x": "# Changelog\n\n## 0.10.0 - unreleased\n\n### Added\n\n- A stream.\n\n## 0.9.0\n\nThe first.\n",
        "tap-y": "# Changelog\n\n## 0.9.0\n\nThe first one.\n",
    }.items():
        (tmp_path / package).mkdir()
        (tmp_path / package / "CHANGELOG.md").write_text(text)
    assert [line for line in changes(tmp_path).splitlines() if line] == [
        "## 0.10.0",
        "### tap-x 0.10.0, unreleased",
        "**Added**",
        "- A stream.",
        "## 0.9.0",
        "### tap-x 0.9.0",
        "The first.",
        "### tap-y 0.9.0",
        "The first one.",
    ]


def test_versions_come_from_the_files_that_decide_them() -> None:
    text = versions(REPOSITORY)
    for row in (r"Python \| 3\.10 and newer \| 3\.10, .*3\.14: all tests", r"DuckDB \| 1\.4 .*\d: all tests"):
        assert re.search(row, text)


def on_site(markdown: str, src: str = "taps/cachet.md") -> str:
    config = {"docs_dir": str(DOCS), "extra": {"repository": "https://example.com/x"}}
    return hooks.on_page_markdown(markdown, page=SimpleNamespace(file=SimpleNamespace(src_uri=src)), config=config)


def test_links_out_of_the_documentation_lead_to_the_repository(caplog: pytest.LogCaptureFixture) -> None:
    assert on_site("[a](../../tap-cachet/README.md#streams) [b](../loader.md) [c](../../hub)") == (
        "[a](https://example.com/x/blob/main/tap-cachet/README.md#streams) [b](../loader.md) "
        "[c](https://example.com/x/tree/main/hub)"
    )
    assert not caplog.records
    on_site("[a](../../nowhere.md)")
    assert [record.getMessage() for record in caplog.records] == [
        "taps/cachet.md links to ../../nowhere.md, which does not exist"
    ]


def test_the_site_shows_the_changelogs_where_the_page_asks_for_them() -> None:
    text = (DOCS / "changes.md").read_text()
    assert hooks.CHANGELOGS in text
    assert "### tap-cachet 0.1.0" in on_site(text, "changes.md")

"""Makes a site of pages that are also read on GitHub: links that leave `docs/`, changelogs, and diagrams.

mkdocs calls these functions with keyword arguments. Its types are not imported here, because it is only installed where
the site is built.
"""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maintenance.site.changes import changes

if TYPE_CHECKING:
    from collections.abc import Mapping

LINK = re.compile(r"\]\((?P<target>\.\./[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
CHANGELOGS = "<!-- The site shows the changelogs here. -->"
MERMAID = Path("output/mermaid.js")

# With `strict`, mkdocs fails on warnings of loggers below its own.
log = logging.getLogger("mkdocs.hooks.links")


def on_page_markdown(markdown: str, *, page: Any, config: Mapping[str, Any], **_: object) -> str:
    """Point links that leave `docs/` to the repository, and insert the changelogs where a page has a mark for them.

    Args:
        markdown: The text of the page.
        page: The page.
        config: The configuration of the site.
    """
    docs = Path(config["docs_dir"])
    folder = (docs / page.file.src_uri).parent

    def led(match: re.Match[str]) -> str:
        target = (folder / match["target"]).resolve()
        if target.is_relative_to(docs):
            return match[0]
        if not target.exists():
            log.warning("%s links to %s, which does not exist", page.file.src_uri, match["target"])
        kind = "tree" if target.is_dir() else "blob"
        path = target.relative_to(docs.parent).as_posix()
        return f"]({config['extra']['repository']}/{kind}/main/{path}{match['anchor'] or ''})"

    return LINK.sub(led, markdown.replace(CHANGELOGS, changes(docs.parent)))


def on_post_build(*, config: Mapping[str, Any], **_: object) -> None:
    """Add the script that draws the diagrams.

    Args:
        config: The configuration of the site.
    """
    script = Path(config["config_file_path"]).parent / MERMAID
    shutil.copy(script, Path(config["site_dir"]) / "assets" / "mermaid.js")

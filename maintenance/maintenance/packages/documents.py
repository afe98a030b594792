"""Checks the README as PyPI shows it, and the changelog before a release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from maintenance.packages.package import Package

HEADING = re.compile(r"^## (?P<version>\S+)(?P<rest>.*)$", re.MULTILINE)


def violations(package: Package) -> list[str]:
    """The errors in a package's documents, one line each.

    Args:
        package: The package.
    """
    problems = [
        f"there is no {name}"
        for name in ("README.md", "LICENSE", "CHANGELOG.md")
        if not (package.folder / name).is_file()
    ]
    if problems:
        return problems
    readme = (package.folder / "README.md").read_text()
    problems += [f"README.md links to {link}, which does not exist on PyPI" for link in relative_links(readme)]
    if package.version not in [version for version, _ in changes(package)]:
        problems.append(f"CHANGELOG.md has no heading for {package.version}")
    return problems


def release_violations(package: Package) -> list[str]:
    """What has to be done before the package's version can be released, one line each.

    Args:
        package: The package.
    """
    newest, rest = next(iter(changes(package)), ("nothing", ""))
    if newest != package.version or "unreleased" in rest.lower():
        told = f"{newest}{rest}".strip()
        return [
            f"CHANGELOG.md begins with '{told}'; its first heading must be '## {package.version}', perhaps with a date"
        ]
    return []


def changes(package: Package) -> list[tuple[str, str]]:
    """The headings of a package's changelog, newest first: each version, and the rest of its line.

    Args:
        package: The package.
    """
    text = (package.folder / "CHANGELOG.md").read_text()
    return [(match["version"].strip("[]"), match["rest"]) for match in HEADING.finditer(text)]


def relative_links(markdown: str) -> list[str]:
    """The links and images of a text that would be broken on a page outside the repository.

    Headings get no anchors on PyPI, so links such as `#heading` are included.

    Args:
        markdown: The text.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    targets = [str(token.attrGet("href") or token.attrGet("src") or "") for token in _flat(tokens)]
    html = [token.content for token in _flat(tokens) if token.type.startswith("html")]
    targets += [target for piece in html for target in re.findall(r"""(?:href|src)=["']([^"']*)""", piece)]
    return [target for target in targets if target and not target.startswith(("https://", "http://", "mailto:"))]


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])

"""The commands in the documents, as a reader meets them: each is run, or says why it is not."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from tests.support.project import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from markdown_it.token import Token

    from sandbox import Sandbox

SHELL = "bash"
LANGUAGES = {SHELL, "dotenv", "json", "python", "sql", "text", "yaml"}
FOR_READERS = re.compile(r"(README|CONTRIBUTING|RELEASING)\.md|[^/]+/README\.md|docs/.+\.md")
WRITTEN_BY_TOOLS = ("docs/data-dictionary/", "docs/diagrams/")
_TITLE = re.compile(r'title="(?P<name>[^"]+)"')
_REASON = re.compile(r"<!-- not run: (?P<reason>\S.*) -->\s*")


@dataclass(frozen=True)
class Fence:
    """A block of code in a document.

    Attributes:
        where: The document, and the line.
        language: What it is written in; empty where nobody has said.
        file: The file that it is the content of; None for none.
        text: What is in it.
        not_run: Why it is not run here, in a comment before it that readers do not see; None where it is.
    """

    where: str
    language: str
    file: str | None
    text: str
    not_run: str | None

    @property
    def is_command(self) -> bool:
        """Whether a reader types it."""
        return self.language == SHELL and self.file is None


@cache
def documents() -> list[str]:
    """The documents that people read, by their paths in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [path for path in listed if FOR_READERS.fullmatch(path) and not path.startswith(WRITTEN_BY_TOOLS)]


def of_project() -> list[str]:
    """The documents whose commands are typed in the whole project, the README first; others are about a package."""
    return [path for path in documents() if path == "README.md" or path.startswith("docs/")]


def fences(document: str) -> list[Fence]:
    """The blocks of code in a document, in the order in which it is read.

    Args:
        document: Its path in the repository.
    """
    tokens = MarkdownIt().parse((REPOSITORY / document).read_text(encoding="utf-8"))
    return list(_fences(document, tokens))


def commands(document: str) -> list[str]:
    """Where in a document the commands are that can be run.

    Args:
        document: Its path in the repository.
    """
    return [fence.where for fence in fences(document) if fence.is_command and not fence.not_run]


def _fences(document: str, tokens: list[Token]) -> Iterator[Fence]:
    before: Token | None = None
    for token in tokens:
        if token.type in {"fence", "code_block"}:
            language, _, rest = token.info.partition(" ")
            title = _TITLE.search(rest)
            reason = _REASON.fullmatch(before.content) if before is not None and before.type == "html_block" else None
            line = token.map[0] + 1 if token.map else 0
            yield Fence(
                f"{document}:{line}",
                language,
                title and title["name"],
                token.content,
                reason and reason["reason"],
            )
        before = token


class Reader:
    """Somebody who follows a document word for word, in one shell.

    Args:
        folder: Where they are.
        environment: What is in their environment.
        words: What they write in the place of words that stand for something of their own.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], words: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._words = words
        self._typed: set[str] = set()

    def follow(self, document: str) -> None:
        """Write the files that a document shows, and type its commands, but for those of documents before it.

        Args:
            document: Its path in the repository.

        Raises:
            AssertionError: A command has failed; the text is what was seen.
        """
        script = ["set -euo pipefail"]
        for fence in fences(document):
            if fence.not_run:
                continue
            text = self._in_own_words(fence.text)
            if fence.file and "/" not in fence.file:
                # What goes elsewhere on a machine, or into a folder of the repository, is nothing to try here.
                script += [f"cat > {fence.file} <<'END OF FILE'\n{text}END OF FILE"]
            elif fence.is_command and text not in self._typed:
                self._typed.add(text)
                script += [f"echo '> {fence.where}' >&2", text]
        done = subprocess.run(  # noqa: S603
            ["/bin/bash", "-c", "\n".join(script)],
            cwd=self._folder,
            env=dict(self._environment),
            input="y\n" * 10,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"exit code {done.returncode} of the last of these commands:\n{done.stdout}")

    def _in_own_words(self, text: str) -> str:
        for word, own in self._words.items():
            text = text.replace(word, own)
        return text


def own_words(box: Sandbox) -> dict[str, str]:
    """What a reader knows of their own, by the documents' words for it.

    Args:
        box: Their servers.
    """
    (page,) = box.sigryl.pages
    return {
        "https://status.example.com/api": box.cachet.api_url,
        "1|...": box.cachet.tokens["full"],
        '"api_key": "..."': f'"api_url": "{box.instatus.api_url}", "api_key": "{box.instatus.api_key}"',
        '"api_token": "rootly_..."': f'"api_url": "{box.rootly.api_url}", "api_token": "{box.rootly.token}"',
        "https://HOST": page["api_url"],
        "sk_live_...": page["api_key"],
    }

"""Whoever follows a document types what it shows, in its order, and is told of the first command that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.documents import Reader, commands

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
# A page

```json title="own.json"
{"key": "WORD"}
```

1. In a list:

   ```bash
   cd /
   cd - > /dev/null
   ANSWER=$(cat own.json)
   ```

<!-- not run: it would fail -->
```bash
false
```

```bash
echo "$ANSWER" > answer
```
"""


class Page:
    """A document, and the folder of whoever follows it."""

    def __init__(self, root: Path) -> None:
        self._document = root / "page.md"
        self.folder = root / "here"
        self.folder.mkdir()

    def follow(self, text: str) -> None:
        self._document.write_text(text)
        Reader(self.folder, {"PATH": "/usr/bin:/bin"}, {"WORD": "own"}).follow(str(self._document))

    def commands(self, text: str) -> list[str]:
        self._document.write_text(text)
        return commands(str(self._document))

    @property
    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.folder.iterdir()}


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path)


def test_commands_are_typed_in_one_shell_and_files_written_in_the_readers_words(page: Page) -> None:
    page.follow(PAGE)
    assert page.files == {"own.json": '{"key": "own"}\n', "answer": '{"key": "own"}\n'}


@pytest.mark.parametrize("command", ["false", "false | cat", 'echo "$NO_SUCH_VARIABLE"', "no-such-program"])
def test_a_command_that_fails_is_told_with_its_place(page: Page, command: str) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:\d+"):
        page.follow(f"{PAGE}\n```bash\n{command}\n```\n\n```bash\ntouch later\n```\n")
    assert "later" not in page.files


def test_a_new_command_is_one_that_is_run_until_it_says_why_not(page: Page) -> None:
    command = "```bash\nfalse\n```\n"
    assert len(page.commands(command)) == 1
    assert page.commands(f"<!-- not run: it needs an account -->\n{command}") == []
    assert len(page.commands(f"<!-- not run: -->\n{command}")) == 1
    assert len(page.commands(f"<!-- not run: it needs an account -->\n\nText.\n\n{command}")) == 1


def test_a_file_that_belongs_elsewhere_on_the_machine_is_not_written(page: Page, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    page.follow(f'```text title="{elsewhere}"\nx\n```\n\n```text title="../elsewhere"\nx\n```\n')
    assert not elsewhere.exists()
    assert page.files == {}

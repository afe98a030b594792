"""A tap is asked once what it reads; Meltano keeps the answer until the tap is another one."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from sandbox import BoxWatchSeed, Sandbox
from tests.support.project import REPOSITORY, MeltanoProject

if TYPE_CHECKING:
    from collections.abc import Iterator

TAP = "tap-statuspages"
DISCOVERS = "Running catalog discovery"


class OwnTap:
    """A project whose tap is a copy, which may be changed, and what it reads from a sandbox.

    Args:
        project: The project.
        box: The sandbox.
    """

    def __init__(self, project: MeltanoProject, box: Sandbox) -> None:
        self._project = project
        self._settings = {"TAP_BOXWATCH_API_URL": box.boxwatch.api_url, "TAP_BOXWATCH_API_KEY": box.boxwatch.api_key}
        package = project.root / TAP
        package.unlink()
        shutil.copytree(REPOSITORY / TAP, package, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        project.install_uncompiled(TAP)
        self._sources = package / "tap_statuspages"
        self.read: set[str] = set()
        """The streams that the last run has read."""

    def streams(self) -> tuple[set[str], bool]:
        """The streams that a run reads, and whether it has discovered them anew."""
        told = self._project("invoke", "tap-boxwatch", **self._settings)
        messages = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
        self.read = {message["stream"] for message in messages if message["type"] == "SCHEMA"}
        return self.read, DISCOVERS in told

    def add_stream(self, name: str) -> None:
        """Change the code as a new version does."""
        schemas = self._sources / "schemas" / "boxwatch"
        shutil.copy(schemas / "servers.json", schemas / f"{name}.json")
        with (self._sources / "streams" / "__init__.py").open("a") as code:
            code.write(f'\nSTREAMS["boxwatch"] += (type("{name}", (boxwatch.Servers,), {{"name": "{name}"}}),)\n')

    def change_digest(self) -> None:
        """Change the project file as a new version of the tap's catalog does."""
        file = self._project.root / "meltano.yml"
        text = file.read_text()
        file.write_text(text.replace("catalog-digest: ", "catalog-digest: another-"))

    def make_catalogs(self) -> None:
        """Do what `make setup` does for catalogs."""
        command = ["make", f"--directory={self._project.root}", f"--file={REPOSITORY / 'Makefile'}", "catalogs"]
        subprocess.run(command, check=True)  # noqa: S603


@pytest.fixture(scope="module")
def own_tap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnTap]:
    with Sandbox(seed=7, boxwatch=BoxWatchSeed()) as box:
        tap = OwnTap(MeltanoProject(tmp_path_factory.mktemp("own")), box)
        tap.streams()
        yield tap


def test_a_tap_is_discovered_again_when_the_project_file_has_the_digest_of_another_catalog(own_tap: OwnTap) -> None:
    streams = own_tap.read
    own_tap.add_stream("machines")
    assert own_tap.streams() == (streams, False)
    own_tap.change_digest()
    assert own_tap.streams() == (streams | {"machines"}, True)


def test_a_tap_is_discovered_again_after_make_setup(own_tap: OwnTap) -> None:
    streams = own_tap.read
    own_tap.add_stream("hosts")
    own_tap.make_catalogs()
    assert own_tap.streams() == (streams | {"hosts"}, True)

"""Every package builds, is whole, passes what PyPI asks for, and works where nothing else is installed."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib.util import find_spec
from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml
from maintenance.packages import contents, documents
from maintenance.packages.__main__ import unmet
from maintenance.packages.alone import Environment, install, locked
from maintenance.packages.build import Built, build, check_upload
from maintenance.packages.metadata import main as package_metadata
from maintenance.packages.package import REPOSITORY, Package, published

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PACKAGES = published()
TAPS = [package for package in PACKAGES if package.name.startswith("tap-")]
DEVELOPMENT = ("pytest", "sandbox", "maintenance", "meltano", "ruff")
SETTINGS: Mapping[str, Callable[[Sandbox], Mapping[str, str]]] = {
    "tap-cachet": lambda box: {"API_URL": box.cachet.api_url, "API_TOKEN": box.cachet.tokens["full"]},
    "tap-instatus": lambda box: {
        "API_URL": box.instatus.api_url,
        "API_KEY": box.instatus.api_key,
        "PUBLIC_URL": box.instatus.public_url_pattern,
    },
    "tap-rootly": lambda box: {"API_URL": box.rootly.api_url, "API_TOKEN": box.rootly.token},
    "tap-statuspages": lambda box: {
        "PROVIDER": "boxwatch",
        "API_URL": box.boxwatch.api_url,
        "API_KEY": box.boxwatch.api_key,
    },
}
"""What each tap needs to read from a sandbox, without the prefix of its environment variables."""


@dataclass(frozen=True)
class Shelf:
    """The built packages, in one folder.

    Attributes:
        folder: Where they are.
        built: What was built of each, by the name of its folder.
        constraints: A file with the versions of everything else: those that the other tests run with.
        environments: The environments made so far.
    """

    folder: Path
    built: Mapping[str, Built]
    constraints: Path
    environments: dict[str, Environment] = field(default_factory=dict)

    def alone(self, name: str) -> Environment:
        """The environment that holds a package, what it asks for, and nothing else."""
        if name not in self.environments:
            package = next(package for package in PACKAGES if package.name == name)
            beside = [self.built[sibling.name].wheel for sibling, _ in package.siblings(PACKAGES)]
            folder = self.constraints.with_name(name)
            self.environments[name] = install(
                self.built[name].wheel, folder, beside=beside, constraints=self.constraints
            )
        return self.environments[name]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """All packages, built."""
    folder = tmp_path_factory.mktemp("shelf")
    constraints = locked(REPOSITORY, tmp_path_factory.mktemp("lock") / "constraints.txt")
    shelf = Shelf(folder, {package.name: build(package, folder) for package in PACKAGES}, constraints)
    yield shelf
    # pytest keeps the folders of the last runs, and an environment is large.
    for environment in shelf.environments.values():
        shutil.rmtree(environment.folder)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A small server of each API."""
    sandbox = Sandbox(
        seed=3,
        bare=True,
        cachet=CachetSeed(incidents=12, components=6),
        instatus=InstatusSeed(),
        rootly=RootlySeed(),
        sigryl=SigrylSeed(),
        boxwatch=BoxWatchSeed(),
    )
    sandbox.cachet.settings.rate_limit = None
    sandbox.instatus.settings.rate_limit = None
    sandbox.rootly.settings.rate_limit = None
    with sandbox:
        yield sandbox


def environment_variables(tap: str, box: Sandbox) -> dict[str, str]:
    prefix = tap.upper().replace("-", "_")
    return {f"{prefix}_{name}": value for name, value in SETTINGS[tap](box).items()}


def by_name(packages: list[Package]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("package", packages, ids=lambda package: package.name)


def test_what_is_published_is_the_engine_the_taps_and_the_loader() -> None:
    with_a_license = sorted(file.parent.name for file in REPOSITORY.glob("*/LICENSE"))
    assert sorted(package.name for package in PACKAGES) == with_a_license
    assert [package.name for package in TAPS] == sorted(SETTINGS)


def test_twine_takes_all_files_and_warns_of_none(shelf: Shelf) -> None:
    check_upload(shelf.built.values())
    assert len(list(shelf.folder.iterdir())) == 2 * len(PACKAGES)


@by_name(PACKAGES)
def test_a_package_holds_all_of_its_code_and_nothing_else(package: Package, shelf: Shelf) -> None:
    assert contents.violations(package, shelf.built[package.name]) == []


@by_name(PACKAGES)
def test_its_documents_can_be_read_on_pypi(package: Package) -> None:
    assert documents.violations(package) == []


@by_name(PACKAGES)
def test_what_it_requires_of_the_others_is_what_they_are(package: Package) -> None:
    assert unmet(package, PACKAGES) == []


def test_the_project_files_name_the_publisher_and_the_addresses_that_the_hub_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert package_metadata(["--check"]) == 0, capsys.readouterr().err


@by_name(PACKAGES)
def test_a_tag_of_its_name_starts_the_release(package: Package) -> None:
    workflow = yaml.load((REPOSITORY / ".github/workflows/release.yml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - reads "on" as a text
    patterns = workflow["on"]["push"]["tags"]
    assert [pattern for pattern in patterns if fnmatch(package.tag, pattern)], f"{package.tag} fits none of {patterns}"


@by_name(PACKAGES)
def test_the_release_guide_names_it(package: Package) -> None:
    siblings = ", ".join(f"`{sibling.distribution}`" for sibling, _ in package.siblings(PACKAGES))
    guide = (REPOSITORY / "RELEASING.md").read_text()
    row = next(line for line in guide.splitlines() if line.startswith(f"| `{package.name}/`"))
    folder, distribution, tag, asks_for = (cell.strip() for cell in row.strip("|").split("|"))
    assert (folder, distribution, asks_for) == (f"`{package.name}/`", f"`{package.distribution}`", siblings)
    assert tag.startswith(f"`{package.name}-v")


@by_name(TAPS)
def test_a_tap_works_where_nothing_else_is_installed(package: Package, shelf: Shelf, box: Sandbox) -> None:
    alone = shelf.alone(package.name)
    names = {name.lower() for name in alone.installed()}
    assert {package.distribution, "singer-fanout"} <= names
    assert not names & set(DEVELOPMENT)
    variables = environment_variables(package.name, box)

    about = json.loads(alone.run(package.name, "--about", "--format=json"))
    catalog = json.loads(alone.run(package.name, "--discover", "--config=ENV", settings=variables))
    asked = box.requests.total
    alone.run(package.name, "--test", "--config=ENV", settings=variables)

    assert (about["name"], about["version"]) == (package.name, package.version)
    schemas = {file.stem for file in (package.folder / package.module / "schemas").rglob("*.json")}
    assert {stream["tap_stream_id"] for stream in catalog["streams"]} <= schemas
    assert box.requests.total > asked


@by_name(PACKAGES)
def test_all_modules_can_be_imported_with_what_the_package_asks_for(package: Package, shelf: Shelf) -> None:
    imported = shelf.alone(package.name).import_all(package.module)
    files = {file for file in package.files if file.endswith(".py") and not file.endswith("__main__.py")}
    assert {package.module, *imported} == {
        file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in files
    }


def test_the_loader_alone_loads_what_a_tap_alone_wrote(shelf: Shelf, box: Sandbox, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    settings = {"TARGET_DUCKDB_FILEPATH": str(warehouse), "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": "cachet"}

    written = shelf.alone("tap-cachet").run(
        "tap-cachet", "--config=ENV", settings=environment_variables("tap-cachet", box)
    )
    states = shelf.alone("target-duckdb").run("target-duckdb", "--config=ENV", settings=settings, given=written)

    messages = [json.loads(line) for line in written.splitlines()]
    records = Counter(message["stream"] for message in messages if message["type"] == "RECORD")
    with duckdb.connect(str(warehouse), read_only=True) as database:
        loaded = {name: database.execute(f"SELECT count(*) FROM cachet.{name}").fetchall() for name in records}  # noqa: S608 - our names
    assert records["incidents"]
    assert loaded == {name: [(count,)] for name, count in records.items()}
    assert json.loads(states.splitlines()[-1])["bookmarks"]


def test_the_development_tools_are_looked_for_under_their_names() -> None:
    assert [name for name in DEVELOPMENT if find_spec(name) is None] == []

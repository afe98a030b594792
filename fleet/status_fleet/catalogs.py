"""Catalogs that are prepared ahead of runs, so that a run need not make its tap discover them again.

Meltano applies selection rules to the catalog that a tap discovers, but not to a catalog that it is given. So Meltano
itself prepares a catalog, with its rules applied, and it is stored under a hash of all inputs: the tap as installed,
the project's files, and everything in a run's environment that affects streams and columns. A run whose hash has no
catalog runs discovery as usual; no run ever gets a catalog made from other inputs.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from status_fleet.place import passed_on
from status_fleet.plugins import EXTRACTORS, load_yaml

Environment = Mapping[str, str]

PROJECT_FILES = ("meltano.yml", ".env", "plugins/extractors/*.lock")
"""The project files that, besides the tap, determine its catalog."""

SOURCES = ("*.py", "*.json", "pyproject.toml")
"""The files of a tap that is installed in editable mode."""


NOTHING = (None, "", "[]", "null")
"""Values of an unset list."""


class Deciding(NamedTuple):
    """A setting of a tap that changes its streams or columns.

    Attributes:
        name: Its name.
        default: Its value if a run sets none.
        variants: The other values for which catalogs are prepared.
        secret: Whether its value must not be used: then only its presence counts.
    """

    name: str
    default: str = ""
    variants: tuple[str, ...] = ()
    secret: bool = False

    def chosen(self, value: str | None) -> str:
        """The part of the key that stands for a value.

        Args:
            value: The value set for a run.
        """
        if self.secret:
            return "" if value in NOTHING else "given"
        return (value or self.default).lower()


UNDECLARED = Deciding("keep_undeclared", "false")
DECIDING: Mapping[str, tuple[Deciding, ...]] = {
    "tap-cachet": (Deciding("api_version", "3", ("2",)), UNDECLARED),
    "tap-instatus": (Deciding("incremental_emit", "false"), UNDECLARED),
    "tap-rootly": (UNDECLARED,),
    "tap-statuspages": (
        Deciding("provider"),
        Deciding("accounts", "", ('[{"name": "one", "api_key": "none"}]',), secret=True),
        Deciding("endpoint_keys", "", ('["none"]',), secret=True),
        UNDECLARED,
    ),
}
"""By tap; a test proves that no other setting affects the catalog."""


class Extractor:
    """An extractor of the project, and the tap behind it.

    Args:
        project: Folder of the Meltano project.
        name: Name of the extractor.
        plugins: Folder in which its plugins are installed.
    """

    def __init__(self, project: Path, name: str, plugins: Path | None = None) -> None:
        self.name = name
        self._project = project
        self._plugins = plugins or project / ".meltano"
        self._lineage = _lineage(project, name)

    @property
    def tap(self) -> str:
        """Name of the tap, which other extractors may inherit from."""
        return self._lineage[-1]

    @property
    def deciding(self) -> tuple[Deciding, ...]:
        """The settings that change its catalog."""
        return DECIDING.get(self.tap, ())

    def key(self, environment: Environment) -> str:
        """Hash of everything that determines the catalog of a run.

        Args:
            environment: The run's environment variables.
        """
        digest = hashlib.sha256(json.dumps([self.name, self._said(environment)]).encode())
        for pattern in PROJECT_FILES:
            _add_files(digest.update, self._project, sorted(self._project.glob(pattern)))
        self._add_tap(digest.update)
        return digest.hexdigest()[:16]

    def without_secrets(self, environment: Environment) -> dict[str, str]:
        """An environment that leads to the same catalog, with dummy values for the secrets that affect it.

        Args:
            environment: A run's environment variables.
        """
        made_up = {self.variable(each.name): each for each in self.deciding if each.secret}
        return {
            name: made_up[name].variants[0] if name in made_up and made_up[name].chosen(value) else value
            for name, value in environment.items()
        }

    def variable(self, setting: str) -> str:
        """The environment variable of a setting.

        Args:
            setting: Its name.
        """
        return f"{_prefix(self.name)}_{setting.upper()}"

    def gives_catalog(self, environment: Environment) -> bool:
        """Whether a run's environment already specifies a catalog.

        Args:
            environment: The run's environment variables.
        """
        return any(f"{_prefix(name)}__CATALOG" in environment for name in self._lineage)

    def _said(self, environment: Environment) -> list[Any]:
        """What in an environment affects streams and columns: Meltano's extras, and the deciding settings."""
        extras = tuple(f"{_prefix(name)}__" for name in self._lineage)
        rules = sorted((name, value) for name, value in environment.items() if name.startswith(extras))
        return [
            environment.get("MELTANO_ENVIRONMENT", ""),
            rules,
            [self._chosen(each, environment) for each in self.deciding],
        ]

    def _chosen(self, setting: Deciding, environment: Environment) -> str:
        variables = (f"{_prefix(name)}_{setting.name.upper()}" for name in self._lineage)
        return setting.chosen(next((environment[name] for name in variables if name in environment), None))

    def _add_tap(self, add: Callable[[bytes], object]) -> None:
        """Add the installed packages: for each one the digests recorded by the installer, or its sources."""
        venv = self._plugins / EXTRACTORS / self.tap / "venv"
        for installed in sorted(venv.glob("lib/python*/site-packages/*.dist-info")):
            add((installed / "RECORD").read_bytes())
            if (sources := _sources(installed / "direct_url.json")) is not None:
                _add_files(add, sources, _own_files(sources))


class PreparedCatalogs:
    """A folder of prepared catalogs.

    Args:
        folder: The folder.
        project: Folder of the Meltano project.
        plugins: Folder in which its plugins are installed.
    """

    def __init__(self, folder: Path, project: Path, plugins: Path | None = None) -> None:
        self._folder = folder
        self._project = project
        self._plugins = plugins

    def find(self, extractor: str, environment: Environment) -> Path | None:
        """The catalog of a run; None if none was prepared for it.

        Args:
            extractor: Name of the extractor.
            environment: The run's environment variables.
        """
        known = Extractor(self._project, extractor, self._plugins)
        if known.gives_catalog(environment):
            return None
        file = self._file(known, environment)
        return file if file.exists() else None

    def variables(self, extractor: str, environment: Environment) -> dict[str, str]:
        """The variable that gives a run its catalog; empty if the run has to run discovery.

        Args:
            extractor: Name of the extractor.
            environment: The run's environment variables.
        """
        found = self.find(extractor, environment)
        return {f"{_prefix(extractor)}__CATALOG": str(found)} if found else {}

    def prepare(self, extractor: str, environment: Environment, meltano: str = "meltano") -> Path:
        """Let Meltano discover a catalog and apply its rules, and store the result.

        Args:
            extractor: Name of the extractor.
            environment: The environment variables of a run, or just those that affect the catalog.
            meltano: Path of the Meltano executable.

        Returns:
            The catalog, which is only made if there is none.

        Raises:
            RuntimeError: Meltano has failed; the message ends with its output.
        """
        known = Extractor(self._project, extractor, self._plugins)
        file = self._file(known, environment)
        if not file.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            catalog = self._dumped(extractor, known.without_secrets(environment), meltano)
            handle, unfinished = tempfile.mkstemp(dir=self._folder, suffix=".unfinished")
            with os.fdopen(handle, "w") as written:
                # Compact: each run reads it three times.
                json.dump(catalog, written, separators=(",", ":"))
            Path(unfinished).chmod(0o644)
            Path(unfinished).replace(file)
        return file

    def prepare_all(self, extractors: Iterable[str], meltano: str = "meltano") -> Iterator[Path]:
        """Prepare catalogs with the project's selection, for each variant of the settings that affect them.

        Args:
            extractors: Names of the extractors.
            meltano: Path of the Meltano executable.

        Yields:
            The path of each catalog.
        """
        for name in extractors:
            known = Extractor(self._project, name, self._plugins)
            for values in product(*(("", *setting.variants) for setting in known.deciding)):
                chosen = zip(known.deciding, values, strict=True)
                yield self.prepare(name, {known.variable(each.name): value for each, value in chosen if value}, meltano)

    def _file(self, extractor: Extractor, environment: Environment) -> Path:
        return self._folder / f"{extractor.name}-{extractor.key(environment)}.json"

    def _dumped(self, extractor: str, environment: Environment, meltano: str) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as private:
            system = Path(private)
            (system / EXTRACTORS).symlink_to((self._plugins or self._project / ".meltano") / EXTRACTORS)
            done = subprocess.run(  # noqa: S603 - our own command
                [meltano, "--log-level=error", "invoke", "--no-install", "--dump=catalog", extractor],
                cwd=self._project,
                # With a database of its own, so that it does not wait for other processes.
                env={
                    **passed_on(),
                    **environment,
                    "MELTANO_SYS_DIR_ROOT": private,
                    "MELTANO_DATABASE_URI": f"sqlite:///{private}/meltano.db",
                },
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise RuntimeError(f"The catalog of {extractor} could not be prepared:\n{done.stderr[-2000:]}")
        return dict(json.loads(done.stdout))


def project_extractors(project: Path) -> list[str]:
    """The extractors of a project.

    Args:
        project: Its folder.
    """
    return [str(each["name"]) for each in _extractors(project)]


def _extractors(project: Path) -> list[dict[str, Any]]:
    return list(load_yaml((project / "meltano.yml").read_text())["plugins"][EXTRACTORS])


def _lineage(project: Path, name: str) -> list[str]:
    """The extractor and those that it inherits from.

    Raises:
        KeyError: The project has no extractor of that name.
    """
    parents = {each["name"]: each.get("inherit_from") for each in _extractors(project)}
    found = [name]
    while parent := parents[found[-1]]:
        found.append(parent)
    return found


def _prefix(name: str) -> str:
    return name.upper().replace("-", "_")


def _sources(installed_from: Path) -> Path | None:
    """The source folder of a package installed in editable mode; None for any other package."""
    if not installed_from.exists():
        return None
    said = json.loads(installed_from.read_text())
    if not said.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlsplit(said["url"]).path))


def _own_files(folder: Path) -> Iterator[Path]:
    """The source files of a package, without its tests and other files."""
    for package in sorted(each.parent for each in folder.glob("*/__init__.py")):
        for pattern in SOURCES:
            yield from sorted(package.rglob(pattern))
    yield from sorted(folder.glob("pyproject.toml"))


def _add_files(add: Callable[[bytes], object], root: Path, files: Iterable[Path]) -> None:
    for file in files:
        content = file.read_bytes()
        add(f"{file.relative_to(root)}\0{len(content)}\0".encode())
        add(content)

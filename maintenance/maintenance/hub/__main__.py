"""Write the definitions for Meltano Hub, check them, or add them to a clone of the Hub's repository."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from maintenance.hub.about import about
from maintenance.hub.definition import definition
from maintenance.hub.fork import bring, lists_of
from maintenance.hub.rules import violations
from maintenance.project import project_plugins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REPOSITORY = Path(__file__).resolve().parents[3]
HUB = REPOSITORY / "hub"
DATA = Path("_data")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 1 if a file is not current or violates a rule of the Hub."""
    parser = argparse.ArgumentParser(prog="hub-definitions", description="Write the definitions for Meltano Hub.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is not current")
    parser.add_argument("--into", type=Path, metavar="CLONE", help="add them to a clone of the Hub's repository, too")
    options = parser.parse_args(arguments)
    if options.into:
        try:
            lists_of(options.into)
        except FileNotFoundError as error:
            parser.error(f"{options.into} is no clone of the Hub's repository: there is no {error.filename}")
    files, problems = made(REPOSITORY)
    outdated = differences(HUB, files)
    if options.check:
        problems += [f"{path.relative_to(REPOSITORY)} is not current; run hub-definitions" for path in outdated]
    else:
        for path, text in outdated.items():
            _put(path, text)
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    if options.into and not problems:
        for path in bring(HUB, options.into):
            print(f"wrote {options.into / path}")  # noqa: T201
    return 1 if problems else 0


def differences(hub: Path, files: Mapping[Path, str]) -> dict[Path, str | None]:
    """The changes that a folder needs: the texts of files that are not current, None for files to remove.

    Args:
        hub: The folder.
        files: The files as they should be, by their path relative to it.
    """
    there = {path.relative_to(hub): path.read_text() for path in hub.glob("_data/**/*.yml")}
    stale = {path: None for path in there if path not in files}
    return {hub / path: text for path, text in {**files, **stale}.items() if there.get(path) != text}


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(f"{'removed' if text is None else 'wrote'} {path.relative_to(REPOSITORY)}")  # noqa: T201


def made(repository: Path) -> tuple[dict[Path, str], list[str]]:
    """The files as they should be, by their path in the Hub's repository, and their violations of its rules.

    Args:
        repository: The root of this repository.
    """
    publisher = yaml.safe_load((repository / "hub" / "publisher.yml").read_text())
    variant = publisher["variant"]
    files: dict[Path, str] = {}
    problems: list[str] = []
    defaults: dict[str, dict[str, str]] = {}
    for kind, plugin in _published(repository):
        name = plugin["name"]
        made_of = definition(kind, about(name), plugin, publisher)
        problems += [f"{name}: {violation}" for violation in violations(made_of)]
        logo = repository / "hub" / "static" / made_of["logo_url"].lstrip("/")
        if not logo.is_file():
            problems.append(f"{name}: there is no logo at {logo.relative_to(repository)}")
        files[DATA / "meltano" / kind / name / f"{variant}.yml"] = as_yaml(made_of)
        defaults.setdefault(kind, {})[name] = variant
    files[DATA / "default_variants.yml"] = as_yaml(defaults)
    maintainer = {key: publisher[key] for key in ("label", "name", "url")}
    files[DATA / "maintainers.yml"] = as_yaml({variant.lower(): maintainer})
    return files, problems


def _published(repository: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The plugins of the project whose packages are in this repository, each with its kind."""
    for kind, plugins in project_plugins(repository).items():
        for plugin in plugins:
            if "inherit_from" not in plugin and (repository / plugin["name"] / "pyproject.toml").is_file():
                yield kind, plugin


def as_yaml(value: object) -> str:
    """YAML that passes the Hub's linter: keys in alphabetical order, lists indented like their keys."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes multi-line texts as blocks, and repeats values instead of using aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = "|" if "\n" in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


if __name__ == "__main__":
    raise SystemExit(main())

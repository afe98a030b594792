"""Build the packages, and run all checks that they must pass before they are published: `check-packages`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from maintenance.packages import contents, documents
from maintenance.packages.alone import install
from maintenance.packages.build import build, check_upload, discard_former
from maintenance.packages.metadata import outdated
from maintenance.packages.package import REPOSITORY, published
from maintenance.packages.programs import Failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maintenance.packages.package import Package


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 1 if a check fails, 2 if there is no such package."""
    packages = published(REPOSITORY)
    names = [package.name for package in packages]
    description = "Build packages, and check all that must be right before they are published."
    parser = argparse.ArgumentParser(prog="check-packages", description=description)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"one of {', '.join(names)}; all by default")
    parser.add_argument("--tag", help="check the release of this tag: what the package asks for must be on PyPI then")
    parser.add_argument("--out", type=Path, default=Path("dist"), help="where the built files go (%(default)s)")
    options = parser.parse_args(arguments)
    if unknown := set(options.packages) - set(names):
        parser.error(f"no such package: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    release = options.tag is not None
    if release:
        chosen = [package for package in packages if package.tag == options.tag]
        if not chosen:
            there = ", ".join(package.tag for package in packages)
            parser.error(f"{options.tag} is the tag of no package; the versions here are {there}")
    else:
        chosen = [package for package in packages if package.name in options.packages or not options.packages]
    failed = False
    for package in chosen:
        discard_former(package, options.out)
        problems = problems_of(package, packages, options.out, release=release)
        failed = failed or bool(problems)
        for problem in problems:
            print(f"{package.name}: {problem}", file=sys.stderr)  # noqa: T201
        if not problems:
            print(f"{package.name} {package.version} is ready")  # noqa: T201
    return int(failed)


def problems_of(package: Package, packages: Sequence[Package], out: Path, *, release: bool) -> list[str]:
    """What keeps a package from being published, at least one line each; empty if it was built and passes.

    Args:
        package: The package.
        packages: All packages.
        out: Folder for the built files.
        release: Whether it is to be published next: then its dependencies have to be on PyPI.
    """
    problems = [*documents.violations(package), *unmet(package, packages)]
    if package.folder / "pyproject.toml" in outdated(REPOSITORY):
        problems.append("the project file does not say what hub/publisher.yml says; run package-metadata")
    if release and not problems:
        problems += documents.release_violations(package)
    if problems:
        return problems
    siblings = [] if release else [sibling for sibling, _ in package.siblings(packages)]
    try:
        built = build(package, out)
        check_upload([built])
        with tempfile.TemporaryDirectory(prefix="check-packages-") as temporary:
            folder = Path(temporary)
            beside = [build(sibling, folder / "beside").wheel for sibling in siblings]
            environment = install(built.wheel, folder / "alone", beside=beside)
            environment.import_all(package.module)
            for program in package.programs:
                environment.run(program, "--about", "--format=json")
    except Failed as error:
        return [str(error)]
    return contents.violations(package, built)


def unmet(package: Package, packages: Sequence[Package]) -> list[str]:
    """The requirements of a package that the other packages do not meet in their current versions, one line each.

    Args:
        package: The package.
        packages: All packages.
    """
    return [
        f"it requires {requirement}, but {sibling.distribution} here is {sibling.version}"
        for sibling, requirement in package.siblings(packages)
        if sibling.version not in requirement.specifier
    ]


if __name__ == "__main__":
    raise SystemExit(main())

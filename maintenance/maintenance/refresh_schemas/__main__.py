"""Derive the schemas of tap-rootly from the provider's OpenAPI document: `refresh-schemas [SPEC.json] [--check]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tap_rootly.schemas
from tap_rootly.left_out import ROUTES_LEFT_OUT

from maintenance.refresh_schemas import schemas
from maintenance.refresh_schemas.addendum import ADDENDUM, Addendum
from maintenance.refresh_schemas.digest import DIGEST, keep_shapes, kept_shapes
from maintenance.refresh_schemas.glossary import GLOSSARY, Glossary
from maintenance.refresh_schemas.requests import refused_parameters
from maintenance.refresh_schemas.shapes import lists, plain_path, shapes
from maintenance.refresh_schemas.streams import tap_streams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from maintenance.refresh_schemas.streams import StreamFacts

FOLDER = Path(tap_rootly.schemas.__file__).parent


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER, digest: Path = DIGEST) -> int:
    """Run the command.

    Args:
        arguments: Those of the command line.
        folder: The folder of the schemas.
        digest: The file with the shapes read last.

    Returns:
        The exit code: 1 if something needs to be done by hand, and with `--check` if a schema is not current.
    """
    parser = argparse.ArgumentParser(
        prog="refresh-schemas", description="Derive the schemas of tap-rootly from Rootly's OpenAPI document."
    )
    parser.add_argument("spec", type=Path, nargs="?", help="the document, as JSON; without it, what was read last")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a schema is not current")
    options = parser.parse_args(arguments)
    streams = tap_streams()
    document = _read(options.spec, parser) if options.spec else None
    known = kept_shapes(digest)
    documented = known if document is None else {**known, **shapes(document, streams)}
    documented = {stream.name: documented[stream.name] for stream in streams if stream.name in documented}
    addendum = Addendum.ours()
    told = addendum.added_to(documented)

    glossary = Glossary.ours()
    derived, wordless = schemas.derived([stream for stream in streams if stream.name in told], told, glossary)
    differences = list(schemas.differences(schemas.read(folder), derived))
    problems = [
        *(f"{name}: needs a description in {GLOSSARY.name}" for name in wordless),
        *(f"{name}: described in {GLOSSARY.name}, but no field has asked for it" for name in glossary.unused()),
        *(
            f"{path}: the document has it now; take it out of {ADDENDUM.name}"
            for path in addendum.documented(documented)
        ),
        *(f"{stream.name}: no document has its route {stream.path}" for stream in streams if stream.name not in told),
        *([] if document is None else [*_routes(document, streams), *refused_parameters(document)]),
    ]
    if not options.check:
        schemas.write(folder, derived)
        keep_shapes(documented, digest)
    for line in [*differences, *problems]:
        print(line)  # noqa: T201
    print(_summary(len(derived), len(differences), len(problems)), file=sys.stderr)  # noqa: T201
    return 1 if problems or (options.check and differences) else 0


def _read(spec: Path, parser: argparse.ArgumentParser) -> Mapping[str, Any]:
    """Read the document; exits with an error if that fails."""
    try:
        document = json.loads(spec.read_text(encoding="utf-8"))
    except OSError as error:
        parser.error(f"{spec}: {error.strerror}")
    except ValueError:
        parser.error(f"{spec} is not JSON")
    if not isinstance(document, dict) or not {"paths", "components"} <= document.keys():
        parser.error(f"{spec} is not an OpenAPI 3 document: it has no paths and components")
    return document


def _routes(document: Mapping[str, Any], streams: Sequence[StreamFacts]) -> Iterator[str]:
    """Routes that were added, and routes of streams that were removed."""
    read = {plain_path(stream.path) for stream in streams}
    told = {plain_path(path): path for path in lists(document)}
    left_out = {plain_path(path) for path in ROUTES_LEFT_OUT}
    for plain, path in told.items():
        if plain not in read | left_out:
            yield f"{path}: a new route; add a stream, or a reason to ROUTES_LEFT_OUT"
    for stream in streams:
        if plain_path(stream.path) not in told:
            yield f"{stream.name}: its route {stream.path} is gone from the document; its schema is kept as it was"


def _summary(streams: int, differences: int, problems: int) -> str:
    return f"{streams} streams, {differences} differences, {problems} things to do"


if __name__ == "__main__":
    raise SystemExit(main())

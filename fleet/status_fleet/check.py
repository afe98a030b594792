"""Validates the accounts file: reports each error as one sentence with its line."""

from __future__ import annotations

import difflib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from status_fleet.schedules import ScheduleError, cron_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jsonschema import ValidationError

    from status_fleet.plugins import Plugin, Project

SCHEMA_FILE = Path(__file__).with_name("accounts.schema.json")
KNOWN_EVERYWHERE = "default_pool"
OURS = {"summary_file", "default_target_schema"}
"""Settings that the fleet sets for each run."""
_TYPES = {
    "object": "a mapping of names to values",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_FORMS = {
    "name": "a name has lower-case letters, digits, - and _, begins with a letter or digit, and has at most 40 of them",
    "schema": "a schema has lower-case letters, digits and _, does not begin with a digit, and has at most 63 of them",
    "time_limit": "a length of time is a number and s, m or h, such as 90s, 30m or 6h",
    "retry_delay": "a length of time is a number and s, m or h, such as 90s, 30m or 6h",
    "pool": "the name of a pool has letters, digits, '_', '.' and '-'",
    "env": "the name of a variable has letters, digits and '_'",
}
_SOURCE = "a secret is {env: NAME OF A VARIABLE} or {connection: ID OF A CONNECTION}, never the secret itself"

Place = tuple[Any, ...]


@dataclass(frozen=True, order=True)
class Finding:
    """An error in the file.

    Attributes:
        line: Line number, from 1.
        text: The error, in one sentence.
    """

    line: int
    text: str


class Lines:
    """Line numbers of the entries of a YAML text.

    Args:
        document: The document as parsed by ruamel.yaml.
    """

    def __init__(self, document: Any) -> None:
        self._document = document

    def of(self, place: Place) -> int:
        """The line of an entry, given its path of keys and indexes; that of its closest parent if it is missing."""
        value: Any = self._document
        line = 1
        # Missing entries have no line, and neither has what is neither a mapping nor a list.
        with suppress(AttributeError, KeyError, IndexError, TypeError):
            for step in place:
                line = value.lc.key(step)[0] + 1 if isinstance(value, CommentedMap) else value.lc.item(step)[0] + 1
                value = value[step]
        return line


def check(text: str, project: Project | None = None) -> list[Finding]:
    """Validate an accounts file.

    Args:
        text: Its content.
        project: The Meltano project, to check taps and settings against; None to skip that.

    Returns:
        The errors, in the order of their lines.
    """
    try:
        document = YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [Finding(mark.line + 1 if mark else 1, f"the file is no YAML: {_first_line(error.problem)}")]
    if document is None:
        return [Finding(1, "the file is empty: 'accounts' is needed, a list with an entry for each account")]
    lines = Lines(document)
    findings = {Finding(lines.of(place), sentence) for place, sentence in _by_schema(document)}
    findings |= {Finding(lines.of(place), sentence) for place, sentence in Meaning(document, project).findings()}
    return sorted(findings)


@cache
def _validator() -> Any:
    return Draft202012Validator(json.loads(SCHEMA_FILE.read_text()))


def _by_schema(document: Any) -> Iterator[tuple[Place, str]]:
    for error in _validator().iter_errors(document):
        yield from _sentences(error)


def _sentences(error: ValidationError) -> Iterator[tuple[Place, str]]:
    place: Place = tuple(error.absolute_path)
    name = str(place[-1]) if place else "the file"
    kind, schema, wanted = error.validator, cast("dict[str, Any]", error.schema), cast("Any", error.validator_value)
    if kind == "additionalProperties":
        known = schema.get("properties", {})
        for unknown in cast("dict[str, Any]", error.instance).keys() - known.keys():
            yield (*place, unknown), f"'{unknown}' is nothing that can be said here{_meant(str(unknown), known)}"
    elif kind == "required":
        (missing,) = (name for name in wanted if f"'{name}'" in error.message)
        where = "the file" if not place else f"{_called(place, error.instance)}"
        yield place, f"{where} has no '{missing}'"
    elif kind == "type":
        types = " or ".join(_TYPES[told] for told in ([wanted] if isinstance(wanted, str) else wanted))
        yield place, f"'{name}' must be {types}"
    elif kind == "oneOf":
        yield place, f"'{name}' must say where the secret comes from: {_SOURCE}"
    elif kind == "pattern":
        form = _FORMS.get(name, f"it must match {wanted}")
        yield place, f"{error.instance!r} will not do as '{name}': {form}"
    else:
        yield place, f"'{name}': {error.message}"


class Meaning:
    """Checks that a JSON schema cannot express.

    Args:
        document: The contents of the file.
        project: The Meltano project; None if it is not known.
    """

    def __init__(self, document: Any, project: Project | None) -> None:
        self._document = document if isinstance(document, dict) else {}
        self._project = project
        entries = self._document.get("accounts")
        self._accounts = [
            (("accounts", number), entry)
            for number, entry in enumerate(entries if isinstance(entries, list) else ())
            if isinstance(entry, dict)
        ]

    def findings(self) -> Iterator[tuple[Place, str]]:
        """Yield the errors, each with its path."""
        yield from self._doubled("name", lambda entry: entry.get("name"), "the account in entry {} is called '{}', too")
        yield from self._doubled("schema", self._schema, "the account in entry {} is loaded into the schema '{}', too")
        yield from self._schedules()
        yield from self._pools()
        yield from self._shared_keys()
        for place, entry in self._accounts:
            yield from self._plugin(place, entry, "tap")
        loader = self._document.get("loader")
        if isinstance(loader, dict):
            yield from self._plugin(("loader",), {"name": "target-postgres", **loader}, "name")

    def _doubled(
        self, name: str, told: Callable[[Mapping[str, Any]], Any], sentence: str
    ) -> Iterator[tuple[Place, str]]:
        seen: dict[str, int] = {}
        for place, entry in self._accounts:
            value = told(entry)
            if not isinstance(value, str):
                continue
            if value in seen:
                yield (*place, name), sentence.format(seen[value], value)
            seen.setdefault(value, place[1] + 1)

    def _schema(self, entry: Mapping[str, Any]) -> str | None:
        if "schema" in entry:
            told = entry["schema"]
            return told if isinstance(told, str) else None
        plugin = self._taps().get(str(entry.get("tap")))
        product = str(
            _mapping(entry.get("settings")).get("provider") or (plugin.product if plugin else entry.get("tap"))
        )
        return f"{product}_{entry.get('name')}".replace("-", "_")

    def _schedules(self) -> Iterator[tuple[Place, str]]:
        places = [*self._accounts, *(((name,), self._document.get(name)) for name in ("defaults", "models", "summary"))]
        for place, entry in places:
            told = _mapping(entry).get("schedule")
            if isinstance(told, str):
                try:
                    cron_of(told, "any")
                except ScheduleError as error:
                    yield (*place, "schedule"), str(error)

    def _pools(self) -> Iterator[tuple[Place, str]]:
        known = [KNOWN_EVERYWHERE, *_mapping(self._document.get("pools"))]
        places = [*self._accounts, (("defaults",), self._document.get("defaults"))]
        for place, entry in places:
            pool = _mapping(entry).get("pool")
            if isinstance(pool, str) and pool not in known:
                yield (*place, "pool"), f"the pool '{pool}' is not among 'pools'{_meant(pool, known)}"

    def _shared_keys(self) -> Iterator[tuple[Place, str]]:
        """Accounts with the same key share its rate limit: their runs must share a pool."""
        owners: dict[str, tuple[int, Any]] = {}
        default = _mapping(self._document.get("defaults")).get("pool", KNOWN_EVERYWHERE)
        one_by_one = {name for name, slots in _mapping(self._document.get("pools")).items() if slots == 1}
        for place, entry in self._accounts:
            pool = entry.get("pool", default)
            for name, source in _mapping(entry.get("secrets")).items():
                identity = json.dumps(source, sort_keys=True, default=str)
                number, other = owners.setdefault(identity, (place[1] + 1, pool))
                if number != place[1] + 1 and (pool != other or pool not in one_by_one):
                    sentence = (
                        f"{_called(place, entry)} has the key of the account in entry {number}, and they share its "
                        "limit: give both the same 'pool', with 1 slot in 'pools'"
                    )
                    yield (*place, "secrets", name), sentence

    def _taps(self) -> Mapping[str, Plugin]:
        return self._project.taps if self._project else {}

    def _plugin(self, place: Place, entry: Mapping[str, Any], name: str) -> Iterator[tuple[Place, str]]:
        told = entry.get(name)
        if self._project is None or not isinstance(told, str):
            return
        known = self._project.loaders if place == ("loader",) else self._project.taps
        if told not in known:
            kind = "loader" if place == ("loader",) else "tap"
            yield (*place, name), f"'{told}' is no {kind} of the Meltano project{_meant(told, known)}"
            return
        yield from self._settings(place, entry, known[told])

    def _settings(self, place: Place, entry: Mapping[str, Any], plugin: Plugin) -> Iterator[tuple[Place, str]]:
        for part in ("settings", "secrets"):
            for setting in _mapping(entry.get(part)):
                where = (*place, part, setting)
                if setting in OURS:
                    yield where, f"'{setting}' is what the fleet itself sets for each run: leave it out"
                elif setting not in plugin.settings:
                    yield where, f"{plugin.name} has no setting '{setting}'{_meant(str(setting), plugin.settings)}"
                elif part == "settings" and setting in plugin.secret:
                    yield (
                        where,
                        f"'{setting}' is secret and stands here in the clear: it belongs to 'secrets'; {_SOURCE}",
                    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _called(place: Place, entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    if place[:1] == ("accounts",) and len(place) == 2:  # noqa: PLR2004 - an item of the list
        return f"the account '{name}'" if isinstance(name, str) else f"the account in entry {place[1] + 1}"
    return f"'{place[-1]}'"


def _meant(word: str, known: Iterable[str]) -> str:
    close: Sequence[str] = difflib.get_close_matches(word, [str(name) for name in known], n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _first_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", (text or "it cannot be read").strip())

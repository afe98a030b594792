"""Figures, the thresholds they have to meet, and how both are shown."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

AT_LEAST = ">="
AT_MOST = "<="
EXACTLY = "="
CLEARS: dict[str, Callable[[float, float], bool]] = {
    AT_LEAST: operator.ge,
    AT_MOST: operator.le,
    EXACTLY: operator.eq,
}


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: Its key in the results.
        value: The measured value.
        relation: The comparison between value and threshold.
        bar: The threshold.
        meaning: What the number is, in a few words.
        details: The numbers it was computed from.
        checks: Further conditions, as sentences, with whether each holds.
    """

    name: str
    value: float
    relation: str
    bar: float
    meaning: str
    details: dict[str, float | list[float]] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the threshold is met and every check holds."""
        return CLEARS[self.relation](self.value, self.bar) and all(self.checks.values())


def table(figures: Sequence[Figure]) -> Iterable[str]:
    """The figures as the lines of a table, followed by their details."""
    width = max(len(figure.name) for figure in figures)
    yield f"{'figure':<{width}}  {'measured':>10}  {'bar':>10}        meaning"
    for figure in figures:
        bar = f"{figure.relation} {figure.bar:g}"
        verdict = "pass" if figure.passed else "FAIL"
        yield f"{figure.name:<{width}}  {figure.value:>10.4g}  {bar:>10}  {verdict}  {figure.meaning}"
    yield ""
    for figure in figures:
        for sentence, holds in figure.checks.items():
            yield f"{figure.name}: {'yes' if holds else 'NO '}  {sentence}"
    for figure in figures:
        if figure.details:
            yield f"{figure.name}: " + ", ".join(f"{name} {_shown(value)}" for name, value in figure.details.items())


def _shown(value: float | list[float]) -> str:
    return "/".join(f"{one:.4g}" for one in value) if isinstance(value, list) else f"{value:,.6g}"


def write_results(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures as JSON, by name; earlier figures of other parts are kept."""
    results: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    for figure in figures:
        results[figure.name] = {
            "value": figure.value,
            "bar": f"{figure.relation} {figure.bar:g}",
            "passed": figure.passed,
            "meaning": figure.meaning,
            "details": figure.details,
            "checks": figure.checks,
        }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")

"""A figure, the bar it has to clear, and how both are shown."""

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
        value: What was measured.
        relation: How the value has to stand to the bar.
        bar: What it has to clear.
        meaning: What the number is, in a few words.
        details: What it was computed from.
        checks: What must hold besides, as sentences, with whether it does.
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
        """Whether the bar is cleared and every check holds."""
        return CLEARS[self.relation](self.value, self.bar) and all(self.checks.values())


def table(figures: Sequence[Figure]) -> Iterable[str]:
    """The figures as the lines of a table, what stands behind them below."""
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
    """Write the figures as JSON, by name; figures of other parts that were measured before stay."""
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

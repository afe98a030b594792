"""The figures of a campaign as a readable table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chaos.campaign import Figures

MOVES = "move"


def report(figures: Sequence[Figures], seed: int, seconds: float) -> str:
    """Format the report.

    Args:
        figures: The figures of each campaign.
        seed: The seed, with which it can be repeated.
        seconds: Total duration.
    """
    lines = [line for one in figures for line in _of(one)]
    problems = [f"  {one.source} ({one.loader}) {problem}" for one in figures for problem in one.problems]
    together = (
        f"Together: {sum(one.runs.total() for one in figures)} runs, "
        f"{sum(one.kills.total() for one in figures)} kills, "
        f"{sum(_faulty(one.faults) for one in figures)} faults in {sum(one.requests for one in figures)} requests, "
        f"{sum(one.changes.total() for one in figures)} changes, {sum(one.rows for one in figures)} rows looked at, "
        f"{seconds:.0f} s; seed {seed}"
    )
    verdict = ["Wrong:", *problems] if problems else ["Nothing was lost, doubled, left over or deleted."]
    return "\n".join((*lines, together, *verdict))


def _of(one: Figures) -> list[str]:
    share = _faulty(one.faults) / one.requests if one.requests else 0
    kinds = {kind: count for kind, count in one.faults.items() if kind != MOVES}
    kept = f"; {one.kept} of incremental streams are gone at the source" if one.kept else ""
    compared = f"{one.rows} rows after the runs; {one.final_rows} rows of {one.tables} tables with the store at the end"
    return [
        f"{one.source}, by {one.loader}, {one.seconds:.0f} s",
        f"  runs      {one.runs.total()}: {_list(one.runs)}; killed: {_list(one.kills)}",
        f"  failing   {'; '.join(one.failures) or 'none'}",
        f"  faults    {_faulty(one.faults)} in {one.requests} requests ({share:.1%}): {_list(kinds)}",
        f"  changes   {one.changes.total()}: {_list(one.changes)}; {one.faults[MOVES]} of them just before an answer",
        f"  compared  {compared}{kept}",
    ]


def _faulty(faults: Mapping[str, int]) -> int:
    return sum(count for kind, count in faults.items() if kind != MOVES)


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"

"""However many requests run at once, the output is the same."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from status_page import add_incident, add_metric, add_templates

from sandbox import CachetSeed, Sandbox

if TYPE_CHECKING:
    from status_runs import Run, TapRunner


def told(run: Run) -> list[str]:
    """The output, without what the clock writes into it."""
    lines = []
    for line in run.output.splitlines():
        message = json.loads(line)
        for name in ("time_extracted", "version"):
            message.pop(name, None)
        # As text, so that the order of the fields counts too.
        lines.append(json.dumps(message))
    return lines


@pytest.mark.parametrize("concurrency", [2, 8, 32])
def test_concurrent_output_is_serial_output(tap: TapRunner, concurrency: int) -> None:
    chance = random.Random(concurrency)  # noqa: S311
    with Sandbox(seed=3, cachet=CachetSeed(incidents=0, metrics=0, points=0, templates=0), bare=True) as box:
        box.cachet.settings.rate_limit = None
        add_templates(box, 53)
        for day in range(60):
            add_incident(box, chance.randrange(40) + day, updates=chance.randrange(5))
            add_metric(box, points=chance.choice((0, 1, 4, 9)))
        config: dict[str, Any] = {"api_url": box.cachet.api_url, "page_size": 4}
        serial = tap({**config, "max_concurrency": 1})
        concurrent = tap({**config, "max_concurrency": concurrency})
    assert serial.exit_code == concurrent.exit_code == 0
    assert len(serial.rows("points")) > 100
    assert told(concurrent) == told(serial)

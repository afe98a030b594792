"""What the SDK logs at INFO is for DEBUG, unless a logging configuration asks for it; structured logs stay whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from status_page import add_templates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from status_runs import TapRunner

    from sandbox import Sandbox

DESELECTED = "Skipping deselected stream 'metrics'."


def test_the_sdks_lines_are_logged_at_debug_alone(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_templates(box, 1)
    assert DESELECTED not in tap(config(), ["templates"]).log
    monkeypatch.setenv("TAP_STATUS_LOGLEVEL", "DEBUG")
    lines = tap(config(), ["templates"]).log.splitlines()
    (line,) = (line for line in lines if DESELECTED in line)
    assert " | DEBUG " in line


def test_a_structured_log_has_levels_and_a_handler_of_metrics_gets_them_all(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_templates(box, 3)
    metrics = tmp_path / "metrics.jsonl"
    structured = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}
    logging_config = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "singer_sdk.logging.StructuredFormatter"}},
        "handlers": {
            "console": structured,
            "metrics": {"class": "logging.FileHandler", "filename": str(metrics), "formatter": "json"},
        },
        "root": {"level": "INFO", "handlers": ["console"]},
        "loggers": {"singer_sdk.metrics": {"level": "INFO", "handlers": ["metrics"], "propagate": True}},
    }
    monkeypatch.setenv("SINGER_SDK_LOG_CONFIG", tap.file("logging.json", logging_config))

    _, log = tap.start(config(), ["templates"]).communicate(timeout=60)

    lines = [json.loads(line) for line in log.splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert "  templates: 3 rows, 1 request" in [line["message"] for line in lines]
    assert not [line for line in lines if "metric_info" in line or "deselected" in line["message"]]
    points = [json.loads(line) for line in metrics.read_text().splitlines()]
    assert {(point["level"], point["metric_info"]["tags"]["stream"]) for point in points} == {("info", "templates")}
    (count,) = (point for point in points if point["metric_info"]["metric"] == "record_count")
    assert count["metric_info"]["value"] == 3

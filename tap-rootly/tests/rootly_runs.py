"""Settings for runs of the tap against a sandbox, and what its streams are called there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_rootly.streams import STREAMS
from tap_rootly.tap import TapRootly

if TYPE_CHECKING:
    from sandbox import Sandbox

STREAM_CLASSES = {str(vars(stream)["name"]): stream for stream in STREAMS}
NAMES = sorted(STREAM_CLASSES)
STREAM_OBJECTS = TapRootly(config={"api_token": "none"}).streams
PREFIX = "/rootly"
INCIDENTS = f"{PREFIX}/v1/incidents"
OF_INCIDENTS = sorted(name for name in NAMES if getattr(STREAM_CLASSES[name], "parent_stream", "") == "incidents")
CHOSEN_BY_DEFAULT = sorted(name for name in NAMES if STREAM_CLASSES[name].selected_by_default)


def settings(box: Sandbox, token: str = "full", **more: Any) -> dict[str, Any]:  # noqa: S107 - the name of a token
    """Settings that read a sandbox without a limit of their own.

    Args:
        box: The sandbox.
        token: The name of the token.
        more: Further settings.
    """
    return {
        "api_url": box.rootly.api_url,
        "api_token": box.rootly.tokens[token],
        "requests_per_minute": 0,
        "max_retries": 1,
        "chart_period": "7 days",
        **more,
    }

"""Row by row: what the tap writes is what the server holds, for every viewer and every kind of server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cachet_facts import CachetFacts, Viewer, by_key
from cachet_runs import settings

if TYPE_CHECKING:
    from cachet_runs import Tap

    from sandbox import Sandbox

LISTED = set(CachetFacts.NAMES) if hasattr(CachetFacts, "NAMES") else set()


@pytest.mark.parametrize("viewer", ["guest", "readonly", "full"])
def test_every_stream_holds_what_this_viewer_may_see(full_box: Sandbox, tap: Tap, viewer: str) -> None:
    token = None if viewer == "guest" else viewer
    run = tap(settings(full_box, token), everything=True)
    expected = CachetFacts(full_box, Viewer(viewer)).streams()
    assert run.exit_code == 0
    for stream, rows in expected.items():
        wanted = rows if stream != "subscribers" or viewer == "full" else []
        assert by_key(stream, run.rows[stream]) == by_key(stream, wanted), stream

"""What the README says is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import singer_fanout
from plain_server import PlainServer, Reply
from shelf import Shelf, ShelfPaginator
from status_runs import TapRunner

README = (Path(singer_fanout.__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def example() -> dict[str, Any]:
    source = README.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {"__name__": "readme_example"}
    exec(compile(source, "README.md", "exec"), names)  # noqa: S102
    return names


def tracker(reply: Reply) -> None:
    if "comments" in reply.path:
        issue = int(reply.path.split("/")[2])
        reply.json({"items": [{"id": 10 * issue + number, "text": "Hm"} for number in range(2)], "more": False})
    else:
        times = {1: "2026-05-02T00:00:00.000000Z", 2: "2026-05-01T00:00:00.000000Z"}
        items = [{"id": key, "title": "Broken", "updated_at": moment} for key, moment in times.items()]
        reply.json({"items": items, "more": False})


def test_the_example_is_a_whole_tap(tmp_path: Path) -> None:
    with PlainServer(tracker) as server:
        run = TapRunner(tmp_path, example()["TapTracker"])({"api_url": server.url, "token": "secret"})
        assert len(server.received) == 3
    assert run.exit_code == 0, run.log
    assert run.ids("issues") == [1, 2]
    assert run.ids("comments") == [20, 21, 10, 11]
    assert run.state["bookmarks"]["comments"]["replication_key_value"] == "2026-05-02T00:00:00.000000Z"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    rows = []
    for setting in singer_fanout.engine_settings(requests_per_minute=600):
        default = "the API's limit" if setting.name == "requests_per_minute" else f"`{json.dumps(setting.default)}`"
        rows.append(f"| `{setting.name}` | {default} | {setting.description} |")
    table = README.split("<!-- settings: begin -->\n")[1].split("<!-- settings: end -->")[0]
    assert table.splitlines()[2:] == rows


def test_the_table_of_costs_is_what_lists_cost() -> None:
    table = README.split("| pages |")[1].split("\n\n")[0]
    rows = [[int(cell) for cell in line.strip("| ").split("|")] for line in table.splitlines()[2:]]
    for pages, eight, one in rows:
        for workers, cost in ((8, eight), (1, one)):
            shelf, pool = Shelf(5 * pages, 5, {}, frozenset()), singer_fanout.RequestPool(workers)
            assert len(list(singer_fanout.ListReading(shelf.fetch, ShelfPaginator(), pool))) == pages
            assert len(shelf.fetched) == cost
            pool.close()

"""kill -9 at random moments. By hand, with all that is promised: TARGET_DUCKDB_KILLS=30 pytest -s <this file>."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

EXECUTABLE = Path(sys.executable).with_name("target-duckdb")
KILLS = int(os.environ.get("TARGET_DUCKDB_KILLS", "4"))
SEED = int(os.environ.get("TARGET_DUCKDB_SEED", str(time.time_ns() % 1_000_000)))
ROWS = 200_000 if KILLS >= 30 else 20_000
BATCH = 1000
START = 0.8  # seconds in which the loader has started and written its first batches


@dataclass
class Tap:
    """A tap that can go on from a state. The state is the position in its output, and how many rows it has sent."""

    chance: random.Random
    output: bytes = b""
    expected: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        properties = {"id": {"type": "integer"}, "v": {"type": "string"}, "o": {"type": "object"}}
        schema = {"type": "object", "properties": properties}
        self.schema = as_line({"type": "SCHEMA", "stream": "t", "schema": schema, "key_properties": ["id"]})
        output = bytearray()
        until_state = 0
        for key in range(ROWS):
            for again in (key, self.chance.randrange(max(0, key - 3 * BATCH), key + 1))[
                : self.chance.choice((1, 1, 2))
            ]:
                self.expected[again] = f"{again} as of {key}"
                row = {"id": again, "v": self.expected[again], "o": {"keys": [key, again]}}
                output += as_line({"type": "RECORD", "stream": "t", "record": row})
            until_state -= 1
            if until_state < 0:
                until_state = self.chance.randrange(2 * BATCH)
                output += as_line({"type": "STATE", "value": {"position": len(output), "rows": key + 1}})
        self.output = bytes(output)

    def write(self, state: dict[str, int], pipe: Any) -> None:
        """Send what comes after a state, until it is sent or nobody listens any more."""
        with suppress(OSError), pipe:
            pipe.write(self.schema)
            pipe.write(memoryview(self.output)[state["position"] :])


def as_line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def run(tap: Tap, config: Path, state: dict[str, int], kill: tuple[int, float] | None) -> tuple[dict[str, int], int]:
    """Load from a state on. With ``kill``, end the loader after so many states and so many seconds more.

    Returns:
        The last state that came out, and the exit code.
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([EXECUTABLE, "--config", config], **pipes) as loader:  # type: ignore[call-overload] # noqa: S603
        feeder = threading.Thread(target=tap.write, args=(state, loader.stdin))
        feeder.start()
        states = [state]
        if kill is not None:
            for _ in range(kill[0]):
                if not (line := loader.stdout.readline()):
                    break
                states.append(json.loads(line))
            time.sleep(kill[1])
            loader.kill()
        states += [json.loads(line) for line in loader.stdout if line.endswith(b"\n")]
        code = loader.wait()
        feeder.join()
    loader.stdin = None
    return states[-1], code


def test_a_load_that_is_killed_again_and_again_ends_with_every_row_once(tmp_path: Path) -> None:
    print(f"seed {SEED}: TARGET_DUCKDB_SEED={SEED} TARGET_DUCKDB_KILLS={KILLS}")  # noqa: T201 - to do it again
    chance = random.Random(SEED)  # noqa: S311 - the same moments again with the same seed
    tap = Tap(chance)
    path, config = tmp_path / "t.duckdb", tmp_path / "config.json"
    config.write_text(json.dumps({"filepath": str(path), "batch_size_rows": BATCH}))
    nothing = {"position": 0, "rows": 0}
    state, kills = nothing, 0
    most_states = max(2, 2 * ROWS // BATCH // KILLS)
    while kills < KILLS:
        at_start = chance.random() < 0.3
        moment = (
            (0, chance.uniform(0, START)) if at_start else (chance.randrange(1, most_states), chance.uniform(0, 0.05))
        )
        state, code = run(tap, config, state, moment)
        if code == 0:  # it was faster: from the beginning, over what is there
            state = nothing
            continue
        kills += 1
        if state["rows"]:
            with duckdb.connect(str(path)) as connection:
                found = connection.execute("SELECT count(*), count(DISTINCT id) FROM t WHERE id < ?", [state["rows"]])
                assert found.fetchone() == (state["rows"], state["rows"]), f"promised by {state} after {moment}"
        print(f"kill {kills} {moment}: {state}")  # noqa: T201
    state, code = run(tap, config, state, None)
    assert code == 0
    assert state["rows"] <= ROWS
    with duckdb.connect(str(path)) as connection:
        rows = connection.execute("SELECT id, v FROM t").fetchall()
    assert len(rows) == ROWS
    assert dict(rows) == tap.expected

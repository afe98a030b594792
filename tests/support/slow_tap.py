"""A Singer tap that sends a row and its state every few milliseconds, for as long as is wanted; without any package."""

from __future__ import annotations

import json
import signal
import sys
import time


def send(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    options = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
    with open(options["--config"]) as file:  # noqa: PTH123 - it starts faster so
        config = json.load(file)
    first = 0
    if "--state" in options:
        with open(options["--state"]) as file:  # noqa: PTH123
            first = json.load(file).get("next", 0)
    sys.stderr.write(f"begins with {first}\n")
    properties = {"id": {"type": "integer"}}
    send({"type": "SCHEMA", "stream": "rows", "schema": {"properties": properties}, "key_properties": ["id"]})
    for number in range(first, int(config["rows"])):
        send({"type": "RECORD", "stream": "rows", "record": {"id": number}})
        send({"type": "STATE", "value": {"next": number + 1}})
        time.sleep(float(config["seconds"]))


main()

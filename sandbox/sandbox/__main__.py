"""The sandbox by hand: `sandbox --port 8600 --rows incidents=5000`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from sandbox import CachetSeed, RateLimit, Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZES = tuple(field.name for field in fields(CachetSeed))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    options = _parser().parse_args(arguments)
    sizes = {name: type(getattr(CachetSeed(), name))(number) for name, number in options.rows}
    box = Sandbox(seed=options.seed, port=options.port, cachet=replace(CachetSeed(), **sizes))
    box.faults.latency = options.latency
    if options.rate_limit is not None:
        box.faults.limit = RateLimit(requests=options.rate_limit, seconds=60)
    if not options.api_limits:
        box.cachet.settings.rate_limit = None
    box.cachet.settings.timezone = options.timezone
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        box.start()
    except OSError as error:
        print(f"sandbox: port {options.port}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    print("\n".join(_lines(box)), flush=True)  # noqa: T201
    ended.wait()
    box.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox",
        description="Serve the APIs which the taps read, with seeded data, on 127.0.0.1 until stopped.",
        epilog=f"Tables of --rows and their default sizes: {_default_sizes()}. "
        "Faults are put in force while it runs: POST /_sandbox/faults, see the README.",
    )
    parser.add_argument("--port", type=int, default=8600, help="port; 0 takes a free one (default: 8600)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the data (default: 0)")
    parser.add_argument(
        "--latency", type=float, default=0.0, metavar="S", help="seconds that every answer waits (default: 0)"
    )
    parser.add_argument(
        "--rate-limit", type=int, metavar="N", help="requests a minute over the whole server (default: no limit)"
    )
    parser.add_argument(
        "--rows",
        type=_size,
        nargs="+",
        action="extend",
        default=[],
        metavar="TABLE=N",
        help="how much data there is, such as incidents=5000",
    )
    parser.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="IANA zone that times are told in (default: UTC)"
    )
    parser.add_argument(
        "--no-api-limits", dest="api_limits", action="store_false", help="switch the APIs' own limits off"
    )
    return parser


def _size(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    if name not in _SIZES:
        raise argparse.ArgumentTypeError(f"there is no size {name}; there are {', '.join(_SIZES)}")
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{name} takes a number, not {number!r}") from None


def _default_sizes() -> str:
    sizes = CachetSeed()
    return ", ".join(f"{name}={getattr(sizes, name)}" for name in _SIZES)


def _lines(box: Sandbox) -> list[str]:
    cachet = box.cachet
    v3_tokens = " ".join(f"{name}={token}" for name, token in cachet.tokens.items() if name != "v2")
    return [
        f"cachet        {cachet.api_url}  {v3_tokens}",
        f"cachet-older  {cachet.older_api_url}",
        f"cachet-v2     {cachet.v2_api_url}  v2={cachet.tokens['v2']}",
    ]


if __name__ == "__main__":
    raise SystemExit(main())

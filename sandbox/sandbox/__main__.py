"""The command line: `sandbox --port 8600 --rows incidents=5000`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RateLimit, RootlySeed, Sandbox, SigrylSeed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SEEDS: Mapping[str, Any] = {
    "cachet": CachetSeed(),
    "instatus": InstatusSeed(),
    "rootly": RootlySeed(),
    "sigryl": SigrylSeed(),
    "boxwatch": BoxWatchSeed(),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    options = _parser().parse_args(arguments)
    sizes = {api: _sized(api, options.rows) for api in _SEEDS}
    box = Sandbox(seed=options.seed, port=options.port, **sizes)
    box.faults.latency = options.latency
    if options.rate_limit is not None:
        box.faults.limit = RateLimit(requests=options.rate_limit, seconds=60)
    if not options.api_limits:
        box.cachet.settings.rate_limit = None
        box.rootly.settings.rate_limit = None
        box.sigryl.settings.reads = box.sigryl.settings.writes = None
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
        help="how much data there is, such as incidents=5000, or instatus.incidents=5000 for one API alone",
    )
    parser.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="IANA zone that times are told in (default: UTC)"
    )
    parser.add_argument(
        "--no-api-limits", dest="api_limits", action="store_false", help="switch the APIs' own limits off"
    )
    return parser


def _size(text: str) -> tuple[str, str, float]:
    """Parse `TABLE=N` or `API.TABLE=N` into the API (empty for all with such a table), the table and the number."""
    names, _, number = text.partition("=")
    api, _, name = names.rpartition(".")
    if not any(api in {"", known} and name in _names(seed) for known, seed in _SEEDS.items()):
        raise argparse.ArgumentTypeError(f"there is no size {names}; there are {_default_sizes()}")
    try:
        return api, name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{names} takes a number, not {number!r}") from None


def _sized(api: str, sizes: Iterable[tuple[str, str, float]]) -> Any:
    """The seed of an API with the requested sizes."""
    seed = _SEEDS[api]
    wanted = {name: number for of, name, number in sizes if of in {"", api} and name in _names(seed)}
    return replace(seed, **{name: type(getattr(seed, name))(number) for name, number in wanted.items()})


def _names(seed: Any) -> list[str]:
    return [field.name for field in fields(seed)]


def _default_sizes() -> str:
    return "; ".join(
        f"{api}: " + ", ".join(f"{name}={getattr(seed, name)}" for name in _names(seed)) for api, seed in _SEEDS.items()
    )


def _lines(box: Sandbox) -> list[str]:
    cachet = box.cachet
    v3_tokens = " ".join(f"{name}={token}" for name, token in cachet.tokens.items() if name != "v2")
    keys = " ".join(f"{name}={key}" for name, key in box.instatus.api_keys.items())
    sigryl_keys = " ".join(
        f"{view.slug}={key}" for view, key in zip(box.sigryl.views(), box.sigryl.api_keys, strict=True)
    )
    rootly_keys = " ".join(f"{name}={key}" for name, key in box.rootly.tokens.items())
    boxwatch_keys = " ".join(
        [
            *(f"key{number or ''}={key}" for number, key in enumerate(box.boxwatch.api_keys)),
            *(f"endpoint{number or ''}={key}" for number, key in enumerate(box.boxwatch.endpoint_keys())),
        ]
    )
    return [
        f"cachet        {cachet.api_url}  {v3_tokens}",
        f"cachet-older  {cachet.older_api_url}",
        f"cachet-v2     {cachet.v2_api_url}  v2={cachet.tokens['v2']}",
        f"instatus      {box.instatus.api_url}  {keys}  pages={box.instatus.public_url_pattern}",
        f"rootly        {box.rootly.api_url}  {rootly_keys}",
        f"sigryl        {box.sigryl.api_url}  {sigryl_keys}",
        f"boxwatch      {box.boxwatch.api_url}  {boxwatch_keys}",
    ]


if __name__ == "__main__":
    raise SystemExit(main())

"""A local HTTP server that implements the APIs that the taps read, with faults on demand."""

from __future__ import annotations

from sandbox.boxwatch import BoxWatch, BoxWatchSeed, BoxWatchSettings, BoxWatchStore
from sandbox.cachet import Cachet, CachetSeed, CachetSettings, CachetStore
from sandbox.faults import Fault, Faults, RateLimit
from sandbox.instatus import Instatus, InstatusSeed, InstatusSettings, InstatusStore
from sandbox.request_log import RequestLog
from sandbox.rootly import Rootly, RootlySeed, RootlySettings, RootlyStore
from sandbox.server import Sandbox
from sandbox.sigryl import Sigryl, SigrylSeed, SigrylSettings, SigrylStore

__all__ = [
    "BoxWatch",
    "BoxWatchSeed",
    "BoxWatchSettings",
    "BoxWatchStore",
    "Cachet",
    "CachetSeed",
    "CachetSettings",
    "CachetStore",
    "Fault",
    "Faults",
    "Instatus",
    "InstatusSeed",
    "InstatusSettings",
    "InstatusStore",
    "RateLimit",
    "RequestLog",
    "Rootly",
    "RootlySeed",
    "RootlySettings",
    "RootlyStore",
    "Sandbox",
    "Sigryl",
    "SigrylSeed",
    "SigrylSettings",
    "SigrylStore",
]

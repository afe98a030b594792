"""A local HTTP server that speaks the APIs which the taps read, with faults on demand."""

from __future__ import annotations

from sandbox.cachet import Cachet, CachetSeed, CachetSettings, CachetStore
from sandbox.faults import Fault, Faults, RateLimit
from sandbox.request_log import RequestLog
from sandbox.server import Sandbox

__all__ = [
    "Cachet",
    "CachetSeed",
    "CachetSettings",
    "CachetStore",
    "Fault",
    "Faults",
    "RateLimit",
    "RequestLog",
    "Sandbox",
]

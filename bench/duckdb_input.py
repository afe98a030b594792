"""The Singer file that the DuckDB loaders load: orders of a shop, 25 fields each, some of them nested."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STREAM = "orders"
KEY = "id"
RECORDS_BETWEEN_STATES = 10_000

_TEXT = {"type": ["null", "string"]}
_INTEGER = {"type": ["null", "integer"]}
_NUMBER = {"type": ["null", "number"]}
_BOOLEAN = {"type": ["null", "boolean"]}
_TIME = {"type": ["null", "string"], "format": "date-time"}
_ADDRESS = {"type": ["null", "object"], "properties": {"street": _TEXT, "city": _TEXT, "zip": _TEXT, "country": _TEXT}}
_LINES = {
    "type": ["null", "array"],
    "items": {"type": "object", "properties": {"sku": _TEXT, "quantity": _INTEGER, "price": _NUMBER, "note": _TEXT}},
}
PROPERTIES: dict[str, dict[str, Any]] = {
    "id": {"type": "integer"},
    "number": _TEXT,
    "customer_id": _INTEGER,
    "customer_name": _TEXT,
    "email": _TEXT,
    "status": _TEXT,
    "currency": _TEXT,
    "total": _NUMBER,
    "discount": _NUMBER,
    "weight_kg": _NUMBER,
    "item_count": _INTEGER,
    "priority": _INTEGER,
    "is_paid": _BOOLEAN,
    "is_gift": _BOOLEAN,
    "channel": _TEXT,
    "coupon": _TEXT,
    "comment": _TEXT,
    "tracking_url": _TEXT,
    "created_at": _TIME,
    "updated_at": _TIME,
    "shipped_at": _TIME,
    "shipping_address": _ADDRESS,
    "lines": _LINES,
    "tags": {"type": ["null", "array"], "items": {"type": "string"}},
    "attributes": {"type": ["null", "object"]},
}
_FIRST_DAY = datetime(2024, 1, 1, tzinfo=timezone.utc)
_TEXT_OF_COMMENTS = (
    "please ring twice, leave it behind the shed \u2013 thank you! \u00e9t\u00e9 caf\u00e9"
    ' "quoted" 50% off\nsecond line'
)
_WORDS = _TEXT_OF_COMMENTS.split(" ")
_STATUSES = ("open", "paid", "packed", "shipped", "delivered", "returned")
_CITIES = ("Lyon", "Kraków", "Porto", "Malmö", "Ghent", "Graz")


def records(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Generate orders with the ids 1 to ``count``, the same in every run.

    Args:
        count: Number of orders.
        seed: Seed of the random numbers.

    Yields:
        Records of about 1,300 bytes as JSON.
    """
    chance = random.Random(seed)  # noqa: S311 - data, not secrets
    for number in range(1, count + 1):
        yield _order(number, chance)


def _order(number: int, chance: random.Random) -> dict[str, Any]:
    created = _FIRST_DAY + timedelta(seconds=97 * number, microseconds=number % 1_000_000)
    lines: list[dict[str, Any]] = [
        {
            "sku": f"SKU-{chance.randrange(100_000):06d}",
            "quantity": chance.randrange(1, 9),
            "price": round(chance.uniform(1, 500), 2),
            "note": chance.choice(_WORDS) if item else None,
        }
        for item in range(3)
    ]
    return {
        "id": number,
        "number": f"ORD-{number:09d}",
        "customer_id": chance.randrange(50_000),
        "customer_name": f"Customer {chance.randrange(50_000)}",
        "email": f"customer{chance.randrange(50_000)}@example.com",
        "status": chance.choice(_STATUSES),
        "currency": "EUR",
        "total": round(sum(line["price"] * line["quantity"] for line in lines), 2),
        "discount": chance.choice((0.0, 2.5, 10.25)),
        "weight_kg": chance.uniform(0.1, 30),
        "item_count": len(lines),
        "priority": number % 4,
        "is_paid": number % 3 != 0,
        "is_gift": number % 17 == 0,
        "channel": chance.choice(("web", "shop", "phone")),
        "coupon": None if number % 5 else f"SPRING-{number % 97}",
        "comment": " ".join(chance.choices(_WORDS, k=14)),
        "tracking_url": f"https://parcels.example.com/track/{number:012x}?lang=en",
        "created_at": _rfc3339(created),
        "updated_at": _rfc3339(created + timedelta(hours=chance.randrange(1, 90))),
        "shipped_at": None if number % 7 == 0 else _rfc3339(created + timedelta(hours=30)),
        "shipping_address": {
            "street": f"{chance.randrange(1, 300)} Station Road",
            "city": chance.choice(_CITIES),
            "zip": f"{chance.randrange(100_000):05d}",
            "country": "FR",
        },
        "lines": lines,
        "tags": chance.sample(("new", "vip", "fragile", "bulk", "eco"), k=2),
        "attributes": {"warehouse": {"id": number % 12, "zone": "B", "racks": [number % 40, number % 7]}, "score": 0.5},
    }


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def write_singer_file(path: Path, count: int) -> None:
    """Write a file like a tap's output: one SCHEMA, the records, and a STATE after every ten thousand of them.

    Args:
        path: The file.
        count: Number of records.
    """
    encode = msgspec.json.encode
    schema = {"type": "object", "properties": PROPERTIES}
    with path.open("wb") as file:
        head = {"type": "SCHEMA", "stream": STREAM, "schema": schema, "key_properties": [KEY]}
        file.write(json.dumps(head).encode() + b"\n")
        for number, record in enumerate(records(count), start=1):
            message = {"type": "RECORD", "stream": STREAM, "record": record, "time_extracted": "2026-01-01T00:00:00Z"}
            file.write(encode(message) + b"\n")
            if number % RECORDS_BETWEEN_STATES == 0:
                state = {"type": "STATE", "value": {"bookmarks": {STREAM: {"replication_key_value": number}}}}
                file.write(encode(state) + b"\n")

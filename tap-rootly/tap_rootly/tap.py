"""The tap: its settings and its streams."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urlsplit

from singer_fanout import ApiTap, FanOutStream, engine_settings, utc_text
from singer_sdk import typing as th

from tap_rootly.auth import UNAUTHORIZED_HINT, rootly_authenticator
from tap_rootly.client import MEDIA_TYPE, RootlyListStream
from tap_rootly.left_out import why_left_out
from tap_rootly.pagination import PAGE_SIZE
from tap_rootly.parents import ParentsList
from tap_rootly.refused_kinds import RefusedKinds
from tap_rootly.side_loading import SideLoadedStream, Wholeness
from tap_rootly.streams import STREAMS, STREAMS_WITH_RECORDS

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from singer_fanout import Reading
    from singer_fanout.shared import SharedReading
    from singer_sdk import Stream

    from tap_rootly.parents import Part

ROOTLY = "https://api.rootly.com"
REQUESTS_PER_MINUTE = 3000


class TapRootly(ApiTap):
    """Singer tap for Rootly: incidents with everything that belongs to them, alerts, on-call, catalog, workflows."""

    name = "tap-rootly"
    unauthorized_hint = UNAUTHORIZED_HINT
    side_effects = re.compile(r"/live_call_routers/generate_phone_number$")

    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "api_token",
            th.StringType(min_length=1),
            required=True,
            secret=True,
            title="API token",
            description="API key, either global, of a team or personal. It determines what the tap can see.",
        ),
        th.Property(
            "api_url",
            th.StringType,
            default=ROOTLY,
            title="API address",
            description="Base URL of the API, without the /v1 that all routes begin with.",
        ),
        th.Property(
            "start_date",
            th.DateTimeType,
            title="Start date",
            description=(
                "Incremental streams read what was changed or created since this time; without it they read "
                "everything. A later bookmark takes precedence."
            ),
        ),
        th.Property(
            "lookback_seconds",
            th.IntegerType(minimum=0),
            default=300,
            title="Look-back",
            description=(
                "Seconds before its bookmark at which an incremental stream starts to read, to catch what became "
                "visible late."
            ),
        ),
        th.Property(
            "page_size",
            th.IntegerType(minimum=1, maximum=1000),
            default=PAGE_SIZE,
            title="Page size",
            description=(
                "Rows per page; Rootly's own clients never request more than 100. A lower documented maximum is "
                "respected. A page that times out is requested again at half the size."
            ),
        ),
        th.Property(
            "shift_horizon_days",
            th.IntegerType(minimum=1, maximum=3650),
            default=90,
            title="Horizon of shifts",
            description="How many days ahead the stream upcoming_shifts looks.",
        ),
        th.Property(
            "chart_period",
            th.StringType,
            title="Period of charts",
            description=(
                "Period that the chart streams cover, in the words of Rootly's API. They are off by default; those "
                "that count incidents need it."
            ),
        ),
        th.Property(
            "incident_kinds",
            th.ArrayType(th.StringType(pattern="^[a-z_]+$")),
            title="Kinds of incidents",
            description=(
                "Read only incidents of these kinds, and what belongs to them: normal, test, example, backfilled, "
                "scheduled, and the sub-incidents normal_sub, test_sub, example_sub, scheduled_sub. "
                "Without it, all that the API lists."
            ),
        ),
        th.Property(
            "record_ids",
            th.ObjectType(
                *(th.Property(name, th.ArrayType(th.StringType)) for name in STREAMS_WITH_RECORDS),
                additional_properties=False,
            ),
            title="Single records",
            description=(
                'Read only these records of a stream and what belongs to them, e.g. {"incidents": ["9c2f..."]}; '
                "such a run deletes nothing and moves no bookmark."
            ),
        ),
        *engine_settings(requests_per_minute=REQUESTS_PER_MINUTE),
    ).to_dict()

    def discover_streams(self) -> Sequence[Stream]:
        """All streams."""
        return [stream(self) for stream in STREAMS]

    @property
    def streams(self) -> dict[str, Stream]:
        """The streams, in reading order.

        Children come after their parents: so the parents' own rows, the larger part of the pages that they share,
        need not be kept in a file.
        """
        if self._streams is None:
            found = super().streams
            self._streams = {name: found[name] for stream in STREAMS if (name := str(vars(stream)["name"])) in found}
        return self._streams

    def is_secret_field(self, stream: str, name: str) -> bool:
        """Whether the field is left out of the stream, or has the name of a secret."""
        return why_left_out(stream, name) is not None

    def setting_errors(self) -> list[str]:
        """Errors in the URL, such as a version that is already part of the routes."""
        errors = super().setting_errors()
        url = self.config.get("api_url")
        if isinstance(url, str) and not errors and urlsplit(url).path.rstrip("/").endswith("/v1"):
            errors.append(f"api_url: must end before /v1, as {ROOTLY} does")
        return errors

    def authenticator(self) -> Any:
        """Adds the token."""
        return rootly_authenticator(self.config["api_token"])

    def request_headers(self) -> dict[str, str]:
        """Request the JSON:API media type."""
        return {**super().request_headers(), "Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}

    @cached_property
    def began_at(self) -> str:
        """When this run started."""
        return utc_text(datetime.now(timezone.utc))

    # Lists that several streams are made from

    @cached_property
    def kinds_of_children(self) -> dict[str, dict[str, SideLoadedStream]]:
        """The side-loaded streams: name of the parent stream -> value of `include` -> stream."""
        kinds: defaultdict[str, dict[str, SideLoadedStream]] = defaultdict(dict)
        for stream in self.streams.values():
            if isinstance(stream, SideLoadedStream):
                kinds[stream.parent_stream][stream.include] = stream
        return dict(kinds)

    @cached_property
    def fields_of_parents(self) -> dict[str, frozenset[str]]:
        """The fields of each stream's rows that rows of other streams repeat."""
        fields: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        for stream in self.streams.values():
            if isinstance(stream, FanOutStream):
                fields[stream.parent_stream] |= {*stream.parent_fields.values()}
        return fields

    def part_of_list(self, part: Part) -> SharedReading:
        """The shared reading of a part of a list."""
        return self.shared_reading(part, lambda: self.part_reading(part))

    def part_reading(self, part: Part) -> Reading:
        """Create a reading of a part of a list, which is read once for all selected streams that need it."""
        wanted = [
            other.name for other in self._parts_wanted if (other.parents, other.since) == (part.parents, part.since)
        ]
        names = tuple(wanted if part.name in wanted else (part.name,))
        key = part.parents, part.since, names
        if key not in self._parents_lists:
            stream = cast("RootlyListStream", self.paged_stream(part.parents))
            self._parents_lists[key] = ParentsList(
                stream,
                part.since,
                names,
                fields=self.fields_of_parents[stream.name],
                refused=RefusedKinds(stream, self.kinds_of_children[stream.name]),
                pool=self.pool,
                room=self.room,
            )
        return self._parents_lists[key].part(part.name)

    @cached_property
    def _parents_lists(self) -> dict[Hashable, ParentsList]:
        return {}

    @cached_property
    def _parts_wanted(self) -> dict[Part, None]:
        """The parts that the selected streams need, in the order of the streams and without duplicates."""
        return dict.fromkeys(
            part
            for stream in self.streams.values()
            if stream.selected and isinstance(stream, RootlyListStream)
            for part in stream.parts_read(stream.starting_bookmark())
        )

    @cached_property
    def wholeness(self) -> defaultdict[str, Wholeness]:
        """What is known about the lists included with a stream's rows."""
        return defaultdict(Wholeness)

    def record_ids(self, stream: str) -> tuple[str, ...] | None:
        """The records to read of a stream; None for all."""
        chosen = (self.config.get("record_ids") or {}).get(stream)
        return None if chosen is None else tuple(chosen)

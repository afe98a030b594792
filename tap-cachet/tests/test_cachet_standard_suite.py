"""The SDK's own tests of a tap, and what the tap says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cachet_runs import run, selecting, settings
from singer_sdk.testing import get_tap_test_class
from tap_cachet.tap import TapCachet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syrupy.assertion import SnapshotAssertion

    from sandbox import Sandbox

CONFIG: dict[str, Any] = {"api_token": "filled in when there is a server"}
STREAMS = sorted(TapCachet(config={}).streams)

StandardTests = get_tap_test_class(
    TapCachet,
    config=CONFIG,
    parse_env_config=False,
    catalog=selecting({}),
)


# Some fields are told by 2.x alone.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestTapCachet(StandardTests):  # type: ignore[misc, valid-type]
    """The SDK's tests, each for each stream or field."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def server(cls, full_box: Sandbox) -> Iterator[None]:
        """Point the settings, which the SDK's runner holds already, to a server."""
        kept = dict(CONFIG)
        CONFIG.update(settings(full_box, "full"))
        yield
        CONFIG.clear()
        CONFIG.update(kept)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_is_declared_as_it_was(stream: str, snapshot: SnapshotAssertion) -> None:
    catalog = json.loads(run(["--discover"]).output)
    (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream)
    assert entry == snapshot


def test_the_catalog_holds_the_streams_that_it_held(snapshot: SnapshotAssertion) -> None:
    catalog = json.loads(run(["--discover"]).output)
    assert [entry["tap_stream_id"] for entry in catalog["streams"]] == snapshot


def test_a_2_x_server_has_no_schedule_updates(tmp_path: Any) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"api_version": 2}))
    catalog = json.loads(run(["--config", str(config), "--discover"]).output)
    assert sorted({entry["tap_stream_id"] for entry in catalog["streams"]} ^ set(STREAMS)) == ["schedule_updates"]


def test_the_settings_and_capabilities_are_those_that_were(snapshot: SnapshotAssertion) -> None:
    about = json.loads(run(["--about", "--format", "json"]).output)
    moving = {"version", "sdk_version", "supported_python_versions"}
    assert {name: value for name, value in about.items() if name not in moving} == snapshot


def test_the_token_is_declared_secret() -> None:
    about = json.loads(run(["--about", "--format", "json"]).output)
    secret = [name for name, setting in about["settings"]["properties"].items() if setting.get("secret")]
    assert secret == ["api_token"]


def test_discovery_asks_nothing_of_the_server(full_box: Sandbox, tmp_path: Any) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings(full_box, "full")))
    before = full_box.requests.total
    assert run(["--config", str(config), "--discover"]).exit_code == 0
    assert full_box.requests.total == before

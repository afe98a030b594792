"""The SDK's own tests of a tap, and what the tap says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from instatus_facts import STREAMS, schema, settings
from singer_fanout.testing import run_tap, selecting
from singer_sdk.testing import get_tap_test_class
from tap_instatus.tap import TapInstatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from sandbox import Sandbox

CONFIG: dict[str, Any] = {"api_key": "filled in when there is a server"}

StandardTests = get_tap_test_class(
    TapInstatus,
    config=CONFIG,
    parse_env_config=False,
    catalog=selecting(TapInstatus, CONFIG),
)


# Some fields are told by version 2 of a list, or by no server that is known.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestTapInstatus(StandardTests):  # type: ignore[misc, valid-type]
    """The SDK's tests, each for each stream or field."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def server(cls, full_box: Sandbox) -> Iterator[None]:
        """Point the settings, which the SDK's runner holds already, to a server."""
        kept = dict(CONFIG)
        CONFIG.update(settings(full_box))
        yield
        CONFIG.clear()
        CONFIG.update(kept)


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A file of settings."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"api_key": "none"}))
    return str(path)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_is_declared_as_it_was(config: str, stream: str, snapshot: SnapshotAssertion) -> None:
    catalog = json.loads(run_tap(TapInstatus, ["--config", config, "--discover"]).output)
    (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream)
    assert entry == snapshot


def test_the_catalog_holds_the_streams_that_it_held(config: str, snapshot: SnapshotAssertion) -> None:
    catalog = json.loads(run_tap(TapInstatus, ["--config", config, "--discover"]).output)
    assert [entry["tap_stream_id"] for entry in catalog["streams"]] == snapshot


def test_the_settings_and_capabilities_are_those_that_were(snapshot: SnapshotAssertion) -> None:
    about = json.loads(run_tap(TapInstatus, ["--about", "--format", "json"]).output)
    moving = {"version", "sdk_version", "supported_python_versions"}
    assert {name: value for name, value in about.items() if name not in moving} == snapshot


def test_the_key_is_declared_secret_and_required() -> None:
    about = json.loads(run_tap(TapInstatus, ["--about", "--format", "json"]).output)
    secret = [name for name, setting in about["settings"]["properties"].items() if setting.get("secret")]
    assert secret == about["settings"]["required"] == ["api_key"]


def test_discovery_asks_nothing_of_the_server(full_box: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings(full_box)))
    before = full_box.requests.total
    assert run_tap(TapInstatus, ["--config", str(config), "--discover"]).exit_code == 0
    assert full_box.requests.total == before


def described(declared: Mapping[str, Any]) -> Iterator[bool]:
    """Whether each field has a description and no list of values, inner ones too."""
    for inner in declared.get("properties", {}).values():
        yield bool(inner.get("description")) and "enum" not in inner
        yield from described(inner)
        yield from described(inner.get("items", {}))


@pytest.mark.parametrize("stream", STREAMS)
def test_every_field_is_described(stream: str) -> None:
    found = list(described(schema(stream)))
    assert found
    assert all(found)

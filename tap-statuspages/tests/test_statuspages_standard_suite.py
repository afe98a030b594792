"""The SDK's own tests of a tap, for both providers, and what the tap says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boxwatch_facts
import pytest
import sigryl_facts
from singer_fanout.testing import run_tap, selecting
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_statuspages.tap import TapStatusPages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from sandbox import Sandbox

SIGRYL: dict[str, Any] = {"api_url": "http://127.0.0.1:9", "api_key": "filled in when there is a server"}
BOXWATCH: dict[str, Any] = {"provider": "boxwatch", "api_key": "filled in when there is a server"}
STREAMS = [
    *(("sigryl", stream) for stream in sorted(sigryl_facts.STREAMS)),
    *(("boxwatch", stream) for stream in sorted(boxwatch_facts.STREAMS)),
]

SigrylTests = get_tap_test_class(
    TapStatusPages, config=SIGRYL, parse_env_config=False, catalog=selecting(TapStatusPages, SIGRYL)
)
BoxWatchTests = get_tap_test_class(
    TapStatusPages,
    config=BOXWATCH,
    parse_env_config=False,
    catalog=selecting(TapStatusPages, BOXWATCH),
    # In a first run nothing has departed.
    suite_config=SuiteConfig(ignore_no_records_for_streams=["incident_departures"]),
)


# Sigryl need not tell which components are affected.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestTapStatusPagesForSigryl(SigrylTests):  # type: ignore[misc, valid-type]
    """The SDK's tests, each for each stream or field."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def server(cls, full_box: Sandbox) -> Iterator[None]:
        """Point the settings, which the SDK's runner holds already, to a server."""
        kept = dict(SIGRYL)
        SIGRYL.update(sigryl_facts.single_page(full_box))
        yield
        SIGRYL.clear()
        SIGRYL.update(kept)


class TestTapStatusPagesForBoxWatch(BoxWatchTests):  # type: ignore[misc, valid-type]
    """The SDK's tests, each for each stream or field."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def server(cls, full_box: Sandbox) -> Iterator[None]:
        """Point the settings, which the SDK's runner holds already, to a server."""
        kept = dict(BOXWATCH)
        BOXWATCH.update(boxwatch_facts.settings(full_box))
        yield
        BOXWATCH.clear()
        BOXWATCH.update(kept)


def discovered(provider: str, folder: Path) -> dict[str, Any]:
    """What `--discover` prints with the provider as the only setting."""
    config = folder / "config.json"
    config.write_text(json.dumps({"provider": provider}))
    run = run_tap(TapStatusPages, ["--config", str(config), "--discover"])
    catalog: dict[str, Any] = json.loads(run.output)
    return catalog


@pytest.mark.parametrize(("provider", "stream"), STREAMS)
def test_a_stream_is_declared_as_it_was(
    provider: str, stream: str, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    (entry,) = (entry for entry in discovered(provider, tmp_path)["streams"] if entry["tap_stream_id"] == stream)
    assert entry == snapshot


@pytest.mark.parametrize(
    ("provider", "streams"), [("sigryl", sigryl_facts.STREAMS), ("boxwatch", boxwatch_facts.STREAMS)]
)
def test_the_provider_decides_which_streams_there_are(provider: str, streams: frozenset[str], tmp_path: Path) -> None:
    assert {entry["tap_stream_id"] for entry in discovered(provider, tmp_path)["streams"]} == streams


def test_without_any_setting_the_streams_of_sigryl_are_shown() -> None:
    catalog = json.loads(run_tap(TapStatusPages, ["--discover"]).output)
    assert {entry["tap_stream_id"] for entry in catalog["streams"]} == sigryl_facts.STREAMS


def test_the_settings_and_capabilities_are_those_that_were(snapshot: SnapshotAssertion) -> None:
    about = json.loads(run_tap(TapStatusPages, ["--about", "--format", "json"]).output)
    moving = {"version", "sdk_version", "supported_python_versions"}
    assert {name: value for name, value in about.items() if name not in moving} == snapshot


def test_the_keys_are_declared_secret() -> None:
    about = json.loads(run_tap(TapStatusPages, ["--about", "--format", "json"]).output)
    declared = about["settings"]["properties"]
    assert [name for name, setting in declared.items() if setting.get("secret")] == ["api_key"]
    for several in ("pages", "accounts"):
        inside = declared[several]["items"]["properties"]
        assert [name for name, setting in inside.items() if setting.get("secret")] == ["api_key"]
    assert declared["endpoint_keys"]["items"]["secret"]
    assert declared["accounts"]["items"]["properties"]["endpoint_keys"]["items"]["secret"]


@pytest.mark.parametrize(("provider", "stream"), STREAMS)
def test_every_field_is_described_and_none_is_an_enumeration(provider: str, stream: str, tmp_path: Path) -> None:
    (entry,) = (entry for entry in discovered(provider, tmp_path)["streams"] if entry["tap_stream_id"] == stream)
    for name, column in entry["schema"]["properties"].items():
        assert column["description"].endswith("."), name
        assert "enum" not in column, name


def test_discovery_asks_nothing_of_the_server(full_box: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    before = full_box.requests.total
    for settings in (sigryl_facts.settings(full_box), boxwatch_facts.settings(full_box)):
        config.write_text(json.dumps(settings))
        assert run_tap(TapStatusPages, ["--config", str(config), "--discover"]).exit_code == 0
    assert full_box.requests.total == before

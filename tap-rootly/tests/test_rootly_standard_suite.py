"""The SDK's own tests of a tap, and what the tap says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from rootly_runs import NAMES, STREAM_CLASSES, settings
from singer_fanout.testing import run_tap, selecting
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_rootly.tap import TapRootly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from sandbox import Sandbox

CONFIG: dict[str, Any] = {"api_token": "filled in when there is a server"}
CATALOG = selecting(TapRootly, CONFIG)
ENTRIES = {entry["tap_stream_id"]: entry for entry in TapRootly(config=CONFIG).catalog_dict["streams"]}

StandardTests = get_tap_test_class(
    TapRootly,
    config=CONFIG,
    parse_env_config=False,
    catalog=CATALOG,
    # Rows are compared with the schema as a whole.
    include_stream_attribute_tests=False,
    # A look at the connection asks for the children of one parent, which may have none.
    suite_config=SuiteConfig(
        ignore_no_records_for_streams=[name for name in NAMES if hasattr(STREAM_CLASSES[name], "parent_stream")]
    ),
)


@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestTapRootly(StandardTests):  # type: ignore[misc, valid-type]
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


@pytest.mark.parametrize("stream", NAMES)
def test_a_stream_is_declared_as_it_was(stream: str, snapshot: SnapshotAssertion) -> None:
    entry = ENTRIES[stream]
    declared = {
        "key": entry["key_properties"],
        "replication": [entry.get("replication_method"), entry.get("replication_key")],
        "by default": next(part for part in entry["metadata"] if not part["breadcrumb"])["metadata"].get("selected"),
        "columns": {name: _type(column) for name, column in entry["schema"]["properties"].items()},
    }
    assert declared == snapshot


def _type(column: dict[str, Any]) -> str:
    kinds = column["type"] if isinstance(column["type"], list) else [column["type"]]
    return " ".join([*kinds, column.get("format", "")]).strip()


@pytest.mark.parametrize("stream", NAMES)
def test_every_column_is_described_and_none_is_an_enumeration(stream: str) -> None:
    for name, column in ENTRIES[stream]["schema"]["properties"].items():
        assert column.get("description"), f"{stream}.{name}"
    assert '"enum"' not in json.dumps(ENTRIES[stream]["schema"])


def test_streams_that_are_not_for_everybody_are_off(snapshot: SnapshotAssertion) -> None:
    off = [name for name, entry in ENTRIES.items() if entry["metadata"][-1]["metadata"].get("selected") is False]
    assert sorted(off) == snapshot


def test_the_settings_and_capabilities_are_those_that_were(snapshot: SnapshotAssertion) -> None:
    about = json.loads(run_tap(TapRootly, ["--about", "--format", "json"]).output)
    moving = {"version", "sdk_version", "supported_python_versions"}
    assert {name: value for name, value in about.items() if name not in moving} == snapshot


def test_the_token_is_declared_secret() -> None:
    about = json.loads(run_tap(TapRootly, ["--about", "--format", "json"]).output)
    secret = [name for name, setting in about["settings"]["properties"].items() if setting.get("secret")]
    assert secret == ["api_token"]


def test_discovery_asks_nothing_of_the_server(full_box: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings(full_box)))
    before = full_box.requests.total
    assert run_tap(TapRootly, ["--config", str(config), "--discover"]).exit_code == 0
    assert full_box.requests.total == before

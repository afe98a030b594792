"""A fleet loads its accounts into a lake, and the models are built in it, with DuckDB as their engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from status_fleet.accounts import Accounts
from status_fleet.jobs import Jobs
from status_fleet.outcome import Verdict
from status_fleet.place import Place
from status_fleet.runner import Runner
from status_fleet.secrets import no_connections

from sandbox import Sandbox
from tests.support.postgresql import HOST, USER
from tests.support.project import REPOSITORY, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ducklake.tests.conftest import PostgresLake

MELTANO = REPOSITORY / ".venv" / "bin" / "meltano"
PACKAGES = " ".join(
    f"{name}==1.5.5"
    for name in (
        "duckdb",
        *(f"duckdb-extension-{extension}" for extension in ("ducklake", "httpfs", "postgres-scanner")),
    )
)
ACCOUNTS = """
loader:
  name: target-duckdb
  settings: {{data_path: "{data_path}", s3_key_id: any, s3_region: {s3_region}, s3_endpoint: "{s3_endpoint}"}}
  secrets:
    filepath: {{env: LAKE}}
    s3_secret: {{env: LAKE_SECRET}}
models: {{schedule: 30 * * * *}}
accounts:
- {{name: acme, tap: tap-instatus, settings: &api {{api_url: "{url}", public_url: "{public}", requests_per_minute: 0}},
   select: &streams ["pages.*", "components.*", "incidents.*"], secrets: {{api_key: {{env: KEY}}}}}}
- {{name: zeta, tap: tap-instatus, settings: *api, select: *streams, secrets: {{api_key: {{env: OTHER_KEY}}}}}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Meltano project whose loader and models have the packages that a lake needs."""
    folder = tmp_path_factory.mktemp("project")
    text = (REPOSITORY / "meltano.yml").read_text()
    for plugin in ('-e "$MELTANO_PROJECT_ROOT/target-duckdb"', '-r "$MELTANO_PROJECT_ROOT/transform/pyproject.toml"'):
        assert plugin in text
        text = text.replace(plugin, f"{plugin} {PACKAGES}")
    (folder / "meltano.yml").write_text(text)
    shutil.copytree(REPOSITORY / "plugins", folder / "plugins")
    for name in ("singer-fanout", "tap-instatus", "target-duckdb", "transform"):
        (folder / name).symlink_to(REPOSITORY / name, target_is_directory=True)
    install(folder)
    return folder


def install(folder: Path) -> None:
    done = subprocess.run(  # noqa: S603 - the project's own program
        [MELTANO, "install", "tap-instatus", "target-duckdb", "dbt-duckdb"],
        cwd=folder,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def instatus() -> Iterator[Sandbox]:
    with Sandbox(seed=7) as sandbox:
        sandbox.instatus.settings.rate_limit = None
        yield sandbox


@pytest.fixture
def jobs(project: Path, bucket_lake: PostgresLake, instatus: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """The runs of two accounts, after `status-fleet migrate`."""
    variables: Mapping[str, str] = {
        "STATUS_FLEET_PROJECT": str(project),
        "STATUS_FLEET_DATABASE": (
            f"postgresql://{USER}@{HOST}:{bucket_lake.server.port}/{bucket_lake.server.create_database()}"
        ),
        "STATUS_FLEET_MELTANO": str(MELTANO),
        "STATUS_FLEET_RUNS": str(bucket_lake.folder / "runs"),
        "LAKE": str(bucket_lake.config("fleet")["filepath"]),
        "LAKE_SECRET": str(bucket_lake.settings["s3_secret"]),
        "KEY": instatus.instatus.api_key,
        "OTHER_KEY": instatus.instatus.api_key,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    urls = {"url": instatus.instatus.api_url, "public": instatus.instatus.public_url_pattern}
    (project / "accounts.yml").write_text(ACCOUNTS.format(**bucket_lake.settings, **urls))
    status_fleet = Path(sys.executable).with_name("status-fleet")
    for arguments in (("check", project / "accounts.yml", "--project", project), ("migrate",)):
        subprocess.run([status_fleet, *arguments], env=os.environ, check=True)  # noqa: S603 - our own program
    place = Place.here()
    return Jobs(Accounts.read(place.accounts), place, no_connections)


def test_two_accounts_load_at_once_and_the_models_are_built_of_both(jobs: Jobs, bucket_lake: PostgresLake) -> None:
    with ThreadPoolExecutor() as threads:
        loads = [jobs.load(account) for account in jobs._accounts]
        results = list(threads.map(lambda job: Runner(job, print).run(), loads))
    assert [result.verdict for result in results] == [Verdict.DONE, Verdict.DONE], results
    assert bucket_lake.rows("SELECT count(*) FROM instatus_acme.incidents") == bucket_lake.rows(
        "SELECT count(*) FROM instatus_zeta.incidents"
    )

    built = Runner(jobs.build(), print).run()

    assert built.verdict is Verdict.DONE, built
    assert bucket_lake.rows("SELECT account, count(*) > 0 FROM status.dim_page GROUP BY ALL ORDER BY ALL") == [
        ("acme", True),
        ("zeta", True),
    ]

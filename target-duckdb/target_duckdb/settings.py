"""The settings, with the names that users of other DuckDB targets know."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th
from singer_sdk.exceptions import ConfigValidationError

from target_duckdb.names import SCHEMA_DASH_TABLE, SCHEMA_DOT_TABLE, UNDERSCORES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

logger = logging.getLogger(__name__)

SETTINGS = th.PropertiesList(
    th.Property(
        "filepath",
        th.StringType(nullable=False),
        required=True,
        title="Database File",
        description=(
            "Path of the DuckDB file. The file and its folders are created if they do not exist. `md:` and a name is"
            " a MotherDuck database, `ducklake:` and a catalog (a file, or `postgres:` and a connection string) a"
            " DuckLake."
        ),
        examples=["output/warehouse.duckdb"],
    ),
    th.Property(
        "motherduck_token",
        th.StringType(),
        secret=True,
        title="MotherDuck Token",
        description="Access token, for a `filepath` that begins with `md:`.",
    ),
    th.Property(
        "data_path",
        th.StringType(),
        title="Data Path",
        description=(
            "Where a DuckLake keeps its Parquet files: a folder, or `s3://` with a bucket and a prefix. By default it"
            " is what the catalog says; for a new lake whose catalog is a file, a folder beside that."
        ),
        examples=["s3://bucket/lake"],
    ),
    th.Property(
        "s3_key_id",
        th.StringType(),
        title="S3 Key ID",
        description=(
            "Access key ID for the bucket in `data_path`. Without it, `AWS_*` variables apply, or DuckDB's credential"
            " chain."
        ),
    ),
    th.Property(
        "s3_secret",
        th.StringType(),
        secret=True,
        title="S3 Secret",
        description="Secret access key that belongs to `s3_key_id`.",
    ),
    th.Property(
        "s3_session_token",
        th.StringType(),
        secret=True,
        title="S3 Session Token",
        description="Session token, for temporary credentials.",
    ),
    th.Property(
        "s3_region",
        th.StringType(),
        title="S3 Region",
        description="Region of the bucket.",
    ),
    th.Property(
        "s3_endpoint",
        th.StringType(),
        title="S3 Endpoint",
        description="Address of an S3 server other than Amazon's. With `http://` it is not encrypted.",
        examples=["http://127.0.0.1:9000"],
    ),
    th.Property(
        "s3_url_style",
        th.StringType(),
        allowed_values=["path", "vhost"],
        title="S3 URL Style",
        description="Whether the bucket is in the path or the host name. By default `path` with an `s3_endpoint`.",
    ),
    th.Property(
        "expire_older_than_days",
        th.NumberType(minimum=0),
        title="Expire Older Than Days",
        description=(
            "Age in days from which on snapshots of a DuckLake expire, at the end of a load, for all of its tables. By"
            " default none does."
        ),
    ),
    th.Property(
        "lock_timeout",
        th.NumberType(minimum=0),
        default=0,
        title="Lock Timeout",
        description=(
            "Seconds to wait while another program has the file open. In a lake whose catalog is in PostgreSQL, seconds"
            " to wait for other loaders of the same table: ten minutes with `0`."
        ),
    ),
    th.Property(
        "default_target_schema",
        th.StringType(),
        title="Default Target Schema",
        description=(
            "Schema for all tables. Without it, a stream called `schema-table` goes to the schema in its name, and any"
            " other stream to `main`."
        ),
    ),
    th.Property(
        "stream_naming",
        th.StringType(),
        default=SCHEMA_DASH_TABLE,
        allowed_values=[SCHEMA_DASH_TABLE, SCHEMA_DOT_TABLE, UNDERSCORES],
        title="Stream Naming",
        description=(
            "How stream names become table names: with `schema-table` and `schema.table` they may begin with a"
            " schema, which `default_target_schema` overrides; with `schema.table` it ends at a dot or a dash. With"
            " `underscores` the whole name is the table's, with `_` for `-` and `.`."
        ),
    ),
    th.Property(
        "source_name",
        th.StringType(),
        title="Source Name",
        description=(
            "Name of the source. Each table remembers it, and what one source has loaded is not deleted by another."
            " Under Meltano it defaults to the extractor's name."
        ),
    ),
    th.Property(
        "load_method",
        th.StringType(),
        default="upsert",
        allowed_values=["append-only", "upsert", "overwrite"],
        title="Load Method",
        description=(
            "`upsert` updates rows by key and inserts new ones (streams without a key are appended), `append-only`"
            " inserts every record, `overwrite` replaces the table with what this run brings."
        ),
    ),
    th.Property(
        "hard_delete",
        th.BooleanType(),
        default=False,
        title="Hard Delete",
        description=(
            "What happens to rows that the source no longer has, where the tap reports it (ACTIVATE_VERSION or"
            " `_sdc_deleted_at`): `true` deletes them, `false` keeps them with the time in `_sdc_deleted_at`."
        ),
    ),
    th.Property(
        "trust_end_of_input",
        th.BooleanType(),
        default=False,
        title="Trust End Of Input",
        description=(
            "Treat every end of the input as the end of a complete run, for taps that never send a STATE. By default,"
            " where a version is announced before its records or the load method is `overwrite`, rows are deleted only"
            " if a STATE shows that the tap did not die."
        ),
    ),
    th.Property(
        "add_record_metadata",
        th.BooleanType(),
        default=False,
        title="Add Record Metadata",
        description="Add the `_sdc_*` columns: when a record was extracted, received and loaded, and in which version.",
    ),
    th.Property(
        "validate_records",
        th.BooleanType(),
        default=True,
        title="Validate Records",
        description=(
            "Check every record against its JSON schema. Without it, only the types of the columns are enforced."
        ),
    ),
    th.Property(
        "on_invalid",
        th.StringType(),
        default="fail",
        allowed_values=["fail", "null", "reject"],
        title="On Invalid",
        description=(
            "What happens when a value does not fit its schema or its column: `fail` ends the load, `null` loads null"
            " instead, `reject` puts the record into the table `_sdc_rejected`."
        ),
    ),
    th.Property(
        "keep_unknown",
        th.BooleanType(),
        default=False,
        title="Keep Unknown Properties",
        description=(
            "Load properties that the schema does not describe into one JSON column, `_sdc_unknown`. Without it they"
            " are not loaded, and each is named once in a warning."
        ),
    ),
    th.Property(
        "batch_size_rows",
        th.IntegerType(minimum=1),
        default=10_000,
        title="Batch Size Rows",
        description="Number of records of a stream that are written in one transaction.",
    ),
    th.Property(
        "batch_wait_limit_seconds",
        th.NumberType(minimum=0),
        default=10,
        title="Batch Wait Limit Seconds",
        description=(
            "Seconds after which a batch that is not full is written, even if no further records arrive. It limits"
            " how much the run after an interrupted one has to read again."
        ),
    ),
    th.Property(
        "settings",
        th.ObjectType(additional_properties=True, nullable=True),
        title="DuckDB Settings",
        description="DuckDB settings for the duration of the load, by name.",
        examples=[{"memory_limit": "4GB", "threads": 2}],
    ),
).to_dict()

_FOR_LAKES = ("data_path", "expire_older_than_days")
_BUCKET = "s3://"
_FOR_BUCKETS = ("s3_key_id", "s3_secret", "s3_session_token", "s3_region", "s3_endpoint", "s3_url_style")
_OTHER_NAMES = {"path": "filepath", "token": "motherduck_token", "add_metadata_columns": "add_record_metadata"}
_WITHOUT_EFFECT = (
    "flush_all_streams",
    "temp_dir",
    "delimiter",
    "quotechar",
    "primary_key_required",
    "dbname",
    "database",
)
_UNSUPPORTED = {
    "schema_mapping": "rename streams with stream_maps (`__alias__: schema-table`) instead",
}


def contradictions(config: Mapping[str, Any], *, is_lake: bool) -> Iterator[str]:
    """Find settings that have no effect beside the others, or are not complete.

    Args:
        config: The configuration.
        is_lake: Whether `filepath` is a lake.

    Yields:
        One line for each contradiction.
    """
    for_buckets = [name for name in _FOR_BUCKETS if config.get(name) is not None]
    for_lakes = [name for name in _FOR_LAKES if config.get(name) is not None] + for_buckets
    if for_lakes and not is_lake:
        yield f"{', '.join(for_lakes)}: only for lakes, whose filepath begins with ducklake:"
    elif for_buckets and not (config.get("data_path") or _BUCKET).lower().startswith(_BUCKET):
        yield f"{', '.join(for_buckets)}: only for buckets, whose data_path begins with s3://"
    has_key, has_secret, has_token = (name in for_buckets for name in _FOR_BUCKETS[:3])
    if has_key != has_secret or (has_token and not has_key):
        yield "s3_key_id and s3_secret belong together, and s3_session_token to both"


def translate_known_names(config: Mapping[str, Any]) -> dict[str, Any]:
    """Translate a configuration that was written for another DuckDB target.

    Args:
        config: The configuration as it was given.

    Returns:
        The configuration with this target's names.

    Raises:
        ConfigValidationError: It has a setting that, if ignored, would send the data elsewhere.
    """
    refused = [
        f"the setting {name} is not supported: {hint}" for name, hint in _UNSUPPORTED.items() if config.get(name)
    ]
    if refused:
        raise ConfigValidationError("Config validation failed", errors=refused)
    translated = {name: value for name, value in config.items() if value is not None}
    for other, name in _OTHER_NAMES.items():
        if other in translated:
            translated.setdefault(name, translated.pop(other))
    depth = translated.pop("data_flattening_max_level", 0)
    if depth:
        translated.setdefault("flattening_enabled", True)
        translated.setdefault("flattening_max_depth", depth)
    for name in _WITHOUT_EFFECT:
        if translated.pop(name, None) is not None:
            logger.warning("the setting %s has no effect in this target", name)
    return translated

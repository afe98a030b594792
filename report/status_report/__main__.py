"""The command `status-report`."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from status_report.database import connect
from status_report.errors import ReportError
from status_report.page import make_page


def _zone(_context: click.Context, _parameter: click.Parameter, value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.BadParameter(f"{value!r} is not a time zone; write it like Europe/Berlin") from error


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime:
    if value is None:
        return datetime.now(timezone.utc).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a time; write it like 2026-05-24T14:00:00+02:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


@click.command(context_settings={"auto_envvar_prefix": "STATUS_REPORT", "show_default": True})
@click.option(
    "--database", default="output/warehouse.duckdb", help="DuckDB file, or postgresql://USER:PASSWORD@HOST/NAME"
)
@click.option("--schema", default="status", help="Schema of the marts.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("output/report.html"), help="File to write."
)
@click.option("--timezone", "zone", callback=_zone, default="UTC", help="Time zone of times, weeks and months.")
@click.option("--as-of", callback=_moment, show_default="now", help="Time to use as the present.")
@click.option("--title", default="Incidents and uptime", help="Title of the page.")
@click.version_option(package_name="status-report")
def main(  # noqa: PLR0913, PLR0917 - an argument for each option
    database: str, schema: str, out: Path, zone: ZoneInfo, as_of: datetime, title: str
) -> None:
    """Write one self-contained HTML page about incidents, uptime and on-call, from the marts of status_models.

    Every option can be set by an environment variable, such as STATUS_REPORT_DATABASE.
    """
    started = time.monotonic()
    try:
        opened = connect(database)
        try:
            text = make_page(opened, schema=schema, until=as_of, zone=zone, title=title)
        finally:
            opened.close()
        _write(out, text)
    except ReportError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    seconds = time.monotonic() - started
    click.echo(f"Wrote {out}: {out.stat().st_size / 1_000_000:.1f} MB in {seconds:.1f} s. Open it in a browser.")


def _write(out: Path, text: str) -> None:
    # Write to a temporary file first: nobody who reads or sends the previous page gets half of the new one.
    part = out.with_name(f"{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        raise ReportError(f"{out} cannot be written: {error.strerror}") from error


if __name__ == "__main__":
    main()

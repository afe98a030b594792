"""Five questions about incidents, uptime and on-call, as a start for one's own: `marimo edit report/notebook.py`."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import os

    import altair as alt
    import marimo as mo
    from status_report.database import connect

    database = connect(os.environ.get("STATUS_REPORT_DATABASE", "output/warehouse.duckdb"))
    return alt, database, mo


@app.cell
def _(mo):
    mo.md("""# What is broken now?""")


@app.cell
def _(database, mo):
    mo.ui.table(
        database.rows(
            """
            select source, account, title, severity, status, started_at, last_activity_at
            from status.fct_incident
            where is_open and is_counted and not is_forgotten
            order by started_at
            """
        ),
        selection=None,
    )


@app.cell
def _(mo):
    mo.md("""# Is it getting better or worse?""")


@app.cell
def _(alt, database):
    months = database.rows(
        """
        select month, sum(opened) as opened, sum(resolved) as resolved
        from status.incident_month
        where severity = 'all'
        group by month
        order by month
        """
    )
    alt.Chart(alt.Data(values=[{**row, "month": row["month"].isoformat()} for row in months])).mark_bar().encode(
        x="month:O", y="opened:Q", tooltip=["month:O", "opened:Q", "resolved:Q"]
    )


@app.cell
def _(mo):
    mo.md("""# Which component hurts customers most?""")


@app.cell
def _(database, mo):
    mo.ui.table(
        database.rows(
            """
            select
              d.source,
              coalesce(c.name, d.component_id) as component,
              sum((1 - d.uptime) * (d.seconds - d.seconds_maintenance)) / 3600 as hours_lost,
              1 - sum((1 - d.uptime) * (d.seconds - d.seconds_maintenance))
                / nullif(sum(d.seconds - d.seconds_maintenance), 0) as uptime
            from status.component_day d
            left join status.dim_component c
              on c.source = d.source and c.account = d.account and c.component_id = d.component_id
            where d.day > (select max(day) from status.component_day) - 90
            group by d.source, d.account, d.component_id, c.name
            order by hours_lost desc nulls last
            limit 20
            """
        ),
        selection=None,
    )


@app.cell
def _(mo):
    mo.md("""# Who carries the load?""")


@app.cell
def _(database, mo):
    mo.ui.table(
        database.rows(
            """
            select
              coalesce(person_name, person_id) as person,
              sum(hours_on_call) as hours,
              sum(hours_outside_business_hours) as outside_business_hours,
              sum(pages) as pages,
              sum(interrupted_nights) as interrupted_nights
            from status.oncall_week
            where week > (select max(week) from status.oncall_week) - 90
            group by source, account, person_id, person_name
            order by hours desc
            """
        ),
        selection=None,
    )


@app.cell
def _(mo):
    mo.md("""# Can the data be trusted?""")


@app.cell
def _(database, mo):
    mo.ui.table(
        database.rows(
            """
            select source, account, table_name, row_count, newest_row_at, loaded_at
            from status.load_health
            order by newest_row_at desc nulls last
            """
        ),
        selection=None,
    )


if __name__ == "__main__":
    app.run()

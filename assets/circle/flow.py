"""The flow chart of step 3: from report to rating, with the time of each step and of each part.

Holds the two tables. What is counted is `assets.causes.flow`'s.
"""

import duckdb

from assets.causes.flow import parts, steps
from assets.causes.topic import Row, Topic, query_id
from assets.circle.model import Chart, Column, Table, Words


def flow_tables(con: duckdb.DuckDBPyConnection, about: Topic, w: Words) -> tuple[Table, ...]:
    """Return the steps from left to right, and the parts of the time to restoration."""
    found = steps(con, about, w.lang)
    last = found[-1]["code"]
    columns = [Column("item", "")]
    columns += [Column(one["code"], one["name"] + ("" if one["code"] == last else " →"))
                for one in found]  # fmt: skip
    rows: list[Row] = [
        {"item": title, **{one["code"]: _told(one[key]) for one in found}}
        for key, title in (
            ("n", w("到达(次)", "Reached")),
            ("median_minutes", w("本步用时 中位(分)", "Median min")),
            ("p90_minutes", w("本步用时 P90(分)", "P90 min")),
        )
    ]
    flow = Table(
        "flow", w("流程图:现行流程与用时", "Flow chart: the steps and their times"), tuple(columns),
        rows, query_id("flow", about),
        (w("用时从之前最晚的一步算起;只含到达该步的故障。",
           "Times from the latest step before, of the failures that reached the step."),),
    )  # fmt: skip
    return flow, _stages(con, about, w)


def _told(amount: float | None) -> str:
    return "—" if amount is None else f"{amount:,.0f}"


def _stages(con: duckdb.DuckDBPyConnection, about: Topic, w: Words) -> Table:
    rows = parts(con, about, w.lang)
    title = w("报修至恢复的时间去向", "Where the time to restoration goes")
    return Table(
        "stages", title,
        (
            Column("name", w("阶段", "Part")),
            Column("mean_minutes", w("平均(分)", "Mean min"), "number"),
            Column("hours", w("合计 h", "Hours"), "number"),
            Column("share", w("占比", "Share"), "percent"),
            Column("n", "n", "count"),
        ),
        rows, query_id("stages", about),
        (w("每一秒只归入一个阶段,各阶段之和等于报修至恢复。",
           "Every second belongs to one part; the parts sum to the time to restoration."),),
        Chart("bars", title, "name", ("mean_minutes",)) if rows else None,
    )  # fmt: skip

"""质疑应答: what a ward is told when it says that repairs are slow or a model always breaks.

Holds the pack as plain data in the shape of a circle's report, so that the same page and the same
workbook draw it: numbers with n and interval, standardised comparison, every ticket, definitions.
Which tables stand in it is decided here; they are made in `tables` and `cases`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

from assets import metrics
from assets.circle.model import Circle, Step, Table, Words
from assets.metric_reading import read_rows
from assets.viewers import Viewer
from assets.wards import cases, tables
from assets.wards.place import Ward, read, year_to
from assets.wards.question import Question, column

Wanted = tuple[tuple[str, tuple[str, ...]], ...]
# What a ward asks about its service, in this order.
NUMBERS: Wanted = (
    ("reports", ("count",)),
    ("time_to_accept", ("median", "p90")),
    ("response_time", ("median", "p90", "missing")),
    ("restore_time", ("median", "p90", "km_median", "km_p90")),
    ("restore_split_share", ("repair", "waiting_part", "waiting_user", "vendor")),
    ("sla_attainment", ("net", "gross")),
    ("first_time_fix", ("share",)),
    ("recurrence", ("share",)),
    ("satisfaction", ("top_share", "overall", "counted")),
    ("rating_response", ("share",)),
)
DEVICES: Wanted = (
    ("use_failure_rate", ("per_100_device_years",)),
    ("failure_ratio", ("ratio", "expected")),
    ("availability", ("a_24x7",)),
)


def answer(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    ward: Ward,
    month: date,
    *,
    lang: str = "zh",
    most_tickets: int | None = None,
) -> Circle:
    """Return the pack of the twelve months that end with a month.

    Args:
        con: a snapshot.
        viewer: who asks.
        ward: for whom.
        month: the last month, cut to as-of.
        lang: language of every word.
        most_tickets: list so many tickets at most, the newest; all by default.

    Raises:
        RefusedError: the ward is not theirs.
    """
    asked = Question(con, viewer, ward, year_to(con, month), lang)
    w = asked.w
    steps = (
        (w("修得慢吗", "Are repairs slow?"), (_numbers(asked, NUMBERS), tables.late(asked))),
        (w("这个型号总坏吗", "Does this model always break?"),
         (_numbers(asked, DEVICES), tables.models(asked))),
        (w("坏得最多的设备与反复的故障", "Devices that fail most, faults that come back"),
         (tables.devices(asked), tables.repeats(asked))),
        (w("逐单明细", "Every ticket"), (cases.table(asked, most_tickets),)),
        (w("口径", "Definitions"), (_definitions(w),)),
    )  # fmt: skip
    return Circle(
        w(f"质疑应答:{ward.name}", f"Answers for {ward.name}"),
        ward.name,
        asked.period.start,
        asked.period.end,
        tuple(Step(number, *step) for number, step in enumerate(steps, start=1)),
        signers=(w("信息科", "IT department"), w("科室", "Ward")),
    )


def _numbers(asked: Question, wanted: Wanted) -> Table:
    """Return the ward's numbers beside those of its whole site."""
    con, viewer, ward, period, w = asked.con, asked.viewer, asked.ward, asked.period, asked.w
    rows = []
    for metric_id, statistics in wanted:
        metric = metrics.registry()[metric_id]
        if not viewer.may_read(metric):
            continue
        own = read(con, viewer, ward, metric_id, period, statistics=statistics, lang=w.lang)
        whole = read_rows(
            con, metric_id, grain="total", start=period.start, end=period.end,
            where={"site": [ward.site_id]}, statistics=statistics, role="wall", lang=w.lang,
        )  # fmt: skip
        beside_it = {row["statistic"]: row for row in whole}
        for row in own:
            shape = metric.statistics[row["statistic"]]
            other = beside_it.get(row["statistic"])
            rows.append(
                {
                    "metric": f"{metric.code} {metric.names.text(w.lang)}",
                    "statistic": shape.text(w.lang),
                    "own": _text(metric, row, w.lang),
                    "interval": _bounds(shape, row, w.lang),
                    "n": row["n"],
                    "whole": _text(metric, other, w.lang) if other else "",
                    "whole_n": other["n"] if other else None,
                    "state": metrics.state_word(row["state"], w.lang),
                }
            )
    return Table(
        f"numbers_{wanted[0][0]}",
        w("数字与全院", "The numbers, and the whole hospital's"),
        (
            column(w, "metric", "指标", "Metric"),
            column(w, "statistic", "统计量", "Statistic"),
            column(w, "own", "本科室", "this ward"),
            column(w, "interval", "95 % 区间", "95 % interval"),
            column(w, "n", "n", "n", "count"),
            column(w, "whole", "全院", "hospital"),
            column(w, "whole_n", "全院 n", "hospital n", "count"),
            column(w, "state", "状态", "State"),
        ),
        rows,
        query=wanted[0][0],
    )


def _text(metric: metrics.Metric, row: Mapping[str, Any], lang: str) -> str:
    return metrics.format_value(
        metric, row["statistic"], row["value"], state=row["state"], lo=row["lo"], lang=lang
    )  # fmt: skip


def _bounds(shape: metrics.Statistic, row: Mapping[str, Any], lang: str) -> str:
    if row["lo"] is None or row["hi"] is None:
        return ""
    return "–".join(metrics.number_text(shape, row[name], lang) for name in ("lo", "hi"))


def _definitions(w: Words) -> Table:
    rows = []
    for metric_id, _ in (*NUMBERS, *DEVICES):
        metric = metrics.registry()[metric_id]
        rows.append(
            {
                "metric": f"{metric.code} {metric.names.text(w.lang)}",
                "formula": metric.formula.text(w.lang),
                "interval": metric.interval or "",
                "caveats": metric.caveats.text(w.lang),
            }
        )
    return Table(
        "definitions",
        w("指标口径", "Definitions"),
        (
            column(w, "metric", "指标", "Metric"),
            column(w, "formula", "公式", "Formula"),
            column(w, "interval", "区间", "Interval"),
            column(w, "caveats", "注意", "Caveats"),
        ),
        rows,
    )

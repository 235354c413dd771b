"""Step 2 of the quality circle: a Gantt of eighty working days after the period.

Holds how the ten steps share them. Which days are worked on is the hospital's calendar; owners are
people's.
"""

from datetime import date, timedelta
from typing import Any

import duckdb

from assets.causes.topic import Topic
from assets.circle.model import Column, Step, Table, Words
from assets.circle.titles import step_titles

# P, D, C, A: the last step of each and its share of the days.
_PHASES = (("P", 5, 0.3), ("D", 7, 0.4), ("C", 8, 0.2), ("A", 10, 0.1))
_DAYS = 80
_WEEKEND = 5


def plan(con: duckdb.DuckDBPyConnection, about: Topic, w: Words) -> Step:
    """Return the plan: dates on working days, a mark for each week in which a step is worked on."""
    titles = step_titles(w)
    days, known_until = workdays(con, about.end, _DAYS)
    weeks = (days[-1] - about.end).days // 7 + 1
    rows: list[dict[str, Any]] = []
    done, first = 0.0, 1
    for phase, last, share in _PHASES:
        each = share * _DAYS / (last - first + 1)
        for number in range(first, last + 1):
            begin, done = round(done), done + each
            start, end = days[begin], days[round(done) - 1]
            worked = range((start - about.end).days // 7, (end - about.end).days // 7 + 1)
            rows.append({"step": f"{number} {titles[number - 1]}", "phase": phase, "start": start,
                         "end": end, **{f"w{week + 1}": "■" for week in worked}})  # fmt: skip
        first = last + 1
    columns = (
        Column("step", w("步骤", "Step")),
        Column("phase", "PDCA"),
        Column("start", w("开始", "Start"), "date"),
        Column("end", w("结束", "End"), "date"),
        Column("owner", w("负责人", "Owner"), "blank"),
        *(Column(f"w{week}", str(week)) for week in range(1, weeks + 1)),
    )
    notes = () if known_until is None else (
        w(f"{known_until} 之后的节假日尚未收录,按周一至周五排。",
          f"Holidays after {known_until} are not known: Monday to Friday."),
    )  # fmt: skip
    table = Table("gantt", w("甘特图(周)", "Gantt (weeks)"), columns, rows, notes=notes)
    return Step(2, titles[1], (table,))


def workdays(
    con: duckdb.DuckDBPyConnection, start: date, count: int
) -> tuple[list[date], date | None]:
    """Return so many working days from a day on.

    Returns:
        The days, and the last day whose holidays are known where they reach beyond it: from then on
        Monday to Friday are taken; None where they do not.
    """
    found = [
        day
        for (day,) in con.execute(
            "select on_date from kpi.dim_workdays where on_date >= ? order by on_date limit ?",
            [start, count],
        ).fetchall()
    ]
    if len(found) == count:
        return found, None
    known_until = found[-1] if found else start - timedelta(days=1)
    day = known_until
    while len(found) < count:
        day += timedelta(days=1)
        if day.weekday() < _WEEKEND:
            found.append(day)
    return found, known_until

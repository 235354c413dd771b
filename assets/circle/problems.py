"""The table of repeat problems as quality circles and the monthly report show it.

Holds the columns and how a problem becomes a row. Which problems there are, and their order, is
`assets.recurrence.view`'s; what they are called, `words`' there.
"""

from collections.abc import Sequence

import duckdb

from assets.causes.topic import Names, Row, Topic, query_id
from assets.circle.model import Column, Table, Words
from assets.recurrence.view import called
from assets.recurrence.words import NOTE, Subjects

_MOST = 10


def topic_problems(
    con: duckdb.DuckDBPyConnection,
    about: Topic,
    w: Words,
    role: str,
    *,
    only_open: bool = False,
) -> Table:
    """Return the first problems that failed in a topic's period, faults and places."""
    found = called(con, about.start, about.end, codes=about.where, role=role)
    shown = [row for row in found if row["state"] == "open" or not only_open][:_MOST]
    return problem_table(
        "open_problems" if only_open else "problems",
        w("未结的重复问题", "Problems still open")
        if only_open
        else w("超出碰巧的重复问题", "Repeat problems beyond chance"),
        problem_rows(shown, Subjects(con, Names(con, w.lang))),
        query_id("problems", about, only_open),
        w,
    )


def problem_rows(found: Sequence[Row], subjects: Subjects) -> list[Row]:
    """Return problems with what they are called and their figures, as the table shows them."""
    return [
        row | {
            "problem": subjects.of(row), "fault": subjects.fault(row),
            "state": subjects.state(row),
        }
        for row in found
    ]  # fmt: skip


def problem_table(
    key: str, title: str, rows: Sequence[Row], query: str, w: Words, *more: Column
) -> Table:
    """Return the table of problems; further columns stand at its end."""
    columns = (
        Column("problem_rank", w("名次", "Rank"), "count"),
        Column("problem", w("问题", "Problem")),
        Column("fault", w("故障", "Fault")),
        Column("index_count", "n", "count"),
        Column("repeat_count", w("再发", "Repeats"), "count"),
        Column("expected_repeats", w("期望", "Expected"), "exact"),
        Column("excess", w("超额", "Excess"), "exact"),
        Column("excess_lo", w("95% 下限", "95 % low"), "exact"),
        Column("excess_hi", w("95% 上限", "95 % high"), "exact"),
        Column("priority_cny", w("超额 × 单次费用", "Excess × cost"), "money"),
        Column("cost_cny", w("费用", "Cost"), "money"),
        Column("last_reported_on", w("最近", "Latest"), "date"),
        Column("state", w("状态", "State")),
        *more,
    )
    none = () if rows else (w("没有超出碰巧的重复问题。", "No repeats beyond chance."),)
    return Table(key, title, columns, rows, query, (*none, w(*NOTE)))

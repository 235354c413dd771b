"""品管圈: the ten-step report of a topic and period as plain data, for workbook and page alike.

Holds the assembly. The shapes are in `circle_model`; steps 1 to 4 in `circle_before`, 5 and 6 in
`circle_causes`, 7 to 10 in `circle_after`.
"""

from decimal import Decimal

import duckdb

from assets import circle_after, circle_before, circle_causes
from assets.cause_topic import Names, Topic
from assets.circle_after import id_of, require_success
from assets.circle_model import Chart, Circle, Column, Step, Table, Words
from assets.improvements import effect, one_of

__all__ = ["Chart", "Circle", "Column", "Step", "Table", "circle", "id_of", "require_success"]


def circle(
    con: duckdb.DuckDBPyConnection,
    about: Topic,
    *,
    improvement_id: str | None = None,
    capability: Decimal | None = None,
    role: str = "qcc",
    lang: str = "zh",
) -> Circle:
    """Return the ten steps of a topic.

    Args:
        con: a snapshot or the warehouse.
        about: topic and period.
        improvement_id: the measure whose effect steps 7 and 8 show; without one they stay empty.
        capability: 圈能力, 0 … 1, people's score; without it the target stays open.
        role: who asks.
        lang: language of every word.

    Raises:
        ConfigError: no such measure, or the role may not see it.
        StateError: a snapshot from before there were problems.
    """
    w = Words(lang)
    one = one_of(con, improvement_id, role=role) if improvement_id else None
    known = effect(con, one) if one else None
    aim, target = circle_before.aim(con, about, w, capability)
    causes = circle_causes.causes(con, about, w)
    scope = Names(con, lang).scope(about.where)
    return Circle(
        title=w(f"品管圈活动报告书:{scope}", f"Quality circle: {scope}"),
        scope=scope,
        start=about.start,
        end=about.end,
        steps=(
            circle_before.select(con, about, w, role),
            circle_before.plan(about, w),
            circle_before.present(con, about, w, role),
            aim,
            causes.analysis,
            causes.measures,
            circle_after.doing(one, known, w),
            circle_after.confirm(con, one, known, target, w, role),
            circle_after.standard(about.end, w),
            circle_after.review(con, about, w, role),
        ),
    )

"""品管圈: the ten-step report of a topic and period as plain data, for workbook and page alike.

Holds the assembly. The shapes are in `model`; step 2 in `plan`, the others before the measure in
`before`, 5 and 6 in `causes`, 7 to 10 in `after`.
"""

from decimal import Decimal

import duckdb

from assets.causes.improvements import effect, one_of
from assets.causes.topic import Names, Topic
from assets.circle import after, before
from assets.circle.after import id_of, require_success
from assets.circle.causes import causes as causes_of
from assets.circle.model import Chart, Circle, Column, Step, Table, Words
from assets.circle.plan import plan
from config.errors import ConfigError

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
        ConfigError: no such measure, or the role may not see it; 圈能力 outside of 0 … 1.
        StateError: a snapshot from before there were problems.
    """
    if capability is not None and not 0 <= capability <= 1:
        raise ConfigError(f"圈能力「{capability}」不在 0 到 1 之间。", "请写成 0.7 这样的形式。")
    w = Words(lang)
    one = one_of(con, improvement_id, role=role) if improvement_id else None
    known = effect(con, one) if one else None
    aim, target = before.aim(con, about, w, capability)
    found = causes_of(con, about, w)
    scope = Names(con, lang).scope(about.where)
    return Circle(
        title=w(f"品管圈活动报告书:{scope}", f"Quality circle: {scope}"),
        scope=scope,
        start=about.start,
        end=about.end,
        steps=(
            before.select(con, about, w, role),
            plan(con, about, w),
            before.present(con, about, w, role),
            aim,
            found.analysis,
            found.measures,
            after.doing(one, known, w),
            after.confirm(con, one, known, target, w, role),
            after.standard(about.end, w),
            after.review(con, about, w, role),
        ),
    )

"""Closing a quarter: scored from the cases that its three months were closed with.

Holds when a quarter may be closed and what it is computed from. A ticket that came late is in no
closed month and so in no closed quarter. What is written is like a month (`closing`); corrections
of its months follow by `carried`.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets.metric_periods import add_months
from assets.score import archive, carried, tables
from assets.score.closing import Closed, drafted
from assets.score.periods import MONTH, QUARTER, QUARTER_MONTHS, months_of, name_of
from assets.score.reading import periods
from config.errors import ConfigError
from config.rule_versions import Versions
from config.score_models import ScoreRules

_CASES, _OWN = "score_quarter_cases", "score_quarter"


def close(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    versions: Versions[ScoreRules],
    first: date,
    actor: str,
) -> Closed:
    """Close a quarter, once: what its closed months make of it stands for ever.

    Corrections that the months have by then follow at once, as further versions.

    Args:
        con: the warehouse, its `core` and `kpi` of one refresh.
        path: `Settings.scores_path`.
        versions: the rules; those in force when the quarter begins count.
        first: first day of the quarter.
        actor: account of who closes it; ``system`` where the schedule does.

    Raises:
        ConfigError: it lasts, a month of it is open, or it has no scores.
        StateError: ledger and scores do not agree, or the archive cannot be written.
    """
    known = archive.closings(path, first, QUARTER)
    if known:
        return Closed(known[0], is_kept=True)
    require_ripe(con, path, first)
    draft = _draft(con, path, versions, first, actor)
    with archive.adding(path) as db:
        # another process may have been first
        known = archive.closings_of(db, first, QUARTER)
        if known:
            return Closed(known[0], is_kept=True)
        made = archive.add(db, draft)
        carried.add(db)
        return Closed(made, is_kept=False)


def is_ripe(con: duckdb.DuckDBPyConnection, path: Path, first: date) -> bool:
    """Whether a quarter has scores and has ended, and all its months with scores are closed."""
    if first not in periods(con, QUARTER) or not _has_ended(con, first):
        return False
    return not _open_months(con, path, first)


def require_ripe(con: duckdb.DuckDBPyConnection, path: Path, first: date) -> None:
    """Refuse a quarter that lasts, has no scores, or a month that is not closed.

    Args:
        con: the warehouse or a snapshot.
        path: `Settings.scores_path`.
        first: first day of the quarter.

    Raises:
        ConfigError: names the months.
    """
    name = name_of(QUARTER, first)
    if not _has_ended(con, first):
        raise ConfigError(f"{name} 还没有结束,不能关账。", "请在三个月都关账之后再关季度。")
    if first not in periods(con, QUARTER):
        raise ConfigError(f"{name} 没有评分,不能关账。", "数据从季度中间开始的,从下一个季度起。")
    left = _open_months(con, path, first)
    if left:
        names = "、".join(name_of(MONTH, month) for month in left)
        raise ConfigError(
            f"{name} 的 {names} 还没有关账,季度不能关账。",
            "请先用 opspulse score close --month 关账。",
        )


def _has_ended(con: duckdb.DuckDBPyConnection, first: date) -> bool:
    [(today,)] = con.execute("select as_of_on from kpi.run_context").fetchall()
    return bool(add_months(first, QUARTER_MONTHS) <= today)


def _open_months(con: duckdb.DuckDBPyConnection, path: Path, first: date) -> list[date]:
    """Return the months that are not closed; a month before all data has nothing to close."""
    shut = {one.month_on for one in archive.closings(path)}
    own = set(months_of(QUARTER, first))
    return [month for month in periods(con, MONTH) if month in own - shut]


def _draft(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    versions: Versions[ScoreRules],
    first: date,
    actor: str,
) -> archive.Draft:
    months = months_of(QUARTER, first)
    _put_cases(con, archive.cases(path, months), months)
    for facts, version, scores in tables.scored(con, versions, only=(QUARTER, first), cases=_CASES):
        tables.write_scores(con, _OWN, [*tables.totals_of(facts, version, scores)],
                            [*tables.parts_of(facts, scores)])  # fmt: skip
        return drafted(con, version[1], (QUARTER, first), actor, scores=_OWN, cases=_CASES)
    raise ConfigError(f"{name_of(QUARTER, first)} 没有评分,不能关账。", "请先运行 opspulse run。")


def _put_cases(
    con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]], months: Sequence[date]
) -> None:
    """Lay the closed months' cases over those of the warehouse, which are of all other months."""
    import pandas as pd  # noqa: PLC0415 - for writers only

    frame = pd.DataFrame(rows, columns=["counted_on", *archive.CASES], dtype="string")
    con.register("score_closed_cases", frame)
    numbers = ", ".join(
        f"cast({name} as decimal(12, 6)) as {name}"
        for name in ("weight", "part_1", "part_2", "part_3", "part_4")
    )
    con.execute(
        f"create or replace temp table {_CASES} as select site_id, component, subject_id, "
        f"ticket_id, engineer_id, cast(counted_on as date) as counted_on, {numbers} "
        "from score_closed_cases union all by name select * from kpi.fact_score_cases "
        "where month_start(counted_on) not in (select unnest($1))",
        [list(months)],
    )
    con.unregister("score_closed_cases")

"""Closing a month: its scores and ledgers go into the archive, with the events each row rests on.

Holds when a month may be closed, what is written, and the refusal of rules that would change a
closed month. How the archive is kept is in `archive`, what an appeal changes afterwards in
`corrections`. It reads the warehouse, where the events are; snapshots hold none.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from assets.metric_periods import add_months
from assets.score import archive, evidence, ledger
from assets.score.archive import Closing
from assets.score.facts import begins
from assets.score.periods import MONTH
from assets.score.reading import rules_of
from assets.score.tables import CLOSED, COLUMNS, KEPT, TOTALS, matures_on
from config.documents import Location
from config.errors import ConfigError, StateError
from config.rule_files import read_section
from config.rule_versions import Versions
from config.score_models import ScoreRules

_EXACT = 1e-9


@dataclass(frozen=True)
class Closed:
    """A period that is closed; ``is_kept``: it was already, and nothing was written."""

    closing: Closing
    is_kept: bool


def close(con: duckdb.DuckDBPyConnection, path: Path, month: date, actor: str) -> Closed:
    """Close a month, once: what its scores say now stands for ever.

    Args:
        con: the warehouse, its `core`, `kpi` and scores of one refresh.
        path: `Settings.scores_path`.
        month: first day.
        actor: account of who closes it; ``system`` where the schedule does.

    Raises:
        ConfigError: the month has not ended, repairs are still within their days of waiting, or
            it has no scores.
        StateError: ledgers and scores of the warehouse do not agree, or the archive cannot be
            written.
    """
    known = archive.closings(path, month)
    if known:
        return Closed(known[0], is_kept=True)
    totals = _rows(con, f"{KEPT}_totals", tuple(TOTALS), MONTH, month)
    _require_ended(con, month, totals)
    rules = rules_of(con, totals[0]["rule_hash"])
    draft = drafted(con, rules, (MONTH, month), actor)
    with archive.adding(path) as db:
        # another process may have been first
        known = archive.closings_of(db, month)
        if known:
            return Closed(known[0], is_kept=True)
        return Closed(archive.add(db, draft), is_kept=False)


def open_from(path: Path) -> date | None:
    """Return the first day of the first month behind the closed ones; None when none is closed."""
    months = [one.month_on for one in archive.closings(path)]
    return add_months(max(months), 1) if months else None


def require_open_months(versions: Versions[ScoreRules], path: Path, rules_dir: Path) -> None:
    """Refuse rules under which a closed month would be scored otherwise than it was.

    Keys that the program has learnt since the closing are no change.

    Args:
        versions: what `score.yml` says.
        path: `Settings.scores_path`.
        rules_dir: the hospital's folder of rules, for file and line.

    Raises:
        ConfigError: names the month, what differs, and from when a change may take effect.
    """
    for one in archive.closings(path):
        if one.version > 1:
            continue
        version = versions.at(begins(one.month_on))
        changed = list(_changed(json.loads(one.rules), version.content.model_dump(mode="json")))
        if changed:
            at: Location = ("versions", version.id) if version.effective_from else ()
            place = read_section("score", rules_dir).where((*at, *changed[0].split(".")))
            raise ConfigError(
                f"{place} 会改变已关账的 {one.month_on:%Y-%m} 的规则({'、'.join(changed[:3])})。",
                "已关账的月份不再改变:请恢复原值,把改动写在 versions 下,"
                f"effective_from 不早于 {open_from(path)}。",
            )


def _changed(before: Any, now: Any, at: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key, value in before.items():
            yield from _changed(value, now.get(key), f"{at}.{key}" if at else key)
    elif before != now:
        yield at


def _rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    kind: str,
    first: date,
) -> list[dict[str, Any]]:
    rows = con.execute(
        f"select {', '.join(columns)} from {table} where period = $1 and period_on = $2 "
        "order by all",
        [kind, first],
    ).fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _require_ended(
    con: duckdb.DuckDBPyConnection,
    month: date,
    totals: Sequence[dict[str, Any]],
) -> None:
    [(today,)] = con.execute("select as_of_on from core.run_context").fetchall()
    end = add_months(month, 1)
    if today < end:
        raise ConfigError(f"{month:%Y-%m} 还没有结束,不能关账。", f"请在 {end} 之后关账。")
    if not totals:
        raise ConfigError(f"{month:%Y-%m} 没有评分,不能关账。", "请先运行 opspulse run。")
    rules = rules_of(con, totals[0]["rule_hash"])
    if not all(row["is_final"] for row in totals):
        raise ConfigError(
            f"{month:%Y-%m} 的维修还没有满复发观察期,质量分还会变化,不能关账。",
            f"请在 {matures_on(end, rules)} 之后关账。",
        )


def drafted(
    con: duckdb.DuckDBPyConnection,
    rules: ScoreRules,
    period: tuple[str, date],
    actor: str,
    *,
    scores: str = KEPT,
    cases: str = "",
) -> archive.Draft:
    """Return the first version of a period: scores, components and the ledger with its evidence.

    Args:
        con: the warehouse.
        rules: under which the period was scored.
        period: kind and first day.
        actor: who closes it.
        scores: where the scores stand, before `_totals` and `_components`.
        cases: a relation that stands in for `kpi.fact_score_cases`.

    Raises:
        StateError: ledger and scores do not agree.
    """
    [(as_of,)] = con.execute("select as_of from core.run_context").fetchall()
    totals = _rows(con, f"{scores}_totals", tuple(TOTALS), *period)
    parts: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in _rows(con, f"{scores}_components", tuple(COLUMNS), *period):
        parts.setdefault((row["site_id"], row["engineer_id"]), []).append(row)
    rows = _ledger(con, ledger.ledger_sql(rules, *period, cases, scores), *period)
    _require_sums(totals, rows)
    stamp = totals[0]["rule_version"], totals[0]["rule_hash"]
    if period[0] == MONTH:
        rows += _uncounted(con, period[1], stamp)
    return archive.Draft(
        actor=actor, kind=period[0], month_on=period[1], appeal=None, as_of=as_of, is_final=True,
        rule_version=stamp[0], rule_hash=stamp[1], rules=rules.model_dump_json(),
        scores=[
            (
                {name: value for name, value in row.items() if name not in CLOSED},
                parts[row["site_id"], row["engineer_id"]],
            )
            for row in totals
        ],
        ledger=rows,
    )  # fmt: skip


_NUMBERS = ", ".join(
    f"cast({name} as text)"
    for name in ("points", "weight", "value", "part_1", "part_2", "part_3", "part_4")
)


def _ledger(
    con: duckdb.DuckDBPyConnection, sql: str, kind: str, first: date
) -> list[tuple[Any, ...]]:
    """Return the period's ledger in the archive's order of columns, with evidence."""
    con.execute(f"create or replace temp table score_period as {evidence.beside(sql, kind, first)}")
    return con.execute(
        f"select '{archive.BASE}', site_id, engineer_id, component, subject_id, ticket_id, "
        f"rule_row, {_NUMBERS}, evidence, rule_version, rule_hash, snapshot_hash from score_period "
        "order by site_id, engineer_id, component, rule_row nulls last, subject_id"
    ).fetchall()


def _uncounted(
    con: duckdb.DuckDBPyConnection, month: date, stamp: tuple[str, str]
) -> list[tuple[Any, ...]]:
    """Return the month's cases that are in no ledger: too few for it, not for the quarter."""
    return con.execute(
        f"with left_over as (select c.*, null as value, 0 as points from kpi.fact_score_cases as c "
        "anti join score_period as r on c.site_id = r.site_id and c.engineer_id = r.engineer_id "
        "and c.component = r.component and c.subject_id = r.subject_id "
        "where month_start(c.counted_on) = $1) "
        f"select '{archive.CASE}', site_id, engineer_id, component, subject_id, ticket_id, null, "
        f"{_NUMBERS}, [], $2, $3, '' from left_over "
        "order by site_id, engineer_id, component, subject_id",
        [month, *stamp],
    ).fetchall()


def _require_sums(totals: Sequence[dict[str, Any]], rows: Sequence[tuple[Any, ...]]) -> None:
    place = archive.LEDGER.index("points")
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        sums[row[1], row[2]] = sums.get((row[1], row[2]), Decimal(0)) + Decimal(row[place])
    for total in totals:
        found = float(sums.get((total["site_id"], total["engineer_id"]), 0))
        if abs(found - total["points"]) > _EXACT:
            raise StateError(
                f"工程师 {total['engineer_id']} 的台账合计与评分不一致,不能关账。",
                "请重新运行 opspulse run 后再关账。",
            )

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
from assets.score import archive, ledger
from assets.score.archive import Closing
from assets.score.facts import begins
from assets.score.reading import rules_of
from assets.score.tables import CLOSED, COLUMNS, TOTALS, matures_on
from config.documents import Location
from config.errors import ConfigError, StateError
from config.rule_files import read_section
from config.rule_versions import Versions
from config.score_models import ScoreRules

MONTH = "month"
_EXACT = 1e-9
# What decides a case's values: these events of its ticket.
_EVIDENCE = {
    "volume": (
        "dispatched", "accepted", "arrived", "work_started", "transferred", "coworker_joined",
        "sent_to_vendor", "vendor_returned", "restored", "reopened",
    ),
    "timeliness": (
        "dispatched", "accepted", "arrived", "paused", "resumed", "transferred", "restored",
    ),
    "quality": ("arrived", "transferred", "restored", "reopened"),
    "satisfaction": (),
    "records": ("restored", "closed"),
    "prevention": (),
}  # fmt: skip


@dataclass(frozen=True)
class Closed:
    """A month that is closed; ``is_kept``: it was already, and nothing was written."""

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
    totals = _rows(con, "score_totals", tuple(TOTALS), month)
    _require_ended(con, month, totals)
    draft = _draft(con, month, totals, actor)
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
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], month: date
) -> list[dict[str, Any]]:
    rows = con.execute(
        f"select {', '.join(columns)} from kpi.{table} where period = $1 and period_on = $2 "
        "order by all",
        [MONTH, month],
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


def _draft(
    con: duckdb.DuckDBPyConnection, month: date, totals: Sequence[dict[str, Any]], actor: str
) -> archive.Draft:
    [(as_of,)] = con.execute("select as_of from core.run_context").fetchall()
    rules = rules_of(con, totals[0]["rule_hash"])
    parts: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in _rows(con, "score_components", tuple(COLUMNS), month):
        parts.setdefault((row["site_id"], row["engineer_id"]), []).append(row)
    rows = _ledger(con, rules, month)
    _require_sums(totals, rows)
    return archive.Draft(
        actor=actor,
        month_on=month,
        appeal=None,
        as_of=as_of,
        is_final=True,
        rule_version=totals[0]["rule_version"],
        rule_hash=totals[0]["rule_hash"],
        rules=rules.model_dump_json(),
        scores=[
            (
                {name: value for name, value in row.items() if name not in CLOSED},
                parts[row["site_id"], row["engineer_id"]],
            )
            for row in totals
        ],
        ledger=rows,
    )


def _ledger(
    con: duckdb.DuckDBPyConnection, rules: ScoreRules, month: date
) -> list[tuple[Any, ...]]:
    """Return the month's ledger in the archive's order of columns, with evidence."""
    con.execute(
        "create or replace temp table score_month as "
        f"select * from ({ledger.ledger_sql(rules, MONTH, month)})"
    )
    events = ", ".join(
        "coalesce(list(e.event_id order by e.event_order) filter (where e.type in "
        f"({', '.join(map(repr, types))})), []) as {component}"
        for component, types in _EVIDENCE.items()
        if types
    )
    of_row = " ".join(
        f"when '{component}' then e.{component}" for component, types in _EVIDENCE.items() if types
    )
    numbers = ", ".join(
        f"cast(m.{name} as text)"
        for name in ("points", "weight", "value", "part_1", "part_2", "part_3", "part_4")
    )
    return con.execute(
        "with events as (select e.site_id, e.ticket_id, "
        f"{events} from core.ticket_events as e semi join score_month as m "
        "on e.site_id = m.site_id and e.ticket_id = m.ticket_id group by e.site_id, e.ticket_id), "
        "marks as (select site_id, ticket_id, list(rating_id order by rating_id) as ids "
        "from core.ratings where is_counted group by site_id, ticket_id) "
        "select 'base', m.site_id, m.engineer_id, m.component, m.subject_id, m.ticket_id, "
        f"m.rule_row, {numbers}, case when m.rule_row is not null then [] else coalesce(case "
        f"m.component {of_row} when 'satisfaction' then r.ids end, []) || "
        # the failure that came after belongs to what the quality of a repair rests on
        "case when m.component = 'quality' and q.recurred_ticket_id is not null "
        "then [q.recurred_ticket_id] else [] end end, "
        "m.rule_version, m.rule_hash, m.snapshot_hash "
        "from score_month as m left join events as e using (site_id, ticket_id) "
        "left join marks as r using (site_id, ticket_id) "
        "left join core.repair_recurrences as q using (site_id, ticket_id) "
        "order by m.site_id, m.engineer_id, m.component, m.rule_row nulls last, m.subject_id"
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

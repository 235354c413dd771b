"""Who may see what of the scores: the only reader of `kpi.score_*`.

Holds the rights: the head sees all, an engineer their own and, from five people up, the group's
distribution without names, finance no points at all (amounts are in `bonus`). The wall shows no
score. Refusal happens here, where data are read, whatever a page shows.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from assets.score import archive, ledger
from assets.score.tables import COLUMNS, TOTALS
from config.errors import ConfigError, StateError
from config.score_models import ScoreRules

if TYPE_CHECKING:
    from assets.viewers import Viewer as Account

Role = Literal["head", "engineer", "finance"]
DISTRIBUTION_FROM = 5
# What a ledger row of an open month has none of yet.
_OPEN: dict[str, Any] = {"ledger_id": None, "kind": archive.BASE, "version": None}
# What an engineer is told about the group beside their own numbers.
_HIDDEN_FROM_ENGINEERS = ("roster_seconds", "leave_seconds")


@dataclass(frozen=True)
class Viewer:
    """Who asks. ``engineer_id`` and ``site_id`` say who an engineer is."""

    role: Role
    engineer_id: str | None = None
    site_id: str | None = None

    @staticmethod
    def of(person: "Account") -> "Viewer":
        """Return a signed-in person as the readers of scores know them: no role, nothing to see."""
        role: Role = "head" if person.role == "head" else "engineer"
        if person.role == "finance":
            role = "finance"
        return Viewer(role, person.engineer_id, person.site_id)

    def is_shown(self, site_id: str, engineer_id: str) -> bool:
        """Tell whether a row about one engineer may be shown: to an engineer only the own ones."""
        if self.role != "engineer":
            return True
        return self.engineer_id == engineer_id and self.site_id in (None, site_id)

    def require_head(self) -> None:
        """Refuse whoever is not the head.

        Raises:
            ConfigError: an engineer or finance.
        """
        if self.role != "head":
            raise ConfigError("只有科室负责人或其指定的人可以办理。", "请加 --as head。")

    def require_scores(self) -> None:
        """Refuse whoever may see no points.

        Raises:
            ConfigError: finance, or an engineer without an id.
        """
        if self.role == "finance":
            raise ConfigError("财务只能看奖金金额,不能看评分。", "请使用 opspulse score bonus。")
        if self.role == "engineer" and not self.engineer_id:
            raise ConfigError("没有说明是哪一位工程师。", "请写成 engineer:工号。")


def totals(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, kind: str, first: date
) -> list[dict[str, Any]]:
    """Return the scores of a period that the viewer may see, by name of the engineer.

    Raises:
        ConfigError: the viewer may see none.
        StateError: the snapshot has no scores.
    """
    viewer.require_scores()
    _require_built(con)
    where, values = _own(viewer)
    rows = con.execute(
        f"select t.*, coalesce(n.name, t.engineer_id) as name from kpi.score_totals as t "
        "left join kpi.dim_engineers as n using (site_id, engineer_id) "
        f"where t.period = $1 and t.period_on = $2{where} order by name, site_id, engineer_id",
        [kind, first, *values],
    ).fetchall()
    found = [dict(zip((*TOTALS, "name"), row, strict=True)) for row in rows]
    if viewer.role == "engineer":
        for row in found:
            for name in _HIDDEN_FROM_ENGINEERS:
                row.pop(name)
    return found


def components(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, kind: str, first: date, engineer: str
) -> list[dict[str, Any]]:
    """Return what an engineer's score is made of.

    Raises:
        ConfigError: the viewer may not see that engineer.
    """
    _require(viewer, engineer)
    where, values = _own(viewer)
    rows = con.execute(
        "select * from kpi.score_components as t where period = $1 and period_on = $2"
        f"{where} and engineer_id = ${3 + len(values)} order by share desc, component",
        [kind, first, *values, engineer],
    ).fetchall()
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def ledger_rows(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    kind: str,
    first: date,
    engineer: str,
    *,
    closed: Path,
) -> list[dict[str, Any]]:
    """Return every ledger row of an engineer's score, rules first within a component.

    A closed month's rows come from the archive: with number, version and the ids of the events
    behind them; corrections stand last.

    Args:
        con: a snapshot.
        viewer: who asks.
        kind: month or quarter.
        first: its first day.
        engineer: whose score.
        closed: the archive of closed months, `Settings.scores_path`.

    Raises:
        ConfigError: the viewer may not see that engineer.
        StateError: there is no such score.
    """
    _require(viewer, engineer)
    own = [one for one in totals(con, viewer, kind, first) if one["engineer_id"] == engineer]
    if not own:
        raise StateError(
            f"{first:%Y-%m} 没有工程师 {engineer} 的评分。", "请用 opspulse score show 查看有哪些。"
        )
    found: list[dict[str, Any]] = []
    for one in own:
        person = (one["site_id"], engineer)
        if one["closing_id"] is not None:
            found += archive.ledger(closed, one["closing_id"], person)
        else:
            rules = rules_of(con, one["rule_hash"])
            found += [{**_OPEN, **row} for row in ledger.rows(con, rules, kind, first, person)]
    return found


def distribution(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, kind: str, first: date, engineer: str
) -> dict[str, Any] | None:
    """Return the quartiles of an engineer's group in whole points, None where it is too small.

    Raises:
        ConfigError: the viewer may not see that engineer.
    """
    _require(viewer, engineer)
    site = "" if viewer.site_id is None else " and o.site_id = $4"
    rows = con.execute(
        "select t.points, t.peer_group from kpi.score_totals as t "
        "inner join kpi.score_totals as o using (site_id, period, period_on, peer_group) "
        f"where o.engineer_id = $1 and t.period = $2 and t.period_on = $3{site}",
        [engineer, kind, first, *([viewer.site_id] if site else [])],
    ).fetchall()
    if len(rows) < DISTRIBUTION_FROM:
        return None
    low, middle, high = quantiles([row[0] for row in rows], n=4, method="inclusive")
    return {
        "peer_group": rows[0][1],
        "count": len(rows),
        "quartiles": [round(low), round(middle), round(high)],
    }


def rules_of(con: duckdb.DuckDBPyConnection, rule_hash: str) -> ScoreRules:
    """Return the version of the rules under which a score was made."""
    row = con.execute(
        "select content from kpi.score_rules where rule_hash = $1", [rule_hash]
    ).fetchone()
    if row is None:
        raise StateError("快照里没有这份评分的规则。", "请重新运行 opspulse run。")
    return ScoreRules.model_validate_json(row[0])


def periods(con: duckdb.DuckDBPyConnection, kind: str) -> list[date]:
    """Return the first days of the months or quarters that have scores, oldest first."""
    _require_built(con)
    rows = con.execute(
        "select distinct period_on from kpi.score_totals where period = $1 order by 1", [kind]
    ).fetchall()
    return [day for (day,) in rows]


def _own(viewer: Viewer) -> tuple[str, list[Any]]:
    """Return a condition on `t` that leaves only what an engineer may see, from $3 on."""
    if viewer.role == "head":
        return "", []
    if viewer.site_id is None:
        return " and t.engineer_id = $3", [viewer.engineer_id]
    return " and t.engineer_id = $3 and t.site_id = $4", [viewer.engineer_id, viewer.site_id]


def _require(viewer: Viewer, engineer: str) -> None:
    viewer.require_scores()
    if viewer.role == "engineer" and viewer.engineer_id != engineer:
        raise ConfigError(
            "只能看自己的评分和台账。", "同组的分布(不含姓名)见 opspulse score show。"
        )


def _require_built(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'kpi' "
        "and table_name = 'score_totals'"
    ).fetchone()
    if not found or not found[0]:
        raise StateError("快照里还没有评分。", "请先运行 opspulse run。")

"""Signs of manoeuvres, engineer by engineer, beside the score: for the head alone, never in it.

Holds which signs there are and how each is compared with colleagues': the hits of an engineer
against those that their own mix of work would have had at the department's rates, with the funnel
limit of chance. What a sign is stands in `core.ticket_watch`; the score's own answers to such moves
(credit, clocks, caps) in the models of `fact_score_cases`. A sign is a reason to look, no verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from assets.analysis.funnel import most_of
from assets.metric_periods import add_months
from assets.score import reading
from assets.score.periods import QUARTER_MONTHS, quarter_of
from assets.score.reading import Viewer
from config.errors import ConfigError
from config.score_models import WatchRule

_TICKETS, _JOBS = "kpi.fact_ticket_watch", "kpi.fact_job_watch"

_BY_KIND, _ALIKE = "kind_of_work", "''"


@dataclass(frozen=True)
class Detector:
    """One kind of sign: its column, and whether work of the same kind is compared.

    ``is_by_kind``: expectations are made fault family by fault family; not where the move is to
    choose the kind of work.
    """

    code: str
    table: str
    column: str
    is_by_kind: bool
    zh: str
    en: str


DETECTORS = (
    Detector("split", _TICKETS, "is_split", False,
             "一障拆多单", "one fault split into tickets"),
    Detector("self_created", _TICKETS, "is_self_created", False,
             "自建自修", "opened and resolved alone"),
    Detector("picking", _TICKETS, "is_picked", False,
             "未派先抢易单", "easy tickets taken undispatched"),
    Detector("parking", _TICKETS, "is_parked", True,
             "无凭据等待用户", "waits for the user unproven"),
    Detector("idle", _TICKETS, "is_idle", True,
             "接单后不动", "accepted, then idle"),
    Detector("early_close", _TICKETS, "is_early", True,
             "早关后重开", "closed early, back in two days"),
    Detector("dumping", _TICKETS, "is_dumped", False,
             "临期转出", "passed on shortly before the limit"),
    Detector("hiding", _TICKETS, "is_hidden", False,
             "取消或合并", "cancelled or merged"),
    Detector("user_error", _TICKETS, "is_blamed", True,
             "归为误操作或无故障", "put down to the user or no fault"),
    Detector("pressed_rating", _TICKETS, "is_pressed", False,
             "当场全五星", "full marks on the spot"),
    Detector("batched_jobs", _JOBS, "is_batched", True,
             "保养批量补录", "preventive jobs in a batch"),
    Detector("junk_articles", _JOBS, "is_unused", False,
             "知识文章无人用", "articles nobody uses"),
)  # fmt: skip


@dataclass(frozen=True)
class Sign:
    """One engineer and detector in a quarter.

    Attributes:
        cases: occasions that the engineer had.
        hits: of these, with the sign.
        expected: hits at the department's rates for the same mix of work.
        limit: most hits that chance gives, at the probability of the rules.
        is_shown: beyond the limit, often enough and much more than expected.
        mix: of picking: mean difficulty of what was resolved over that of what was dispatched to
            them; None elsewhere, or where nothing was dispatched.
    """

    site_id: str
    engineer_id: str
    name: str
    detector: Detector
    cases: int
    hits: int
    expected: float
    limit: int
    is_shown: bool
    mix: float | None = None


def signs(con: duckdb.DuckDBPyConnection, viewer: Viewer, quarter_on: date) -> list[Sign]:
    """Return every sign of a quarter, by engineer's name and detector.

    Args:
        con: a snapshot.
        viewer: must be the head.
        quarter_on: first day of a quarter that has scores.

    Raises:
        ConfigError: anybody but the head asks.
    """
    if viewer.role != "head":
        raise ConfigError(
            "行为提示只给科主任看,不计入评分。", "请以 --as head 查看,或用 opspulse score show。"
        )
    rows = reading.totals(con, viewer, "quarter", quarter_on)
    if not rows:
        return []
    rule = reading.rules_of(con, rows[0]["rule_hash"]).watch
    return compared(con, quarter_on, rule)


def beside(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, first: date, *, zh: bool
) -> dict[tuple[str, str], str]:
    """Return what stands beside a score for the head: the signs shown in the quarter; else nothing.

    Args:
        con: a snapshot.
        viewer: whoever asks for the scores.
        first: first day of the month or quarter of the scores.
        zh: in Chinese.
    """
    if viewer.role != "head":
        return {}
    found: dict[tuple[str, str], list[str]] = {}
    for one in signs(con, viewer, quarter_of(first)):
        if one.is_shown:
            words = one.detector.zh if zh else one.detector.en
            found.setdefault((one.site_id, one.engineer_id), []).append(words)
    lead = "提示(本季,不计分):" if zh else "signs (quarter, not scored): "
    return {person: lead + ("、" if zh else ", ").join(words) for person, words in found.items()}


def compared(con: duckdb.DuckDBPyConnection, quarter_on: date, rule: WatchRule) -> list[Sign]:
    """Return the signs of a quarter under a rule; who may see them is the caller's matter."""
    end = add_months(quarter_on, QUARTER_MONTHS)
    rows = con.execute(_sql(DETECTORS), {"first": quarter_on, "end": end}).fetchall()
    by_code = {one.code: one for one in DETECTORS}
    total = np.array([row[6] for row in rows], dtype=float)
    expected = np.array([row[5] for row in rows], dtype=float)
    share = np.divide(expected, total, out=np.zeros_like(total), where=total > 0)
    limits = most_of(total, np.clip(share, 0, 1), float(rule.probability))
    return [
        Sign(
            site,
            engineer,
            name,
            by_code[code],
            int(cases),
            int(hits),
            float(likely),
            int(limit),
            hits > limit
            and hits >= rule.least_hits
            and hits >= float(rule.least_ratio) * float(likely),
            None if mix is None or code != "picking" else float(mix),
        )
        for (site, engineer, code, cases, hits, likely, _, name, mix), limit in zip(
            rows, limits, strict=True
        )
    ]


def _sql(detectors: Sequence[Detector]) -> str:
    counts = " union all ".join(
        f"select site_id, engineer_id, '{one.code}' as detector, "
        f"{_BY_KIND if one.is_by_kind else _ALIKE} as kind_of_work, count(*) as cases, "
        f"count_if({one.column}) as hits from {one.table} "
        f"where reported_on >= $first and reported_on < $end and {one.column} is not null "
        "group by all"
        for one in detectors
    )
    return (
        f"with counts as ({counts}), "
        "kinds as (select site_id, detector, kind_of_work, sum(cases) as cases, sum(hits) as hits "
        "from counts group by all), "
        "totals as (select site_id, detector, sum(hits) as hits from kinds group by all), "
        "mixes as (select site_id, engineer_id, cast(avg(units) as double) / "
        f"nullif(cast(avg(sent_units) as double), 0) as mix from {_TICKETS} "
        "where reported_on >= $first and reported_on < $end group by all) "
        "select c.site_id, c.engineer_id, c.detector, sum(c.cases), sum(c.hits), "
        "sum(cast(k.hits as double) * c.cases / k.cases), any_value(t.hits), "
        "any_value(coalesce(n.name, c.engineer_id)) as name, any_value(m.mix) "
        "from counts as c inner join kinds as k using (site_id, detector, kind_of_work) "
        "inner join totals as t using (site_id, detector) "
        "left join mixes as m using (site_id, engineer_id) "
        "left join kpi.dim_engineers as n using (site_id, engineer_id) "
        "group by c.site_id, c.engineer_id, c.detector "
        "order by name, c.site_id, c.engineer_id, c.detector"
    )

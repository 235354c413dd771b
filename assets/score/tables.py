"""Scores as tables of `kpi`: totals, components, and with them every row of the ledger.

Holds the writing. A ledger row is a case times the factor of its component (`ledger`), so that the
rows of a month are never stored twice. A closed period is not computed again: what it says comes
from the `archive`, corrections included.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from assets.metric_periods import add_months
from assets.score import archive, compute, fixes
from assets.score.compute import Scores
from assets.score.facts import Facts, begins, read
from assets.score.periods import QUARTER_MONTHS, Period, periods
from config.rule_versions import Versions
from config.rules import Rules
from config.score_models import COMPONENTS, ScoreRules

KEPT_MONTHS = 13
# Before `_totals` and `_components`: where the scores stand that everybody reads.
KEPT = "kpi.score"
_AT_A_TIME = 2
TOTALS = {
    "site_id": "text", "period": "text", "period_on": "date", "engineer_id": "text",
    "points": "double", "low": "double", "high": "double", "probability": "double", "band": "text",
    "peer_group": "text", "peer_count": "bigint", "grade": "text",
    "roster_seconds": "bigint", "leave_seconds": "bigint",
    "is_newcomer": "boolean", "is_provisional": "boolean", "is_final": "boolean",
    "rule_version": "text", "rule_hash": "text", "snapshot_hash": "text",
    "closing_id": "bigint", "closed_version": "bigint",
}  # fmt: skip
# What an open month has none of.
CLOSED = ("closing_id", "closed_version")
COLUMNS = {
    "site_id": "text", "period": "text", "period_on": "date", "engineer_id": "text",
    "component": "text", "state": "text", "case_count": "bigint", "value": "double",
    "group_mean": "double", "pull_cases": "double", "floor": "double", "goal": "double",
    "share": "double", "points": "double", "case_factor": "double", "base_points": "double",
    "repeat_points": "double", "reuse_points": "double", "fix_points": "double",
    "clip_points": "double", "is_provisional": "boolean", "absent_part": "text",
}  # fmt: skip
_RULES = {"rule_hash": "text", "rule_version": "text", "content": "text"}
_COMMENTS = {
    "kpi.score_rules": "The versions of score.yml under which the scores were made.",
    "kpi.score_totals": "Scores of engineers by month and quarter; personal, read by assets.score.",
    "kpi.score_components": "What each score is made of, and the factor of its ledger; personal.",
}


def build(con: duckdb.DuckDBPyConnection, rules: Rules, closed: Path | None = None) -> int:
    """Write the tables `kpi.score_*` anew; return how many scores there are.

    Each open month stands under the version of the rules in force when it begins, each closed one
    under those that it was closed with.

    Args:
        con: the warehouse with its `kpi` facts, inside the caller's transaction.
        rules: the rules in force.
        closed: the archive of closed months, `Settings.scores_path`.
    """
    [(as_of,)] = con.execute("select as_of from kpi.run_context").fetchall()
    fixes.build(con, add_months(as_of.date().replace(day=1), -KEPT_MONTHS - QUARTER_MONTHS))
    totals: list[tuple[Any, ...]] = []
    parts: list[tuple[Any, ...]] = []
    used: dict[str, ScoreRules] = {}
    kept = archive.scores(closed) if closed else []
    for one, total, rows in kept:
        if one.rule_hash not in used:
            used[one.rule_hash] = ScoreRules.model_validate_json(one.rules)
        stamp = {"closing_id": one.closing_id, "closed_version": one.version}
        totals.append(tuple({**total, **stamp}.get(name) for name in TOTALS))
        parts += [tuple(row.get(name) for name in COLUMNS) for row in rows]
    shut = {(one.kind, one.month_on) for one, *_ in kept}
    for facts, version, scores in scored(con, rules.score_versions, shut=shut):
        used[version[0]] = version[1]
        totals += totals_of(facts, version, scores)
        parts += parts_of(facts, scores)
    write_scores(con, KEPT, totals, parts)
    _write(
        con,
        "kpi.score_rules",
        _RULES,
        [(mark, one.version, one.model_dump_json()) for mark, one in used.items()],
    )
    return len(totals)


def scored(
    con: duckdb.DuckDBPyConnection,
    versions: Versions[ScoreRules],
    only: tuple[str, date] | None = None,
    shut: Collection[tuple[str, date]] = (),
    cases: str = "",
) -> Iterator[tuple[Facts, tuple[str, ScoreRules], Scores]]:
    """Yield the scores of every kept period, or of ``only`` one, with the rules that made them.

    Two periods are computed at a time: the draws are numpy's, which leaves the other core free.
    Each period has its own seed, so that the order does not matter.

    Periods in ``shut`` are left out; ``cases`` is a relation instead of `kpi.fact_score_cases`.
    """
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        waiting: deque[tuple[Facts, tuple[str, ScoreRules], Future[Scores]]] = deque()
        for facts, period, version in _due(con, versions, only, shut, cases):
            waiting.append((facts, version, pool.submit(compute.score, facts, period, version[1])))
            # no more than that at once: the draws of a period are large
            if len(waiting) == _AT_A_TIME:
                first = waiting.popleft()
                yield first[0], first[1], first[2].result()
        for one in waiting:
            yield one[0], one[1], one[2].result()


def _due(
    con: duckdb.DuckDBPyConnection,
    versions: Versions[ScoreRules],
    only: tuple[str, date] | None,
    shut: Collection[tuple[str, date]],
    cases: str,
) -> Iterator[tuple[Facts, Period, tuple[str, ScoreRules]]]:
    """Yield every period that is to be computed, with facts and rules of its own version."""
    read_under: dict[str, Facts] = {}
    newest = versions.at(None).content
    spans = read(con, newest, cases=cases)
    for period in periods(spans, newest.history_months, KEPT_MONTHS):
        if (period.kind, period.first) in shut or (only and (period.kind, period.first) != only):
            continue
        rules = _at(versions, period.first)
        mark = compute.fingerprint(rules)
        if mark not in read_under:
            read_under[mark] = spans if rules == newest else read(con, rules, cases=cases)
        facts = read_under[mark]
        [again] = [
            one
            for one in periods(facts, rules.history_months, KEPT_MONTHS)
            if (one.kind, one.first) == (period.kind, period.first)
        ]
        yield facts, again, (mark, rules)


def _at(versions: Versions[ScoreRules], month: date) -> ScoreRules:
    return versions.at(begins(month)).content


def matures_on(end: date, rules: ScoreRules) -> date:
    """Return the first day on which every repair before ``end`` has its days of waiting behind it.

    Compared with the day in UTC, which in China begins eight hours after the local one.
    """
    return end + timedelta(days=rules.quality.decay[1][0])


def totals_of(
    facts: Facts, version: tuple[str, ScoreRules], scores: Scores
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `TOTALS` of a period, one per engineer with a score."""
    mark, rules = version
    period = scores.period
    first = np.argmax(facts.is_there[period.months], axis=0) + period.months.start
    settled = matures_on(period.end, rules)
    for group in scores.groups:
        for place in group.members:
            if np.isnan(scores.points[place]):
                continue
            hired = facts.hired_on[place]
            yield (
                *_key(facts, scores, place),
                float(scores.points[place]),
                float(scores.low[place]),
                float(scores.high[place]),
                _known(scores.probability[place]),
                scores.band[place],
                group.name,
                len(group.members),
                str(facts.grade[first[place], place]),
                int(facts.roster[period.months, place].sum()),
                int(facts.leave[period.months, place].sum()),
                hired is not None
                and add_months(hired.replace(day=1), rules.newcomer_months) > period.first,
                any(
                    bool(one.is_provisional[place]) and scores.share[name][place] > 0
                    for name, one in scores.columns.items()
                ),
                facts.as_of.date() >= settled,
                rules.version,
                mark,
                compute.digest([mark, *_numbers(scores, place)]),
                None,
                None,
            )


def parts_of(facts: Facts, scores: Scores) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `COLUMNS` of a period, six per engineer."""
    for group in scores.groups:
        for place in group.members:
            for name in COMPONENTS:
                one, share = scores.columns[name], float(scores.share[name][place])
                yield (
                    *_key(facts, scores, place),
                    name,
                    str(one.state[place]),
                    int(one.count[place]),
                    float(one.value[place]),
                    float(one.mean[place]),
                    float(one.strength[place]),
                    float(one.floor[place]),
                    float(one.goal[place]),
                    share,
                    float(one.points[place]),
                    *(
                        share * float(part[place])
                        for part in (
                            one.factor,
                            one.base,
                            one.repeats,
                            one.reuse,
                            one.fixes,
                            one.clip,
                        )
                    ),
                    bool(one.is_provisional[place]),
                    one.absent,
                )


def _key(facts: Facts, scores: Scores, place: int) -> tuple[Any, ...]:
    site, engineer = facts.people[place]
    return site, scores.period.kind, scores.period.first, engineer


def _numbers(scores: Scores, place: int) -> Iterator[float]:
    """Yield what a score rests on: the sums of each component and the points."""
    for name in COMPONENTS:
        one = scores.columns[name]
        for part in (one.count, one.value, one.mean, one.strength, one.goal, one.points):
            yield float(part[place])
    yield float(scores.points[place])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def write_scores(
    con: duckdb.DuckDBPyConnection,
    name: str,
    totals: Iterable[Sequence[Any]],
    parts: Iterable[Sequence[Any]],
) -> None:
    """Write `name_totals` and `name_components`: `KEPT`, or temporary tables of another name."""
    _write(con, f"{name}_totals", TOTALS, totals)
    _write(con, f"{name}_components", COLUMNS, parts)


def _write(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    rows: Iterable[Sequence[Any]],
) -> None:
    shape = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    kind = "table" if table in _COMMENTS else "temp table"
    con.execute(f"create or replace {kind} {table} ({shape})")
    if table in _COMMENTS:
        con.execute(f"comment on table {table} is '{_COMMENTS[table]}'")
    values = list(rows)
    if not values:
        return
    import pandas as pd  # noqa: PLC0415 - for writers only

    frame = pd.DataFrame(values, columns=list(columns))
    con.register("score_rows", frame)
    con.execute(f"insert into {table} select * from score_rows order by all")
    con.unregister("score_rows")

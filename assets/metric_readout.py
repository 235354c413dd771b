"""What a reading says: the findings of its newest period, with the period before and the strata.

Holds which rows get a finding and what they are compared with. The sentences are in
`metric_findings`, the reading itself in `metric_reading`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import duckdb

from assets.analysis import simpson
from assets.metric_changes import RATES, SHARES
from assets.metric_context import context
from assets.metric_findings import (
    Finding,
    finding,
    guard_between,
    guard_groups,
    ranking,
)
from assets.metric_reading import metric_of, read_rows
from assets.metric_totals import Covered

_COMPARED = ("ok", "chance", "small_sample")  # states of a group that took part in a comparison


class _Asked(NamedTuple):
    by: Sequence[str]
    where: Mapping[str, Any] | None
    role: str
    lang: str


def findings(
    con: duckdb.DuckDBPyConnection,
    rows: Sequence[Mapping[str, Any]],
    *,
    by: Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
    role: str = "head",
    lang: str = "zh",
) -> list[Finding]:
    """Return what the newest period of a reading says, in plain sentences.

    The first statistic has a finding, and every one that has a target. Compared is with the period
    before where the rows hold it. Where the registry names strata, the change (or, cut by one
    dimension, each group against all) is compared within them too, and a sign that flips is told.

    Args:
        con: where the rows were read.
        rows: what `read_rows` returned for one metric.
        by: the dimensions by which they are cut.
        where: the condition under which they were read.
        role: who asks.
        lang: zh or en.
    """
    if not rows:
        return []
    metric, known = metric_of(rows[0]["metric_id"]), context(con)
    starts = sorted({row["period_start"] for row in rows})
    newest, previous = starts[-1], starts[-2] if len(starts) > 1 else None
    old = {
        (row["statistic"], *(row[f"{name}_code"] for name in by)): row
        for row in rows
        if row["period_start"] == previous
    }
    first = next(iter(metric.statistics))
    if metric.kind == "shrunk_rate" and by:
        told = [row for row in rows if row["period_start"] == newest]
        ranks = [row for row in told if row["statistic"] == "rank" and row["state"] in _COMPARED]
        return [ranking(metric, ranks, by[-1], lang)] if ranks else []
    found = []
    for row in rows:
        target = known.target(metric.id, row["statistic"], newest)
        if row["period_start"] != newest or (row["statistic"] != first and target is None):
            continue
        key = (row["statistic"], *(row[f"{name}_code"] for name in by))
        groups = [str(row[name]) for name in by]
        found.append(
            finding(
                metric,
                row,
                target,
                groups=groups,
                before=old.get(key),
                covered=Covered(known.data_from, known.as_of_on),
                lang=lang,
            )
        )
    return _guarded(con, found, rows, previous, _Asked(by, where, role, lang))


def _guarded(
    con: duckdb.DuckDBPyConnection,
    found: list[Finding],
    rows: Sequence[Mapping[str, Any]],
    previous: date | None,
    asked: _Asked,
) -> list[Finding]:
    """Add the Simpson guard's warnings, where the registry names strata and there is a comparison.

    Between periods the first statistic is compared, between the groups of one dimension likewise.
    """
    by, lang = asked.by, asked.lang
    metric, last = metric_of(rows[0]["metric_id"]), max(rows, key=lambda row: row["period_start"])
    is_comparable = metric.kind in (*SHARES, *RATES)
    if not metric.strata or not is_comparable or not found or len(by) > 1:
        return found
    if (by and by[0] in metric.strata) or (not by and previous is None):
        return found
    cells: dict[simpson.Cell, tuple[float, float]] = {}
    for row in read_rows(
        con,
        metric.id,
        grain=last["grain"],
        by=[*by, *metric.strata],
        where=asked.where,
        start=last["period_start"] if by else previous,
        end=last["period_end"],
        role=asked.role,
    ):
        if row["statistic"] != found[0].statistic or not row["denominator"]:
            continue
        group = row[f"{by[0]}_code"] if by else row["period_start"]
        stratum = tuple(row[f"{name}_code"] for name in metric.strata)
        cells[group, stratum] = (float(row["numerator"]), float(row["denominator"]))
    if not by and previous is not None:
        warning = guard_between(cells, previous, last["period_start"], lang)
        return [replace(found[0], warning=warning), *found[1:]]
    names = {
        row[f"{by[0]}_code"]: str(row[by[0]])
        for row in rows
        if row["period_start"] == last["period_start"]
        and row["statistic"] == found[0].statistic
        and row["state"] == "ok"
    }
    warnings = guard_groups(cells, names, lang)
    return [
        replace(one, warning=warnings.get(one.groups[0], "")) if one.groups else one
        for one in found
    ]

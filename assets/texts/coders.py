"""How an engineer's fault codes agree with a second coding: the only reader of it by person.

Holds the rights (the head sees all, an engineer their own, nobody else) and the figures. κ is in
`analysis.agreement`; which tickets are drawn for a second coding, in `kpi.detail_fault_samples`.
"""

from collections import Counter
from datetime import date
from typing import Any

import duckdb

from assets.analysis.agreement import kappa
from assets.metric_context import context
from assets.score.reading import Viewer
from config.errors import ConfigError

# Beside whose code the engineer's is held: a person's, or the program's where it had not seen it.
SECONDS = {"confirmed": "code_confirmed", "proposed": "code_suggested"}
_COUNTED = """
select
    f.site_id, f.engineer_id, n.name, f.code_reported, f.code_confirmed, f.code_suggested,
    f.is_unspecific, count(*) as tickets
from kpi.fact_fault_codes as f
left join kpi.dim_engineers as n on f.site_id = n.site_id and f.engineer_id = n.engineer_id
where not f.is_void and f.engineer_id is not null and f.reported_on >= ? and f.reported_on < ?
"""


def coders(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, start: date, end: date
) -> list[dict[str, Any]]:
    """Return the agreement of each engineer's codes with a second coding.

    Tickets without a code, or with one that says nothing, are counted and not compared.

    Args:
        con: a snapshot.
        viewer: who asks.
        start: first local day of report.
        end: local day after the last.

    Returns:
        Rows by engineer with `site_id`, `engineer_id`, `name`, `tickets`, `unspecific`, and under
        ``confirmed`` and ``proposed`` each `n`, `agreed`, `kappa`, `lo`, `hi` (95 %; None where κ
        does not exist) and `state` (ok, small_sample, no_data).

    Raises:
        ConfigError: neither the head nor an engineer asking for their own.
    """
    where, values = _own(viewer)
    rows = con.execute(
        f"{_COUNTED}{where} group by all order by all", [start, end, *values]
    ).fetchall()
    people: dict[tuple[str, str], dict[str, Any]] = {}
    pairs: dict[tuple[str, str, str], Counter[tuple[str, str]]] = {}
    for site, engineer, name, code, confirmed, proposed, is_unspecific, tickets in rows:
        one = people.setdefault(
            (site, engineer),
            {"site_id": site, "engineer_id": engineer, "name": name or engineer,
             "tickets": 0, "unspecific": 0},
        )  # fmt: skip
        one["tickets"] += tickets
        one["unspecific"] += tickets if is_unspecific else 0
        for second, other in (("confirmed", confirmed), ("proposed", proposed)):
            if other is not None and not is_unspecific:
                pairs.setdefault((site, engineer, second), Counter())[code, other] += tickets
    least = context(con).limits.min_denominator
    for (site, engineer), one in people.items():
        for second in SECONDS:
            one[second] = _agreement(pairs.get((site, engineer, second), Counter()), least)
    return list(people.values())


def _agreement(counts: Counter[tuple[str, str]], least: int) -> dict[str, Any]:
    n = sum(counts.values())
    value, low, high = kappa(counts) or (None, None, None)
    state = "no_data" if not n else "small_sample" if n < least else "ok"
    agreed = sum(count for (one, other), count in counts.items() if one == other)
    return {"n": n, "agreed": agreed, "kappa": value, "lo": low, "hi": high, "state": state}


def _own(viewer: Viewer) -> tuple[str, list[str]]:
    """Return the condition of what the viewer may see, and its values."""
    if viewer.role == "head":
        return "", []
    if viewer.role != "engineer" or not viewer.engineer_id:
        raise ConfigError("编码一致性只有科主任和本人可以看。", "请写成 head 或 engineer:工号。")
    if viewer.site_id is None:
        return " and f.engineer_id = ?", [viewer.engineer_id]
    return " and f.engineer_id = ? and f.site_id = ?", [viewer.engineer_id, viewer.site_id]

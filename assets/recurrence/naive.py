"""The usual repeat rate, beside what chance gives: any report on a device within thirty days.

Holds that reading. It is what repeat lists elsewhere show as a sign of bad work; on equal devices
that fail by chance alone it is 1 − exp(−rate × days), more than a third at one report in 67 days.
Repeats against chance, which are judged, are in `chances` and `view`.
"""

import math
from typing import Any

import duckdb

from assets import metrics
from config.errors import ConfigError

_ROLES = ("head", "qcc", "engineer")
_DAY = 86_400
# Before any window has been seen in full.
NOTHING_SEEN = {"report_count": 0, "back_count": 0, "back_share": None, "chance_share": None}
_BACK = """
with reports as (
    select
        t.site_id, t.reported_at,
        lead(t.reported_at) over (
            partition by t.site_id, t.asset_id order by t.reported_at, t.ticket_id
        ) as next_at
    from kpi.fact_tickets as t
    where t.is_asset_bound and not t.is_planned
)

select r.site_id, count(*), count_if(seconds_between(r.reported_at, r.next_at) <= $1)
from reports as r
cross join kpi.run_context as c
-- windows seen in full
where seconds_between(r.reported_at, c.as_of) >= $1
group by r.site_id
order by r.site_id
"""


def reports_back(
    con: duckdb.DuckDBPyConnection, days: int, *, role: str = "head"
) -> dict[str, dict[str, Any]]:
    """Return per site how many reports were followed by another on the same device.

    Args:
        con: a snapshot.
        days: length of the window.
        role: who asks.

    Returns:
        Site → `report_count` (windows seen in full), `back_count`, `back_share` (0 … 1) and
        `chance_share`: what devices of one rate would show by chance, None without exposure.

    Raises:
        ConfigError: the role may not see repeats.
    """
    if role not in _ROLES:
        raise ConfigError("当前身份无权查看重复故障。", "请联系科室负责人。")
    rates = {
        row["site_code"]: row["numerator"] / row["denominator"]
        for row in metrics.read_rows(con, "report_rate", grain="total", by=["site"])
        if row["denominator"]
    }
    return {
        site: {
            "report_count": count,
            "back_count": back,
            "back_share": back / count,
            "chance_share": -math.expm1(-rates[site] * days) if site in rates else None,
        }
        for site, count, back in con.execute(_BACK, [days * _DAY]).fetchall()
    }

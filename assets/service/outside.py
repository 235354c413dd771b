"""Work that is with a vendor now, row by row, for the page of costs.

Holds the rows behind K37 as a viewer may see them, beside the clock that says whether they are
late. The numbers are metrics.
"""

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from assets.causes.topic import Names
from assets.viewers import Viewer
from config.errors import RefusedError

ROLES = ("head", "finance")


@dataclass(frozen=True)
class Away:
    """A ticket whose device is at a vendor.

    Attributes:
        days: so far, in days.
        due_at: when it is late (UTC), None without a target.
        is_late: the target has passed.
    """

    ticket_no: str
    asset: str
    asset_class: str
    department: str
    sent_on: date
    days: float
    due_at: datetime | None
    is_late: bool


def away(con: duckdb.DuckDBPyConnection, viewer: Viewer, *, lang: str = "zh") -> list[Away]:
    """Return what is at a vendor at as-of, late ones first, then the longest away.

    Raises:
        RefusedError: it is not open to the role.
    """
    if viewer.role not in ROLES:
        raise RefusedError("当前身份无权查看送修明细。", "请联系科室负责人。")
    names = Names(con, lang)
    return [
        Away(number, asset, names.of("asset_class", kind), names.of("department", ward, site),
             sent_on, seconds / 86_400, due_at, is_late)
        for site, number, asset, kind, ward, sent_on, seconds, due_at, is_late in con.execute(
            _AWAY
        ).fetchall()
    ]  # fmt: skip


_AWAY = """
select v.site_id, coalesce(t.ticket_no, v.ticket_id), coalesce(t.asset_tag, t.asset_id, ''),
    v.asset_class, v.department_id, v.sent_on, v.so_far_seconds,
    coalesce(k.breached_at, k.due_at), coalesce(k.breached_at <= c.as_of, false)
from kpi.fact_vendor_stays as v
cross join kpi.run_context as c
inner join kpi.fact_tickets as t using (site_id, ticket_id)
left join kpi.fact_clocks as k
    on k.site_id = v.site_id and k.ticket_id = v.ticket_id and k.clock = 'vendor'
where v.back_on is null
order by 9 desc, v.so_far_seconds desc, 2
"""

"""Every ticket of a ward with its clocks, waits and reasons, and how it stands among its like.

Holds the rows of the answer pack's fourth step. No engineer's name is read; of other departments
only how many of their tickets with the same fault and priority were slower.
"""

from typing import Any

from assets.causes.topic import Names
from assets.circle.model import Table, Words
from assets.wards.question import Question, column
from assets.warehouse import records

_HOUR = 3600
_WAITS = {
    "waiting_part": ("待件", "part"),
    "waiting_user": ("等待用户", "user"),
    "vendor": ("送修", "vendor"),
    "approval": ("审批", "approval"),
    "force_majeure": ("不可抗力", "force majeure"),
}
_FEWEST_ALIKE = 20

_SQL = f"""
with own as (
    select * from kpi.fact_tickets
    where site_id = $1 and department_id = $2 and reported_on >= $3 and reported_on < $4
        and not is_void
),
alike as (
    select ticket_id, count(*) over (partition by fault_family, priority) as alike,
        rank() over (partition by fault_family, priority order by restore_seconds desc) - 1
            as slower
    from kpi.fact_tickets
    where site_id = $1 and restored_on >= $3 and restored_on < $4 and restore_seconds is not null
        and fault_family is not null and priority is not null
),
late as (
    select ticket_id, is_met_net from kpi.fact_clocks
    where site_id = $1 and department_id = $2 and clock = 'restore' and is_counted
)
select o.ticket_no, o.ticket_id, o.reported_on, coalesce(o.asset_tag, '') as asset_tag,
    o.fault_family, o.priority, o.accept_seconds, o.response_seconds, o.restore_seconds,
    o.is_open, o.open_seconds, l.is_met_net, a.alike, a.slower,
    {", ".join(f"r.{name}_seconds" for name in _WAITS)}
from own as o
left join kpi.fact_restorations as r on r.site_id = $1 and r.ticket_id = o.ticket_id
left join late as l on l.ticket_id = o.ticket_id
left join alike as a on a.ticket_id = o.ticket_id
order by o.reported_on desc, o.reported_at desc, o.ticket_id
"""


def table(asked: Question, most: int | None) -> Table:
    """Return the tickets that the ward reported in a period, newest first, ``most`` at most."""
    w, ward, period = asked.w, asked.ward, asked.period
    rows = records(asked.con, _SQL, [ward.site_id, ward.department_id, period.start, period.end])
    shown = rows if most is None else rows[:most]
    told = w(f"共 {len(rows)} 张,列出最近 {len(shown)} 张。",
             f"{len(rows)} tickets, the newest {len(shown)} listed.")  # fmt: skip
    beside = w(
        f"「快于同类」:全院同故障类型、同优先级、期间内恢复的工单中比本单慢的占多少;"
        f"同类不足 {_FEWEST_ALIKE} 张时不给。",
        "Quicker than: share of the hospital's restored tickets of the same fault and priority "
        f"that took longer; none from fewer than {_FEWEST_ALIKE}.",
    )
    return Table(
        "tickets",
        w("本科室报修的每一张单", "Every ticket that the ward reported"),
        (
            column(w, "ticket", "工单", "Ticket"),
            column(w, "reported_on", "报修日", "Reported", "date"),
            column(w, "asset", "设备", "Device"),
            column(w, "fault", "故障类型", "Fault family"),
            column(w, "priority", "优先级", "Priority"),
            column(w, "accept", "接单 h", "accepted h", "exact"),
            column(w, "arrive", "到场 h", "arrived h", "exact"),
            column(w, "restore", "恢复 h", "restored h", "exact"),
            column(w, "waits", "其中等待(小时)", "of it waiting (h)"),
            column(w, "met", "恢复时限", "Restore clock"),
            column(w, "quicker", "快于同类", "Quicker than", "percent"),
        ),
        [_row(row, asked.names, w) for row in shown],
        notes=(told, beside) if rows else (w("期间内没有报修。", "No report in this period."),),
    )


def _row(row: dict[str, Any], names: Names, w: Words) -> dict[str, Any]:
    waits = [
        f"{w(*words)} {row[f'{name}_seconds'] / _HOUR:.1f}"
        for name, words in _WAITS.items()
        if row[f"{name}_seconds"]
    ]
    met = {True: w("达标", "met"), False: w("超时", "late"), None: ""}[row["is_met_net"]]
    return {
        "ticket": row["ticket_no"] or row["ticket_id"],
        "reported_on": row["reported_on"],
        "asset": row["asset_tag"],
        "fault": names.of("fault_family", row["fault_family"]),
        "priority": names.of("priority", row["priority"]),
        "accept": _hours(row["accept_seconds"]),
        "arrive": _hours(row["response_seconds"]),
        "restore": _hours(row["restore_seconds"]),
        "waits": w("未恢复", "open") if row["is_open"] else "、".join(waits),
        "met": met,
        "quicker": row["slower"] / row["alike"]
        if row["alike"] is not None and row["alike"] >= _FEWEST_ALIKE
        else None,
    }


def _hours(seconds: int | None) -> float | None:
    return None if seconds is None else seconds / _HOUR

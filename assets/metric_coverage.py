"""The kind of metric that tells how much hangs on few engineers: AB coverage and bus factor.

Holds who counts as able to look after a system, a zone or a class of device: who restored enough of
its tickets in the twelve months before, and is still here. No name leaves this module.
"""

from collections.abc import Mapping
from typing import Any

from assets.analysis import dependence
from assets.metric_number import Key, Limits, Number, proportion, rounded, small
from assets.metric_query import Query

_PAIR = 2
# What is to be covered at the end of each period, and who restored what in the year before.
SCOPES = {
    "system": (
        "select p.period_start, s.site_id, s.system_id as scope_id from {periods} "
        "cross join kpi.dim_systems as s where s.is_critical",
        "select p.period_start, w.site_id, w.system_id as scope_id, w.engineer_id from {periods} "
        "inner join kpi.fact_system_work as w on {year}",
    ),
    "asset_class": (
        "select distinct p.period_start, a.site_id, a.asset_class as scope_id from {periods} "
        "inner join kpi.dim_assets as a "
        "on coalesce(a.accepted_on, a.purchased_on, date '1900-01-01') < p.clip_end "
        "and coalesce(a.retired_on >= p.clip_end, true) "
        "where a.is_critical and a.asset_class is not null",
        "select p.period_start, w.site_id, w.asset_class as scope_id, w.engineer_id from {periods} "
        "inner join kpi.fact_tickets as w on {year} and not w.is_void "
        "and w.asset_class is not null",
    ),
    "zone": (
        "select distinct p.period_start, d.site_id, d.zone as scope_id from {periods} "
        "cross join kpi.dim_departments as d where d.zone is not null",
        "select p.period_start, w.site_id, w.zone as scope_id, w.engineer_id from {periods} "
        "inner join kpi.fact_tickets as w on {year} and not w.is_void and w.zone is not null",
    ),
}
_YEAR = "w.restored_on < p.clip_end and w.restored_on >= p.clip_end - interval 1 year"


def coverage(query: Query, limits: Limits) -> list[Number]:
    """Share of critical things with two able engineers, the bus factor, and the concentration."""
    groups: dict[Key, dict[Any, dict[str, int]]] = {}
    for scope_kind in _wanted(query):
        for row in query.con.execute(able_sql(query.period_rows(), scope_kind)).fetchall():
            period, site, scope_id, engineer, tickets = row
            if not _is_asked(query, site):
                continue
            key = (period, *(_part(name, site, scope_kind) for name in query.keys))
            able = groups.setdefault(key, {}).setdefault((site, scope_kind, scope_id), {})
            if engineer is not None:
                able[f"{site}:{engineer}"] = int(tickets)
    terms = query.con.execute("select qualified_tickets, uncovered_share from kpi.cost_terms")
    needed, share = terms.fetchone() or (1, 0.5)
    return [
        number
        for key, things in groups.items()
        for number in _numbers(query, key, things, (int(needed), float(share)), limits)
    ]


def _wanted(query: Query) -> list[str]:
    asked = query.where.get("scope_kind")
    codes = list(SCOPES) if asked is None else [asked] if isinstance(asked, str) else list(asked)
    return [name for name in SCOPES if name in codes]


def _is_asked(query: Query, site: str) -> bool:
    asked = query.where.get("site_id")
    return asked is None or site == asked or (not isinstance(asked, str) and site in asked)


def _part(name: str, site: str, scope_kind: str) -> str:
    return site if name == "site_id" else scope_kind


def able_sql(periods: str, scope_kind: str) -> str:
    """Return SQL: period, site, thing, who is still here, tickets restored; NULLs if nobody.

    Args:
        periods: a relation called ``p`` with ``period_start`` and ``clip_end``.
        scope_kind: one of `SCOPES`.
    """
    things, work = (part.format(periods=periods, year=_YEAR) for part in SCOPES[scope_kind])
    return (
        f"with things as ({things}), work as ("
        "select w.period_start, w.site_id, w.scope_id, w.engineer_id, count(*) as tickets "
        f"from ({work}) as w inner join kpi.dim_engineers as e "
        "on w.site_id = e.site_id and w.engineer_id = e.engineer_id "
        f"inner join {periods} on w.period_start = p.period_start "
        "where coalesce(e.left_on >= p.clip_end, true) group by all) "
        "select t.period_start, t.site_id, t.scope_id, w.engineer_id, w.tickets from things as t "
        "left join work as w using (period_start, site_id, scope_id) order by all"
    )


def _numbers(
    query: Query,
    key: Key,
    things: Mapping[Any, Mapping[str, int]],
    terms: tuple[int, float],
    limits: Limits,
) -> list[Number]:
    needed, share = terms
    able = [
        {who for who, tickets in people.items() if tickets >= needed} for people in things.values()
    ]
    size = len(able)
    state = small(size, limits.min_events)
    work: dict[str, int] = {}
    for people in things.values():
        for who, tickets in people.items():
            work[who] = work.get(who, 0) + tickets
    shapes = query.metric.statistics
    pairs = sum(len(group) >= _PAIR for group in able)
    alone = sum(len(group) < _PAIR for group in able)
    values = {
        "bus_factor": dependence.bus_factor(able, share),
        "one_minus_gini": 1 - dependence.gini(list(work.values())),
        "hhi": dependence.concentration(list(work.values())),
        "uncovered": alone,
    }
    return [
        proportion(key, shapes["covered"], "covered", pairs, size, state),
        *(
            Number(key, name, rounded(value, shapes[name].precision), n=size, state=state)
            for name, value in values.items()
        ),
    ]

"""What of the repeated faults is more than chance: computed before publication and stored.

Holds three tables of `kpi` that need statistics no SQL has: `recurrence_chances` (each repair's
chance to come back), `recurrence_totals` (a site's excess with its interval) and `detail_problems`
(every unit with a repeat, and which of them beat chance). Readers need no scipy. What is counted
is in `units`, how in `analysis.recurrence`.
"""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd

from assets.analysis import discovery, intervals
from assets.recurrence.units import Site, Windows
from assets.warehouse import transaction

_DAY = 86_400
_MONTH_CLOSES_DAYS = 7
_CHANCES = """
create or replace table kpi.recurrence_chances as
select site_id, episode_id, short_chance_ppb, medium_chance_ppb, long_chance_ppb
from found_chances order by site_id, episode_id
"""
_TOTALS = """
create or replace table kpi.recurrence_totals as
select * replace (compared_on::date as compared_on) from found_totals order by site_id
"""
_TESTS = "create or replace temp table problem_tests as from found_tests"
# What a problem is told by: its failures' facts, and those of the chain that it shows last. Kept in
# steps: the engine knows no size of a frame, and an order of joins chosen blindly has filled a disk
# at a million tickets.
_FAILURES = """
create or replace temp table problem_failures as
select t.site_id, t.problem_id, e.episode_id
from problem_tests as t
inner join core.fault_episodes as e
    on
        t.problem_kind = 'asset' and t.site_id = e.site_id and t.asset_id = e.asset_id
        and t.fault_family = e.fault_family_code
union all
select t.site_id, t.problem_id, m.episode_id
from problem_tests as t
inner join core.chain_members as m
    on
        t.problem_kind in ('location', 'lot') and t.site_id = m.site_id
        and t.problem_kind = m.chain_kind and t.chain_key = m.chain_id
union all
select t.site_id, t.problem_id, e.episode_id
from (
    select t.site_id, t.problem_id, t.fault_family, a.asset_id
    from problem_tests as t
    inner join core.assets as a
        on
            t.problem_kind = 'model' and t.site_id = a.site_id and t.model = a.model
            and t.asset_class = coalesce(a.asset_class, '')
) as t
inner join core.fault_episodes as e
    on
        t.site_id = e.site_id and t.asset_id = e.asset_id
        and t.fault_family = e.fault_family_code
"""
_FACTS = """
create or replace temp table problem_facts as
select
    f.site_id, f.problem_id,
    count(*) as failure_count,
    count(distinct e.asset_id) as device_count,
    min(e.started_at) as first_reported_at,
    max(e.started_at) as last_reported_at,
    sum(e.cost_cny)::decimal(18, 2) as cost_cny,
    sum(e.outage_seconds)::bigint as outage_seconds,
    arg_max(e.last_ticket_id, (e.started_at, e.episode_id)) as last_ticket_id
from problem_failures as f
inner join core.fault_episodes as e on f.site_id = e.site_id and f.episode_id = e.episode_id
group by f.site_id, f.problem_id
"""
_PROBLEMS = """
create or replace table kpi.detail_problems as
with chains as (
    select
        h.site_id, h.asset_id, h.fault_family,
        count(*) as chain_count,
        max(h.link_count) as longest_chain,
        arg_max(h.chain_id, (h.last_reported_at, h.chain_id)) as last_chain_id,
        arg_max(h.state, (h.last_reported_at, h.chain_id)) as state
    from kpi.detail_chains as h
    where h.chain_kind = 'asset'
    group by h.site_id, h.asset_id, h.fault_family
)

select
    t.site_id, t.problem_id, t.problem_kind, t.asset_id, a.tag as asset_tag,
    a.name as asset_name, nullif(t.asset_class, '') as asset_class, a.brand,
    t.model, k.department_id, d.zone, t.part_id, t.lot_no, t.fault_family, k.fault_group,
    t.index_count, t.repeat_count, t.expected_repeats, t.excess, t.excess_lo, t.excess_hi,
    t.p_value, t.q_value, t.is_problem, t.is_new,
    f.failure_count, f.device_count,
    case when t.problem_kind = 'asset' then h.chain_count else 1 end as chain_count,
    coalesce(h.longest_chain, s.link_count) as longest_chain,
    coalesce(h.last_chain_id, s.chain_id) as last_chain_id,
    f.cost_cny, f.outage_seconds,
    round(greatest(t.excess, 0) * f.cost_cny::double / f.failure_count, 2)::decimal(18, 2)
        as priority_cny,
    f.first_reported_at, f.last_reported_at,
    local_date(f.first_reported_at, z.timezone) as first_reported_on,
    local_date(f.last_reported_at, z.timezone) as last_reported_on,
    f.last_ticket_id,
    coalesce(h.state, s.state, 'open') as state,
    -- by what the excess costs, then by the excess: not by count
    case when t.is_problem then row_number() over (
        partition by t.site_id, t.is_problem
        order by greatest(t.excess, 0) * f.cost_cny::double / f.failure_count desc,
            t.excess desc, t.problem_id
    ) end as problem_rank
from problem_tests as t
inner join problem_facts as f on t.site_id = f.site_id and t.problem_id = f.problem_id
inner join core.sites as z on t.site_id = z.site_id
inner join core.tickets as k on f.site_id = k.site_id and f.last_ticket_id = k.ticket_id
left join core.departments as d on k.site_id = d.site_id and k.department_id = d.department_id
left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
left join chains as h
    on
        t.problem_kind = 'asset' and t.site_id = h.site_id and t.asset_id = h.asset_id
        and t.fault_family = h.fault_family
left join kpi.detail_chains as s
    on t.site_id = s.site_id and t.problem_kind = s.chain_kind and t.chain_key = s.chain_id
order by t.site_id, t.problem_id
"""
_TYPES = {
    "found_chances": {
        "string": "site_id episode_id",
        "int64": "short_chance_ppb medium_chance_ppb long_chance_ppb",
    },
    "found_totals": {
        "string": "site_id",
        "int64": "window_days index_count repeat_count problem_count",
        "float64": "expected_repeats excess excess_lo excess_hi device_variation",
        "datetime64[s]": "compared_on",
    },
    "found_tests": {
        "string": "asset_id place_id part_id lot_no asset_class model fault_family site_id "
        "problem_kind problem_id chain_key",
        "int64": "index_count repeat_count",
        "float64": "expected_repeats excess excess_lo excess_hi p_value q_value",
        "bool": "is_problem",
        "boolean": "is_new",
    },
}
COMMENTS = {
    "recurrence_chances": "Each restored failure''s chance of coming back within each window, in "
    "1e-9: the device''s own rate shrunk to its class.",
    "recurrence_totals": "Repeats of each site against chance, with the 95 % interval of the "
    "excess.",
    "detail_problems": "Devices, places, lots and models with repeats, what chance gives, and "
    "which of them beat it at the false-discovery rate of the rules, ranked by excess times cost.",
}


def build(con: duckdb.DuckDBPyConnection) -> None:
    """Compute and store the three tables from the layers as they stand.

    Args:
        con: the warehouse, `core` and `kpi` built, outside any transaction.
    """
    windows, rate = _rules(con)
    now, month_at, month_on = _moments(con)
    chances, totals, tests = [], [], []
    names = con.execute("select site_id from core.sites order by site_id").fetchall()
    for (site_id,) in names:
        site = Site(con, site_id, windows, now)
        if site.failures.empty:
            continue
        before = _judged(site, Site(con, site_id, windows, month_at).tests_of_then(), rate)
        found = _judged(site, site.tests(), rate)
        known = set(before.loc[before["is_problem"], "problem_id"])
        is_new = found["is_problem"] & ~found["problem_id"].isin(known)
        # of places and lots nobody knows what they would have been a month ago
        found["is_new"] = is_new.astype("boolean").where(
            found["problem_kind"].isin(["asset", "model"])
        )
        chances.append(site.chances())
        tests.append(found)
        totals.append(_total(site, found).assign(compared_on=month_on))
    with transaction(con):
        _store(con, "found_chances", chances, _CHANCES)
        _store(con, "found_totals", totals, _TOTALS)
        _store(con, "found_tests", tests, _TESTS)
        for sql in (_FAILURES, _FACTS, _PROBLEMS):
            con.execute(sql)
        for name in ("problem_tests", "problem_failures", "problem_facts"):
            con.execute(f"drop table {name}")
        for name, text in COMMENTS.items():
            con.execute(f"comment on table kpi.{name} is '{text}'")


def _moments(con: duckdb.DuckDBPyConnection) -> tuple[datetime, datetime, date]:
    """Return the present, and the start of the month that it ends: problems since are new.

    A month is not over for a week after it: its report is written in the first days of the next.
    """
    row = con.execute(
        "select as_of, utc_of(d, timezone), d from (select c.*, date_trunc('month', "
        f"local_date(c.as_of - interval {_MONTH_CLOSES_DAYS} day, c.timezone))::date as d "
        "from core.run_context as c)"
    ).fetchone()
    if row is None:
        raise ValueError("core.run_context is empty")
    return row


def _rules(con: duckdb.DuckDBPyConnection) -> tuple[Windows, float]:
    row = con.execute(
        "select short_seconds, medium_seconds, long_seconds, fleet_min_devices, "
        "false_discovery_rate from core.rule_recurrence"
    ).fetchone()
    if row is None:
        raise ValueError("core.rule_recurrence is empty")
    short, medium, long = (row[place] / _DAY for place in range(3))
    return Windows(short, medium, long, row[3]), float(Decimal(row[4]))


def _judged(site: Site, found: pd.DataFrame, rate: float) -> pd.DataFrame:
    """Return the units that repeated, with excess, interval and whether they beat chance.

    All units that could have repeated count among the tests, also those that did not.
    """
    p_value = found["p_value"].to_numpy(dtype=np.float64)
    q_value = discovery.adjusted(p_value) if p_value.size else p_value
    count = found["repeat_count"].to_numpy(dtype=np.float64)
    expected = found["expected_repeats"].to_numpy(dtype=np.float64)
    low, high = intervals.poisson(count, np.ones(count.size))
    # DuckDB reads a column of mere None as numbers
    text = found[["asset_id", "place_id", "part_id", "lot_no", "asset_class", "model",
                  "fault_family"]].astype("string")  # fmt: skip
    kind = found["problem_kind"].astype("string")
    lot = text["part_id"] + "/" + text["lot_no"] + "/" + text["fault_family"]
    key = text["place_id"].fillna(lot)
    unit = text["asset_id"].fillna(key).fillna(text["asset_class"] + "/" + text["model"])
    judged = text.assign(
        site_id=site.site_id,
        problem_kind=kind,
        problem_id=kind + ":" + unit + ":" + text["fault_family"],
        chain_key=key,
        index_count=found["index_count"].astype("int64"),
        repeat_count=count.astype(np.int64),
        expected_repeats=np.round(expected, 4),
        excess=np.round(count - expected, 4),
        excess_lo=np.round(low - expected, 4),
        excess_hi=np.round(high - expected, 4),
        p_value=p_value,
        q_value=q_value,
        is_problem=q_value <= rate,
    )
    return judged[count > 0]


def _total(site: Site, tests: pd.DataFrame) -> pd.DataFrame:
    excess = site.excess
    low, high = excess.interval
    row = {
        "site_id": site.site_id,
        "window_days": round(site.windows.medium),
        "index_count": int((site.model.seen.watched > 0).sum()),
        "repeat_count": round(excess.observed),
        "expected_repeats": round(excess.expected, 4),
        "excess": round(excess.value, 4),
        "excess_lo": round(low, 4),
        "excess_hi": round(high, 4),
        "device_variation": round(site.model.spread**0.5, 4),
        "problem_count": int(tests["is_problem"].sum()),
    }
    return pd.DataFrame([row])


def _store(con: duckdb.DuckDBPyConnection, name: str, parts: list[pd.DataFrame], sql: str) -> None:
    """Make a table of the sites' frames; without a failure anywhere it is empty."""
    frame = pd.concat(parts, ignore_index=True) if parts else _empty(name)
    con.register(name, frame)
    con.execute(sql)
    con.unregister(name)


def _empty(name: str) -> pd.DataFrame:
    types = {column: kind for kind, text in _TYPES[name].items() for column in text.split()}
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in types.items()})

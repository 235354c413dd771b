"""Kinds of metric over spare parts: turnover, days of supply, dead stock, ABC–XYZ, days without.

Holds the state of each part at a date from the stock fact. What a move is worth is decided in
`core/stock_values.sql`; quantity and price on hand are in `metric_levels`.
"""

from datetime import date
from decimal import Decimal

import duckdb

from assets.metric_number import Limits, Number, key_of, plain, rounded, small
from assets.metric_query import Query, Row

_YEAR_DAYS = 365
_MONTHS = 12


def part_states(periods: str) -> str:
    """Return a SELECT of every part at the end of each period, over all stores of its site.

    ``periods`` is a FROM item p with `period_start` and `clip_end`. Columns: `on_hand`,
    `value_cny`, issues of the twelve months before (`year_quantity`, `year_value_cny`), `is_dead`,
    `abc_class` by cumulative value, `xyz_class` by the coefficient of variation of the monthly
    issues: cv² = 12·Σx² / (Σx)² − 1.
    """
    return f"""
    with sums as (
        select
            p.period_start, p.clip_end, s.site_id, s.part_id, s.part_class,
            sum(s.net_quantity) as on_hand,
            sum(s.net_value_cny) as value_cny,
            min(s.on_date) as first_on,
            max(s.on_date) filter (where s.out_quantity > 0) as last_out_on
        from {periods} inner join kpi.fact_stock as s on s.on_date < p.clip_end
        group by all
    ), months as (
        select
            p.period_start, s.site_id, s.part_id,
            datesub('month', s.on_date, (p.clip_end - 1)::date) as month,
            sum(s.out_quantity) as quantity, sum(s.out_value_cny) as value_cny
        from {periods} inner join kpi.fact_stock as s
            on s.on_date < p.clip_end and s.on_date >= p.clip_end - interval 1 year
        group by all
    ), years as (
        select
            period_start, site_id, part_id, sum(quantity) as quantity,
            sum(quantity::double * quantity) as squares, sum(value_cny) as value_cny
        from months group by all
    ), ranked as (
        select
            n.*, coalesce(y.quantity, 0) as year_quantity, y.squares,
            coalesce(y.value_cny, 0) as year_value_cny,
            coalesce(sum(y.value_cny) over (
                partition by n.period_start, n.site_id
                order by y.value_cny desc nulls last, n.part_id
                rows between unbounded preceding and 1 preceding
            ), 0) as value_before,
            sum(y.value_cny) over (partition by n.period_start, n.site_id) as value_all
        from sums as n left join years as y using (period_start, site_id, part_id)
    )
    select
        r.* exclude (squares, value_before, value_all),
        r.on_hand > 0
        and coalesce(r.last_out_on, r.first_on)
        < r.clip_end - to_months(t.dead_after_months::integer) as is_dead,
        case
            when r.year_value_cny <= 0 then 'C'
            when r.value_before < t.abc_first * r.value_all then 'A'
            when r.value_before < t.abc_second * r.value_all then 'B'
            else 'C'
        end as abc_class,
        case
            when r.year_quantity <= 0 then 'Z'
            when {_MONTHS} * r.squares / (r.year_quantity * r.year_quantity) - 1
                <= t.xyz_first * t.xyz_first then 'X'
            when {_MONTHS} * r.squares / (r.year_quantity * r.year_quantity) - 1
                <= t.xyz_second * t.xyz_second then 'Y'
            else 'Z'
        end as xyz_class
    from ranked as r cross join kpi.cost_terms as t
    """


def parts_at(query: Query, limits: Limits) -> list[Number]:
    """What the parts look like at each period's end; immature before a year of stock moves."""
    del limits
    metric = query.metric
    extra = "".join(f", {sql} as m_{name}" for name, sql in metric.measures.items())
    rows = query.rows(
        f"select f.period_start{query.selected()}, count(*) as n{extra} "
        f"from ({part_states(query.period_rows())}) as f "
        f"where ({metric.where}){query.filters()[0]} group by all order by all"
    )
    ripe = ripe_from(query.con)
    ends = {period.start: period.clip_end for period in query.periods}
    numbers = []
    for row in rows:
        is_ripe = ripe is not None and ends[row["period_start"]] >= ripe
        for name in metric.measures:
            value = rounded(row[f"m_{name}"], metric.statistics[name].precision)
            numbers.append(
                Number(
                    key_of(query, row),
                    name,
                    value,
                    numerator=value,
                    n=int(row["n"]),
                    state="ok" if is_ripe else "immature",
                )
            )
    return numbers


def ripe_from(con: duckdb.DuckDBPyConnection) -> date | None:
    """Return the first local day that looks back on a whole year of stock moves."""
    row = con.execute(
        "select (min(on_date) + interval 1 year)::date from kpi.fact_stock"
    ).fetchone()
    return row[0] if row else None


def stock_turnover(query: Query, limits: Limits) -> list[Number]:
    """Turns a year and days of supply, both from values: sums over sums of all parts.

    Turns = value issued × 365 / Σ of the stock's value at each day's end; days of supply = value at
    the end ÷ value issued a day. Source: EN 15341 E12; SMRP 5.5.31.
    """
    rows = query.rows(
        f"select p.period_start{query.selected()}, "
        "sum(f.out_value_cny) filter (where f.on_date >= p.clip_start) as issued, "
        "count_if(f.out_quantity > 0 and f.on_date >= p.clip_start) as n, "
        "sum(f.net_value_cny * (p.clip_end - greatest(f.on_date, p.clip_start))) as held, "
        "sum(f.net_value_cny) as value_cny, any_value(p.clip_end - p.clip_start) as days, "
        "sum(f.unvalued_count) as unvalued "
        f"from {query.period_rows()} inner join kpi.fact_stock as f on f.on_date < p.clip_end "
        f"where true{query.filters()[0]} group by all order by all"
    )
    return [number for row in rows for number in _turnover(query, row, limits)]


def _turnover(query: Query, row: Row, limits: Limits) -> list[Number]:
    issued, held = Decimal(row["issued"] or 0), Decimal(row["held"] or 0)
    value, days, count = Decimal(row["value_cny"] or 0), int(row["days"]), int(row["n"])
    pairs = {
        "turns_per_year": (issued * _YEAR_DAYS, held),
        "days_of_supply": (value * days, issued),
        "average_cny": (held, Decimal(days)),
        "issued_cny": (issued, Decimal(1)),
    }
    numbers = []
    for name, (part, whole) in pairs.items():
        precision = query.metric.statistics[name].precision
        state = small(count, limits.min_events) if whole > 0 else "no_data"
        is_unvalued = int(row["unvalued"]) > 0
        numbers.append(
            Number(
                key_of(query, row),
                name,
                rounded(part / whole, precision) if whole > 0 and not is_unvalued else None,
                numerator=plain(part),
                denominator=plain(whole),
                n=count,
                state="unreliable" if is_unvalued else state,
            )
        )
    return numbers


def days_out(query: Query, limits: Limits) -> list[Number]:
    """Days on which a part ran out, over the days on which it was stocked."""
    del limits
    overlap = "(least(f.to_on, p.clip_end) - greatest(f.from_on, p.clip_start))"
    rows = query.rows(
        f"select p.period_start{query.selected()}, "
        f"coalesce(sum({overlap}) filter (where f.is_out), 0)::bigint as days, "
        f"sum({overlap})::bigint as stocked, "
        "count(distinct case when f.is_out then (f.site_id, f.part_id) end) as parts "
        f"from {query.period_rows()} inner join kpi.fact_stock_spans as f "
        "on f.from_on < p.clip_end and f.to_on > p.clip_start "
        f"where true{query.filters()[0]} group by all order by all"
    )
    numbers = []
    for row in rows:
        key, stocked = key_of(query, row), int(row["stocked"])
        numbers += [
            Number(key, name, float(row[name]), numerator=float(row[name]), n=stocked)
            for name in ("days", "parts")
        ]
        precision = query.metric.statistics["share"].precision
        share = rounded(Decimal(int(row["days"])) / stocked, precision)
        numbers.append(
            Number(
                key,
                "share",
                share,
                numerator=float(row["days"]),
                denominator=float(stocked),
                n=stocked,
            )
        )
    return numbers

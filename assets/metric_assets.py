"""Kinds of metric over devices at a date: book value, cost so far, warranty, valid certificates.

Holds the straight-line value of a device as of any date, the sums of its costs up to then, and the
yearly cost over acquisition cost. Which device should be replaced is judged in `replacement`.
"""

from decimal import Decimal

from assets.metric_number import (
    Limits,
    Number,
    by_key,
    key_of,
    order_of,
    plain,
    proportion,
    rounded,
    small,
)
from assets.metric_query import Query, Row

_YEAR_SECONDS = 31_557_600  # 365.25 days
_HORIZON_DAYS = 30
_OVERLAP = "(least(f.to_second, p.instant_second) - greatest(f.from_second, p.first_second))"
_TOUCHES = "f.from_second < p.instant_second and f.to_second > p.first_second"
_FEN = "0.01::decimal(3, 2)"
# Months booked by the end of the day before `end`: a month counts once its last day has passed
# (当月增加的固定资产,当月开始计提折旧), and no more of them than the device's life.
_MONTHS = "least(a.life_months, greatest(date_diff('month', a.on_books_on, {end}), 0))"
_DEPRECIATION = (
    f"(((2 * (a.depreciable_cny * 100)::bigint * {_MONTHS} + a.life_months) "
    f"// (2 * a.life_months)) * {_FEN})::decimal(14, 2)"
)


def depreciation(end: str) -> str:
    """Return SQL for what is written off of ``a`` (kpi.dim_assets) before the local day ``end``.

    Straight line by whole months, cumulative and then rounded half up to the fen, so that the last
    month takes what rounding left over. Source: 政府会计准则第3号, 应用指南 财会〔2017〕4号.
    NULL for a device that is not on the books.
    """
    return f"case when a.is_on_books then {_DEPRECIATION.format(end=end)} end"


def devices(periods: str, costs: str = "") -> str:
    """Return a SELECT of the devices in the register at the end of each period, with their values.

    ``periods`` is a FROM item p with `period_start` and `clip_end`; ``costs``, if given, joins sums
    of costs as c. Columns: those of kpi.dim_assets, `depreciation_cny`, `book_value_cny`,
    `is_past_life`, `is_in_warranty`.
    """
    summed = (
        "coalesce(c.service_cny, 0) as service_cny, "
        "coalesce(c.service_year_cny, 0) as service_year_cny, "
        "coalesce(c.consumables_cny, 0) as consumables_cny, "
        if costs
        else ""
    )
    return (
        f"select p.period_start, p.clip_end, a.*, {summed}"
        f"{depreciation('p.clip_end')} as depreciation_cny, "
        f"a.cost_cny - {depreciation('p.clip_end')} as book_value_cny, "
        "date_diff('month', a.on_books_on, p.clip_end) > a.life_months as is_past_life, "
        "coalesce(a.warranty_until >= p.clip_end - 1, false) as is_in_warranty "
        f"from {periods} cross join kpi.dim_assets as a {costs} "
        "where coalesce(a.accepted_on, a.purchased_on, date '1900-01-01') < p.clip_end "
        "and coalesce(a.retired_on >= p.clip_end, true)"
    )


def costs_until(periods: str) -> str:
    """Return the join of what each device has cost by the end of each period, as c."""
    return (
        "left join (select p.period_start, k.site_id, k.asset_id, "
        "sum(k.amount_cny) filter (where not k.is_consumable) as service_cny, "
        "sum(k.amount_cny) filter (where not k.is_consumable "
        "and k.occurred_on >= p.clip_end - interval 1 year) as service_year_cny, "
        "sum(k.amount_cny) filter (where k.is_consumable) as consumables_cny "
        f"from {periods} inner join kpi.fact_service_costs as k on k.occurred_on < p.clip_end "
        "where k.asset_id is not null group by all) as c on c.period_start = p.period_start "
        "and c.site_id = a.site_id and c.asset_id = a.asset_id"
    )


def _aggregated(query: Query, source: str) -> list[Row]:
    metric = query.metric
    named = {f"num_{name}": sql for name, sql in metric.numerators.items()}
    named |= {f"m_{name}": sql for name, sql in metric.measures.items()}
    if metric.denominator:
        named["den"] = metric.denominator
    extra = "".join(f", {sql} as {name}" for name, sql in named.items())
    return query.rows(
        f"select f.period_start{query.selected()}, count(*) as n{extra} from ({source}) as f "
        f"where ({metric.where}){query.filters()[0]} group by all order by all"
    )


def _numbers(query: Query, rows: list[Row], limits: Limits) -> list[Number]:
    metric, numbers = query.metric, []
    for row in rows:
        size = int(row.get("den") or 0)
        state = small(size, limits.min_denominator)
        for name in metric.numerators:
            hits = int(row[f"num_{name}"])
            numbers.append(
                proportion(key_of(query, row), metric.statistics[name], name, hits, size, state)
            )
        for name in metric.measures:
            value = rounded(row[f"m_{name}"], metric.statistics[name].precision)
            numbers.append(
                Number(key_of(query, row), name, value, numerator=value, n=int(row["n"]))
            )
    return numbers


def assets_at(query: Query, limits: Limits) -> list[Number]:
    """Values and shares of the devices in the register at each period's end."""
    return _numbers(query, _aggregated(query, devices(query.period_rows())), limits)


def asset_costs_at(query: Query, limits: Limits) -> list[Number]:
    """The same with what the devices have cost by then."""
    periods = query.period_rows()
    return _numbers(query, _aggregated(query, devices(periods, costs_until(periods))), limits)


def cost_of_service(query: Query, limits: Limits) -> list[Number]:
    """Cost of service a year over the acquisition cost of the devices that were in service.

    Σ cost ÷ Σ (acquisition cost × years in service in the period). Source: AAMI Cost-of-Service
    Ratio (Cohen 2017), with the year by exposure instead of the calendar.
    """
    join = (
        "inner join kpi.dim_assets as a on f.site_id = a.site_id and f.asset_id = a.asset_id "
        "and a.cost_cny > 0"
    )
    spent = by_key(
        query,
        query.rows(
            f"select p.period_start{query.selected()}, sum(f.amount_cny) as cost "
            f"from {query.dated('fact_service_costs', 'occurred_on')} {join} "
            f"where ({query.metric.where}){query.filters()[0]} group by all order by all"
        ),
    )
    held = by_key(
        query,
        query.rows(
            f"select p.period_start{query.selected()}, "
            f"sum({_OVERLAP} * a.cost_cny) as worth, "
            "count(distinct (f.site_id, f.asset_id)) as assets "
            f"from {query.period_rows()} inner join kpi.fact_exposure as f "
            f"on {_TOUCHES} {join} "
            f"where true{query.filters()[0]} group by all order by all"
        ),
    )
    numbers = []
    for key in sorted(held, key=order_of):
        worth_years = Decimal(held[key]["worth"]) / _YEAR_SECONDS
        cost = Decimal(spent.get(key, {}).get("cost") or 0)
        size = int(held[key]["assets"])
        for name, statistic in query.metric.statistics.items():
            numbers.append(
                Number(
                    key,
                    name,
                    rounded(cost / worth_years, statistic.precision) if worth_years else None,
                    numerator=plain(cost),
                    denominator=rounded(worth_years, 2),
                    n=size,
                    state=small(size, limits.min_events) if worth_years else "no_data",
                )
            )
    return numbers


def certificates(query: Query, limits: Limits) -> list[Number]:
    """Devices in service that need a certificate: how many have one, have none, will lose theirs.

    A device with several calibration plans needs a certificate of each.
    """
    rows = query.rows(
        f"with held as (select p.period_start, p.clip_end{query.selected()}, f.site_id as of_site, "
        "f.asset_id as of_asset, bool_and(f.is_valid) as is_valid, min(f.expires_on) as expires_on "
        f"from {query.period_rows()} inner join kpi.fact_certificates as f "
        "on f.from_on < p.clip_end and f.to_on >= p.clip_end "
        "inner join kpi.fact_exposure as x on f.site_id = x.site_id and f.asset_id = x.asset_id "
        "and x.from_second < p.instant_second and x.to_second >= p.instant_second "
        f"where ({query.metric.where}){query.filters()[0]} group by all) "
        f"select period_start{''.join(f', {key}' for key in query.keys)}, count(*) as n, "
        "count_if(is_valid) as valid, count_if(not is_valid) as overdue, "
        f"count_if(is_valid and expires_on < clip_end + {_HORIZON_DAYS}) as due_soon "
        "from held group by all order by all"
    )
    numbers = []
    for row in rows:
        key, size = key_of(query, row), int(row["n"])
        state = small(size, limits.min_denominator)
        shape = query.metric.statistics["valid"]
        numbers.append(proportion(key, shape, "valid", int(row["valid"]), size, state))
        counted = {"devices": size, "overdue": row["overdue"], "due_soon": row["due_soon"]}
        numbers += [
            Number(key, name, float(value), numerator=float(value), n=size)
            for name, value in counted.items()
        ]
    return numbers

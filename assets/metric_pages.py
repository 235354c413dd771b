"""The kind of metric that prices a printed page: the hospital's own printers and those on contract.

Holds the sums of what own printers cost in a period, by part, over their pages. The comparison with
an offer, break-even and sensitivity are in `decision_costs`.
"""

from decimal import Decimal

from assets.metric_assets import depreciation
from assets.metric_number import Limits, Number, by_key, order_of, plain, rounded, small
from assets.metric_query import Query, Row

# What own pages cost; each is a sum of money in the period.
PARTS = ("depreciation_cny", "consumables_cny", "repair_cny", "labour_cny", "downtime_cny")
_HUNDRED = 100
_MICRO_SECONDS = 3_600_000_000  # micro-CNY an hour × seconds in one CNY


def own_sums(query: Query) -> list[Row]:
    """Return per group the own printers' `pages`, `mono`, `colour`, `machines` and `PARTS`.

    Own: on the books, and read in the period without a print contract.
    """
    periods = query.period_rows()
    return query.rows(
        "with pages as (select p.period_start, p.clip_start, p.clip_end, k.site_id, k.asset_id, "
        "sum(k.pages) filter (where k.meter = 'mono_pages') as mono, "
        "sum(k.pages) filter (where k.meter = 'colour_pages') as colour "
        f"from {periods} inner join kpi.fact_pages as k on k.contract_id is null "
        "and k.read_on >= p.period_start and k.read_on < p.period_end group by all), "
        "spent as (select p.period_start, k.site_id, k.asset_id, "
        "sum(k.amount_cny) filter (where k.is_consumable and k.kind <> 'labour') as consumables, "
        "sum(k.amount_cny) filter (where not k.is_consumable and k.kind <> 'labour') as repair, "
        "sum(k.amount_cny) filter (where k.kind = 'labour') as labour "
        f"from {periods} inner join kpi.fact_service_costs as k "
        "on k.occurred_on >= p.period_start and k.occurred_on < p.period_end group by all), "
        "down as (select p.period_start, k.site_id, k.asset_id, "
        "sum(least(k.to_second, p.instant_second) - greatest(k.from_second, p.first_second)) "
        "as seconds "
        f"from {periods} inner join kpi.fact_downtime as k on k.weight_pct = 100 "
        "and k.from_second < p.instant_second and k.to_second > p.first_second group by all), "
        "printers as (select g.period_start, a.*, coalesce(g.mono, 0) as mono, "
        "coalesce(g.colour, 0) as colour, "
        f"{depreciation('g.clip_end')} - {depreciation('g.clip_start')} as depreciation_cny, "
        "coalesce(s.consumables, 0) as consumables_cny, coalesce(s.repair, 0) as repair_cny, "
        "coalesce(s.labour, 0) as labour_cny, "
        "coalesce(d.seconds, 0)::hugeint * coalesce(a.downtime_micro_cny, 0) as downtime_micro "
        "from pages as g inner join kpi.dim_assets as a "
        "on g.site_id = a.site_id and g.asset_id = a.asset_id and a.is_on_books "
        "left join spent as s on s.period_start = g.period_start and s.site_id = g.site_id "
        "and s.asset_id = g.asset_id left join down as d on d.period_start = g.period_start "
        "and d.site_id = g.site_id and d.asset_id = g.asset_id) "
        f"select f.period_start{query.selected()}, count(*) as machines, "
        "sum(f.mono) as mono, sum(f.colour) as colour, sum(f.mono + f.colour) as pages, "
        "sum(f.depreciation_cny) as depreciation_cny, sum(f.consumables_cny) as consumables_cny, "
        "sum(f.repair_cny) as repair_cny, sum(f.labour_cny) as labour_cny, "
        "sum(f.downtime_micro) as downtime_micro "
        f"from printers as f where true{query.filters()[0]} group by all order by all"
    )


def downtime_cny(row: Row) -> Decimal:
    """Return the cost of the time without the machines in a row of `own_sums`."""
    return Decimal(int(row["downtime_micro"] or 0)) / _MICRO_SECONDS


def own_total(row: Row) -> Decimal:
    """Return all that own pages cost in a row of `own_sums`."""
    named = (name for name in PARTS if name != "downtime_cny")
    return sum((Decimal(row[name] or 0) for name in named), Decimal(0)) + downtime_cny(row)


def page_cost(query: Query, limits: Limits) -> list[Number]:
    """Cost of a page of own printers, and of one under contract: sums over sums."""
    own = by_key(query, own_sums(query))
    contracted = by_key(
        query,
        query.rows(
            f"select p.period_start{query.selected()}, sum(f.amount_cny) as amount, "
            "sum(f.pages) as pages, count(distinct (f.site_id, f.asset_id)) as machines "
            f"from {query.dated('fact_pages', 'read_on')} "
            "and f.contract_id is not null and f.amount_cny is not null "
            f"where true{query.filters()[0]} group by all order by all"
        ),
    )
    numbers = []
    for key in sorted(set(own) | set(contracted), key=order_of):
        row, rented = own.get(key), contracted.get(key)
        pairs = {
            "own_per_100_cny": (own_total(row) if row else None, row),
            "contract_per_100_cny": (rented["amount"] if rented else None, rented),
        }
        for name, (amount, source) in pairs.items():
            pages = Decimal(source["pages"] or 0) if source else Decimal(0)
            machines = int(source["machines"]) if source else 0
            # per hundred: a page costs some fen, and no surface shows fractions of one
            value = _HUNDRED * Decimal(amount) / pages if amount is not None and pages else None
            numbers.append(
                Number(
                    key,
                    name,
                    rounded(value, query.metric.statistics[name].precision),
                    numerator=plain(amount),
                    denominator=plain(pages),
                    n=machines,
                    state=small(machines, limits.min_events) if value is not None else "no_data",
                )
            )
        for name, source in (("own_pages", row), ("contract_pages", rented)):
            printed = rounded(source["pages"] if source else 0, 0)
            numbers.append(
                Number(
                    key,
                    name,
                    printed,
                    numerator=printed,
                    n=int(source["machines"]) if source else 0,
                )
            )
    return numbers

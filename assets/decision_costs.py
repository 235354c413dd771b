"""Make or buy: own printers against a contract, an extended warranty against expected repairs.

Holds what the two comparisons read from a snapshot. The arithmetic is in `analysis.make_or_buy`;
prices come from the hospital's rules and contracts, and none is invented: without one there is a
cost of our own and no verdict.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from assets import metric_pages
from assets.analysis.intervals import poisson
from assets.analysis.make_or_buy import Contract, Own, break_even, tornado, warranty_value
from assets.metric_context import context
from assets.metric_periods import periods
from assets.metric_query import Query
from assets.metric_registry import dimensions, registry
from config.errors import ConfigError

ROLES = ("head", "finance")
_MONTHS = 12
_YEAR_DAYS = 365.25
_YEAR_SECONDS = 31_557_600
_OLDEST = 15


def _require(role: str) -> None:
    if role not in ROLES:
        raise ConfigError("当前身份无权查看外包与保修测算。", "请联系科室负责人。")


def _offer(con: duckdb.DuckDBPyConnection) -> dict[str, float] | None:
    """Return prices of a page and the least charge of a month: the offer, else the contracts'."""
    row = con.execute(
        "select has_offer, offer_mono_price_cny, offer_colour_price_cny, offer_minimum_cny "
        "from kpi.cost_terms"
    ).fetchone()
    if row and row[0]:
        return dict(zip(("mono", "colour", "minimum"), map(float, row[1:]), strict=True))
    prices = con.execute(
        "select sum(amount_cny) filter (where meter = 'mono_pages') "
        "/ nullif(sum(pages) filter (where meter = 'mono_pages'), 0), "
        "sum(amount_cny) filter (where meter = 'colour_pages') "
        "/ nullif(sum(pages) filter (where meter = 'colour_pages'), 0) "
        "from kpi.fact_pages where amount_cny is not null"
    ).fetchone()
    if not prices or prices[0] is None:
        return None
    return {"mono": float(prices[0]), "colour": float(prices[1] or 0), "minimum": 0.0}


def print_choice(
    con: duckdb.DuckDBPyConnection, *, role: str, end: date | None = None
) -> list[dict[str, Any]]:
    """Return per model of own printers a year's cost per machine, own and under contract.

    Args:
        con: a snapshot or the warehouse.
        role: who asks; only heads and finance may.
        end: day after the twelve months looked at; the day after as-of by default.

    Returns:
        Rows with `asset_class`, `model`, `machines`, per machine and year `pages`, the parts of the
        own cost and `own_cny`, `contract_cny`, both per page, `break_even_pages` (list),
        `tornado` (`Swing`s of own − contract at ± 20 %). Without offer and contract the contract's
        figures are None.

    Raises:
        ConfigError: the role may not see it.
    """
    _require(role)
    known, named = context(con), dimensions()
    last = end or known.as_of_on + timedelta(days=1)
    first = max(last - timedelta(days=365), known.data_from)
    spans = periods(
        "total",
        first,
        last,
        zone=known.timezone,
        as_of=known.as_of,
        data_from=known.data_from,
    )
    query = Query(con, registry()["page_cost"], spans, [named["asset_class"], named["model"]], {})
    years = (last - first).days / _YEAR_DAYS
    offer = _offer(con)
    rows = [row for row in metric_pages.own_sums(query) if row["pages"]]
    return [_choice(row, years, offer) for row in rows]


def _choice(
    row: Mapping[str, Any], years: float, offer: Mapping[str, float] | None
) -> dict[str, Any]:
    units = int(row["machines"]) * years
    inputs = {
        name: float(row[name]) / units for name in metric_pages.PARTS if name != "downtime_cny"
    }
    inputs["downtime_cny"] = float(metric_pages.downtime_cny(dict(row))) / units
    pages = float(row["pages"]) / units
    own = _own(inputs, pages)
    found: dict[str, Any] = {
        "asset_class": row["asset_class"],
        "model": row["model"],
        "machines": int(row["machines"]),
        "pages": pages,
        **inputs,
        "own_cny": own.cost(pages),
        "own_cny_per_page": own.cost(pages) / pages,
        "contract_cny": None,
        "contract_cny_per_page": None,
        "break_even_pages": [],
        "tornado": [],
    }
    if offer is None:
        return found
    colour = float(row["colour"]) / float(row["pages"])
    price = offer["mono"] * (1 - colour) + offer["colour"] * colour
    contract = Contract(price, offer["minimum"] * _MONTHS)
    base = {**inputs, "pages": pages, "price_cny": price}

    def difference(values: Mapping[str, float]) -> float:
        # supplies, repairs and labour follow the pages; depreciation does not
        mine = _own({name: values[name] for name in inputs}, pages)
        theirs = Contract(values["price_cny"], contract.minimum)
        return mine.cost(values["pages"]) - theirs.cost(values["pages"])

    return found | {
        "contract_cny": contract.cost(pages),
        "contract_cny_per_page": contract.cost(pages) / pages,
        "break_even_pages": break_even(own, contract),
        "tornado": tornado(difference, base),
    }


def _own(inputs: Mapping[str, float], pages: float) -> Own:
    variable = sum(value for name, value in inputs.items() if name != "depreciation_cny")
    return Own(inputs["depreciation_cny"], variable / pages)


def warranty_choice(con: duckdb.DuckDBPyConnection, *, role: str) -> list[dict[str, Any]]:
    """Return per class of device what the failures a warranty would cover are expected to cost.

    λ(age) = inherent failures ÷ device-years at that age; the cost of one failure is what those out
    of warranty cost without supplies. Classes with an offer are judged for its years, the others
    for the third to the fifth.

    Returns:
        Rows with `asset_class`, `from_year`, `to_year`, `failures`, `device_years`,
        `failures_per_device`, `cost_per_failure_cny`, `expected_cny` (the price at which both are
        equal) with its 95 % interval `lo_cny`, `hi_cny`, `price_cny`, `is_worth_it`, `is_proven`
        (the price lies outside that interval), `tornado` (`Swing`s of expected − price, ± 20 %);
        None where nothing is known of a covered age or no failure was paid for.

    Raises:
        ConfigError: the role may not see it.
    """
    _require(role)
    offers = {
        name: (int(start), int(stop), float(price), float(share))
        for name, start, stop, price, share in con.execute(
            "select asset_class, from_year, to_year, price_cny, deductible_share "
            "from kpi.warranty_offers"
        ).fetchall()
    }
    rates: dict[str, dict[tuple[float, float], tuple[int, float]]] = {}
    for asset_class, age, failures, years in con.execute(_AGES).fetchall():
        rates.setdefault(asset_class, {})[age, age + 1] = (int(failures), float(years))
    costs = {name: (int(n), cost) for name, n, cost in con.execute(_PAID).fetchall()}
    return [
        _warranty(name, offers.get(name), bands, costs.get(name, (0, None)))
        for name, bands in sorted(rates.items())
    ]


_AGES = f"""
    with years as (
        select
            a.site_id, a.asset_id, u.age,
            seconds_between(timestamp '1970-01-01', cast(
                a.accepted_on + to_years(u.age::integer) as timestamp
            ) at time zone r.timezone at time zone 'UTC') as from_second,
            seconds_between(timestamp '1970-01-01', cast(
                a.accepted_on + to_years(u.age::integer + 1) as timestamp
            ) at time zone r.timezone at time zone 'UTC') as to_second
        from kpi.dim_assets as a cross join kpi.run_context as r
        cross join range({_OLDEST}) as u (age)
        where a.accepted_on is not null
    ), ages as (
        select f.asset_class, y.age,
            sum(least(f.to_second, y.to_second) - greatest(f.from_second, y.from_second)) as seconds
        from kpi.fact_exposure as f
        inner join years as y on f.site_id = y.site_id and f.asset_id = y.asset_id
            and f.from_second < y.to_second and f.to_second > y.from_second
        where f.asset_class is not null
        group by all
    ), failed as (
        select f.asset_class, greatest(datesub('year', a.accepted_on, f.started_on), 0) as age,
            count(*) as failures
        from kpi.fact_failures as f
        inner join kpi.dim_assets as a on f.site_id = a.site_id and f.asset_id = a.asset_id
        where f.is_inherent_failure and a.accepted_on is not null
        group by all
    )
    select a.asset_class, a.age, coalesce(f.failures, 0), a.seconds / {_YEAR_SECONDS}
    from ages as a left join failed as f using (asset_class, age)
    order by all
"""
_PAID = """
    with failed as (
        select f.asset_class, count(*) as failures
        from kpi.fact_failures as f
        inner join kpi.dim_assets as a on f.site_id = a.site_id and f.asset_id = a.asset_id
        where f.is_inherent_failure and coalesce(f.started_on > a.warranty_until, true)
        group by all
    ), paid as (
        select k.asset_class, sum(k.amount_cny) as cost
        from kpi.fact_service_costs as k
        inner join kpi.fact_tickets as t on k.site_id = t.site_id and k.ticket_id = t.ticket_id
        where not k.is_consumable and t.is_inherent_failure
            and coalesce(t.reported_on > k.warranty_until, true)
        group by all
    )
    select f.asset_class, f.failures, p.cost
    from failed as f left join paid as p using (asset_class)
"""


def _warranty(
    asset_class: str,
    offer: tuple[int, int, float, float] | None,
    bands: Mapping[tuple[float, float], tuple[int, float]],
    paid: tuple[int, Decimal | None],
) -> dict[str, Any]:
    start, stop, price, share = offer or (2, 5, None, 0.0)
    covered = {band: one for band, one in bands.items() if start <= band[0] < stop}
    rates = {band: failures / years for band, (failures, years) in covered.items() if years > 0}
    cost = float(paid[1]) / paid[0] if paid[0] and paid[1] is not None else None

    def expected(values: Mapping[str, float]) -> float | None:
        scaled = {band: rate * values["failure_rate"] for band, rate in rates.items()}
        return warranty_value(
            scaled,
            values["cost_per_failure_cny"],
            from_year=start,
            to_year=stop,
            deductible=share,
        )

    base = {"failure_rate": 1.0, "cost_per_failure_cny": cost or 0.0}
    value = expected(base) if cost is not None else None
    failures = sum(one[0] for one in covered.values())
    # the counts are Poisson: what is expected lies where the true number of failures may lie
    low, high = (float(one) for one in poisson(failures, 1.0))
    lo, hi = (
        (None, None)
        if value is None or not failures
        else (value * low / failures, value * high / failures)
    )
    per_device = warranty_value(rates, 1.0, from_year=start, to_year=stop)
    swings = tornado(lambda values: (expected(values) or 0.0) - (price or 0.0), base)
    return {
        "asset_class": asset_class,
        "from_year": start,
        "to_year": stop,
        "failures": failures,
        "device_years": sum(one[1] for one in covered.values()),
        "failures_per_device": per_device,
        "cost_per_failure_cny": cost,
        "expected_cny": value,
        "lo_cny": lo,
        "hi_cny": hi,
        "price_cny": price,
        "is_worth_it": None if value is None or price is None else value > price,
        "is_proven": None if lo is None or hi is None or price is None else not lo <= price <= hi,
        "tornado": swings if value is not None else [],
    }

"""Repair or replace: which devices show enough signs, and why, in words.

Holds the signs of one device as of any date and the list of candidates. The cost of devices comes
from `metric_assets`, the trend of their failures from `analysis.trend`; prices and shares are the
hospital's rules, and so is the number of signs that makes a candidate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from assets import metric_assets
from assets.analysis.trend import power_law_by_group
from assets.metric_context import context
from assets.metric_number import Key, Limits, Number, rounded
from assets.metric_query import Query
from config.errors import ConfigError

ROLES = ("head", "finance")
Device = tuple[str, str]  # site, id
_SECONDS_PER_DAY = 86_400
_WORDS = {
    "yearly_cost": (
        "近 12 个月维修费 ¥{service_year_cny:,.2f},"
        "占重置价 {yearly_share:.0%}(界限 {yearly_limit:.0%})",
        "12 months' service ¥{service_year_cny:,.2f} is {yearly_share:.0%} of the "
        "replacement price (limit {yearly_limit:.0%})",
    ),
    "cumulative_cost": (
        "累计维修费 ¥{service_cny:,.2f},占重置价 {total_share:.0%}(界限 {total_limit:.0%})",
        "all service so far ¥{service_cny:,.2f} is {total_share:.0%} of the replacement price "
        "(limit {total_limit:.0%})",
    ),
    "getting_worse": (
        "故障越来越密:{failures} 次故障,β={beta:.2f},95% 下限 {beta_lo:.2f} > 1",
        "failures crowd: {failures} of them, β={beta:.2f}, lower 95 % bound {beta_lo:.2f} > 1",
    ),
    "past_life": (
        "已用 {used_months} 个月,超过折旧年限 {life_months} 个月",
        "{used_months} months in use, depreciation life {life_months} months",
    ),
    "parts_ended": (
        "备件已于 {parts_end_on} 停供",
        "its spare parts ended on {parts_end_on}",
    ),
}


@dataclass(frozen=True)
class Terms:
    """Shares of the replacement price that are signs, and how many signs make a candidate."""

    yearly_share: Decimal
    cumulative_share: Decimal
    signs_needed: int
    min_failures: int


def terms(con: duckdb.DuckDBPyConnection) -> Terms:
    """Read the rules of the snapshot."""
    row = con.execute(
        "select yearly_cost_share, cumulative_cost_share, signs_needed, min_events "
        "from kpi.cost_terms cross join kpi.run_context"
    ).fetchone()
    if row is None:
        raise ConfigError("快照里没有成本规则。", "请重新运行 opspulse run。")
    return Terms(row[0], row[1], int(row[2]), int(row[3]))


def devices(
    con: duckdb.DuckDBPyConnection,
    *,
    role: str,
    on: date | None = None,
    is_candidate_only: bool = True,
    only: Device | None = None,
    lang: str = "zh",
) -> list[dict[str, Any]]:
    """Return devices with what they cost, are worth, and the signs for a replacement.

    Args:
        con: a snapshot or the warehouse.
        role: who asks; only heads and finance may.
        on: as of the end of this local day; the day of as-of by default. Book values can be asked
            for any day, costs and failures are those known by then.
        is_candidate_only: only devices with as many signs as the rules ask for.
        only: this device, its site and its id; all by default.
        lang: language of the reasons.

    Returns:
        Rows with the register's columns, `acquisition_cny`, `service_cny`, `service_year_cny`,
        `consumables_cny`, `book_value_cny`, `tco_cny`, `failures`, `beta`, `beta_lo`, `signs`
        (codes), `reasons` (words); most signs first, then the higher share of yearly cost.

    Raises:
        ConfigError: the role may not see costs of devices.
    """
    if role not in ROLES:
        raise ConfigError("当前身份无权查看设备成本。", "请联系科室负责人。")
    day = on or context(con).as_of_on
    rules = terms(con)
    rows = [_judged(row, rules, lang) for row in _costed(con, day, only)]
    chosen = [row for row in rows if row["is_candidate"] or not is_candidate_only]
    return sorted(
        chosen,
        key=lambda row: (-len(row["signs"]), -row["yearly_share"], row["site_id"], row["asset_id"]),
    )


def _costed(
    con: duckdb.DuckDBPyConnection, day: date, only: Device | None
) -> Iterator[dict[str, Any]]:
    periods = f"(values (date '{day}', date '{day}' + 1)) as p (period_start, clip_end)"
    source = metric_assets.devices(periods, metric_assets.costs_until(periods))
    cursor = con.execute(
        f"select f.* exclude (period_start, clip_end), "
        "f.cost_cny as acquisition_cny, "
        "f.cost_cny + f.service_cny + f.consumables_cny - f.book_value_cny as tco_cny, "
        "date_diff('month', f.on_books_on, f.clip_end) as used_months "
        f"from ({source}) as f {_of(only, 'where')} order by f.site_id, f.asset_id",
        only or (),
    )
    names = [column[0] for column in cursor.description or []]
    found = cursor.fetchall()
    trends = _trends(con, day, only)
    for values in found:
        row = dict(zip(names, values, strict=True))
        count, beta, low = trends.get((row["site_id"], row["asset_id"]), (0, None, None))
        yield row | {"failures": count, "beta": beta, "beta_lo": low, "day": day}


def _of(only: Device | None, word: str) -> str:
    return f"{word} f.site_id = ? and f.asset_id = ?" if only else ""


def _trends(
    con: duckdb.DuckDBPyConnection, day: date, only: Device | None
) -> dict[tuple[str, str], tuple[int, float | None, float | None]]:
    """Fit the power law to each device's failures over its own time in service, in days.

    With fewer failures than a small sample allows there is a count and no trend.
    """
    rows = con.execute(
        "with ended as (select e.site_id, e.asset_id, e.from_second, "
        "least(e.to_second, seconds_between(timestamp '1970-01-01', "
        f"cast(date '{day}' + 1 as timestamp) at time zone r.timezone at time zone 'UTC')) "
        "as to_second "
        "from kpi.fact_exposure as e cross join kpi.run_context as r), "
        "held as (select site_id, asset_id, from_second, to_second, "
        "sum(to_second - from_second) over (partition by site_id, asset_id order by from_second) "
        "- (to_second - from_second) as before, "
        "sum(to_second - from_second) over (partition by site_id, asset_id) as whole "
        "from ended where to_second > from_second) "
        "select f.site_id, f.asset_id, list(h.before + "
        "seconds_between(timestamp '1970-01-01', t.reported_at) - h.from_second), "
        "any_value(h.whole) "
        "from kpi.fact_failures as f "
        "inner join kpi.fact_tickets as t on f.site_id = t.site_id and f.episode_id = t.ticket_id "
        "inner join held as h on f.site_id = h.site_id and f.asset_id = h.asset_id "
        "and seconds_between(timestamp '1970-01-01', t.reported_at) >= h.from_second "
        "and seconds_between(timestamp '1970-01-01', t.reported_at) < h.to_second "
        f"where f.is_inherent_failure {_of(only, 'and')} group by f.site_id, f.asset_id",
        only or (),
    ).fetchall()
    least = terms(con).min_failures
    # a failure at the very first second of observation still lies after its start
    days = [[max(int(one), 1) / _SECONDS_PER_DAY for one in row[2]] for row in rows]
    fits = power_law_by_group(
        range(len(rows)),
        [int(row[3]) / _SECONDS_PER_DAY for row in rows],
        [number for number, times in enumerate(days) for _ in times],
        [time for times in days for time in times],
    )
    return {
        (row[0], row[1]): (len(times), float(beta), float(low))
        if len(times) >= least
        else (len(times), None, None)
        for row, times, beta, low in zip(rows, days, fits.beta, fits.lo, strict=True)
    }


def _judged(row: dict[str, Any], rules: Terms, lang: str) -> dict[str, Any]:
    price = row["replacement_cny"] or Decimal(0)
    yearly, total = (
        Decimal(row[name]) / price if price else Decimal(0)
        for name in ("service_year_cny", "service_cny")
    )
    signs = {
        "yearly_cost": yearly > rules.yearly_share,
        "cumulative_cost": total > rules.cumulative_share,
        "getting_worse": (row["beta_lo"] or 0) > 1,
        "past_life": bool(row["is_past_life"]),
        "parts_ended": row["parts_end_on"] is not None and row["parts_end_on"] <= row["day"],
    }
    shown = [name for name, is_so in signs.items() if is_so]
    facts = row | {
        "yearly_share": yearly,
        "total_share": total,
        "yearly_limit": rules.yearly_share,
        "total_limit": rules.cumulative_share,
    }
    return row | {
        "yearly_share": yearly,
        "cumulative_share": total,
        "signs": shown,
        "reasons": [_WORDS[name][lang == "en"].format(**_readable(facts)) for name in shown],
        "is_candidate": len(shown) >= rules.signs_needed,
    }


def _readable(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: 0 if value is None else value for name, value in facts.items()}


def candidates(query: Query, limits: Limits) -> list[Number]:
    """Kind of metric: how many devices are candidates at each period's end, and their price."""
    del limits
    numbers = []
    for period in query.periods:
        groups: dict[Key, list[dict[str, Any]]] = {}
        last = period.clip_end - timedelta(days=1)
        rows = devices(query.con, role=ROLES[0], on=last, is_candidate_only=False)
        for row in rows:
            if _is_asked(query, row):
                key = (period.start, *(row[name] for name in query.keys))
                groups.setdefault(key, []).append(row)
        numbers += [
            number for key, members in groups.items() for number in _counted(query, key, members)
        ]
    return numbers


def _is_asked(query: Query, row: Mapping[str, Any]) -> bool:
    return all(
        row[column] in (list(wanted) if isinstance(wanted, list | tuple) else [wanted])
        for column, wanted in query.where.items()
    )


def _counted(query: Query, key: Key, members: list[dict[str, Any]]) -> list[Number]:
    chosen = [row for row in members if row["is_candidate"]]
    price = sum((row["replacement_cny"] or Decimal(0) for row in chosen), Decimal(0))
    values = {"count": Decimal(len(chosen)), "replacement_cny": price}
    return [
        Number(
            key,
            name,
            rounded(value, query.metric.statistics[name].precision),
            numerator=float(value),
            n=len(members),
        )
        for name, value in values.items()
    ]

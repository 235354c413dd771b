"""One device as its card: master data, its life, what it cost, its failures and its tickets.

Holds who may open which device and which columns they get; the search by number. Book value and the
signs for a replacement are `replacement`'s, class rates the metrics' own. How it looks is the
page's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from assets import replacement, viewers
from assets.analysis.intervals import poisson
from assets.metric_context import context
from assets.reliability import PER_YEARS, RATE, YEAR_DAYS
from assets.viewers import Viewer
from assets.warehouse import records
from config.errors import ConfigError, RefusedError

Row = dict[str, Any]
ROLES = ("head", "finance", "qcc", "engineer", "department")
# What a device cost is for those who may see costs; what parts it took, for those who repair too.
_MONEY_ROLES = replacement.ROLES
_PARTS_ROLES = ("head", "finance", "qcc", "engineer")
_SECONDS_PER_DAY = 86_400
_MASTER = (
    "site_id", "asset_id", "asset_tag", "name", "asset_class", "brand", "model", "department_id",
    "zone", "ownership", "criticality", "purchased_on", "accepted_on", "retired_on",
    "warranty_until", "parts_end_on",
)  # fmt: skip
_MONEY = ("cost_cny", "replacement_cny", "life_months", "life_basis", "on_books_on")
_MOST_TICKETS = 200


@dataclass(frozen=True)
class Failures:
    """How often it failed against what its class leads to expect in the same time in service."""

    observed: int
    inherent: int
    expected: float | None
    lo: float | None
    hi: float | None
    device_years: float
    downtime_seconds: int


@dataclass(frozen=True)
class Money:
    """What it cost: `years` rows of year, kind and amount; the rest as of the as-of day.

    ``judged`` is its row of `replacement.devices`; None once it has left the register.
    """

    years: list[Row]
    service_cny: Decimal
    consumables_cny: Decimal
    missed_claims_cny: Decimal
    missed_claims: int
    judged: Row | None


@dataclass(frozen=True)
class Card:
    """One device; ``money`` is None for who may not see costs.

    ``master`` holds columns of `kpi.dim_assets` and `department_name`; ``states``, ``downtime`` and
    ``maintenance`` are its life, ``parts`` what was put in, ``tickets`` the newest first, each with
    `may_open`.
    """

    master: Row
    states: list[Row]
    downtime: list[Row]
    maintenance: list[Row]
    parts: list[Row]
    tickets: list[Row]
    failures: Failures
    money: Money | None
    more_tickets: int = field(default=0)


def _own(viewer: Viewer, alias: str) -> tuple[str, list[Any]]:
    """Return the condition on devices or tickets that holds for this person, and its values.

    Raises:
        RefusedError: no device is for them.
    """
    if viewer.role not in ROLES:
        raise RefusedError("当前身份无权查看设备。", "请联系科室负责人。")
    conditions, values = ["true"], []
    if viewer.role == "department":
        conditions.append(f"{alias}.department_id = ?")
        values.append(viewer.department_id or "")
    if viewer.site_id and viewer.role in ("department", "engineer"):
        conditions.append(f"{alias}.site_id = ?")
        values.append(viewer.site_id)
    return " and ".join(conditions), values


def search(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, text: str, *, limit: int = 20
) -> list[Row]:
    """Return the devices of this person whose number, id or name holds a text, best first.

    Returns:
        At most ``limit`` rows with `site_id`, `asset_id`, `asset_tag`, `name`, `model`.

    Raises:
        RefusedError: no device is for them.
    """
    own, values = _own(viewer, "a")
    wanted = text.strip().lower()
    return records(
        con,
        "select a.site_id, a.asset_id, a.asset_tag, a.name, a.model from kpi.dim_assets as a "
        f"where {own} and (contains(lower(coalesce(a.asset_tag, '')), ?) "
        "or contains(lower(a.asset_id), ?) or contains(lower(coalesce(a.name, '')), ?)) "
        "order by lower(a.asset_id) != ? and lower(coalesce(a.asset_tag, '')) != ?, "
        f"a.asset_tag, a.site_id, a.asset_id limit {limit}",
        [*values, wanted, wanted, wanted, wanted, wanted],
    )


def sites_of(con: duckdb.DuckDBPyConnection, viewer: Viewer, asset_id: str) -> list[str]:
    """Return the sites at which this person may see a device of that id."""
    own, values = _own(viewer, "a")
    found = con.execute(
        f"select a.site_id from kpi.dim_assets as a where a.asset_id = ? and {own} order by 1",
        [asset_id, *values],
    ).fetchall()
    return [site for (site,) in found]


def card(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    asset_id: str,
    site_id: str,
    *,
    lang: str = "zh",
) -> Card:
    """Return a device's card as this person may see it.

    A department sees its own devices, and of their tickets those that it reported itself.

    Raises:
        ConfigError: there is no such device, or it is not theirs to see.
        RefusedError: no device is for them.
    """
    if site_id not in sites_of(con, viewer, asset_id):
        raise ConfigError(f"没有设备「{asset_id[:60]}」,或不归当前身份查看。",
                          "请在设备可靠性页按编号查找。")  # fmt: skip
    key = [site_id, asset_id]
    names = (*_MASTER, *(_MONEY if viewer.role in _MONEY_ROLES else ()))
    [master] = records(
        con,
        f"select {', '.join(f'a.{name}' for name in names)}, d.name as department_name "
        "from kpi.dim_assets as a left join kpi.dim_departments as d "
        "on a.site_id = d.site_id and a.department_id = d.department_id "
        "where a.site_id = ? and a.asset_id = ?",
        key,
    )
    tickets, more = _tickets(con, viewer, key)
    return Card(
        master=master,
        states=records(con, _STATES, key),
        downtime=records(con, _DOWNTIME, key),
        maintenance=records(con, _MAINTENANCE, key),
        parts=records(con, _PARTS, key) if viewer.role in _PARTS_ROLES else [],
        tickets=tickets,
        failures=_failures(con, viewer, master),
        money=_money(con, viewer, key, lang) if viewer.role in _MONEY_ROLES else None,
        more_tickets=more,
    )


_STATES = (
    "select asset_state, from_second, to_second, is_ledger from kpi.fact_device_states "
    "where site_id = ? and asset_id = ? order by from_second"
)
_DOWNTIME = (
    "select from_second, to_second, weight_pct, has_loaner from kpi.fact_downtime "
    "where site_id = ? and asset_id = ? order by from_second"
)
_MAINTENANCE = (
    "select plan_id, pm_kind, due_on, done_on, outcome from kpi.fact_pm "
    "where site_id = ? and asset_id = ? order by due_on, plan_id"
)
# Quantities, not prices: those stand in the costs.
_PARTS = (
    "select i.issued_on, i.part_id, coalesce(p.name, i.part_id) as part_name, "
    "sum(i.quantity) as quantity, any_value(i.ticket_no) as ticket_no "
    "from kpi.fact_issues as i "
    "left join kpi.dim_parts as p on i.site_id = p.site_id and i.part_id = p.part_id "
    "where i.site_id = ? and i.asset_id = ? group by all order by i.issued_on, i.part_id"
)
_FAILURES = (
    "select count(*) as observed, coalesce(count_if(is_inherent_failure), 0) as inherent "
    "from kpi.fact_failures where site_id = ? and asset_id = ?"
)
_TIME = (
    "select coalesce(sum(least(e.to_second, seconds_between(timestamp '1970-01-01', r.as_of)) "
    "- e.from_second), 0)::bigint as seconds "
    "from kpi.fact_exposure as e cross join kpi.run_context as r where e.site_id = ? "
    "and e.asset_id = ? and e.from_second < seconds_between(timestamp '1970-01-01', r.as_of)"
)
_DOWN = (
    "select coalesce(sum((to_second - from_second) * weight_pct) // 100, 0)::bigint as seconds "
    "from kpi.fact_downtime where site_id = ? and asset_id = ?"
)
_YEARS = (
    "select year(occurred_on) as year, "
    "case when is_consumable then 'consumable' else kind end as kind, "
    "sum(amount_cny) as amount_cny from kpi.fact_service_costs "
    "where site_id = ? and asset_id = ? group by all order by all"
)
_CLAIMS = (
    "select coalesce(sum(amount_cny), 0) as amount_cny, count(distinct ticket_id) as tickets "
    "from kpi.fact_service_costs where site_id = ? and asset_id = ? and is_missed_claim"
)


def _tickets(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, key: Sequence[str]
) -> tuple[list[Row], int]:
    """Return the newest tickets with `may_open`, and how many older ones there are."""
    own, values = _own(viewer, "t")
    rows = records(
        con,
        "select t.site_id, t.ticket_id, t.ticket_no, t.reported_at, t.ended_at, t.restored_at, "
        "t.fault_family, t.work_class, t.outcome_code, t.is_use_failure, t.is_void, "
        "t.restore_seconds, coalesce(t.engineer_id = ?, false) as is_own, "
        "count(*) over () as total "
        f"from kpi.fact_tickets as t where t.site_id = ? and t.asset_id = ? and {own} "
        f"order by t.reported_at desc, t.ticket_id limit {_MOST_TICKETS}",
        [viewer.engineer_id or "", *key, *values],
    )
    total = rows[0]["total"] if rows else 0
    opened = viewer.role in ("head", "qcc", "department")
    shown = [
        {name: value for name, value in row.items() if name not in ("is_own", "total")}
        | {"may_open": opened or (viewer.role == "engineer" and row["is_own"])}
        for row in rows
    ]
    return shown, total - len(rows)


def _failures(con: duckdb.DuckDBPyConnection, viewer: Viewer, master: Row) -> Failures:
    """Count a device's failures since data begin and what its class would have failed."""
    key = [master["site_id"], master["asset_id"]]
    [counted], [time], [down] = (records(con, sql, key) for sql in (_FAILURES, _TIME, _DOWN))
    days = int(time["seconds"]) / _SECONDS_PER_DAY
    expected = None
    if master["asset_class"]:
        # the class as it fails everywhere: a department's view is not narrowed to itself here
        everyone = viewers.Viewer("head")
        rate = viewers.read(
            con, everyone, RATE, grain="total", where={"asset_class": [master["asset_class"]]},
            statistics=[PER_YEARS],
        )  # fmt: skip
        sums = [row for row in rate if row["denominator"]]
        expected = sums[0]["numerator"] / sums[0]["denominator"] * days if sums else None
    low, high = (
        (float(one) for one in poisson(counted["observed"], expected)) if expected else (None, None)
    )
    return Failures(
        observed=counted["observed"],
        inherent=counted["inherent"],
        expected=expected,
        lo=low,
        hi=high,
        device_years=days / YEAR_DAYS,
        downtime_seconds=int(down["seconds"]),
    )


def _money(con: duckdb.DuckDBPyConnection, viewer: Viewer, key: Sequence[str], lang: str) -> Money:
    years = records(con, _YEARS, key)
    [claims] = records(con, _CLAIMS, key)
    judged = replacement.devices(
        con, role=viewer.data_role, is_candidate_only=False, only=(key[0], key[1]), lang=lang
    )

    def of(*, is_consumable: bool) -> Decimal:
        kinds = (row["amount_cny"] for row in years
                 if (row["kind"] == "consumable") == is_consumable)  # fmt: skip
        return sum(kinds, Decimal(0))

    return Money(
        years=years,
        service_cny=of(is_consumable=False),
        consumables_cny=of(is_consumable=True),
        missed_claims_cny=claims["amount_cny"],
        missed_claims=claims["tickets"],
        judged=judged[0] if judged else None,
    )


def is_in_warranty(con: duckdb.DuckDBPyConnection, master: Row) -> bool | None:
    """Tell whether a device is in warranty on the as-of day; None where nobody knows until when."""
    until: date | None = master["warranty_until"]
    return None if until is None else until >= context(con).as_of_on

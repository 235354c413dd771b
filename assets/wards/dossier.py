"""What fails in a ward: its devices by failures per time in service, and faults that came back.

Holds readers of a ward's own devices. Its KPIs are read through `place.read`, its queue in
`waiting`; how it stands against others is in `beside`.
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from assets.analysis.intervals import poisson
from assets.metric_periods import Period
from assets.metric_reading import read_rows
from assets.reliability import YEAR_DAYS
from assets.viewers import Viewer
from assets.wards.place import Ward, require

_YEAR_SECONDS = YEAR_DAYS * 86_400
_MOST_DEVICES, _MOST_REPEATS = 15, 15


@dataclass(frozen=True)
class Device:
    """A device of the ward over a period.

    Attributes:
        failures: 使用故障 on tickets of this ward.
        years: time in service in this ward (device-years).
        rate, lo, hi: failures a year, Garwood 95 %; None without time in service here.
        usual: failures a year of its class in the whole hospital, None where nothing is known.
    """

    asset_id: str
    tag: str
    name: str
    asset_class: str | None
    model: str | None
    failures: int
    years: float
    rate: float | None
    lo: float | None
    hi: float | None
    usual: float | None

    @property
    def verdict(self) -> str:
        """``more`` or ``fewer`` than its class where the interval excludes it, else ``alike``."""
        if self.lo is None or self.hi is None or self.usual is None:
            return "unknown"
        return "more" if self.lo > self.usual else "fewer" if self.hi < self.usual else "alike"


@dataclass(frozen=True)
class Repeat:
    """A fault that came back on one device within the medium window, in a period."""

    asset_id: str
    tag: str
    name: str
    fault_family: str | None
    times: int
    last_on: date


def devices(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, ward: Ward, period: Period
) -> list[Device]:
    """Return the ward's devices that failed most often, most failures first.

    Raises:
        RefusedError: the ward is not theirs.
    """
    require(viewer, ward)
    usual = _usual(con, ward, period)
    found = []
    for row in con.execute(
        _DEVICES,
        [ward.site_id, ward.department_id, period.start, period.end,
         max(period.first_second, period.data_second), period.last_second, _MOST_DEVICES],
    ).fetchall():  # fmt: skip
        asset_id, tag, name, asset_class, model, failures, seconds = row
        years = float(seconds or 0) / _YEAR_SECONDS
        low, high = (float(one) for one in poisson(failures, years)) if years else (None, None)
        found.append(
            Device(asset_id, tag or asset_id, name or "", asset_class, model, failures, years,
                   failures / years if years else None, low, high, usual.get(asset_class))
        )  # fmt: skip
    return found


_DEVICES = """
with failed as (
    select asset_id, count(*) as failures, any_value(asset_class) as asset_class,
        any_value(model) as model
    from kpi.fact_failures
    where site_id = $1 and department_id = $2 and is_asset_bound
        and started_on >= $3 and started_on < $4
    group by all
),
served as (
    select asset_id, sum(least(to_second, $6) - greatest(from_second, $5)) as seconds
    from kpi.fact_exposure
    where site_id = $1 and department_id = $2 and from_second < $6 and to_second > $5
    group by all
)
select f.asset_id, a.asset_tag, a.name, f.asset_class, f.model, f.failures, s.seconds
from failed as f
left join served as s using (asset_id)
left join kpi.dim_assets as a on a.site_id = $1 and a.asset_id = f.asset_id
order by f.failures desc, f.failures / nullif(s.seconds, 0) desc nulls last, f.asset_id
limit $7
"""


def _usual(
    con: duckdb.DuckDBPyConnection, ward: Ward, period: Period
) -> dict[str | None, float | None]:
    """Return the failures a year of each class in the whole site; sums, so nobody is told apart."""
    rows = read_rows(
        con, "use_failure_rate", grain="total", by=("asset_class",), start=period.start,
        end=period.end, where={"site": [ward.site_id]}, role="wall",
        statistics=("per_100_device_years",),
    )  # fmt: skip
    return {
        row["asset_class_code"]: float(row["numerator"]) / float(row["denominator"]) * YEAR_DAYS
        for row in rows
        if row["denominator"]
    }


def repeats(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, ward: Ward, period: Period
) -> list[Repeat]:
    """Return the faults that came back on one device of the ward, the most often first.

    Raises:
        RefusedError: the ward is not theirs.
    """
    require(viewer, ward)
    rows = con.execute(
        _REPEATS,
        [ward.site_id, ward.department_id, period.start, period.end, _MOST_REPEATS],
    ).fetchall()
    return [Repeat(*row) for row in rows]


_REPEATS = """
select f.asset_id, coalesce(any_value(a.asset_tag), f.asset_id), coalesce(any_value(a.name), ''),
    f.fault_family, count(*) as times, max(f.reported_on) as last_on
from kpi.fact_recurrence as f
left join kpi.dim_assets as a using (site_id, asset_id)
where f.site_id = $1 and f.department_id = $2 and f.is_repeat
    and f.reported_on >= $3 and f.reported_on < $4
group by f.asset_id, f.fault_family
order by times desc, last_on desc, f.asset_id, f.fault_family
limit $5
"""

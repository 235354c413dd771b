"""A ward beside others that are alike: late work and failing models, standardised for their mix.

Holds indirect standardisation with sums of other departments, never a row or a name of one. Where
there are fewer than three others of the same kind, all departments of the site stand in.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import duckdb
import numpy as np

from assets.analysis.discovery import FALSE_DISCOVERY_RATE, adjusted
from assets.analysis.intervals import poisson, rate_ratio
from assets.analysis.standardisation import indirect
from assets.metric_periods import Period
from assets.metric_reading import read_rows
from assets.reliability import YEAR_DAYS
from assets.viewers import Viewer
from assets.wards.place import Ward, require

Verdict = Literal["more", "fewer", "alike", "small"]
CLOCKS = ("accept", "arrive", "restore")
_FEWEST_OTHERS = 3
_LEAST_EXPECTED, _LEAST_EVENTS = 5.0, 5


@dataclass(frozen=True)
class Late:
    """Clocks of a ward that were late, against what its mix of work would give elsewhere.

    Attributes:
        clock: accept, arrive or restore.
        is_gross: waits counted as time, as the ward felt it; else net of the pauses allowed.
        cases, late: clocks settled in the period, and those late.
        expected: late ones, had each fault family and priority been as late as among all alike.
        ratio, lo, hi: observed over expected with its exact 95 % interval.
    """

    clock: str
    is_gross: bool
    cases: int
    late: int
    expected: float
    ratio: float | None
    lo: float | None
    hi: float | None

    @property
    def verdict(self) -> Verdict:
        """What the interval allows to say."""
        return _verdict(self.lo, self.hi, is_small=self.expected < _LEAST_EXPECTED)


@dataclass(frozen=True)
class Alike:
    """Who a ward is held against: how many departments, and by which kind, None for all."""

    others: int
    kind: str | None


class Against(NamedTuple):
    """A rate over another with its exact interval; ``p`` is adjusted for all that were compared."""

    ratio: float
    lo: float
    hi: float
    p: float


@dataclass(frozen=True)
class Model:
    """A model in the ward: failures a year here, elsewhere, and of the class's other models.

    Attributes:
        failures, years: here; 使用故障 and device-years.
        rate, lo, hi: failures a year here, Garwood 95 %.
        elsewhere: failures a year of the same model in all other departments, None without any.
        here: here against elsewhere; None where it cannot be told.
        among_class: the model in the whole site against the other models of its class.
        model_failures: failures of the model in the whole site.
    """

    asset_class: str
    model: str
    failures: int
    years: float
    rate: float
    lo: float
    hi: float
    elsewhere: float | None
    here: Against | None
    among_class: Against | None
    model_failures: int

    @property
    def here_verdict(self) -> Verdict:
        """Whether it fails more here than elsewhere."""
        return _found(self.here, self.failures)

    @property
    def class_verdict(self) -> Verdict:
        """Whether the model fails more than the others of its class."""
        return _found(self.among_class, self.model_failures)


def _found(one: Against | None, failures: int) -> Verdict:
    if one is None or failures < _LEAST_EVENTS:
        return "small"
    if one.p > FALSE_DISCOVERY_RATE:
        return "alike"
    return "more" if one.ratio > 1 else "fewer"


def _verdict(lo: float | None, hi: float | None, *, is_small: bool) -> Verdict:
    if is_small or lo is None or hi is None:
        return "small"
    return "more" if lo > 1 else "fewer" if hi < 1 else "alike"


def late(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, ward: Ward, period: Period
) -> tuple[Alike, list[Late]]:
    """Return the ward's late clocks, net and gross, against departments alike.

    Raises:
        RefusedError: the ward is not theirs.
    """
    require(viewer, ward)
    alike, members = _alike(con, ward)
    rows = con.execute(
        _CLOCKS, [ward.site_id, list(CLOCKS), period.start, period.end]
    ).fetchall()  # fmt: skip
    found = []
    for clock in CLOCKS:
        cells: dict[tuple[str, str], dict[str, tuple[int, int, int]]] = defaultdict(dict)
        for name, department, family, priority, cases, late_net, late_gross in rows:
            if name == clock and department in members:
                cells[family, priority][department] = (cases, late_net, late_gross)
        found += [_late(ward, clock, cells, is_gross=is_gross) for is_gross in (False, True)]
    return alike, found


_CLOCKS = """
select clock, department_id, coalesce(fault_family, ''), coalesce(priority, ''), count(*),
    count_if(not is_met_net), count_if(not is_met_gross)
from kpi.fact_clocks
where site_id = $1 and list_contains($2, clock) and is_counted and is_reliable
    and period_on >= $3 and period_on < $4 and department_id is not null
group by all
order by all
"""


def _alike(con: duckdb.DuckDBPyConnection, ward: Ward) -> tuple[Alike, set[str]]:
    everyone = con.execute(
        "select department_id, department_type from kpi.dim_departments where site_id = ?",
        [ward.site_id],
    ).fetchall()
    same = {name for name, kind in everyone if ward.kind and kind == ward.kind}
    if len(same) > _FEWEST_OTHERS:
        return Alike(len(same) - 1, ward.kind), same
    return Alike(len(everyone) - 1, None), {name for name, _ in everyone}


def _late(
    ward: Ward,
    clock: str,
    cells: dict[tuple[str, str], dict[str, tuple[int, int, int]]],
    *,
    is_gross: bool,
) -> Late:
    groups = sorted({name for cell in cells.values() for name in cell} | {ward.department_id})
    classes = sorted(cells)
    own = groups.index(ward.department_id)
    counts, cases = (np.zeros((len(groups), len(classes))) for _ in range(2))
    for column, key in enumerate(classes):
        for name, (settled, late_net, late_gross) in cells[key].items():
            counts[groups.index(name), column] = late_gross if is_gross else late_net
            cases[groups.index(name), column] = settled
    ratio = indirect(counts, cases)
    told = [float(one[own]) for one in (ratio.ratio, ratio.lo, ratio.hi)]
    value, lo, hi = (None if np.isnan(one) else one for one in told)
    return Late(
        clock, is_gross, int(cases[own].sum()), int(counts[own].sum()),
        float(ratio.expected[own]), value, lo, hi,
    )  # fmt: skip


def models(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, ward: Ward, period: Period
) -> list[Model]:
    """Return the ward's models, those with most failures first.

    Raises:
        RefusedError: the ward is not theirs.
    """
    require(viewer, ward)
    own = _sums(con, period, ward.where)
    everywhere = _sums(con, period, {"site": [ward.site_id]})
    totals: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for (asset_class, _), (failures, years) in everywhere.items():
        totals[asset_class][0] += failures
        totals[asset_class][1] += years
    found = []
    for (asset_class, model), (failures, years) in own.items():
        if not years:
            continue
        all_failures, all_years = everywhere[asset_class, model]
        rest = (all_failures - failures, all_years - years)
        others = (totals[asset_class][0] - all_failures, totals[asset_class][1] - all_years)
        low, high = (float(one) for one in poisson(failures, years))
        found.append(
            Model(
                asset_class, model, failures, years, failures / years, low, high,
                rest[0] / rest[1] if rest[1] > 0 else None,
                _against(rest, (failures, years)), _against(others, (all_failures, all_years)),
                all_failures,
            )
        )  # fmt: skip
    adjusted_here = _adjusted([one.here for one in found])
    adjusted_class = _adjusted([one.among_class for one in found])
    told = [
        replace(one, here=here, among_class=among)
        for one, here, among in zip(found, adjusted_here, adjusted_class, strict=True)
    ]
    return sorted(told, key=lambda one: (-one.failures, -one.rate, one.model))


def _adjusted(found: list[Against | None]) -> list[Against | None]:
    """Return them with p values adjusted for so many comparisons (Benjamini–Hochberg)."""
    p_values = adjusted([np.nan if one is None else one.p for one in found])
    return [
        one and one._replace(p=float(p)) for one, p in zip(found, p_values, strict=True)
    ]  # fmt: skip


def _sums(
    con: duckdb.DuckDBPyConnection, period: Period, where: dict[str, list[str]]
) -> dict[tuple[str, str], tuple[int, float]]:
    """Return failures and device-years by class and model, as the failure rate counts them."""
    rows = read_rows(
        con, "use_failure_rate", grain="total", by=("asset_class", "model"), start=period.start,
        end=period.end, where=where, role="wall", statistics=("per_100_device_years",),
    )  # fmt: skip
    return {
        (row["asset_class_code"], row["model_code"]): (
            int(row["numerator"] or 0), float(row["denominator"] or 0) / YEAR_DAYS
        )
        for row in rows
        if row["asset_class_code"] and row["model_code"]
    }  # fmt: skip


def _against(first: tuple[float, float], second: tuple[float, float]) -> Against | None:
    """Return the second rate over the first; None without events or time to compare with."""
    if first[1] <= 0 or second[1] <= 0 or not first[0]:
        return None
    found = rate_ratio(first[0], first[1], second[0], second[1])
    return Against(*(float(one) for one in found))

"""Control limits of a metric's course: which points vary more than the metric itself does.

Holds which readings have a u′ or p′ chart and the reading of their limits in the statistic's own
unit. The charts are `analysis.spc`'s, the rules on runs `analysis.runs`'; the words stand here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assets.analysis import runs, spc
from assets.metric_changes import RATES, SHARES
from assets.metric_format import number_text
from assets.metric_registry import Metric

_SECONDS_PER_DAY, _THOUSAND = 86_400, 1000
LEAST_POINTS = 3  # fewer make no limits worth a line


@dataclass(frozen=True)
class Control:
    """Limits of a course; the sequences are as long as its rows, None where a row has no exposure.

    ``is_provisional``: fewer than 20 points, so the limits are not to be locked; ``is_signal``: too
    long a run on one side of the median, or too few crossings (Anhøj).
    """

    centre: float
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    is_out: tuple[bool, ...]
    is_provisional: bool
    is_signal: bool


def control(metric: Metric, rows: Sequence[Mapping[str, Any]]) -> Control | None:
    """Return the limits of one statistic's rows in order of time; None where it has no chart.

    Shares of cases have the p′ chart, rates over time or tickets the u′ chart (Laney 2002). An
    inverse, a bound, a level, a duration or a sum has none, nor has a course of fewer than three
    points.
    """
    known = [row for row in rows if row["value"] is not None and row["denominator"]]
    shape = metric.statistics[rows[0]["statistic"]] if rows else None
    if shape is None or shape.is_inverse or shape.is_lower_bound or len(known) < LEAST_POINTS:
        return None
    if metric.kind not in (*SHARES, *RATES) or shape.basis != "exposure":
        return None
    counts = [float(row["numerator"]) for row in known]
    sizes = [float(row["denominator"]) for row in known]
    if metric.kind in SHARES:
        chart, unit = spc.laney_p(counts, sizes), 1.0
    else:
        chart = spc.laney_u(counts, sizes)
        unit = _THOUSAND if metric.kind == "per_thousand" else shape.scale / _SECONDS_PER_DAY
    places = {row["period_start"]: place for place, row in enumerate(known)}

    def of_rows(values: Any) -> tuple[float | None, ...]:
        listed = values.tolist()
        return tuple(
            None if (place := places.get(row["period_start"])) is None else listed[place] * unit
            for row in rows
        )

    outside = chart.is_out.tolist()
    return Control(
        centre=float(chart.centre) * unit,
        lower=of_rows(chart.lower),
        upper=of_rows(chart.upper),
        is_out=tuple(row["period_start"] in places and outside[places[row["period_start"]]]
                     for row in rows),
        is_provisional=bool(chart.is_provisional),
        is_signal=runs.find(chart.z / chart.sigma_z).is_signal,
    )  # fmt: skip


def told(
    metric: Metric, rows: Sequence[Mapping[str, Any]], found: Control, lang: str = "zh"
) -> str:
    """Return one sentence: which points lie outside, and whether the limits may be relied on."""
    en, shape = lang == "en", metric.statistics[rows[0]["statistic"]]
    out = [row for row, is_out in zip(rows, found.is_out, strict=True) if is_out]
    of = len([one for one in found.upper if one is not None])
    if out:
        last: date = out[-1]["period_start"]
        value = number_text(shape, out[-1]["value"], lang)
        said = (
            f"{len(out)} of {of} points lie outside the limits, last {last} ({value})"
            if en
            else f"{of} 点中 {len(out)} 点越出控制限,最近一次 {last}({value})"
        )
    else:
        said = (
            f"all {of} points lie within the limits: ordinary variation"
            if en
            else f"{of} 点都在控制限内,属正常波动"
        )
    if found.is_signal:
        said += "; yet the level has shifted (runs)" if en else ";但连续多点同侧,水平有移动"
    if found.is_provisional:
        said += "; fewer than 20 points, provisional limits" if en else ";不足 20 点,控制限为暂定"
    return f"{said[:1].upper()}{said[1:]}." if en else f"{said}。"

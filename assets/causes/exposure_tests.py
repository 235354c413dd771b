"""真因验证 of a topic, exposed against not exposed, from facts to verdict; what any test found.

Holds `Finding` and the comparison of devices under a condition with the others. Before and after a
measure is in `measure_tests`; the statistics are in `analysis.verification`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from assets.analysis.intervals import LEVEL, RateRatio
from assets.analysis.verification import RELEVANT, Side, Verdict, compared, prevented, verdict
from assets.causes.counts import clumping, counts, exposure_seconds
from assets.causes.topic import DAY_SECONDS, EXPOSED, Topic, query_id
from config.errors import ConfigError

Where = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Finding:
    """What one comparison found.

    Attributes:
        design: ``exposed`` (second = exposed) or ``before_after`` (second = after).
        first: events and device-days of the side compared with; a baseline may be a posterior.
        second: events and device-days of the side in question.
        control_first: the control before, None without control.
        control_second: the control after.
        effect: ratio of the rates (less the control's), exact interval, p.
        dispersion: φ ≥ 1 by which the interval is widened.
        verdict: 成立, 不成立 or 证据不足.
        is_mature: a verdict is possible on the day of the data.
        possible_from: from this day a verdict is possible at all; None if never.
        likely_from: from this day an effect as large as hoped for would probably show.
        baseline: ``after_selection``, ``shrunk`` or ``plain``.
        query: id of the question.
        unit: what is counted: failures, hours, cny, repeats.
    """

    design: str
    first: Side
    second: Side
    control_first: Side | None
    control_second: Side | None
    effect: RateRatio
    dispersion: float
    verdict: Verdict
    is_mature: bool
    possible_from: date | None
    likely_from: date | None
    baseline: str
    query: str
    unit: str = "failures"

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Ratio, lower and upper bound."""
        return float(self.effect.ratio), float(self.effect.lo), float(self.effect.hi)

    @property
    def p_value(self) -> float:
        """Two-sided p value; NaN where nothing could be compared."""
        return float(self.effect.p_value)

    @property
    def saved(self) -> tuple[float, float, float] | None:
        """What did not happen after a measure, in its unit, with bounds; None of an exposure."""
        if self.design == "exposed" or not self.first.exposure or not self.first.count:
            return None
        drift = 1.0
        if self.control_first and self.control_second and self.control_first.count:
            drift = self.control_second.rate / self.control_first.rate
        return prevented(self.first.rate * drift * self.second.exposure, self.effect)


def side_of(con: duckdb.DuckDBPyConnection, about: Topic) -> Side:
    """Return failures that exposure covers, and device-days, of a topic."""
    if about.start >= about.end:
        return Side(0, 0)
    row = counts(con, about, [])[0]
    seconds = exposure_seconds(con, about).get((), 0)
    return Side(int(row["n_exposed"]), seconds / DAY_SECONDS)


def require_exposed(where: Where) -> None:
    """Raise ConfigError for a dimension without in-service time of its own."""
    wrong = sorted(set(where) - set(EXPOSED))
    if wrong:
        raise ConfigError(
            f"「{'、'.join(wrong)}」没有在用时间,不能作为对照的范围。",
            f"可用的有:{'、'.join(EXPOSED)}。",
        )


def exposure_test(
    con: duckdb.DuckDBPyConnection, about: Topic, exposed: Where, level: float = LEVEL
) -> Finding:
    """Test the hypothesis that devices under a condition fail more than those without it.

    The others are weighed by the exposed devices' mix of classes: the first side is what they would
    count on as much in-service time of the same classes. Within the groups, failures that clump on
    single devices widen the interval.

    Args:
        con: a snapshot or the warehouse.
        about: the failures in question, such as one fault family in one year.
        exposed: the condition, dimension id → codes.
        level: confidence; stricter where the condition was picked for being the worst.

    Raises:
        ConfigError: a condition without in-service time of its own.
    """
    require_exposed(exposed)
    if not exposed:
        raise ConfigError("没有给出暴露条件。", "请写成 维度:编码,如 model:M1。")
    inside = replace(about, where={**about.where, **exposed})
    others, second, total = 0.0, Side(0, 0), 0.0
    all_times, own_times = (exposure_seconds(con, one, ["asset_class"]) for one in (about, inside))
    everybody, own = (
        {row["asset_class"]: int(row["n_exposed"]) for row in counts(con, one, ["asset_class"])}
        for one in (about, inside)
    )
    for (asset_class,), seconds in own_times.items():
        rest = all_times[asset_class,] - seconds
        if rest > 0 and seconds > 0:
            count = everybody.get(asset_class, 0) - own.get(asset_class, 0)
            others += count
            total += count * seconds / rest / DAY_SECONDS
            second = Side(
                second.count + own.get(asset_class, 0), second.exposure + seconds / DAY_SECONDS
            )
    # as much time as gives the others' count at the exposed mix of classes
    expected = total * DAY_SECONDS
    time = second.exposure * others / expected if expected else second.exposure
    first = Side(others, time)
    phi = clumping(con, about, ["asset_class"])
    effect = compared(first.scaled(phi), second.scaled(phi), level)
    said = verdict(effect, is_lower_claimed=False, level=level, relevant=relevant(con))
    return Finding(
        "exposed", first, second, None, None, effect, phi, said, True, None, None, "plain",
        query_id("exposed", about, sorted(exposed.items())),
    )  # fmt: skip


def relevant(con: duckdb.DuckDBPyConnection) -> float:
    """Return the ratio nearer to 1 than which nothing matters, from the rules of the snapshot."""
    row = con.execute("select relevant_ratio from kpi.cause_terms").fetchone()
    return float(row[0]) if row else RELEVANT

"""One component of the score over everybody: value, points and where each point comes from.

Holds volume (work per available hour) and the anchored components (shrunk means of cases). Pure:
sums in, arrays out. How components become one score is in `compute`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.analysis.scoring import (
    FULL,
    Cases,
    Prior,
    Strength,
    anchored,
    case_factor,
    drawn,
    drawn_rates,
    prior,
    shrunk,
)
from assets.score.facts import Facts, part_weights
from assets.score.groups import BoolArray, Group
from assets.score.periods import Period
from config.score_models import ScoreRules

FloatArray = NDArray[np.float64]
OK, SMALL, NONE, ABSENT = "ok", "small_sample", "no_data", "not_connected"
# A past with fewer cases tells nothing of a group: the wider group's is taken, or the period's own.
_LEAST_HISTORY = 30
_HOUR = 3600
_MARKS = 5.0
# The part of a component that belongs to no case, and the table that it comes from.
_EXTRAS = {"records": ("reuse", "knowledge_uses"), "prevention": ("fixes", "improvements")}
# Without this table of the source a component is not there at all.
_NEEDS = {
    "volume": "engineer_time", "timeliness": "ticket_events", "quality": "ticket_events",
    "satisfaction": "ratings", "records": "tickets", "prevention": "pm_records",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Column:
    """A component, one entry per engineer; points of 100, before the component's weight.

    ``factor`` turns weight × (value − mean) of a case into points; base, repeats, reuse, fixes and
    clip are the points of the named rule rows. Σ cases + these = points. ``absent`` names the part
    that is left out because no source yields it.
    """

    state: NDArray[np.str_]
    count: FloatArray
    value: FloatArray
    mean: FloatArray
    strength: FloatArray
    floor: FloatArray
    goal: FloatArray
    factor: FloatArray
    base: FloatArray
    repeats: FloatArray
    reuse: FloatArray
    fixes: FloatArray
    clip: FloatArray
    points: FloatArray
    draws: FloatArray
    is_provisional: BoolArray
    absent: str | None = None


def column(
    component: str,
    facts: Facts,
    period: Period,
    rules: ScoreRules,
    groups: Sequence[Group],
    rng: np.random.Generator,
) -> Column:
    """Return one component of a period.

    Args:
        component: its name.
        facts: months × engineers, of the same rules.
        period: the month or quarter.
        rules: the version in force.
        groups: who is compared with whom.
        rng: seeded for the period and component.
    """
    if _NEEDS[component] not in facts.connected:
        return _absent(len(facts.people), rules)
    if component == "volume":
        return _volume(facts, period, rules, rng)
    return _anchored(component, facts, period, rules, groups, rng)


def _absent(size: int, rules: ScoreRules) -> Column:
    zero, state = np.zeros(size), np.full(size, ABSENT, dtype="U16")
    return Column(
        state, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero,
        draws=np.zeros((size, rules.bands.draws)), is_provisional=np.zeros(size, dtype=bool),
    )  # fmt: skip


def _chosen(facts: Facts, months: slice) -> BoolArray:
    chosen = np.zeros(facts.role.shape, dtype=bool)
    chosen[months] = True
    return chosen


def _volume(facts: Facts, period: Period, rules: ScoreRules, rng: np.random.Generator) -> Column:
    chosen = _chosen(facts, period.months)
    cases = facts.cases("volume", chosen)
    hours = np.where(chosen, facts.hours, 0).sum(axis=0) / _HOUR
    enough = hours >= rules.volume.min_hours
    goal, is_own = _goals(facts, period, rules)
    known = enough & (goal > 0)
    rate = np.divide(cases.total, hours, out=np.zeros_like(hours), where=hours > 0)
    reach = np.where(known, goal, 1.0)
    raw = np.where(known, FULL * rate / reach, 0.0)
    squares = np.where(chosen, facts.sums["product_square"]["volume"], 0).sum(axis=0)
    spread = np.divide(squares, hours**2, out=np.zeros_like(hours), where=hours > 0)
    draws = FULL * np.minimum(drawn_rates(rng, rate, spread, rules.bands.draws) / reach[:, None], 1)
    state = np.where(known, OK, np.where(hours > 0, SMALL, NONE)).astype("U16")
    zero = np.zeros_like(raw)
    factor = np.divide(FULL, reach * hours, out=zero.copy(), where=known)
    return Column(
        state, cases.count, rate, zero, zero, zero, goal, factor,
        base=zero, repeats=zero, reuse=zero, fixes=zero, clip=np.minimum(raw, FULL) - raw,
        points=np.minimum(raw, FULL), draws=draws, is_provisional=is_own & known,
    )  # fmt: skip


def _goals(facts: Facts, period: Period, rules: ScoreRules) -> tuple[FloatArray, BoolArray]:
    """Return each engineer's goal, the median of their role in the quarter before.

    Where the role had nobody with enough hours then, everybody's; else the period's own.
    """
    size = len(facts.people)
    first = np.argmax(facts.is_there[period.months], axis=0) + period.months.start
    roles = facts.role[first, np.arange(size)]
    sites = np.array([site for site, _ in facts.people])
    goal, is_own = np.zeros(size), np.zeros(size, dtype=bool)
    for site, role in sorted({(str(sites[n]), str(roles[n])) for n in range(size)}):
        here = sites == site
        for months, own in ((period.quarter_before, False), (period.months, True)):
            found = _median(facts, months, rules, here, role)
            if found:
                goal[here & (roles == role)] = found * float(rules.volume.goal_share)
                is_own[here & (roles == role)] = own
                break
    return goal, is_own


def _median(
    facts: Facts, months: slice, rules: ScoreRules, here: BoolArray, role: str
) -> float | None:
    for by_role in (True, False):
        chosen = _chosen(facts, months) & here
        if by_role:
            chosen &= facts.role == role
        done = np.where(chosen, facts.sums["total"]["volume"], 0).sum(axis=0)
        hours = np.where(chosen, facts.hours, 0).sum(axis=0) / _HOUR
        enough = hours >= rules.volume.min_hours
        if enough.sum() >= (rules.min_group if by_role else 1):
            return float(np.median(done[enough] / hours[enough]))
    return None


def _anchored(
    component: str,
    facts: Facts,
    period: Period,
    rules: ScoreRules,
    groups: Sequence[Group],
    rng: np.random.Generator,
) -> Column:
    rule: Any = getattr(rules, component)
    size = len(facts.people)
    chosen = _chosen(facts, period.months)
    cases = facts.cases(component, chosen)
    priors, is_own = _priors(component, facts, period, rules, groups)
    mean = np.array([one.mean if one else 0.0 for one in priors])
    strength = np.array([one.strength if one else 1.0 for one in priors])
    variance = np.array([one.variance if one else 0.0 for one in priors])
    # the share that cases have beside what belongs to none: articles used, problems fixed
    case_share, extra_share, absent = _shares(component, facts, rule)
    reach = 1 / float(rule.goal - rule.floor) * FULL
    factor = reach * case_share * case_factor(cases, strength)
    gained = np.where(chosen, facts.sums["excess"][component], 0).sum(axis=0)
    repeats = -factor * np.maximum(gained, 0)
    extra = reach * extra_share * _reached(component, facts, period, rule)
    reuse, fixes = (np.where(component == one, extra, 0.0) for one in ("records", "prevention"))
    base = anchored(case_share * mean, float(rule.floor), float(rule.goal))
    estimate = case_share * shrunk(cases, mean, strength) + (repeats + extra) / reach
    raw = anchored(estimate, float(rule.floor), float(rule.goal))
    spread = variance / np.maximum(cases.effective + strength, 1)
    top = _MARKS if component == "satisfaction" else 1.0
    likely = drawn(rng, np.clip(estimate, 0, top), case_share**2 * spread, top, rules.bands.draws)
    known = np.array([one is not None for one in priors])
    state = np.where(
        known & (cases.count >= rule.min_n), OK, np.where(cases.count > 0, SMALL, NONE)
    ).astype("U16")
    points = np.clip(raw, 0, FULL)
    return Column(
        state, cases.count, estimate, mean, strength,
        np.full(size, float(rule.floor)), np.full(size, float(rule.goal)), factor,
        base, repeats, reuse, fixes, points - raw, points,
        np.clip(anchored(likely, float(rule.floor), float(rule.goal)), 0, FULL), is_own, absent,
    )  # fmt: skip


def _shares(component: str, facts: Facts, rule: Any) -> tuple[float, float, str | None]:
    """Return the shares of cases and of what belongs to none, and the latter where it is absent."""
    if component not in _EXTRAS:
        return 1.0, 0.0, None
    name, table = _EXTRAS[component]
    wanted = float(rule.parts.get(name, 0))
    extra = wanted if table in facts.connected else 0.0
    cases = float(sum(rule.parts.values())) - wanted
    whole = cases + extra
    absent = name if wanted > extra else None
    return (cases / whole, extra / whole, absent) if whole else (0.0, 0.0, absent)


def _reached(component: str, facts: Facts, period: Period, rule: Any) -> FloatArray:
    """Return how much of the goal each has reached in the quarter to the end: articles, fixes."""
    found = np.zeros(len(facts.people))
    if component not in _EXTRAS:
        return found
    made, goal = {
        "records": (facts.articles, getattr(rule, "reuse_goal", 0)),
        "prevention": (facts.fixes, getattr(rule, "fix_goal", 0)),
    }[component]
    window = range(len(facts.months))[period.quarter_to_end]
    for place in range(len(found)):
        things = set().union(*(made.get((place, month), ()) for month in window))
        found[place] = min(1.0, len(things) / goal)
    return found


def _priors(
    component: str, facts: Facts, period: Period, rules: ScoreRules, groups: Sequence[Group]
) -> tuple[list[Prior | None], BoolArray]:
    """Return what each engineer is drawn to, and whether it is the period's own mean."""
    found: list[Prior | None] = [None] * len(facts.people)
    is_own = np.zeros(len(found), dtype=bool)
    strength = _strength(component, rules)
    if not any(part_weights(rules, component).values()):
        return found, is_own
    history, now = _chosen(facts, period.history), _chosen(facts, period.months)
    for group in groups:
        one, own = _prior(component, facts, group, history, now, strength)
        for place in group.members:
            found[place] = one
            is_own[place] = own
    return found, is_own


def _strength(component: str, rules: ScoreRules) -> Strength:
    pull = rules.shrinkage
    fixed = None if pull.cases == "auto" else float(pull.cases)
    if component == "satisfaction":
        fixed = float(rules.satisfaction.pull_ratings)
    return Strength(float(pull.default), float(pull.least), float(pull.most), fixed)


def _prior(
    component: str,
    facts: Facts,
    group: Group,
    history: BoolArray,
    now: BoolArray,
    strength: Strength,
) -> tuple[Prior | None, bool]:
    for months, own in ((history, False), (now, True)):
        for mask in group.wider:
            cases: Cases = facts.cases(component, months & mask)
            if cases.count.sum() >= (1 if own else _LEAST_HISTORY):
                return prior(cases, strength), own
    return None, True

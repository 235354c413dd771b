"""KPIs that decide: what devices have cost, which to replace, what a page costs.

Holds the sums of cost lines by device and the signs of a replacement; the shape of a measure is in
`figures`, the lines and book values are in `costs`.
"""

import math
from collections import defaultdict
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import Any

from oracle import costs, rules
from oracle.costs import end_of, later
from oracle.equipment import device_cut, inside
from oracle.figures import Cut, Figure, Figures, Measure, Rows, counted
from oracle.hospital import Hospital, Period
from oracle.reading import Row, local_day, midnight
from oracle.statistics import garwood

_YEAR = Fraction(36_525, 100) * 86_400
_TERMS = rules.file("prices")["replacement"]
_LEAST = rules.THRESHOLDS["min_events"]
_ZERO = Fraction(0)


def _spent(hospital: Hospital) -> dict[Any, list[tuple[date, Fraction, bool]]]:
    """Return (day, amount, whether a consumable) of the cost lines of each device."""
    found: dict[Any, list[tuple[date, Fraction, bool]]] = defaultdict(list)
    for _, day, row, ticket, is_supply in costs.lines(hospital):
        if ticket and ticket.asset:
            line = (day, Fraction(row["amount_cny"] or 0), is_supply)
            found[ticket.site, ticket.asset["asset_id"]].append(line)
    return found


def _sum(lines: list[tuple[date, Fraction, bool]], start: date, end: date, *, supply: bool) -> Any:
    chosen = [amount for day, amount, is_s in lines if is_s == supply and start <= day < end]
    return sum(chosen, _ZERO)


# -- service over acquisition -------------------------------------------------------------------


def _ratio_rows(hospital: Hospital, period: Period) -> Rows:
    for cut, day, row, ticket, is_supply in costs.lines(hospital):
        price = ticket.asset["purchase_cny"] if ticket and ticket.asset else None
        if price and not is_supply and inside(day, period):
            yield cut, ("cost", Fraction(row["amount_cny"] or 0), None)
    for one in hospital.exposure:
        price = one.asset["purchase_cny"]
        held = min(one.end, period.last_second) - max(one.start, period.first_second)
        if price and held > 0:
            key = (one.asset["site_id"], one.asset["asset_id"])
            cut = device_cut(hospital, one.asset, one.department, None)
            yield cut, ("worth", held * Fraction(price), key)


def _ratio(rows: list[Any]) -> Figures:
    worth = sum(value for kind, value, _ in rows if kind == "worth")
    if not worth:
        return {}
    cost = sum(value for kind, value, _ in rows if kind == "cost")
    return {"ratio": Figure(cost * _YEAR / worth, len({key for *_, key in rows if key}))}


# -- what devices have cost ---------------------------------------------------------------------


def _cost_rows(hospital: Hospital, period: Period) -> Rows:
    spent, end = _spent(hospital), end_of(hospital, period)
    for cut, (asset, cost, off) in costs.books(hospital, period):
        own = spent[asset["site_id"], asset["asset_id"]]
        service = _sum(own, date.min, end, supply=False)
        yearly = _sum(own, later(end, -12), end, supply=False)
        supplies = _sum(own, date.min, end, supply=True)
        book = cost - off
        yield cut, (cost + service + supplies - book, cost, service, yearly, supplies, book)


_COSTS = ("tco_cny", "acquisition_cny", "service_cny", "service_year_cny", "consumables_cny",
          "book_value_cny")  # fmt: skip


def _costs(rows: list[Any]) -> Figures:
    n = len(rows)
    found = {name: counted(sum(row[i] for row in rows), n) for i, name in enumerate(_COSTS)}
    return found | {"devices": counted(n, n)}


# -- which to replace ---------------------------------------------------------------------------


def _ages(hospital: Hospital, until: int) -> dict[Any, tuple[list[int], int]]:
    """Return the in-service seconds at which each device failed by itself, and those in all."""
    served: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for one in sorted(hospital.exposure, key=lambda stretch: stretch.start):
        if one.start < until:
            key = (one.asset["site_id"], one.asset["asset_id"])
            served[key].append((one.start, min(one.end, until)))
    found = {}
    for key, spans in served.items():
        before = [0, *accumulate(end - start for start, end in spans)]
        found[key] = ([], before[-1])
        for episode in hospital.episodes:
            asset, at = episode.asset or {}, episode.first.reported_at
            is_own = (episode.first.site, asset.get("asset_id")) == key
            if is_own and any(t.is_inherent_failure for t in episode.tickets):
                ages = [b + at - s for b, (s, e) in zip(before, spans, strict=False) if s <= at < e]
                found[key][0].extend(ages)
    return found


def _is_worse(ages: list[int], whole: int) -> bool:
    """Whether the 95 % interval of β = n / Σ ln(T/t) lies above 1: 2nβ/β̂ is χ² on 2n degrees."""
    if len(ages) < _LEAST:
        return False
    logs = sum(math.log(whole / max(age, 1)) for age in ages)
    return garwood(len(ages))[0] / logs > 1


def _signs(asset: Row, end: date, service: Any, *, is_worse: bool) -> int:
    yearly, whole = service
    price = Fraction(asset["purchase_cny"] or 0)
    life = costs.life_months(asset)
    start = asset["accepted_on"] or asset["purchased_on"]
    return sum(
        (
            yearly > Fraction(str(_TERMS["yearly_cost_share"])) * price > 0,
            whole > Fraction(str(_TERMS["cumulative_cost_share"])) * price > 0,
            is_worse,
            start is not None and costs.months_between(start, end) > life,
        )
    )


def _candidate_rows(hospital: Hospital, period: Period) -> Rows:
    spent, end = _spent(hospital), end_of(hospital, period)
    ages = _ages(hospital, min(midnight(end), hospital.as_of))
    for cut, (asset, _) in costs.asset_rows(hospital, period):
        key = (asset["site_id"], asset["asset_id"])
        service = (
            _sum(spent[key], later(end, -12), end, supply=False),
            _sum(spent[key], date.min, end, supply=False),
        )
        is_worse = _is_worse(*ages.get(key, ([], 0)))
        is_candidate = _signs(asset, end, service, is_worse=is_worse) >= _TERMS["signs_needed"]
        yield cut, (is_candidate, asset["purchase_cny"] or 0)


def _candidates(rows: list[Any]) -> Figures:
    n = len(rows)
    return {
        "count": counted(sum(is_candidate for is_candidate, _ in rows), n),
        "replacement_cny": counted(sum(price for is_so, price in rows if is_so), n),
    }


# -- a page -------------------------------------------------------------------------------------


def _page_rows(hospital: Hospital, period: Period) -> Rows:
    own: dict[Any, list[Fraction]] = defaultdict(list)
    cuts: dict[Any, Cut] = {}
    for cut, day, pages, contract in costs.page_runs(hospital):
        if not inside(day, period):
            continue
        key = (cut["site"], cut["asset"])
        name = "mono_price_cny" if cut["meter"] == "mono_pages" else "colour_price_cny"
        if contract is None:
            own[key].append(pages or _ZERO)
            cuts[key] = cut
        elif pages is not None and contract[name] is not None:
            yield cut, ("contract", key, pages, pages * Fraction(contract[name]))
    start = max(period.start, local_day(hospital.data_from))
    end, spent = end_of(hospital, period), _spent(hospital)
    for key, pages in own.items():
        asset = hospital.assets.get(key)
        gone = costs.written_off(asset, end) if asset else None
        if asset and gone is not None:
            lines = spent[key]
            cost = gone - (costs.written_off(asset, start) or _ZERO)
            for supply in (True, False):
                cost += _sum(lines, period.start, period.end, supply=supply)
            yield cuts[key], ("own", key, sum(pages, _ZERO), cost)


def _page_cost(rows: list[Any]) -> Figures:
    found = {}
    for name in ("own", "contract"):
        chosen = [row for row in rows if row[0] == name]
        pages, cost = (sum(row[place] for row in chosen) for place in (2, 3))
        n = len({row[1] for row in chosen})
        found[f"{name}_per_100_cny"] = Figure(100 * cost / pages if pages else None, n)
        found[f"{name}_pages"] = counted(pages, n)
    return found


MEASURES = {
    "cost_of_service_ratio": Measure(_ratio_rows, _ratio),
    "asset_tco": Measure(_cost_rows, _costs),
    "replacement_candidates": Measure(_candidate_rows, _candidates),
    "page_cost": Measure(_page_rows, _page_cost),
}

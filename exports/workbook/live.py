"""The KPIs of the summary that are live formulas over rows in the same workbook.

Holds, per metric and statistic, the formula and the value computed independently from the same
rows. What is not listed here stands in the summary as a number read from the snapshot.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from exports.workbook.book import MONTH_START, NEXT_MONTH
from exports.workbook.facts import Facts, Row
from exports.workbook.sheet import Formula, day_fraction
from exports.workbook.tickets import is_carried, on_time
from exports.workbook.words import Words

_SECONDS = Decimal(86_400)
Metric = tuple[str, str]


@dataclass(frozen=True)
class Live:
    """A formula (with ``{yes}``) over the rows of one sheet, and the value from the rows.

    ``value`` is in the unit of `metrics.read`: seconds, shares, yuan, counts.
    """

    sheet: str
    formula: str
    value: Callable[[Facts], Decimal | None]
    is_duration: bool = False

    def cell(self, facts: Facts, words: Words) -> Formula:
        """Return the cell: durations in days, nothing where there is no value."""
        value = self.value(facts)
        cached: str | float | Decimal = "" if value is None else value
        if self.is_duration and value is not None:
            cached = day_fraction(value)
        return Formula(f"={self.formula.replace('{yes}', words.yes)}", cached)


def _in_month(name: str) -> str:
    return f'{name},">="&{MONTH_START},{name},"<"&{NEXT_MONTH}'


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _ratio(hits: int | Decimal, size: int) -> Decimal | None:
    return _rounded(Decimal(hits) / size, 6) if size else None


def _reported(facts: Facts) -> list[Row]:
    return [row for row in facts.tickets if facts.in_month(row["reported_on"])]


def _valid_reports(facts: Facts) -> list[Row]:
    return [row for row in _reported(facts) if not row["is_void"]]


def _restored(facts: Facts) -> list[Row]:
    return [
        row for row in facts.tickets if facts.in_month(row["restored_on"]) and not row["is_void"]
    ]


def _count(rows: Callable[[Facts], Sequence[Row]]) -> Callable[[Facts], Decimal]:
    return lambda facts: Decimal(len(rows(facts)))


def _finished(facts: Facts) -> list[Row]:
    return [row for row in facts.tickets if facts.in_month(row["first_finished_on"])]


def _share(
    test: Callable[[Row], bool], among: Callable[[Facts], Sequence[Row]] = _valid_reports
) -> Callable[[Facts], Decimal | None]:
    def value(facts: Facts) -> Decimal | None:
        rows = among(facts)
        return _ratio(sum(test(row) for row in rows), len(rows))

    return value


def _mean(rows: Callable[[Facts], Sequence[Row]], key: str) -> Callable[[Facts], Decimal | None]:
    def value(facts: Facts) -> Decimal | None:
        seconds = [row[key] for row in rows(facts) if row[key] is not None]
        return _rounded(Decimal(sum(seconds)) / len(seconds), 2) if seconds else None

    return value


def _mean_cell(
    sheet: str, time: str, when: str, valid: str, value: Callable[[Facts], Decimal | None]
) -> Live:
    formula = (
        f'IFERROR(ROUND(AVERAGEIFS({time},{_in_month(when)},{valid},"{{yes}}")*{_SECONDS},2)'
        f'/{_SECONDS},"")'
    )
    return Live(sheet, formula, value, is_duration=True)


def _flow_share(facts: Facts) -> Decimal | None:
    known = [row for row in facts.tickets if is_carried(facts, row)] + _valid_reports(facts)
    return _ratio(sum(_is_finished(facts, row) for row in known), len(known))


def _is_finished(facts: Facts, row: Row) -> bool:
    is_open = facts.flows[row["site_id"], row["ticket_id"]].closing
    return row["restored_on"] is not None and not is_open


def _cost(facts: Facts) -> Decimal:
    return sum((row["amount_cny"] or Decimal(0) for row in facts.costs), Decimal("0.00"))


def _stock_quantity(facts: Facts) -> Decimal:
    return sum((part.closing for part in facts.parts), Decimal("0.000"))


def _stock_value(facts: Facts) -> Decimal:
    exact = sum((part.closing * part.price for part in facts.parts if part.price), Decimal(0))
    return _rounded(exact, 2)


def _held(facts: Facts) -> Decimal:
    return Decimal(sum(flow.closing for flow in facts.flows.values()))


_REPORTED = f"COUNTIFS({_in_month('明细_报修时间')})"
_VALID = f'COUNTIFS({_in_month("明细_报修时间")},明细_有效,"{{yes}}")'
_FLOW_VALID = f'COUNTIFS({_in_month("在手_报修时间")},在手_有效,"{{yes}}")'
_CLOCKS = 'COUNTIFS(时限_时限,"<>")'
_FLOW_CARRIED = 'COUNTIFS(在手_完修结转,"{yes}")'
_DONE = ',在手_恢复时间,">0",在手_期末,0)'
_FLOW_DONE = f"{_FLOW_CARRIED.removesuffix(')')}{_DONE}+{_FLOW_VALID.removesuffix(')')}{_DONE}"


def _safe_ratio(top: str, bottom: str) -> str:
    return f'IF({bottom}=0,"",ROUND({top}/{bottom},6))'


def _changes(
    metric: str,
    name: str,
    row_names: tuple[str, str],
    when: str,
    among: Callable[[Facts], Sequence[Row]],
) -> dict[Metric, Live]:
    """Return the statistics of reopenings or transfers, which have the same shape."""
    flag, count = row_names
    counted = f'{_in_month(when)},明细_有效,"{{yes}}"'
    whole, touched = f"COUNTIFS({counted})", f'COUNTIFS({counted},{name},">0")'
    total = f"SUMIFS({name},{counted})"

    def _sum(key: str) -> Callable[[Facts], Decimal]:
        return lambda facts: Decimal(sum(row[key] for row in among(facts)))

    return {
        (metric, "share"): Live(
            "tickets", _safe_ratio(touched, whole), _share(lambda r: r[flag], among)
        ),
        (metric, "tickets"): Live("tickets", touched, _sum(flag)),
        (metric, "count"): Live("tickets", total, _sum(count)),
        (metric, "mean"): Live(
            "tickets",
            _safe_ratio(total, whole),
            lambda facts: _ratio(_sum(count)(facts), len(among(facts))),
        ),
    }


def _created(facts: Facts) -> list[Row]:
    return [row for row in facts.tickets if facts.in_month(row["created_on"])]


LIVE: dict[Metric, Live] = {
    ("reports", "count"): Live("tickets", _REPORTED, _count(_reported)),
    ("tickets_created", "count"): Live(
        "flows", f"COUNTIFS({_in_month('在手_建单时间')})", _count(_created)
    ),
    ("tickets_completed", "count"): Live(
        "tickets",
        f'COUNTIFS({_in_month("明细_恢复时间")},明细_有效,"{{yes}}")',
        _count(_restored),
    ),
    ("completion_rate", "cohort"): Live(
        "flows",
        _safe_ratio(_FLOW_VALID.removesuffix(")") + ',在手_按期完修,"{yes}")', _FLOW_VALID),
        _share(on_time),
    ),
    ("completion_rate", "flow"): Live(
        "flows",
        f'IF({_FLOW_CARRIED}+{_FLOW_VALID}=0,"",'
        f"ROUND(({_FLOW_DONE})/({_FLOW_CARRIED}+{_FLOW_VALID}),6))",
        _flow_share,
    ),
    ("backlog", "count"): Live("flows", "SUM(在手_期末)", _held),
    **_changes(
        "reopens", "明细_重开次数", ("is_reopened", "reopen_count"), "明细_首次完成时间", _finished
    ),
    **_changes(
        "transfers", "明细_转派次数", ("is_transferred", "transfer_count"),
        "明细_报修时间", _valid_reports,
    ),
    ("time_to_accept", "mean"): _mean_cell(
        "tickets", "明细_接单时长", "明细_报修时间", "明细_有效",
        _mean(_valid_reports, "accept_seconds"),
    ),
    ("dispatch_to_accept", "mean"): _mean_cell(
        "flows", "在手_派单到接单", "在手_报修时间", "在手_有效",
        _mean(_valid_reports, "dispatch_to_accept_seconds"),
    ),
    ("response_time", "mean"): _mean_cell(
        "tickets", "明细_到场时长", "明细_报修时间", "明细_有效",
        _mean(_valid_reports, "response_seconds"),
    ),
    ("first_restore_time", "mean"): _mean_cell(
        "flows", "在手_首次恢复时长", "在手_恢复时间", "在手_有效",
        _mean(_restored, "first_restore_seconds"),
    ),
    ("restore_time", "mean"): _mean_cell(
        "tickets", "明细_恢复时长", "明细_恢复时间", "明细_有效",
        _mean(_restored, "restore_seconds"),
    ),
    ("sla_attainment", "net"): Live(
        "clocks",
        _safe_ratio('COUNTIFS(时限_净达标,"{yes}")', _CLOCKS),
        lambda facts: _ratio(sum(bool(r["is_met_net"]) for r in facts.clocks), len(facts.clocks)),
    ),
    ("sla_attainment", "gross"): Live(
        "clocks",
        _safe_ratio('COUNTIFS(时限_含等待达标,"{yes}")',
                    _CLOCKS),
        lambda facts: _ratio(
            sum(bool(r["is_met_gross"]) for r in facts.clocks), len(facts.clocks)
        ),
    ),
    ("repair_cost", "cny"): Live("costs", "ROUND(SUM(费用_金额),2)", _cost),
    ("stock_on_hand", "quantity"): Live("stock", "ROUND(SUM(备件_期末数量),3)", _stock_quantity),
    ("stock_on_hand", "value_cny"): Live(
        "stock", "ROUND(SUMPRODUCT(备件_期末数量,备件_单价),2)", _stock_value
    ),
    ("parts_below_min", "count"): Live(
        "stock",
        'COUNTIFS(备件_低于下限,"{yes}")',
        lambda facts: Decimal(sum(part.is_below for part in facts.parts)),
    ),
}  # fmt: skip

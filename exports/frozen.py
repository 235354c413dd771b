"""What stands behind a month's figures, as rows that can be compared with those of a later day.

Holds which fields of tickets, clocks, cost lines and parts are kept with a closing, and the words
in which a difference is told. No free text and nobody's name. What is done with a difference is
decided in ``exports.restating``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from assets.decisions import months
from exports.workbook.facts import Facts, Row
from exports.workbook.words import MISSING, Words

TICKET, CLOCK, COST, PART = "ticket", "clock", "cost", "part"
_WORDS = {
    TICKET: ("工单", "ticket"), CLOCK: ("时限", "clock"), COST: ("费用", "cost"),
    PART: ("备件", "part"),
}  # fmt: skip
_FIELDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    TICKET: {
        "reported_at": ("报修时间", "reported"), "accepted_at": ("接单时间", "accepted"),
        "arrived_at": ("到场时间", "arrived"), "first_finished_at": ("首次完成", "first finished"),
        "restored_at": ("恢复时间", "restored"), "is_void": ("作废", "void"),
        "department_id": ("科室", "department"), "asset_id": ("设备", "asset"),
        "work_class": ("类型", "work class"), "urgency": ("紧急程度", "urgency"),
        "priority": ("优先级", "priority"), "fault_family": ("故障", "fault"),
        "outcome_code": ("结果", "outcome"), "is_use_failure": ("使用故障", "failure"),
        "reopen_count": ("重开次数", "reopenings"), "transfer_count": ("转派次数", "transfers"),
        "opening": ("期初在手", "opening"), "closing": ("期末在手", "closing"),
    },
    CLOCK: {
        "clock": ("时限", "clock"), "target_seconds": ("目标秒", "target s"),
        "net_seconds": ("净秒", "net s"), "gross_seconds": ("含等待秒", "gross s"),
        "is_met_net": ("净达标", "met net"), "is_met_gross": ("含等待达标", "met gross"),
    },
    COST: {
        "occurred_on": ("日期", "date"), "kind": ("类别", "kind"), "amount_cny": ("金额", "amount"),
        "quantity": ("数量", "quantity"), "cost_centre": ("成本中心", "cost centre"),
        "economic_class": ("经济分类", "economic class"), "vendor_id": ("供应商", "vendor"),
    },
    PART: {
        "opening": ("期初", "opening"), "received": ("入库", "in"), "issued": ("出库", "out"),
        "adjusted": ("调整", "adjusted"), "price": ("单价", "price"),
    },
}  # fmt: skip
# Which rows move a metric, by the canonical tables that it is made of.
_KINDS = {
    "ticket_costs": COST, "stock_moves": PART, "parts": PART, "tickets": TICKET,
    "ticket_events": TICKET,
}  # fmt: skip
_CLOCK_METRICS = "sla_"
_SHOWN = 3


def subjects_of(facts: Facts) -> list[months.Subject]:
    """Return the rows of a month, in the order in which the workbook holds them."""
    numbers = {
        (row["site_id"], row["ticket_id"]): row["ticket_no"] or row["ticket_id"]
        for row in facts.tickets
    }
    return [
        *_tickets(facts),
        *(
            _subject(facts, CLOCK, row, (row["ticket_id"], row["clock"]),
                     str(numbers.get((row["site_id"], row["ticket_id"]), row["ticket_id"])))
            for row in facts.clocks
        ),
        *(
            _subject(facts, COST, row, (row["cost_id"],),
                     row["ticket_no"] or row["ticket_id"] or row["cost_id"])
            for row in facts.costs
        ),
        *(
            months.Subject(
                PART, f"{part.site_id}/{part.part_id}", part.part_no,
                {name: _text(facts, getattr(part, name)) for name in _FIELDS[PART]},
            )
            for part in facts.parts
        ),
    ]  # fmt: skip


def _tickets(facts: Facts) -> Iterator[months.Subject]:
    for row in facts.tickets:
        flow = facts.flows[row["site_id"], row["ticket_id"]]
        whole = {**row, "opening": flow.opening, "closing": flow.closing}
        name = row["ticket_no"] or row["ticket_id"]
        yield _subject(facts, TICKET, whole, (row["ticket_id"],), name)


def _subject(facts: Facts, kind: str, row: Row, key: Sequence[str], name: str) -> months.Subject:
    says = {field: _text(facts, row[field]) for field in _FIELDS[kind]}
    return months.Subject(kind, "/".join((row["site_id"], *key)), name, says)


def _text(facts: Facts, value: Any) -> str | None:
    if isinstance(value, datetime):
        return f"{facts.local(value):%Y-%m-%d %H:%M:%S}"
    return None if value is None else str(value)


class Changes:
    """What differs between the rows of a closing and those of now."""

    def __init__(
        self, then: Sequence[months.Subject], now: Sequence[months.Subject], words: Words
    ) -> None:
        """Compare by kind and key."""
        self._words = words
        before = {(one.kind, one.key): one for one in then}
        after = {(one.kind, one.key): one for one in now}
        self._found: dict[str, list[tuple[months.Subject, str]]] = {kind: [] for kind in _FIELDS}
        for key in dict.fromkeys((*before, *after)):
            one = after.get(key) or before[key]
            told = self._told(one, before.get(key), after.get(key))
            if told:
                self._found[one.kind].append((one, told))

    def behind(self, metric_id: str, sources: Collection[str]) -> tuple[tuple[str, ...], str]:
        """Return the tickets and the words for what changed under a metric; both may be empty."""
        kinds = dict.fromkeys(_KINDS[table] for table in sources if table in _KINDS)
        if metric_id.startswith(_CLOCK_METRICS):
            kinds = {CLOCK: None, **kinds}
        found = [one for kind in kinds for one in self._found[kind]]
        tickets = dict.fromkeys(subject.name for subject, _ in found if subject.kind != PART)
        told = [text for _, text in found[:_SHOWN]]
        if len(found) > _SHOWN:
            told.append(self._words(f"等共 {len(found)} 处", f"{len(found)} changes in all"))
        return tuple(tickets), self._words(";", "; ").join(told)

    def _told(
        self, one: months.Subject, then: months.Subject | None, now: months.Subject | None
    ) -> str:
        w = self._words
        head = f"{w(*_WORDS[one.kind])} {one.name}"
        if then is None or now is None:
            word = w("新增", "new") if then is None else w("不再计入", "no longer counted")
            main = next(iter(_FIELDS[one.kind])) if one.kind != COST else "amount_cny"
            return f"{head} {word}({w(*_FIELDS[one.kind][main])} {one.says[main] or MISSING})"
        moved = [
            f"{w(*_FIELDS[one.kind][field])} {then.says.get(field) or MISSING} → {value or MISSING}"
            for field, value in now.says.items()
            if field in then.says and then.says[field] != value
        ]
        return f"{head} {w('、', ', ').join(moved)}" if moved else ""

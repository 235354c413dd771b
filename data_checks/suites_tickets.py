"""Rules on single rows of tickets and of all that hangs on a ticket.

Holds plain data. Events out of order are not here: they are kept, and flagged in ``core``. A
negative cost is only counted, because credit notes and reversals are real; a cost that is held
would be missing from the sum that finance reads.
"""

from assets.sources.contract import PAUSE_REASONS, TRANSFER_REASONS
from data_checks.rule import (
    Rule,
    between,
    filled,
    in_order,
    in_time,
    not_negative,
    plausible_day,
    text_fits,
    trimmed,
)

_MOST_STEPS = 100_000


def _reason(event: str, allowed: tuple[str, ...], zh: str) -> Rule:
    return Rule(
        "ticket_events",
        f"{event}_reason_in_list",
        "ExpectColumnValuesToBeInSet",
        "critical",
        f"{zh}原因 reason_code 只能是:{'、'.join(allowed)}",
        f"reason_code of a {event} event must be one of {', '.join(allowed)}",
        {"column": "reason_code", "value_set": list(allowed)},
        ("type", "==", event),
    )


def _given(event: str, column: str, zh: str) -> Rule:
    return Rule(
        "ticket_events",
        f"{event}_{column}_filled",
        "ExpectColumnValuesToNotBeNull",
        "warning",
        f"{zh}事件没有写 {column}",
        f"a {event} event does not give {column}",
        {"column": column},
        ("type", "==", event),
        "complete",
    )


def _grades() -> list[Rule]:
    columns = ("response_speed", "professionalism", "communication", "overall")
    return [
        *not_negative("ratings", *columns),
        between("ratings", "scale_max", 1, 100, "critical"),
        *(in_order("ratings", column, "scale_max", "critical") for column in columns),
    ]


RULES: tuple[Rule, ...] = (
    *in_time("tickets", "reported_at"),
    *trimmed("tickets", "ticket_id", "asset_id", "department_id", "fault_family_code"),
    *filled("tickets", "title", "work_class", "department_id"),
    *text_fits("tickets", "title", "description", "resolution_text"),
    *in_time("ticket_events", "at"),
    *trimmed("ticket_events", "event_id", "ticket_id", "engineer_id"),
    between("ticket_events", "seq", 0, _MOST_STEPS, "warning"),
    in_order("ticket_events", "at", "recorded_at", "warning"),
    _reason("paused", PAUSE_REASONS, "暂停"),
    _reason("transferred", TRANSFER_REASONS, "转派"),
    _given("paused", "reason_code", "暂停"),
    _given("transferred", "to_engineer_id", "转派"),
    _given("accepted", "engineer_id", "接单"),
    *text_fits("ticket_events", "note"),
    *trimmed("ticket_targets", "ticket_id"),
    *filled("ticket_targets", "due_at"),
    *plausible_day("ticket_targets", "due_at"),
    *trimmed("ticket_costs", "cost_id", "ticket_id"),
    *not_negative("ticket_costs", "unit_price_cny"),
    *not_negative("ticket_costs", "quantity", "amount_cny", "tax_cny", severity="warning"),
    *filled("ticket_costs", "kind", "amount_cny", "occurred_on"),
    *plausible_day("ticket_costs", "occurred_on", is_past=True),
    *trimmed("effort_logs", "ticket_id", "engineer_id"),
    *in_time("effort_logs", "started_at", "ended_at"),
    in_order("effort_logs", "started_at", "ended_at", "critical"),
    *filled("effort_logs", "ended_at"),
    *trimmed("ratings", "rating_id", "ticket_id"),
    *_grades(),
    in_order("ratings", "asked_at", "rated_at", "warning"),
    *trimmed("complaints", "complaint_id", "ticket_id", "department_id"),
    *in_time("complaints", "at"),
    *filled("complaints", "department_id"),
    *trimmed("calls", "call_id", "ticket_id"),
    *in_time("calls", "at"),
    in_order("calls", "at", "answered_at", "critical"),
    in_order("calls", "at", "ended_at", "critical"),
    in_order("calls", "answered_at", "ended_at", "warning"),
    *trimmed("loans", "loan_id", "asset_id"),
    *in_time("loans", "lent_at"),
    *filled("loans", "asset_id", "due_at"),
    in_order("loans", "lent_at", "due_at", "warning"),
    in_order("loans", "lent_at", "returned_at", "critical"),
)

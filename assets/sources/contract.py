"""The canonical tables and columns that a source must yield, and nothing else.

Holds the contract as data: tables, keys, cursors, column types and value lists. The connectors, the
pull, the demo's store and the data dictionary read it; none of them repeats a column name list.
Types follow the column's name (`*_at` instant, `*_on` date, `*_cny` money, `is_*` boolean …); the
exceptions are written out. How to reach a store lives in `connect`, what rows mean in
`assets/core`.
"""

from dataclasses import dataclass
from functools import cache

MONEY = "DECIMAL(14,2)"
PRICE = "DECIMAL(18,6)"
QUANTITY = "DECIMAL(14,3)"
INSTANT = "TIMESTAMP"

# Where the name alone does not give the type. A pair (table, column) wins over the column.
_TYPE_OF: dict[str | tuple[str, str], str] = {
    "at": INSTANT,
    "seq": "BIGINT",
    "minutes": "BIGINT",
    "met_minutes": "BIGINT",
    "quantity": QUANTITY,
    "issued_quantity": QUANTITY,
    "min_stock": QUANTITY,
    "interval_days": "BIGINT",
    "window_days": "BIGINT",
    "useful_life_years": "BIGINT",
    "interval_usage": QUANTITY,
    "steps_total": "BIGINT",
    "steps_passed": "BIGINT",
    "inpatient_days": "BIGINT",
    "value": PRICE,
    "low_limit": PRICE,
    "high_limit": PRICE,
    "target_value": PRICE,
    "response_speed": "DECIMAL(6,2)",
    "professionalism": "DECIMAL(6,2)",
    "communication": "DECIMAL(6,2)",
    "overall": "DECIMAL(6,2)",
    "scale_max": "DECIMAL(6,2)",
    "prefers_onsite": "BOOLEAN",
    # the counter value at which a meter starts again from zero, not an instant
    ("print_contracts", "rollover_at"): QUANTITY,
    ("asset_states", "valid_from"): INSTANT,
    ("asset_states", "valid_to"): INSTANT,
    ("engineer_postings", "valid_from"): "DATE",
    ("engineer_postings", "valid_to"): "DATE",
}

# table: "key columns · other columns"; site_id leads every key and is not repeated.
# "!" marks a column that may not be NULL, "~" the column that drives incremental pulls.
_TABLES = {
    "sites": "· name timezone org_type level",
    "departments": "department_id · name parent_id campus zone department_type is_priority_window "
    "is_sensitive_area prefers_onsite staff_count bed_count",
    "engineers": "engineer_id · name skills hired_on left_on backup_engineer_id",
    "engineer_postings": "engineer_id valid_from · valid_to team role grade zone",
    "engineer_time": "engineer_id on_date kind · minutes",
    "systems": "system_id · name criticality department_id vendor_id owner_engineer_id "
    "backup_engineer_id",
    "assets": "asset_id · tag name asset_class brand model serial_no department_id building "
    "ownership criticality is_life_support system_id purchased_on accepted_on retired_on "
    "purchase_cny warranty_until useful_life_years vendor_id ~updated_at",
    "asset_states": "asset_id valid_from · valid_to !state department_id",
    "tickets": "ticket_id · ticket_no channel work_class title description fault_family_code "
    "cause_code outcome_code urgency priority service_impact department_id asset_id system_id "
    "!reported_at requester_ref created_by_engineer_id triage_mode resolution_mode "
    "is_onsite_required second_visit_reason resolution_text master_ticket_id ~updated_at",
    "ticket_events": "event_id · !ticket_id seq !at !type engineer_id to_engineer_id reason_code "
    "note ~recorded_at",
    "ticket_targets": "ticket_id clock · due_at is_met",
    "ticket_costs": "cost_id · ticket_id kind part_id quantity unit_price_cny amount_cny tax_cny "
    "vendor_id invoice_no occurred_on is_in_warranty cost_centre economic_class",
    "effort_logs": "ticket_id engineer_id started_at · ended_at kind",
    "parts": "part_id · part_no name part_class unit unit_price_cny min_stock is_consumable",
    "stores": "store_id · name engineer_id",
    "stock_moves": "move_id · !part_id !store_id ~!at !kind !quantity unit_price_cny ticket_id "
    "asset_id lot_no engineer_id",
    "part_requests": "request_id · part_id ticket_id requested_at quantity issued_quantity "
    "issued_at",
    "loans": "loan_id · asset_id ticket_id department_id lent_at due_at returned_at outcome",
    "pm_plans": "plan_id · asset_id kind interval_days interval_usage usage_unit window_days "
    "starts_on ends_on risk",
    "pm_records": "record_id · plan_id asset_id due_on done_at engineer_id result steps_total "
    "steps_passed ticket_id",
    "pm_readings": "record_id parameter · value low_limit high_limit",
    "meter_readings": "asset_id meter ~read_at · value is_replaced",
    "ratings": "rating_id · ticket_id asked_at rated_at response_speed professionalism "
    "communication overall scale_max is_auto is_self comment",
    "complaints": "complaint_id · ticket_id department_id ~at cause_code",
    "calls": "call_id · ~!at answered_at ended_at department_id ticket_id",
    "print_contracts": "contract_id asset_id · starts_on ends_on mono_price_cny colour_price_cny "
    "minimum_cny vendor_id rollover_at",
    "vendor_bills": "bill_id · contract_id month amount_cny invoice_no",
    "contracts": "contract_id · vendor_id kind asset_id starts_on ends_on amount_cny",
    "vendors": "vendor_id · name level",
    "customers": "customer_id · name level",
    "contacts": "contact_id · party_kind party_id name role phone",
    "access_grants": "engineer_id system_id account · kind granted_on revoked_on",
    "handovers": "handover_id · from_engineer_id to_engineer_id announced_at assigned_at "
    "met_minutes section is_done",
    "knowledge": "article_id · fault_family_code title author_engineer_id created_at approved_at "
    "reviewed_at",
    "knowledge_uses": "article_id ticket_id ~at · engineer_id kind",
    "documents": "document_id · system_id kind owner_engineer_id updated_at",
    "visits": "visit_id · customer_id engineer_id purpose departed_at returned_at daily_report_at "
    "cost_cny",
    "legacy_issues": "issue_id · visit_id project_id text opened_at owner_engineer_id due_on "
    "closed_at",
    "projects": "project_id · name stage owner_engineer_id planned_on done_on budget_cny spent_cny",
    "budgets": "month cost_centre economic_class · amount_cny",
    "department_activity": "department_id month · visit_count inpatient_days",
    "trainings": "training_id · department_id held_on topic attendee_count",
    "improvements": "improvement_id · topic cause_code measure metric_id scope control_scope "
    "target_value owner_engineer_id started_on ended_on status",
}

_VALUES = {
    "ticket_events.type": "reported created dispatched accepted arrived work_started paused "
    "resumed transferred coworker_joined sent_to_vendor vendor_returned restored verified closed "
    "reopened cancelled merged chased",
    "tickets.work_class": "repair service_request consult consumable bug change policy_change pm "
    "calibration project recall",
    "tickets.outcome_code": "repaired replaced user_error no_fault_found cancelled merged "
    "duplicate",
    "tickets.service_impact": "down degraded none",
    "tickets.triage_mode": "remote onsite",
    "tickets.resolution_mode": "remote onsite",
    "tickets.priority": "P1 P2 P3 P4 P5",
    "tickets.urgency": "critical high normal low",
    "tickets.channel": "wechat phone oa app alarm patrol other",
    "tickets.second_visit_reason": "part_missing misdiagnosis skill permission user_absent other",
    "ticket_targets.clock": "accept arrive restore vendor loaner",
    "asset_states.state": "in_stock in_service loaner stopped lent_out retired",
    "assets.ownership": "own lease placed donated trial",
    "assets.criticality": "A B C",
    "systems.criticality": "A B C",
    "sites.org_type": "hospital_it medical_equipment home_care vendor",
    "stock_moves.kind": "in out return adjust count transfer_in transfer_out",
    "ticket_costs.kind": "part external labour freight loaner",
    "loans.outcome": "returned lost scrapped",
    "pm_plans.kind": "inspection maintenance calibration round",
    "pm_records.result": "done skipped not_found out_of_service",
    "engineer_time.kind": "roster leave training project",
    "meter_readings.meter": "mono_pages colour_pages hours exams",
    "documents.kind": "manual faq site_config",
    "knowledge_uses.kind": "opened cited",
}

# reason_code has one list per event type: it is checked by a rule across columns, not by column.
PAUSE_REASONS = ("waiting_part", "waiting_user", "approval", "vendor", "force_majeure")
TRANSFER_REASONS = ("wrong_place", "wrong_content", "skill", "load", "shift", "other")

# A fresh source may lack everything but this.
REQUIRED_TABLE = "tickets"
# Stands for the type of a column that a source has beside those that are read.
NOT_READ = "not read"


@dataclass(frozen=True)
class Column:
    """One canonical column: DuckDB type, whether NULL is refused, and the values allowed."""

    name: str
    type: str
    is_required: bool = False
    values: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it is counted, measured or paid."""
        return self.type == "BIGINT" or self.type.startswith("DECIMAL")


@dataclass(frozen=True)
class Table:
    """One canonical table. ``key`` begins with ``site_id``; ``cursor`` is None without one."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    cursor: str | None

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in contract order, ``site_id`` first."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError when the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")


def _type_of(table: str, column: str) -> str:  # noqa: PLR0911 - one line per naming rule
    special = _TYPE_OF.get((table, column)) or _TYPE_OF.get(column)
    if special:
        return special
    if column.endswith("_at"):
        return INSTANT
    if column.endswith(("_on", "_until", "on_date")):
        return "DATE"
    if column.endswith("_price_cny"):
        return PRICE
    if column.endswith("_cny"):
        return MONEY
    if column.startswith("is_"):
        return "BOOLEAN"
    if column.endswith("_count"):
        return "BIGINT"
    return "TEXT"


def _parse(name: str, text: str) -> Table:
    key_text, _, rest = text.partition("·")
    key_names = ("site_id", *(word.lstrip("~!") for word in key_text.split()))
    columns = [Column("site_id", "TEXT", is_required=True)]
    cursor = None
    for word in [*key_text.split(), *rest.split()]:
        column = word.lstrip("~!")
        marks = word[: len(word) - len(column)]
        if "~" in marks:
            cursor = column
        columns.append(
            Column(
                column,
                _type_of(name, column),
                is_required="!" in marks or column in key_names,
                values=tuple(_VALUES.get(f"{name}.{column}", "").split()),
            )
        )
    return Table(name, tuple(columns), key_names, cursor)


@cache
def tables() -> dict[str, Table]:
    """Return every canonical table by name, in contract order."""
    return {name: _parse(name, text) for name, text in _TABLES.items()}

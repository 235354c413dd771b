"""Rules on single rows of devices, their maintenance, their meters and the stock of parts.

Holds plain data.
"""

from data_checks.rule import (
    Rule,
    between,
    filled,
    in_order,
    in_time,
    not_negative,
    plausible_day,
    trimmed,
)

_DEAREST_CNY = 100_000_000
_MOST_PIECES = 1_000_000
_OLDEST_YEARS = 50
_DAYS_OF_TEN_YEARS = 3_660
_MOST_CYCLES = 100_000

RULES: tuple[Rule, ...] = (
    *trimmed("assets", "asset_id", "department_id", "model"),
    *not_negative("assets", "purchase_cny", "useful_life_years"),
    between("assets", "purchase_cny", 0, _DEAREST_CNY, "warning"),
    between("assets", "useful_life_years", 1, _OLDEST_YEARS, "warning"),
    *filled("assets", "asset_class", "model", "department_id", "accepted_on"),
    *plausible_day("assets", "purchased_on", "accepted_on", "retired_on", is_past=True),
    in_order("assets", "accepted_on", "retired_on", "critical"),
    in_order("assets", "purchased_on", "accepted_on", "warning"),
    in_order("assets", "purchased_on", "warranty_until", "warning"),
    *trimmed("asset_states", "asset_id", "department_id"),
    in_order("asset_states", "valid_from", "valid_to", "critical"),
    *plausible_day("asset_states", "valid_from", is_past=True),
    *trimmed("parts", "part_id"),
    *not_negative("parts", "unit_price_cny", "min_stock"),
    *filled("parts", "name", "unit", "unit_price_cny"),
    *trimmed("stores", "store_id", "engineer_id"),
    *filled("stores", "name"),
    *in_time("stock_moves", "at"),
    *trimmed("stock_moves", "move_id", "part_id", "store_id"),
    *not_negative("stock_moves", "unit_price_cny"),
    *not_negative("stock_moves", "quantity", where=("kind", "!=", "adjust")),
    between("stock_moves", "quantity", -_MOST_PIECES, _MOST_PIECES, "warning"),
    *trimmed("part_requests", "request_id", "part_id", "ticket_id"),
    *not_negative("part_requests", "quantity", "issued_quantity"),
    *in_time("part_requests", "requested_at", "issued_at"),
    *filled("part_requests", "part_id", "requested_at", "quantity"),
    in_order("part_requests", "requested_at", "issued_at", "warning"),
    in_order("part_requests", "issued_quantity", "quantity", "warning"),
    *trimmed("pm_plans", "plan_id", "asset_id"),
    between("pm_plans", "interval_days", 1, _DAYS_OF_TEN_YEARS, "critical"),
    *not_negative("pm_plans", "interval_usage", "window_days"),
    in_order("pm_plans", "starts_on", "ends_on", "critical"),
    in_order("pm_plans", "window_days", "interval_days", "warning"),
    *filled("pm_plans", "kind", "starts_on"),
    *trimmed("pm_records", "record_id", "plan_id", "asset_id", "engineer_id"),
    *in_time("pm_records", "done_at"),
    *plausible_day("pm_records", "due_on"),
    *filled("pm_records", "due_on"),
    *not_negative("pm_records", "steps_total", "steps_passed"),
    in_order("pm_records", "steps_passed", "steps_total", "critical"),
    Rule(
        "pm_records",
        "done_at_of_done_filled",
        "ExpectColumnValuesToNotBeNull",
        "warning",
        "结果为 done 的记录没有写 done_at",
        "a record with the result done does not give done_at",
        {"column": "done_at"},
        ("result", "==", "done"),
        "complete",
    ),
    *trimmed("pm_readings", "record_id", "parameter"),
    *filled("pm_readings", "value"),
    in_order("pm_readings", "low_limit", "high_limit", "warning"),
    *trimmed("meter_readings", "asset_id"),
    *in_time("meter_readings", "read_at"),
    *not_negative("meter_readings", "value"),
    *filled("meter_readings", "value"),
    *trimmed("print_contracts", "contract_id", "asset_id", "vendor_id"),
    *not_negative("print_contracts", "mono_price_cny", "colour_price_cny", "minimum_cny"),
    between("print_contracts", "mono_price_cny", 0, 5, "warning"),
    between("print_contracts", "colour_price_cny", 0, 20, "warning"),
    between("print_contracts", "rollover_at", _MOST_CYCLES // 100, 10**10, "warning"),
    in_order("print_contracts", "starts_on", "ends_on", "critical"),
    *filled("print_contracts", "starts_on"),
)

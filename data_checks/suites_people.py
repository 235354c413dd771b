"""Rules on single rows of places, people, their time, and the partners outside.

Holds plain data. The rules look at personal columns too (a telephone number, a name); results hold
counts only, so no value of such a column leaves the suite.
"""

from zoneinfo import available_timezones

from data_checks.rule import (
    Rule,
    between,
    filled,
    in_order,
    in_time,
    not_negative,
    one_of,
    plausible_day,
    trimmed,
)

_MINUTES_OF_DAY = 1_440
_MOST_PEOPLE = 20_000
_PHONE = r"^\+?[0-9][0-9 ()-]{4,19}(?:转?[0-9]{1,6})?\Z"

RULES: tuple[Rule, ...] = (
    *trimmed("sites", "site_id"),
    *filled("sites", "name"),
    Rule(
        "sites",
        "timezone_known",
        "ExpectColumnValuesToBeInSet",
        "critical",
        "timezone 不是已知的时区名,应如 Asia/Shanghai",
        "timezone is no known zone; write it like Asia/Shanghai",
        {"column": "timezone", "value_set": sorted(available_timezones())},
    ),
    *trimmed("departments", "department_id", "parent_id"),
    *filled("departments", "name"),
    *not_negative("departments", "staff_count", "bed_count"),
    between("departments", "staff_count", 0, _MOST_PEOPLE, "warning"),
    between("departments", "bed_count", 0, _MOST_PEOPLE, "warning"),
    *trimmed("engineers", "engineer_id", "backup_engineer_id"),
    *filled("engineers", "name"),
    *plausible_day("engineers", "hired_on", "left_on", is_past=True),
    in_order("engineers", "hired_on", "left_on", "critical"),
    *trimmed("engineer_postings", "engineer_id"),
    *plausible_day("engineer_postings", "valid_from"),
    in_order("engineer_postings", "valid_from", "valid_to", "critical"),
    *filled("engineer_postings", "team"),
    *trimmed("engineer_time", "engineer_id"),
    *plausible_day("engineer_time", "on_date"),
    between("engineer_time", "minutes", 0, _MINUTES_OF_DAY, "critical"),
    *filled("engineer_time", "minutes"),
    *trimmed("systems", "system_id", "department_id", "owner_engineer_id"),
    *filled("systems", "name", "criticality", "owner_engineer_id"),
    *trimmed("access_grants", "engineer_id", "system_id"),
    *plausible_day("access_grants", "granted_on", "revoked_on", is_past=True),
    in_order("access_grants", "granted_on", "revoked_on", "critical"),
    *filled("access_grants", "granted_on"),
    *trimmed("handovers", "handover_id", "from_engineer_id", "to_engineer_id"),
    *in_time("handovers", "announced_at", "assigned_at"),
    in_order("handovers", "announced_at", "assigned_at", "warning"),
    *not_negative("handovers", "met_minutes"),
    *filled("handovers", "from_engineer_id", "to_engineer_id"),
    *trimmed("vendors", "vendor_id"),
    *filled("vendors", "name"),
    *trimmed("customers", "customer_id"),
    *filled("customers", "name"),
    *trimmed("contacts", "contact_id", "party_id"),
    *filled("contacts", "name", "party_id"),
    one_of("contacts", "party_kind", ("vendor", "customer", "department"), "warning"),
    Rule(
        "contacts",
        "phone_written",
        "ExpectColumnValuesToMatchRegex",
        "warning",
        "phone 不像电话号码",
        "phone does not look like a telephone number",
        {"column": "phone", "regex": _PHONE},
    ),
    *trimmed("visits", "visit_id", "customer_id", "engineer_id"),
    *in_time("visits", "departed_at", "returned_at", "daily_report_at"),
    in_order("visits", "departed_at", "returned_at", "critical"),
    *not_negative("visits", "cost_cny", severity="warning"),
    *filled("visits", "engineer_id", "departed_at"),
    *trimmed("trainings", "training_id", "department_id"),
    *not_negative("trainings", "attendee_count"),
    *plausible_day("trainings", "held_on"),
    *filled("trainings", "held_on", "topic"),
)

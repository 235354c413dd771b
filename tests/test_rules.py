"""Rules: golden calendars, the SLA matrix in versions, overrides by key, and how errors read."""

from datetime import date, datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from assets.sources import contract
from config import rule_base
from config.errors import ConfigError
from config.rules import SECTIONS, Rules, load_rules

ZONE = "Asia/Shanghai"

# Contract columns with a value list, and the kind of label that names their values.
KIND_OF_COLUMN = {
    "ticket_events.type": "event_type",
    "ticket_targets.clock": "clock",
    "asset_states.state": "asset_state",
    "assets.ownership": "ownership",
    "assets.criticality": "criticality",
    "systems.criticality": "criticality",
    "sites.org_type": "org_type",
    "stock_moves.kind": "stock_move_kind",
    "ticket_costs.kind": "cost_kind",
    "loans.outcome": "loan_outcome",
    "pm_plans.kind": "pm_kind",
    "pm_records.result": "pm_result",
    "engineer_time.kind": "engineer_time_kind",
    "meter_readings.meter": "meter",
    "documents.kind": "document_kind",
    "knowledge_uses.kind": "knowledge_use_kind",
}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(None)


def own(folder: Path, name: str, text: str) -> Rules:
    (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return load_rules(folder)


def problem_of(folder: Path, name: str, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        own(folder, name, text)
    assert caught.value.remedy
    return caught.value.problem


def worked_minutes(rules: Rules, calendar_id: str, start: str, end: str) -> float:
    """Return the working minutes between two local instants."""
    zone = ZoneInfo(ZONE)
    utc = ZoneInfo("UTC")
    begin, finish = (
        datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(utc).replace(tzinfo=None)
        for text in (start, end)
    )
    days = [datetime.fromisoformat(text).date() for text in (start, end)]
    spans = rules.calendar(calendar_id).intervals(days[0], days[1], ZONE)
    parts = (min(finish, high) - max(begin, low) for low, high in spans)
    return sum(max(0.0, part.total_seconds()) for part in parts) / 60


# Calendars


def test_friday_17_55_to_monday_08_05_is_ten_working_minutes(rules: Rules) -> None:
    assert worked_minutes(rules, "workday", "2026-06-05 17:55", "2026-06-08 08:05") == 10


@pytest.mark.parametrize("calendar_id", ["workday", "24x7", "repair_7d"])
def test_an_hour_on_a_sunday_that_is_a_make_up_workday_counts(
    rules: Rules, calendar_id: str
) -> None:
    assert date(2026, 9, 20).weekday() == 6
    assert worked_minutes(rules, calendar_id, "2026-09-20 10:00", "2026-09-20 11:00") == 60


def test_a_public_holiday_on_a_weekday_has_no_working_time(rules: Rules) -> None:
    assert date(2026, 10, 1).weekday() == 3
    assert worked_minutes(rules, "workday", "2026-10-01 00:00", "2026-10-01 23:59") == 0
    assert worked_minutes(rules, "repair_7d", "2026-10-01 00:00", "2026-10-01 23:59") == 600


def test_a_plain_sunday_has_no_working_time(rules: Rules) -> None:
    assert worked_minutes(rules, "workday", "2026-06-07 00:00", "2026-06-07 23:59") == 0


def test_the_days_of_2026_have_248_workdays(rules: Rules) -> None:
    spans = rules.calendar("workday").intervals(date(2026, 1, 1), date(2026, 12, 31), ZONE)
    assert len(spans) == 248


def test_intervals_are_half_open_utc_and_neighbours_are_joined(rules: Rules) -> None:
    day = date(2026, 6, 5)
    assert rules.calendar("repair_7d").intervals(day, day, ZONE) == [
        (datetime(2026, 6, 5, 0), datetime(2026, 6, 5, 10))  # noqa: DTZ001 - naive UTC is the house rule
    ]
    around = rules.calendar("24x7").intervals(date(2006, 1, 1), date(2026, 12, 31), ZoneInfo(ZONE))
    assert around == [(datetime(2005, 12, 31, 16), datetime(2026, 12, 31, 16))]  # noqa: DTZ001


def test_a_year_without_known_holidays_is_reported_and_not_taken_for_monday_to_friday(
    rules: Rules,
) -> None:
    calendar = rules.calendar("workday")
    assert (calendar.covered_from, calendar.covered_until) == (date(2004, 1, 1), date(2026, 12, 31))
    assert calendar.missing_years(date(2026, 12, 30), date(2027, 1, 5)) == (2027,)
    spans = calendar.intervals(date(2026, 12, 30), date(2027, 1, 5), ZONE)
    assert max(end for _, end in spans).year == 2026
    assert rules.calendar("24x7").missing_years(date(1990, 1, 1), date(2050, 1, 1)) == ()


def test_a_hospital_can_add_a_year_of_holidays(tmp_path: Path) -> None:
    rules = own(
        tmp_path,
        "calendars",
        "holidays:\n  days_off: {2027-02-05: 春节}\n  workdays: {2027-02-14: 调休}\n"
        "  complete_years: [2027]\n",
    )
    assert rules.calendar("workday").covered_until == date(2027, 12, 31)
    assert worked_minutes(rules, "workday", "2027-02-05 08:00", "2027-02-05 18:00") == 0
    assert worked_minutes(rules, "workday", "2027-02-14 10:00", "2027-02-14 11:00") == 60
    assert worked_minutes(rules, "workday", "2027-02-08 10:00", "2027-02-08 11:00") == 60


def test_a_correction_to_a_built_in_year_wins(tmp_path: Path) -> None:
    rules = own(tmp_path, "calendars", "holidays:\n  workdays: {2026-10-01: 值班}\n")
    assert worked_minutes(rules, "workday", "2026-10-01 08:00", "2026-10-01 18:00") == 600


def test_a_hospital_can_have_split_hours_and_a_saturday_morning(tmp_path: Path) -> None:
    text = (
        "calendars:\n  clinic:\n    zh: 门诊\n    en: Clinic\n"
        "    days: [mon, tue, wed, thu, fri]\n    hours: [08:00-12:00, 14:00-17:30]\n"
        "    hours_by_day: {sat: [08:00-12:00]}\n    holidays: china\n"
    )
    rules = own(tmp_path, "calendars", text)
    assert worked_minutes(rules, "clinic", "2026-06-05 00:00", "2026-06-06 23:59") == 450 + 240
    assert "repair_7d" in rules.calendars


def test_daylight_saving_days_keep_local_hours(rules: Rules) -> None:
    before, after = date(2026, 3, 28), date(2026, 3, 30)
    spans = rules.calendar("repair_7d").intervals(before, after, "Europe/Berlin")
    assert [start.hour for start, _ in spans] == [7, 6, 6]


def test_overlapping_or_reversed_hours_are_refused_with_their_line(tmp_path: Path) -> None:
    text = "calendars:\n  workday:\n    hours: [08:00-12:00, 11:00-18:00]\n"
    problem = problem_of(tmp_path, "calendars", text)
    assert "calendars.yml:3 " in problem
    assert "重叠" in problem
    text = "calendars:\n  workday:\n    hours: [18:00-08:00]\n"
    assert "先早后晚" in problem_of(tmp_path, "calendars", text)


# SLA


def test_a_critical_ticket_runs_on_24x7_and_a_normal_one_on_repair_hours(rules: Rules) -> None:
    on = date(2026, 6, 5)
    critical = rules.sla.target("accept", "critical", "printing", on)
    normal = rules.sla.target("accept", "normal", "printing", on)
    assert critical is not None
    assert normal is not None
    assert (critical.target_minutes, critical.calendar_id) == (5, "24x7")
    assert (normal.target_minutes, normal.calendar_id) == (30, "repair_7d")


def test_every_clock_has_a_target_for_every_urgency_and_for_none(rules: Rules) -> None:
    for clock in ("accept", "arrive", "restore", "vendor", "loaner"):
        minutes = []
        for urgency in ("critical", "high", "normal", "low", None):
            row = rules.sla.target(clock, urgency, None, date(2026, 1, 1))
            assert row is not None
            minutes.append(row.target_minutes)
        assert minutes[:4] == sorted(minutes[:4])
        assert minutes[4] == minutes[2]


def test_a_new_version_counts_for_tickets_from_its_date_and_inherits_the_rest(
    tmp_path: Path,
) -> None:
    rules = own(
        tmp_path,
        "sla",
        "versions:\n  tighter:\n    effective_from: 2026-06-15\n    targets:\n"
        "      accept:\n        high:\n          '*': {target_minutes: 10, calendar: 24x7}\n",
    )
    found = [
        (row.version_id, row.target_minutes)
        for day in (14, 15)
        if (row := rules.sla.target("accept", "high", "network", date(2026, 6, day)))
    ]
    assert found == [("base", 15), ("tighter", 10)]
    inherited = rules.sla.target("restore", "critical", "network", date(2026, 7, 1))
    assert inherited is not None
    assert (inherited.version_id, inherited.target_minutes) == ("tighter", 60)
    ends = {row.version_id: row.effective_until for row in rules.sla.rows()}
    assert ends == {"base": datetime(2026, 6, 15), "tighter": None}  # noqa: DTZ001 - local


def test_a_calendar_or_group_that_nothing_defines_is_named_with_file_and_line(
    tmp_path: Path,
) -> None:
    text = "versions:\n  base:\n    targets:\n      accept:\n        high:\n"
    cell = "          {}: {{target_minutes: 10, calendar: {}}}\n"
    problem = problem_of(tmp_path, "sla", text + cell.format("'*'", "nights"))
    assert "sla.yml:6 " in problem
    assert "「nights」" in problem
    problem = problem_of(tmp_path, "sla", text + cell.format("printng", "24x7"))
    assert "sla.yml:6 " in problem
    assert "「printng」" in problem


# Overrides


def test_an_override_changes_one_key_and_leaves_the_others(rules: Rules, tmp_path: Path) -> None:
    mine = own(tmp_path, "thresholds", "min_events: 8\ncommon_cause: {min_tickets: 10}\n")
    assert mine.thresholds.min_events == 8
    assert mine.thresholds.min_denominator == rules.thresholds.min_denominator == 20
    assert mine.thresholds.common_cause.min_tickets == 10
    assert mine.thresholds.common_cause.window_minutes == 30


def test_an_override_changes_version_and_fingerprint_and_a_comment_does_not(
    rules: Rules, tmp_path: Path
) -> None:
    assert rules.version == "2026-01"
    assert len(rules.fingerprint) == 64
    same = own(tmp_path, "thresholds", "# nothing yet\n")
    assert (same.version, same.fingerprint) == (rules.version, rules.fingerprint)
    mine = own(tmp_path, "thresholds", "min_events: 8\n")
    assert mine.fingerprint != rules.fingerprint
    assert mine.version == f"2026-01+{mine.fingerprint[:8]}"


def test_null_takes_a_key_away(tmp_path: Path) -> None:
    mine = own(tmp_path, "pauses", "clocks:\n  restore:\n    approval: null\n")
    assert "approval" not in mine.pauses.clocks["restore"]
    assert "vendor" in mine.pauses.clocks["restore"]


def test_a_missing_folder_means_defaults(rules: Rules, tmp_path: Path) -> None:
    assert load_rules(tmp_path / "none").fingerprint == rules.fingerprint


def test_an_unknown_key_names_file_and_line(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "thresholds", "min_events: 8\nmin_evnts: 9\n")
    assert f"{tmp_path / 'thresholds.yml'}:2 " in problem
    assert "min_evnts" in problem
    problem = problem_of(tmp_path, "pauses", "clocks:\n  resolve:\n    vendor: {}\n")
    assert "pauses.yml:2 " in problem


def test_broken_yaml_names_file_and_line(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "prices", "statutory_life_years:\n  office: 6\n bad: : 3\n")
    assert f"{tmp_path / 'prices.yml'}:3 " in problem


def test_a_date_that_does_not_exist_names_file_and_line(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "calendars", "holidays:\n  days_off: {2027-02-30: 春节}\n")
    assert "calendars.yml:2 " in problem
    assert "日期" in problem


def test_a_missing_part_of_a_new_entry_names_the_entry(tmp_path: Path) -> None:
    text = "families:\n  lens:\n    zh: 镜头\n    group: medical\n"
    problem = problem_of(tmp_path, "taxonomy", text)
    assert "taxonomy.yml:2 " in problem
    assert "families.lens.en" in problem


def test_a_file_with_the_other_ending_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "sla.yaml").write_text("version: x\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"sla\.yaml"):
        load_rules(tmp_path)


@pytest.mark.parametrize("name", SECTIONS)
def test_every_default_file_can_be_copied_whole_as_the_hospitals_own(
    rules: Rules, tmp_path: Path, name: str
) -> None:
    source = Path("config/defaults") / f"{name}.yml"
    mine = own(tmp_path, name, source.read_text(encoding="utf-8"))
    assert mine.fingerprint == rules.fingerprint


# Contents


def test_every_value_of_the_contract_has_a_name_in_both_languages(rules: Rules) -> None:
    for table in contract.tables().values():
        for column in table.columns:
            if column.values:
                kind = KIND_OF_COLUMN.get(f"{table.name}.{column.name}", column.name)
                assert set(column.values) == set(rules.labels[kind]), kind
    assert set(rules.labels["pause_reason"]) == set(contract.PAUSE_REASONS)
    assert set(rules.labels["transfer_reason"]) == set(contract.TRANSFER_REASONS)


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (rule_base.Clock, "ticket_targets.clock"),
        (rule_base.Urgency, "tickets.urgency"),
        (rule_base.Priority, "tickets.priority"),
        (rule_base.ServiceImpact, "tickets.service_impact"),
        (rule_base.Criticality, "assets.criticality"),
        (rule_base.EventType, "ticket_events.type"),
        (rule_base.WorkClass, "tickets.work_class"),
        (rule_base.OutcomeCode, "tickets.outcome_code"),
    ],
)
def test_the_rules_accept_exactly_the_contracts_values(model: object, column: str) -> None:
    table, _, name = column.partition(".")
    assert get_args(model) == contract.tables()[table].column(name).values
    assert get_args(rule_base.PauseReason) == contract.PAUSE_REASONS


def test_labels_speak_both_languages_and_pass_unknown_codes_through(rules: Rules) -> None:
    assert rules.label("channel", "phone") == "电话"
    assert rules.label("channel", "phone", "en") == "Phone"
    assert rules.label("fault_family", "paper_jam") == "卡纸"
    assert rules.label("calendar", "24x7", "en") == "Around the clock"
    assert rules.label("channel", "pigeon") == "pigeon"
    assert rules.label("channel", None) == "未填"
    with pytest.raises(KeyError):
        rules.label("chanel", "phone")


def test_a_hospital_can_rename_a_value_but_not_invent_a_list(tmp_path: Path) -> None:
    mine = own(tmp_path, "labels", "labels:\n  channel: {oa: {zh: 协同办公}}\n")
    assert (mine.label("channel", "oa"), mine.label("channel", "oa", "en")) == ("协同办公", "OA")
    problem = problem_of(tmp_path, "labels", "labels:\n  chanel: {oa: {zh: 甲, en: A}}\n")
    assert "labels.yml:2 " in problem


def test_age_bands_have_names_and_join_without_gap(rules: Rules, tmp_path: Path) -> None:
    assert set(rules.thresholds.age_cohorts) == set(rules.labels["age_cohort"])
    assert set(rules.thresholds.backlog_age_buckets) == set(rules.labels["age_bucket"])
    text = "age_cohorts:\n  1-3: {to_years: 2}\n  2-3: {from_years: 2, to_years: 3}\n"
    mine = own(tmp_path, "thresholds", text)
    assert list(mine.thresholds.age_cohorts) == ["0-1", "1-3", "2-3", "3-5", "5-8", "8+"]
    text = "age_cohorts:\n  1-3: {to_years: 4}\n"
    problem = problem_of(tmp_path, "thresholds", text)
    assert "thresholds.yml:1 " in problem
    assert "互不重叠" in problem


def test_the_27_fault_families_are_there(rules: Rules) -> None:
    assert len(rules.taxonomy.families) == 27
    assert rules.taxonomy.families["toner"].is_consumable
    helping = [code for code, family in rules.taxonomy.families.items() if family.is_user_help]
    assert helping == ["password", "user_guidance"]


def test_every_cause_has_a_category_a_mechanism_a_question_and_somebody_who_answers(
    rules: Rules,
) -> None:
    causes = rules.taxonomy.causes
    assert len(causes) == 30
    assert {cause.category for cause in causes.values()} == set(rules.taxonomy.cause_categories)
    assert {cause.mechanism for cause in causes.values()} == set(rules.taxonomy.mechanisms)
    assert all(cause.question and cause.owner for cause in causes.values())
    assert rules.label("mechanism", "wear") == "磨损老化"


def test_a_hospital_adds_and_takes_away_causes_and_a_wrong_name_is_told_with_its_line(
    tmp_path: Path,
) -> None:
    text = "causes:\n  machine_rats: {zh: 鼠咬, en: Rats, category: machine}\n  measurement: null\n"
    mine = own(tmp_path, "taxonomy", text)
    assert mine.label("cause_code", "machine_rats") == "鼠咬"
    assert "measurement" not in mine.taxonomy.causes
    text = "causes:\n  machine_rats: {zh: 鼠咬, en: Rats, category: machine, mechanism: bitten}\n"
    problem = problem_of(tmp_path, "taxonomy", text)
    assert "taxonomy.yml:2 " in problem
    assert "失效机理「bitten」" in problem


def test_the_inherent_failure_leaves_out_what_the_use_failure_keeps(rules: Rules) -> None:
    failure = rules.taxonomy.failure
    assert failure.work_classes == ("repair",)
    assert "no_fault_found" in failure.excluded_outcomes
    assert "user_error" not in failure.excluded_outcomes
    assert failure.inherent_excluded_outcomes == ("user_error",)


def test_waiting_for_the_user_needs_evidence_on_every_clock_it_stops(rules: Rules) -> None:
    stopped = [
        reasons["waiting_user"]
        for reasons in rules.pauses.clocks.values()
        if "waiting_user" in reasons
    ]
    assert len(stopped) == 2
    assert all(rule.evidence_required and rule.cap_hours for rule in stopped)
    assert rules.pauses.evidence.event_types == ("chased",)


def test_no_price_is_invented(rules: Rules) -> None:
    assert rules.prices.labour_rate_cny_per_hour == {}


def test_an_unknown_calendar_is_a_plain_sentence(rules: Rules) -> None:
    with pytest.raises(ConfigError, match="nights"):
        rules.calendar("nights")

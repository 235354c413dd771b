"""The register of measures, the ten-step report and the recurrence report: content and workbook."""

import json
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import handmade
import pytest
from circle_hospital import MEASURE_ON, devices, hospital
from openpyxl import load_workbook

from assets.analysis.verification import Verdict
from assets.causes import improvements, reading
from assets.circle import report as circle
from assets.circle.month_report import recurrence_report
from assets.circle.plan import workdays
from assets.decision_kinds import KINDS
from assets.recurrence import chances, view
from assets.snapshots import Snapshot
from config.errors import ConfigError, StateError
from exports.circle_pack import write_report

YEAR = {"start": date(2025, 7, 1), "end": date(2026, 7, 1)}
WARD = {"department": "D1", "fault_family": "paper_jam"}


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    built = hospital()
    chances.build(built)
    return built


@pytest.fixture(scope="module")
def report(con: duckdb.DuckDBPyConnection) -> circle.Circle:
    about = reading.topic(con, **YEAR, where=WARD)
    return circle.circle(con, about, improvement_id="QC-1", capability=Decimal("0.7"))


def table_of(report: circle.Circle, key: str) -> circle.Table:
    (found,) = [table for step in report.steps for table in step.tables if table.key == key]
    return found


def values_of(report: circle.Circle, key: str) -> dict[str, object]:
    return {row["item"]: row["value"] for row in table_of(report, key).rows}


def test_the_register_judges_the_sources_measure_with_phases_and_savings(con) -> None:
    (one,) = improvements.register(con)
    assert (one.improvement_id, one.is_entered) == ("QC-1", False)
    known = improvements.effect(con, one)
    assert known.state == "running"
    assert known.finding is not None
    assert known.finding.verdict is Verdict.PROVEN
    before, after = known.phases
    assert before.centre is not None
    assert after.centre is not None
    assert before.centre > 3 * after.centre
    assert before.weeks[-1] < MEASURE_ON <= after.weeks[0]
    assert known.saved_hours == pytest.approx(known.saved_count)  # an hour each


def test_a_measure_on_another_number_is_told_and_not_judged(con) -> None:
    (one,) = improvements.register(con)
    other = improvements.Improvement(**{**vars(one), "metric_id": "satisfaction"})
    known = improvements.effect(con, other)
    assert known.finding is None
    assert "「satisfaction」不能自动验证" in known.why_not
    with pytest.raises(StateError, match="不能作为成果"):
        circle.require_success(other, known)


def judged_by(con: duckdb.DuckDBPyConnection, metric: str) -> improvements.Effect:
    (one,) = improvements.register(con)
    return improvements.effect(con, improvements.Improvement(**{**vars(one), "metric_id": metric}))


def test_down_time_is_judged_in_hours_as_the_failures_that_make_it(con) -> None:
    known, usual = judged_by(con, "availability"), judged_by(con, "use_failure_rate")
    assert known.finding is not None
    assert usual.finding is not None
    # an hour each, the device degraded to a half: half as many hours, and the same proof
    assert known.finding.unit == "hours"
    assert known.finding.second.count == pytest.approx(usual.finding.second.count / 2)
    assert known.finding.ratio == pytest.approx(usual.finding.ratio)
    assert known.finding.p_value == pytest.approx(usual.finding.p_value)
    assert known.finding.verdict is Verdict.PROVEN
    assert usual.saved_count is not None
    assert known.saved_hours == pytest.approx([one / 2 for one in usual.saved_count])
    assert (known.saved_count, known.saved_cny) == (None, None)


def test_repairs_that_come_back_are_judged_as_a_share_and_four_are_not_enough(con) -> None:
    finding = judged_by(con, "recurrence").finding
    assert finding is not None
    # nearly all came back before; of the four ripe ones since, none: p = .055
    assert finding.unit == "repeats"
    assert (finding.second.count, finding.second.exposure) == (0, 4)
    assert finding.first.rate > 0.9
    assert 0.05 < finding.p_value < 0.06
    assert (finding.verdict, finding.is_mature) == (Verdict.OPEN, False)
    assert finding.possible_from == date(2026, 8, 6)


def test_money_that_was_not_spent_before_cannot_be_saved(con) -> None:
    known = judged_by(con, "repair_cost")
    assert known.finding is not None
    # 12.50 once, long before: nothing to compare in these windows
    assert known.finding.verdict is Verdict.OPEN
    assert (known.saved_count, known.saved_hours, known.saved_cny) == (None, None, None)


def test_what_is_entered_in_decisions_joins_the_register_and_closing_watches_it(con) -> None:
    entry = {
        "topic": "减少卡纸", "measure": "换纸", "scope": "department:D4",
        "started_on": "2025-08-01",
        "cause_code": None, "control_scope": None, "metric_id": "use_failure_rate",
        "owner_engineer_id": None, "selected_on": None, "target_value": None,
    }  # fmt: skip
    rows = [("improvement", entry), ("improvement_closed", {"ended_on": "2025-12-31"})]
    own = hospital()
    for number, (kind, payload) in enumerate(rows, start=1):
        KINDS[kind].model_validate(payload)
        own.execute(
            "insert into raw.decisions (decision_id, decided_at, actor, role, kind, site_id, "
            "subject, payload, digest, _is_deleted) values (?, now()::timestamp, 'E1', 'head', ?, "
            "'H1', 'QC-2', ?, '', false)",
            [number, kind, json.dumps(payload)],
        )
    from assets import models  # noqa: PLC0415

    models.build(own, [spec for spec in models.discover()
                       if spec.name in ("decisions", "improvements")])  # fmt: skip
    one = improvements.one_of(own, "QC-2")
    assert (one.is_entered, one.ended_on) == (True, date(2025, 12, 31))
    known = improvements.effect(own, one)
    assert known.state == "closed"
    assert len(known.looks) == 2  # 181 days after closing, windows of 90
    assert known.finding is not None
    with pytest.raises(StateError, match=r"证据不足|不成立"):
        circle.require_success(one, known)


def test_an_unknown_measure_is_a_sentence(con) -> None:
    with pytest.raises(ConfigError, match="没有编号为「QC-9」"):
        improvements.one_of(con, "QC-9")


def test_ten_steps_stand_in_their_order(report: circle.Circle) -> None:
    assert [step.number for step in report.steps] == list(range(1, 11))
    assert [step.title for step in report.steps][:4] == [
        "主题选定", "活动计划拟定", "现况把握", "目标设定",
    ]  # fmt: skip


def test_the_target_follows_from_the_present_and_stays_open_without_capability(con) -> None:
    about = reading.topic(con, **YEAR, where=WARD)
    with_score = circle.circle(con, about, capability=Decimal("0.7"))
    (row,) = table_of(with_score, "target").rows
    by_hand = row["current"] * (1 - row["focus"] * row["capability"])
    assert row["target"] == round(by_hand, 3)
    (row,) = table_of(circle.circle(con, about), "target").rows
    assert row["target"] is None


def test_the_flow_chart_has_the_times_of_the_steps_and_parts_that_sum_to_the_restoration(
    report: circle.Circle,
) -> None:
    flow, stages = table_of(report, "flow"), table_of(report, "stages")
    assert [column.title for column in flow.columns][1:4] == ["报修 →", "建单 →", "派单 →"]
    reached, median, ninth = flow.rows
    failures = table_of(report, "check").rows[3]["value"]
    assert {reached[step] for step in ("reported", "accepted", "restored")} == {failures}
    assert (reached["arrived"], median["arrived"]) == ("0", "—")
    # accepted after ten minutes, restored fifty later
    assert [row[step] for row in (median, ninth) for step in ("accepted", "restored")] == [
        "10", "50", "10", "50",
    ]  # fmt: skip
    assert sum(row["hours"] for row in stages.rows) == pytest.approx(int(failures))
    assert sum(row["share"] for row in stages.rows) == pytest.approx(1)
    assert stages.rows[0]["mean_minutes"] == pytest.approx(10)


def test_the_plan_lies_on_working_days_as_far_as_holidays_are_known(
    con, report: circle.Circle
) -> None:
    rows = table_of(report, "gantt").rows
    assert rows[0]["start"] == YEAR["end"]
    assert [row["phase"] for row in rows] == list("PPPPPDDCAA")
    for before, after in pairwise(rows):
        assert before["start"] <= before["end"] < after["start"]
    # 国庆 2026: 1 to 7 October
    off = {date(2026, 10, day) for day in range(1, 8)}
    used = {row[key] for row in rows for key in ("start", "end")}
    assert used.isdisjoint(off)
    days, known_until = workdays(con, date(2026, 12, 28), 7)
    assert known_until == date(2026, 12, 31)
    assert days[-3:] == [date(2027, 1, 1), date(2027, 1, 4), date(2027, 1, 5)]
    assert workdays(con, date(2026, 9, 28), 4)[0][-1] == date(2026, 10, 8)


def test_a_capability_is_a_share(con) -> None:
    about = reading.topic(con, **YEAR, where=WARD)
    with pytest.raises(ConfigError, match="不在 0 到 1 之间"):
        circle.circle(con, about, capability=Decimal(7))


def test_only_proven_causes_can_be_chosen_for_a_measure(report: circle.Circle) -> None:
    tests = table_of(report, "tests")
    proven = [row["name"] for row in tests.rows if row["verdict"] == "成立"]
    assert proven == ["粉尘温湿度占比高于同类故障"]
    assert {row["verdict"] for row in tests.rows} <= {"成立", "不成立", "证据不足"}
    assert table_of(report, "measures").choices == {"cause": tuple(proven)}


def test_a_proven_effect_has_its_rates_of_achievement(report: circle.Circle) -> None:
    effect = values_of(report, "effect")
    assert effect["结论"] == "成立"
    assert str(effect["进步率"]).endswith("%")
    assert str(effect["目标达成率"]).endswith("%")


def test_a_case_without_enough_evidence_is_never_printed_as_a_success(con) -> None:
    about = reading.topic(con, **YEAR, where={"department": "D4"})
    empty = values_of(circle.circle(con, about), "effect")
    assert empty["结论"] == "证据不足"
    assert "进步率" not in empty


def figures_of(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    keys = ("index_count", "repeat_count", "expected_repeats", "excess", "excess_lo", "excess_hi")
    return [(row["problem"], *(row[key] for key in keys)) for row in rows]


def test_the_first_step_ranks_the_problems_by_excess_times_cost_and_not_by_length(
    con, report: circle.Circle
) -> None:
    rows = list(table_of(report, "problems").rows)
    # A00 first: its only cost line, ¥12.50 over 23 failures, times 7.185; the others by excess
    assert [row["problem"] for row in rows] == ["TAG-A00 A00", "TAG-A03 A03", "TAG-A02 A02",
                                                "TAG-A01 A01"]  # fmt: skip
    assert rows[0]["priority_cny"] == Decimal("3.90")
    assert figures_of(rows)[0] == ("TAG-A00 A00", 23, 16, 8.815, 7.185, 0.3303, 17.168)
    read = view.problems(con, role="qcc")
    assert [row["problem_id"] for row in rows] == [row["problem_id"] for row in read]


def test_a_topic_shows_only_problems_that_failed_in_its_period_and_places(con) -> None:
    def of(start: date, end: date, **codes: tuple[str, ...]) -> list[str]:
        found = view.called(con, start, end, codes=codes)
        return [row["asset_tag"] for row in found]

    # day 600 is 2026-02-21: of the ward only A00 (day 605), A01, A02, A03 jam, one a day
    assert of(date(2026, 2, 26), date(2026, 2, 28)) == ["TAG-A00", "TAG-A01"]
    assert of(date(2026, 2, 26), date(2026, 2, 28), model=("P2",)) == ["TAG-A01"]
    assert of(date(2026, 2, 26), date(2026, 2, 28), department=("D2",)) == []
    assert of(date(2026, 3, 3), date(2026, 3, 9)) == []
    elsewhere = reading.topic(con, **YEAR, where={"department": "D4"})
    table = table_of(circle.circle(con, elsewhere), "problems")
    assert table.rows == []
    assert table.notes[0] == "没有超出碰巧的重复问题。"


def test_a_snapshot_without_problems_asks_for_a_run() -> None:
    bare = hospital()
    with pytest.raises(StateError, match="还没有重复问题"):
        view.called(bare, date(2026, 1, 1), date(2026, 2, 1))


def test_the_recurrence_report_names_the_problems_their_causes_and_the_measures(con) -> None:
    found = recurrence_report(con, date(2025, 12, 1), date(2026, 1, 1))
    problems = table_of(found, "problems").rows
    assert [row["problem_rank"] for row in problems] == [1, 2, 3, 4]
    assert {row["department_id"] for row in problems} == {"D1"}
    assert figures_of(problems)[3] == ("TAG-A01 A01", 23, 16, 8.8048, 7.1952, 0.3406, 17.1782)
    assert "粉尘温湿度" in problems[0]["suspects"]
    bones = {row["problem"] for row in table_of(found, "bones").rows}
    assert bones == {f"TAG-A0{number} A0{number} 卡纸" for number in range(4)}
    (progress,) = table_of(found, "progress").rows
    assert (progress["id"], progress["verdict"]) == ("QC-1", "成立")


def test_the_recurrence_report_takes_relapses_and_new_fleets_from_the_month(con) -> None:
    # the last chain ended 2025-12; A00 jams next on day 605, long after its silence
    found = recurrence_report(con, date(2026, 5, 1), date(2026, 7, 1))
    month = view.month_report(con, date(2026, 5, 1), date(2026, 7, 1), role="qcc")
    back = table_of(found, "back").rows
    assert [row["problem"] for row in back] == ["TAG-A00 A00", "TAG-A03 A03", "TAG-A02 A02",
                                                "TAG-A01 A01"]  # fmt: skip
    assert [row["problem_id"] for row in back] == [row["problem_id"] for row in month.relapses]
    assert not month.knows_new
    assert "只知道其所在月份" in table_of(found, "fleets").notes[0]
    june = recurrence_report(con, date(2026, 6, 1), date(2026, 7, 1))
    assert table_of(june, "fleets").notes[0] == "没有超出碰巧的重复问题。"


def test_a_model_that_begins_to_fail_is_a_new_fleet_problem_of_its_month() -> None:
    # each of the five P1 hums once in June, three days apart; none of the fifteen P2 ever did
    fleet = [one for one in devices() if one["model"] == "P1"]
    days = [date(2026, 6, 2 + 3 * number) for number in range(5)]
    own = hospital([(one, day, None, "noise") for one, day in zip(fleet, days, strict=True)])
    chances.build(own)
    report = recurrence_report(own, date(2026, 6, 1), date(2026, 7, 1))
    [row] = table_of(report, "fleets").rows
    assert (row["problem"], row["fault"]) == ("黑白打印机 P1 同型号", "异响")
    assert (row["index_count"], row["repeat_count"], row["device_count"]) == (5, 5, 5)
    assert row["expected_repeats"] == pytest.approx(0.16, abs=0.01)
    assert row["last_reported_on"] == date(2026, 6, 14)
    [total] = table_of(report, "chance").rows
    assert total["report_count"] > total["back_count"] > 0


def test_the_workbook_has_native_charts_choices_and_the_snapshots_hash(
    con, report: circle.Circle, tmp_path: Path
) -> None:
    settings = handmade.settings(tmp_path)
    snapshot = _snapshot(tmp_path)
    path = write_report(con, settings, snapshot, report, "品管圈")
    assert write_report(con, settings, snapshot, report, "品管圈") == path  # same bytes: kept
    assert path.name.endswith("_v1.xlsx")
    book = load_workbook(path)
    assert len(book.sheetnames) == 11
    cells = [cell.value for row in book["封面"].iter_rows() for cell in row]
    assert snapshot.content_hash in cells
    assert len(book["03现况把握"]._charts) == 2
    assert len(book["08效果确认"]._charts) == 3
    (rule,) = book["06对策拟定"].data_validations.dataValidation
    assert rule.type == "list"
    cached = load_workbook(path, data_only=True)["04目标设定"]
    (target,) = report.steps[3].tables[0].rows
    shown = [cell.value for row in cached.iter_rows() for cell in row]
    assert float(target["target"]) in shown
    assert not list(tmp_path.rglob("*.part"))


def _snapshot(folder: Path) -> Snapshot:
    from datetime import datetime  # noqa: PLC0415

    at = datetime(2026, 6, 30, 16)  # noqa: DTZ001 - naive UTC
    return Snapshot(
        id="20260630T160000-abc", path=folder / "s.duckdb", as_of=at, published_at=at,
        is_demo=False, hospital_name="一院", rules_version="2026-01", content_hash="abc123",
    )  # fmt: skip

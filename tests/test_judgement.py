"""Targets, verdicts and findings: colour from target and interval, sentences with their n."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from handmade import local, warehouse_of
from hypothesis import given
from hypothesis import strategies as st

from assets import metrics, rule_targets
from assets.analysis import intervals, proportions, simpson
from assets.metric_changes import change
from assets.metric_findings import finding, guard_between, guard_groups
from assets.metric_totals import Covered, is_total
from config.errors import ConfigError
from config.rules import load_rules

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def row(metric_id: str, statistic: str, hits: float, size: float | None, **more: Any) -> Any:
    """A row of a reading of September 2026; a share carries Wilson's interval."""
    value = hits / size if size else hits
    lo, hi = proportions.wilson(int(hits), int(size)) if size and hits <= size else (None, None)
    return {
        "metric_id": metric_id, "statistic": statistic, "grain": "month",
        "period_start": SEPTEMBER, "period_end": OCTOBER, "value": value, "lo": lo, "hi": hi,
        "numerator": hits, "denominator": size, "n": int(size or hits), "state": "ok", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hits", "size", "state", "verdict"),
    [
        (1098, 1204, "ok", "red"),  # 91.2 %, upper end 92.7 % < 95 %
        (180, 194, "ok", "amber"),  # 92.8 %, upper end 95.7 %
        (1170, 1204, "ok", "met"),
        (1, 4, "small_sample", "grey"),
        (1098, 1204, "immature", "grey"),
    ],
)
def test_red_needs_the_whole_interval_beyond_the_target(
    hits: int, size: int, state: str, verdict: str
) -> None:
    metric = metrics.registry()["sla_attainment"]
    judged = metrics.judged(metric, row("sla_attainment", "net", hits, size, state=state), 0.95)
    assert (judged.verdict, judged.target) == (verdict, 0.95)
    assert metrics.judged(metric, row("sla_attainment", "net", hits, size), None).verdict == "none"


def test_lower_is_better_turns_the_rule_round_and_a_full_count_needs_no_interval() -> None:
    rate = metrics.registry()["report_rate"]
    for value, lo, hi, verdict in ((6, 5, 7, "red"), (6, 3, 9, "amber"), (3, 2, 6, "met")):
        judged = metrics.judge(rate, target=4, value=value, lo=lo, hi=hi, denominator=10.0)
        assert judged.verdict == verdict
    low = metrics.registry()["parts_below_min"]
    count = row("parts_below_min", "count", 3, None)
    assert metrics.judged(low, count, 0).verdict == "red"
    # a quantile has a denominator and no interval: beyond the target, never proven
    slow = row("restore_time", "median", 9000, None, denominator=40)
    assert metrics.judged(metrics.registry()["restore_time"], slow, 7200).verdict == "amber"


def test_the_finding_of_a_missed_target_is_the_golden_sentence() -> None:
    metric = metrics.registry()["sla_attainment"]
    missed = row("sla_attainment", "net", 1098, 1204)
    before = row("sla_attainment", "net", 1150, 1200, period_start=date(2026, 8, 1))
    zh = finding(metric, missed, 0.95, before=before)
    assert zh.text == (
        "2026 年 9 月 SLA 达标率·净(扣除等待) 91.2%(n = 1,204),低于目标 95.0%,"
        "95 % 区间 89.5%–92.7%,确实未达标。"
    )
    assert zh.change == "比上月(95.8%)下降 4.6 个百分点(变差),变化确实。"
    assert zh.judgement.word() == "未达标"
    en = finding(metric, missed, 0.95, before=before, lang="en")
    assert en.text == (
        "2026-09 SLA attainment · net of pauses 91.2% (n = 1,204), below the target of 95.0%, "
        "95 % interval 89.5%–92.7%, the target was missed."
    )
    assert en.change == (
        "Against the month before (95.8%) down 4.6 points (worse); the change is proven."
    )


def test_what_is_not_proven_or_too_small_is_said_so() -> None:
    metric = metrics.registry()["sla_attainment"]
    close = finding(metric, row("sla_attainment", "net", 180, 194), 0.95)
    assert close.text.endswith("低于目标 95.0%,95 % 区间 88.3%–95.7%,未达标尚未证实。")
    few = finding(metric, row("sla_attainment", "net", 3, 5, state="small_sample"), 0.95)
    assert few.text.endswith("60.0%(n = 5),目标 95.0%,95 % 区间 23.1%–88.2%,样本不足,不作判断。")
    absent = row("sla_attainment", "net", 0, None, value=None, state="not_connected")
    assert finding(metric, absent, 0.95).text == "2026 年 9 月 SLA 达标率·净(扣除等待):未接入。"
    now, then = row("sla_attainment", "net", 180, 194), row("sla_attainment", "net", 185, 194)
    assert change(metric, then, now).endswith("变化未证实。")


def test_what_is_not_judged_has_no_change_either() -> None:
    """A month too small, not ripe or cut short would look better or worse by nothing but that."""
    sla, complaints = (metrics.registry()[name] for name in ("sla_attainment", "complaint_rate"))
    whole = row("sla_attainment", "net", 185, 194)
    for state in ("small_sample", "immature", "stopped:2026-09-20 08:00"):
        other = row("sla_attainment", "net", 180, 194, state=state)
        assert change(sla, whole, other) == change(sla, other, whole) == ""
    none = row("complaint_rate", "per_1000", 0, 93, state="small_sample", n=0)
    one = row("complaint_rate", "per_1000", 1, 108, state="small_sample", n=1)
    assert change(complaints, one, none) == ""
    many, few = (row("complaint_rate", "per_1000", events, 1000) for events in (40, 12))
    assert change(complaints, many, few).endswith("(变好),变化确实。")


def test_sums_are_compared_by_the_day_and_only_of_whole_periods() -> None:
    metric = metrics.registry()["tickets_completed"]
    august = row("tickets_completed", "count", 310, None, period_start=date(2026, 8, 1),
                 period_end=SEPTEMBER)  # fmt: skip
    now = row("tickets_completed", "count", 309, None)
    whole, cut = (Covered(date(2026, 8, 1), end) for end in (OCTOBER, date(2026, 9, 30)))
    assert change(metric, august, now, "zh", whole) == (
        "日均 10.30,比上月(日均 10.00)上升 3.0%(变好)。"
    )
    assert change(metric, august, now, "en", whole) == (
        "10.30 a day. Against the month before (10.00 a day) up 3.0% (better)."
    )
    for days in (cut, Covered(date(2026, 8, 2), OCTOBER)):
        assert (
            change(metric, august, now, "zh", days) == "本期或上月的数据不满一整期,合计不作比较。"
        )
    # a rate needs no whole month
    rate = metrics.registry()["report_rate"]
    then, few = (row("report_rate", "daily_pct", x, 6030) for x in (60, 30))
    assert "下降 50.0%" in change(rate, then, few, "zh", cut)


@pytest.mark.parametrize(
    ("metric_id", "statistic", "expected"),
    [
        ("reports", "count", True), ("hands_on_time", "hours", True), ("net_inflow", "net", True),
        ("consumable_hours", "hours", True), ("restore_split", "gross", True),
        ("backlog", "count", False), ("book_value", "book_value_cny", False),
        ("work_units", "units", True), ("work_units", "difficulty", False),
        ("satisfaction", "overall", False), ("handover_observation", "after_share", False),
        ("engineers_on_roster", "count", False), ("restore_time", "median", False),
    ],
)  # fmt: skip
def test_a_sum_is_told_from_a_mean_and_from_a_level(
    metric_id: str, statistic: str, expected: bool
) -> None:
    assert is_total(metrics.registry()[metric_id], statistic) is expected


def test_a_rates_change_is_proven_by_the_exact_ratio_of_two_counts() -> None:
    """Golden rows of the catalogue: 60/6030 against 30/6030 proven, 12/900 against 4/900 not."""
    metric = metrics.registry()["report_rate"]
    for x1, x2, days, proven in ((60, 30, 6030, "变化确实"), (12, 4, 900, "变化未证实")):
        now = row("report_rate", "daily_pct", x2, days)
        then = row("report_rate", "daily_pct", x1, days)
        assert change(metric, then, now).endswith(f"(变好),{proven}。")
    assert proportions.rates_p_value(60, 6030, 30, 6030) == pytest.approx(0.0021, abs=5e-5)
    assert proportions.rates_p_value(12, 900, 4, 900) == pytest.approx(0.077, abs=5e-4)


def test_the_difference_of_two_shares_has_newcombes_interval() -> None:
    """56/70 − 48/80 and 9/10 − 3/10 of Newcombe 1998, method 10."""
    low, high = proportions.difference(48, 80, 56, 70)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
    low, high = proportions.difference(3, 10, 9, 10)
    assert (round(low, 4), round(high, 4)) == (0.1705, 0.8090)


@given(
    st.integers(0, 400), st.floats(1, 1e5), st.integers(0, 400), st.floats(1, 1e5)
)  # fmt: skip
def test_the_p_of_two_rates_is_that_of_the_toolbox(x1: int, t1: float, x2: int, t2: float) -> None:
    mine = proportions.rates_p_value(x1, t1, x2, t2)
    assert mine == pytest.approx(float(intervals.rate_ratio(x1, t1, x2, t2).p_value), abs=1e-9)


@given(st.integers(0, 3000), st.integers(1, 3000))
def test_one_wilson_is_the_vectors_wilson(hits: int, size: int) -> None:
    hits = min(hits, size)
    low, high = intervals.wilson(hits, size)
    assert proportions.wilson(hits, size) == (float(low), float(high))


# Charig 1986, kidney stones: open surgery looks worse, and is better for small and for large ones.
STONES = {
    ("open", "small"): (81.0, 87.0), ("open", "large"): (192.0, 263.0),
    ("keyhole", "small"): (234.0, 270.0), ("keyhole", "large"): (55.0, 80.0),
}  # fmt: skip


def test_the_simpson_guard_speaks_where_the_sign_flips() -> None:
    found = simpson.against_all(STONES)
    assert found["open"].crude == pytest.approx((273 / 350) / (562 / 700))
    small, large = 315 / 357, 247 / 343
    assert found["open"].standardised == pytest.approx(273 / (87 * small + 263 * large))
    assert found["open"].is_flipped
    assert found["keyhole"].is_flipped
    assert guard_groups(STONES, {"open": "开放手术"}) == {
        "开放手术": "注意(辛普森悖论):开放手术粗看比总体 -2.8%,按同样的构成比较却是 +2.6%。"
    }
    fair = {(group, "all"): (1.0, size) for group, size in (("a", 10.0), ("b", 20.0))}
    assert guard_groups(fair, {"a": "甲", "b": "乙"}) == {}


def test_a_change_that_the_mix_made_is_told() -> None:
    before, now = date(2026, 9, 1), date(2026, 10, 1)
    cells = {
        (before if group == "keyhole" else now, stratum): sums
        for (group, stratum), sums in STONES.items()
    }
    warning = guard_between(cells, before, now)
    assert warning.startswith("注意(辛普森悖论):粗看比上期 -5.5%,按同样的构成比较却是 +")
    assert "with the same mix +" in guard_between(cells, before, now, "en")
    assert guard_between(cells, before, date(2026, 11, 1)) == ""


TARGETS = """targets:
  sla_attainment: {net: null}
  response_time: {median: 30min}
versions:
  stricter:
    effective_from: 2026-03-01
    targets: {response_time: {median: 20min}}
"""


def test_targets_come_from_the_rules_in_their_versions(tmp_path: Path) -> None:
    (tmp_path / "thresholds.yml").write_text(TARGETS, encoding="utf-8")
    con = warehouse_of(
        {"tickets": [{"ticket_id": "T1", "reported_at": local("2026-02-01 09:00")}]},
        local("2026-03-02 00:00"),
        rules_dir=tmp_path,
    )
    known = metrics.context(con)
    assert known.target("response_time", "median", date(2026, 2, 28)) == 1800
    assert known.target("response_time", "median", date(2026, 3, 1)) == 1200
    assert known.target("sla_attainment", "net", date(2026, 3, 1)) is None
    assert known.target("pm_on_time", "on_time", date(2026, 3, 1)) == 0.95
    found = metrics.findings(con, metrics.read_rows(con, "reports"))
    assert [one.text for one in found] == ["2026 年 3 月 报修量·数量 0(n = 0)。"]
    assert found[0].change == "本期或上月的数据不满一整期,合计不作比较。"


@pytest.mark.parametrize(
    ("text", "line", "problem", "remedy"),
    [
        ("sla_attainement: {net: 0.9}", 2, "不存在的指标", "sla_attainment"),
        ("sla_attainment: {nett: 0.9}", 2, "没有的口径", "net"),
        ("reports: {count: 9}", 2, "无好坏之分", "删去"),
        ("sla_attainment: {net: 95}", 2, "大于 1", "0.95"),
        ("response_time: {median: 4 days}", 2, "时长", ""),
    ],
)
def test_a_target_that_no_metric_can_have_is_refused_with_its_line(
    text: str, line: int, problem: str, remedy: str, tmp_path: Path
) -> None:
    (tmp_path / "thresholds.yml").write_text(f"targets:\n  {text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        rule_targets.check(load_rules(tmp_path), tmp_path)
    assert f"thresholds.yml:{line}" in caught.value.problem
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy

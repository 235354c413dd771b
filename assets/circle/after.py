"""Steps 7 to 10 of the quality circle: doing, effect, standard, review.

Holds which numbers stand in them. Only 成立 is printed as a success: otherwise the sheet says
不成立 or 证据不足 where the rates of achievement would stand.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from assets.analysis.circle_targets import achievement, progress
from assets.analysis.verification import Verdict
from assets.causes.improvements import Effect, Improvement
from assets.causes.topic import Names, Topic, query_id
from assets.causes.yardsticks import YARDSTICKS
from assets.circle.before import causes_pareto
from assets.circle.model import Chart, Column, Step, Table, Words
from assets.circle.problems import topic_problems
from assets.circle.titles import step_titles
from config.errors import StateError

_AUDITS = 6
# Of what a measure's numbers are, by their unit.
_UNITS = {
    "failures": ("次/百台年", "per 100 device-years"),
    "hours": ("停机 h/百台年", "hours down per 100 device-years"),
    "cny": ("¥/百台年", "¥ per 100 device-years"),
    "repeats": ("再发/百次维修", "back per 100 repairs"),
}


def require_success(one: Improvement, effect: Effect) -> None:
    """Raise StateError unless the measure is 成立: nothing else may be called a success."""
    finding = effect.finding
    if finding is None:
        raise StateError(f"措施 {one.improvement_id} 不能作为成果:{effect.why_not}")
    if finding.verdict is not Verdict.PROVEN:
        word = "证据不足" if finding.verdict is Verdict.OPEN else "不成立"
        wait = "" if finding.possible_from is None else f"最早 {finding.possible_from} 可下结论;"
        raise StateError(
            f"措施 {one.improvement_id} 的结论是「{word}」,不能作为成果。",
            f"{wait}请继续观察或改进措施。",
        )


def doing(one: Improvement | None, effect: Effect | None, w: Words) -> Step:
    """Step 7: PDCA of the measure and the weekly run chart with its phases."""
    plan = {} if one is None else {"measure": one.measure, "start": one.started_on,
                                   "end": one.ended_on, "p": one.topic}  # fmt: skip
    pdca = Table(
        "pdca",
        "PDCA",
        (
            Column("measure", w("对策", "Measure")),
            Column("start", w("开始", "Start"), "date"),
            Column("end", w("结束", "End"), "date"),
            Column("p", "P"),
            Column("d", "D", "blank"),
            Column("c", "C", "blank"),
            Column("a", "A", "blank"),
        ),
        [plan],
    )
    rows: list[dict[str, Any]] = []
    for phase in effect.phases if effect else ():
        name = w("实施前", "before") if phase.name == "before" else w("实施后", "after")
        for place, week in enumerate(phase.weeks):
            rows.append({
                "week": f"{week:%m-%d}", "phase": name, "count": phase.counts[place],
                "rate": phase.rates[place], "centre": phase.centre,
                "lower": phase.lower[place], "upper": phase.upper[place],
                "out": "●" if phase.is_out[place] else "",
            })  # fmt: skip
    finding = effect.finding if effect else None
    unit = w(*_UNITS[finding.unit if finding else "failures"])
    title = w(f"每周{unit}(分阶段 u′ 图)", f"Weekly {unit} (u′ chart by phase)")
    chart = Table(
        "weeks",
        title,
        (
            Column("week", w("周", "Week")),
            Column("phase", w("阶段", "Phase")),
            Column("count", w("数量", "Amount"), "number"),
            Column("rate", unit, "number"),
            Column("centre", w("中心线", "Centre"), "number"),
            Column("lower", w("下限", "Lower"), "number"),
            Column("upper", w("上限", "Upper"), "number"),
            Column("out", w("超限", "Out")),
        ),
        rows,
        effect.finding.query if effect and effect.finding else "",
        (w("前后阶段各用自己的界限;少于 20 周的界限为暂定。",
           "Each phase has its own limits; fewer than 20 weeks are provisional."),),
        Chart("lines", title, "week", ("rate", "centre", "lower", "upper")) if rows else None,
    )  # fmt: skip
    return Step(7, step_titles(w)[6], (pdca, chart), (w("实施记录", "Notes"),))


def confirm(
    con: duckdb.DuckDBPyConnection,
    one: Improvement | None,
    effect: Effect | None,
    target: Decimal | None,
    w: Words,
    role: str,
) -> Step:
    """Step 8: before and after with interval, p and verdict; rates of achievement if 成立."""
    names = Names(con, w.lang)
    rows: list[dict[str, Any]]
    tables: list[Table] = []
    if one is None or effect is None or effect.finding is None:
        why = effect.why_not if effect else w("还没有登记对策。", "No measure is registered yet.")
        rows = [{"item": w("结论", "Verdict"), "value": w("证据不足", "not enough evidence")},
                {"item": w("原因", "Why"), "value": why}]  # fmt: skip
    else:
        rows = _effect_rows(one, effect, target, names, w)
        tables = _pareto_pair(con, one, effect, w, role)
    effect_table = Table(
        "effect",
        w("有形成果", "Tangible results"),
        (Column("item", w("项目", "Item")), Column("value", w("内容", "Content"))),
        rows,
        effect.finding.query if effect and effect.finding else "",
    )
    radar = Table(
        "radar",
        w("无形成果(雷达图)", "Intangible results"),
        (
            Column("item", w("项目", "Item")),
            Column("before", w("活动前", "Before"), "blank"),
            Column("after", w("活动后", "After"), "blank"),
        ),
        [
            {"item": w(zh, en)}
            for zh, en in (("团队合作", "teamwork"), ("解决问题", "solving"), ("沟通", "talking"),
                           ("责任心", "responsibility"), ("品管手法", "QC tools"))
        ],
        chart=Chart("radar", w("无形成果", "Intangible results"), "item", ("before", "after")),
    )  # fmt: skip
    return Step(8, step_titles(w)[7], (effect_table, *tables, radar))


def _effect_rows(
    one: Improvement, effect: Effect, target: Decimal | None, names: Names, w: Words
) -> list[dict[str, Any]]:
    finding = effect.finding
    assert finding is not None  # noqa: S101 - the caller looked
    per = YARDSTICKS[one.metric_id or ""].per
    before, after = (side.rate * per for side in (finding.first, finding.second))
    unit = w(*_UNITS[finding.unit])
    ratio, low, high = finding.ratio
    word = names.label("verdict", finding.verdict.value)
    rows = [
        (w(f"改善前({unit})", f"Before ({unit})"), f"{before:,.2f}"),
        (w(f"改善后({unit})", f"After ({unit})"),
         f"{after:,.2f} (n = {finding.second.count:,.0f})"),
        (w("基线", "Baseline"),
         w("选定之后的计数", "counted after the selection")
         if finding.baseline == "after_selection"
         else w("收缩期望(防止「挑最差」)", "shrunk expectation")),
        (w("对照组", "Control"),
         w("无", "none") if finding.control_first is None else w("有,已扣除同期变化", "deducted")),
        (w("率比(95% 区间)", "Ratio (95 % interval)"), f"{ratio:.2f} ({low:.2f}–{high:.2f})"),
        ("p", f"{finding.p_value:.4f}"),
        (w("结论", "Verdict"), word),
        (w("可下结论日", "Verdict from"), str(finding.possible_from or "—")),
    ]  # fmt: skip
    is_proven = finding.verdict is Verdict.PROVEN
    refused = w(f"{word},不作为成果", f"{word}: no success")
    gone = progress(_exact(before), _exact(after))
    # the target of step 4 is a failure rate
    is_aimed = target is not None and finding.unit == "failures"
    done = achievement(_exact(before), _exact(after), target) if target and is_aimed else None
    rows += [
        (w("目标达成率", "Achievement"), _percent(done) if is_proven else refused),
        (w("进步率", "Progress"), _percent(gone) if is_proven else refused),
    ]
    for zh, en, saved, form in (
        ("减少故障", "Failures prevented", effect.saved_count, "{:,.1f}"),
        ("节省工时 h", "Hours saved", effect.saved_hours, "{:,.1f}"),
        ("节省金额", "Money saved", effect.saved_cny, "¥{:,.2f}"),
    ):
        text = refused
        if is_proven and saved is not None:
            text = form.format(saved[0])
            text += " (" + "–".join(form.format(bound) for bound in saved[1:]) + ")"
        rows.append((w(zh, en), text))
    return [{"item": item, "value": value} for item, value in rows]


def _exact(value: float) -> str:
    return f"{value:.2f}"


def _percent(value: Decimal | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _pareto_pair(
    con: duckdb.DuckDBPyConnection, one: Improvement, effect: Effect, w: Words, role: str
) -> list[Table]:
    """Return the Paretos of causes before and after over windows of equal length."""
    from assets.causes.improvements import measure_of  # noqa: PLC0415 - one caller
    from assets.causes.measure_tests import windows  # noqa: PLC0415

    del effect
    measure = measure_of(one)
    spans = windows(con, measure)
    length = min(spans.before[1] - spans.before[0], spans.after[1] - spans.after[0])
    if length <= timedelta():
        return []
    where, inherent = dict(measure.scope), measure.yardstick.only_inherent
    before = Topic(spans.before[1] - length, spans.before[1], where, inherent)
    after = Topic(spans.after[1] - length, spans.after[1], where, inherent)
    return [
        causes_pareto(con, before, w, "pareto_before", w("改善前柏拉图", "Pareto before"), role),
        causes_pareto(con, after, w, "pareto_after", w("改善后柏拉图", "Pareto after"), role),
    ]


def standard(start: date, w: Words) -> Step:
    """Step 9: a form for the SOP and a calendar of audits."""
    sop = Table(
        "sop",
        w("标准作业书", "SOP"),
        (
            Column("name", w("名称", "Name"), "blank"),
            Column("number", w("编号", "Number"), "blank"),
            Column("content", w("内容", "Content"), "blank"),
            Column("training", w("培训对象与日期", "Training"), "blank"),
        ),
        [{}],
    )
    audits = Table(
        "audits",
        w("稽核日历(每 30 天)", "Audits (every 30 days)"),
        (
            Column("on", w("日期", "Date"), "date"),
            Column("who", w("稽核人", "Auditor"), "blank"),
            Column("result", w("结果", "Result"), "blank"),
        ),
        [{"on": start + timedelta(days=30 * number)} for number in range(1, _AUDITS + 1)],
    )
    fields = (w("何人、多久稽核一次", "Who audits, how often"),)
    return Step(9, step_titles(w)[8], (sop, audits), fields)


def review(con: duckdb.DuckDBPyConnection, about: Topic, w: Words, role: str) -> Step:
    """Step 10: what is left: problems still open; good and bad are people's."""
    left = topic_problems(con, about, w, role, only_open=True)
    fields = (w("优点", "What went well"), w("缺点", "What did not"), w("今后方向", "Next"))
    return Step(10, step_titles(w)[9], (left,), fields)


def id_of(about: Topic) -> str:
    """Return the id of a circle: the same topic and period give the same."""
    return query_id("circle", about)

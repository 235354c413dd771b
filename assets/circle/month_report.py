"""The monthly recurrence report as plain data: problems, draft fishbones, fleets, measures.

Holds which rows stand in it. It has the shape of a circle's report, so that the same writers and
pages draw it. Problems are `recurrence.view`'s, causes and measures are read as everywhere.
"""

from dataclasses import replace
from datetime import date, timedelta

import duckdb

from assets.causes.fishbone import fishbone
from assets.causes.improvements import Effect, Improvement, effect, register
from assets.causes.topic import Names, Row, Topic, query_id, topic
from assets.circle.model import Circle, Column, Step, Table, Words
from assets.circle.problems import problem_rows, problem_table
from assets.recurrence.view import MonthOfRepeats, month_report
from assets.recurrence.words import Subjects

_YEAR = timedelta(days=365)
# The dimensions that make a problem's unit, and its columns: a place is its department's devices
# of the class, since a draft needs causes, not proof.
_UNIT = {
    "asset": (("asset", "asset_id"),),
    "location": (("department", "department_id"), ("asset_class", "asset_class")),
    "lot": (("lot", "lot_no"),),
    "model": (("model", "model"), ("asset_class", "asset_class")),
}


def recurrence_report(
    con: duckdb.DuckDBPyConnection, start: date, end: date, *, lang: str = "zh", role: str = "qcc"
) -> Circle:
    """Return the report of local days [start, end), usually a month.

    Raises:
        ConfigError: no data in these days, or the role may not see it.
    """
    about = topic(con, start=start, end=end, role=role)
    w, names = Words(lang), Names(con, lang)
    month = month_report(con, about.start, about.end, role=role)
    subjects = Subjects(con, names)
    drafts = [(row, _draft(con, about, row, lang)) for row in problem_rows(month.top, subjects)]
    known = [(one, effect(con, one)) for one in register(con, role=role)]
    return Circle(
        title=w("重复故障月报", "Monthly recurrence report"),
        scope=w("全院", "hospital"),
        start=about.start,
        end=about.end,
        steps=(
            Step(
                1,
                w("十大问题", "Top ten"),
                (_problems(about, drafts, w), _chance(about, month, names, w)),
            ),
            Step(2, w("鱼骨草稿", "Draft fishbones"), (_bones(about, drafts, w),)),
            Step(3, w("新增机型问题", "New fleet problems"), (_fleets(about, month, subjects, w),)),
            Step(
                4,
                w("复发", "Relapses"),
                (_back(about, month, subjects, w), _reopened(about, known, names, w)),
            ),
            Step(5, w("措施进展", "Measures"), (_measures(about, known, names, w),)),
        ),
    )


def _draft(con: duckdb.DuckDBPyConnection, about: Topic, row: Row, lang: str) -> list[Row]:
    """Return the coded causes of a problem's unit and fault over the year to the period's end."""
    where = {"fault_family": (row["fault_family"],)} | {
        name: (row[column],) for name, column in _UNIT[row["problem_kind"]]
    }
    own = replace(about, start=about.end - _YEAR, where=where)
    return [bone for bone in fishbone(con, own, lang).bones if bone["n"]]


def _problems(about: Topic, drafts: list[tuple[Row, list[Row]]], w: Words) -> Table:
    rows = [
        row | {"suspects": "、".join(f"{bone['name']} {bone['n']}" for bone in bones
                                     if bone["is_suspect"])}
        for row, bones in drafts
    ]  # fmt: skip
    found = problem_table(
        "problems",
        w("本期有故障的问题", "Problems that failed in the period"),
        rows,
        query_id("problems", about),
        w,
        Column("suspects", w("疑似原因(次)", "Suspects")),
        Column("owner", w("负责人", "Owner"), "blank"),
    )
    note = w("疑似原因须经真因验证。关联≠因果。", "Suspects must be verified.")
    return replace(found, notes=(*found.notes, note))


def _chance(about: Topic, month: MonthOfRepeats, names: Names, w: Words) -> Table:
    """Return repeats against chance, and the usual rate beside what chance gives."""
    return Table(
        "chance",
        w("再发与碰巧(截至快照日)", "Repeats and chance (up to the snapshot)"),
        (
            Column("site", w("院区", "Site")),
            Column("index_count", w("修好 n", "Repairs n"), "count"),
            Column("repeat_count", w("再发", "Repeats"), "count"),
            Column("expected_repeats", w("期望", "Expected"), "number"),
            Column("excess", w("超额", "Excess"), "number"),
            Column("excess_lo", w("95% 下限", "95 % low"), "number"),
            Column("excess_hi", w("95% 上限", "95 % high"), "number"),
            Column("report_count", w("报修 n", "Reports n"), "count"),
            Column("back_share", w("任何再报修", "Any report again"), "percent"),
            Column("chance_share", w("碰巧也有", "By chance"), "percent"),
        ),
        [row | {"site": names.of("site", row["site_id"], row["site_id"])} for row in month.totals],
        query_id("chance", about),
        (
            w("「任何再报修」:同一设备 30 天内又有任何报修,常见的算法;设备都一样时碰巧也有右列。",
              "Any report on the same device in the window is the usual rate; equal devices show "
              "the last column by chance alone."),
        ),
    )  # fmt: skip


def _bones(about: Topic, drafts: list[tuple[Row, list[Row]]], w: Words) -> Table:
    rows = [
        {"problem": f"{row['problem']} {row['fault']}", **bone}
        for row, bones in drafts
        for bone in sorted(bones, key=lambda one: int(one["rank"]))
    ]
    return Table(
        "bones",
        w("编码原因与同类故障相比", "Coded causes beside the same fault elsewhere"),
        (
            Column("problem", w("问题与故障", "Problem and fault")),
            Column("category_name", w("骨", "Bone")),
            Column("name", w("原因", "Cause")),
            Column("n", w("次数", "Coded"), "count"),
            Column("expected", w("期望", "Expected"), "number"),
            Column("question", w("求证问题", "Evidence question")),
            Column("owner", w("谁来回答", "Who answers")),
        ),
        rows,
        query_id("bones", about),
        (w("关联≠因果。", "Association is not cause."),),
    )


def _fleets(about: Topic, month: MonthOfRepeats, subjects: Subjects, w: Words) -> Table:
    """Return the problems of a model that were none when the month began, where that is known."""
    found = problem_table(
        "fleets",
        w("本期新出现的机型问题", "Problems of a model, new in this period"),
        problem_rows(month.new_fleet, subjects),
        query_id("fleets", about),
        w,
        Column("device_count", w("涉及台数", "Devices"), "count"),
    )
    if month.knows_new:
        return found
    why = w(
        "本快照只知道其所在月份新出现了什么,不知道本期的。",
        "This snapshot knows what is new of its own month only, not of this period.",
    )
    return replace(found, notes=(why,))


def _back(about: Topic, month: MonthOfRepeats, subjects: Subjects, w: Words) -> Table:
    """Return the problems that had been silent and failed again."""
    return problem_table(
        "back",
        w("静默之后本期再次发生的问题", "Problems back after a silence"),
        problem_rows(month.relapses, subjects),
        query_id("back", about),
        w,
    )


def _reopened(
    about: Topic, known: list[tuple[Improvement, Effect]], names: Names, w: Words
) -> Table:
    rows = [
        {"id": one.improvement_id, "topic": one.topic, "start": look.start,
         "end": look.end - timedelta(days=1), "ratio": look.ratio,
         "verdict": names.label("improvement_state", "reopened")}
        for one, found in known
        for look in found.looks
        if look.verdict.value == "proven"
    ]  # fmt: skip
    return Table(
        "relapses",
        w("结案后复发、重新打开的措施", "Closed measures that relapsed"),
        (
            Column("id", w("编号", "Id")),
            Column("topic", w("主题", "Topic")),
            Column("start", w("观察自", "From"), "date"),
            Column("end", w("至", "To"), "date"),
            Column("ratio", w("与实施期之比", "Over the measure's time"), "ratio"),
            Column("verdict", w("状态", "State")),
        ),
        rows,
        query_id("relapses", about),
    )


def _measures(
    about: Topic, known: list[tuple[Improvement, Effect]], names: Names, w: Words
) -> Table:
    rows = []
    for one, found in known:
        finding = found.finding
        ratio, low, high = finding.ratio if finding else (None, None, None)
        rows.append({
            "id": one.improvement_id, "topic": one.topic, "measure": one.measure,
            "start": one.started_on, "state": names.label("improvement_state", found.state),
            "verdict": names.label("verdict", finding.verdict.value if finding else "open"),
            "ratio": ratio, "lo": low, "hi": high,
            "p_value": finding.p_value if finding else None,
            "from_on": finding.possible_from if finding else None, "why": found.why_not,
        })  # fmt: skip
    return Table(
        "progress",
        w("各项措施做到了什么", "What the measures did"),
        (
            Column("id", w("编号", "Id")),
            Column("topic", w("主题", "Topic")),
            Column("measure", w("措施", "Measure")),
            Column("start", w("开始", "Since"), "date"),
            Column("state", w("状态", "State")),
            Column("verdict", w("结论", "Verdict")),
            Column("ratio", w("率比", "Ratio"), "ratio"),
            Column("lo", w("下限", "Low"), "ratio"),
            Column("hi", w("上限", "High"), "ratio"),
            Column("p_value", "p", "p"),
            Column("from_on", w("可下结论日", "Verdict from"), "date"),
            Column("why", w("说明", "Note")),
        ),
        rows,
        query_id("progress", about),
    )

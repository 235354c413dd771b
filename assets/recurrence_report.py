"""The monthly recurrence report as plain data: chains, draft fishbones, fleets, measures.

Holds which rows stand in it. It has the shape of a circle's report, so that the same writers and
pages draw it. Chains are `core`'s, causes and measures are read as everywhere.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import duckdb

from assets.cause_fishbone import fishbone
from assets.cause_links import associations
from assets.cause_topic import Names, Row, Topic, asked, query_id, topic
from assets.circle_before import Words
from assets.circle_model import Circle, Column, Step, Table
from assets.improvements import Effect, Improvement, effect, register

_TOP = 10
_YEAR = timedelta(days=365)


def recurrence_report(
    con: duckdb.DuckDBPyConnection, start: date, end: date, *, lang: str = "zh", role: str = "qcc"
) -> Circle:
    """Return the report of local days [start, end), usually a month.

    Raises:
        ConfigError: no data in these days, or the role may not see it.
    """
    about = topic(con, start=start, end=end, role=role)
    w, names = Words(lang), Names(con, lang)
    chains = _chains(con, about)
    drafts = [(chain, _draft(con, about, chain, lang)) for chain in chains]
    known = [(one, effect(con, one)) for one in register(con, role=role)]
    return Circle(
        title=w("重复故障月报", "Monthly recurrence report"),
        scope=w("全院", "hospital"),
        start=about.start,
        end=about.end,
        steps=(
            Step(1, w("十大问题", "Top ten"), (_problems(about, drafts, names, w),)),
            Step(2, w("鱼骨草稿", "Draft fishbones"), (_bones(about, drafts, names, w),)),
            Step(3, w("新增机型问题", "New fleet problems"), (_fleets(con, about, w),)),
            Step(4, w("复发", "Relapses"), (_relapses(about, known, names, w),)),
            Step(5, w("措施进展", "Measures"), (_measures(about, known, names, w),)),
        ),
    )


def _chains(con: duckdb.DuckDBPyConnection, about: Topic) -> list[Row]:
    """Return the chains with a failure in the period that are longest and dearest."""
    return asked(
        con,
        "select f.* from kpi.detail_chains as f where f.chain_kind = 'asset' "
        "and f.last_reported_on >= ? and f.started_on < ? order by f.link_count desc, "
        f"f.cost_cny desc nulls last, f.chain_id limit {_TOP}",
        [about.start, about.end],
    )


def _draft(con: duckdb.DuckDBPyConnection, about: Topic, chain: Row, lang: str) -> list[Row]:
    """Return the coded causes of a chain's device and fault over the year to the period's end."""
    where = {"asset": (chain["asset_id"],), "fault_family": (chain["fault_family"],)}
    own = replace(about, start=about.end - _YEAR, where=where)
    return [bone for bone in fishbone(con, own, lang).bones if bone["n"]]


def _title(chain: Row, names: Names) -> str:
    tag = chain["asset_tag"] or chain["asset_name"] or chain["asset_id"]
    return f"{tag} {names.of('fault_family', chain['fault_family'])}"


def _problems(about: Topic, drafts: list[tuple[Row, list[Row]]], names: Names, w: Words) -> Table:
    rows = [
        chain | {
            "problem": _title(chain, names),
            "department": names.of("department", chain["department_id"], chain["site_id"]),
            "suspects": "、".join(f"{bone['name']} {bone['n']}" for bone in bones
                                  if bone["is_suspect"]),
        }
        for chain, bones in drafts
    ]  # fmt: skip
    return Table(
        "problems",
        w("按次数与费用排列的重复故障链", "Chains by length and cost"),
        (
            Column("problem", w("设备与故障", "Device and fault")),
            Column("model", w("型号", "Model")),
            Column("department", w("科室", "Department")),
            Column("link_count", w("次数", "Failures"), "count"),
            Column("started_on", w("首次", "First"), "date"),
            Column("last_reported_on", w("最近", "Latest"), "date"),
            Column("engineer_count", w("经手人数", "People"), "count"),
            Column("cost_cny", w("费用", "Cost"), "money"),
            Column("suspects", w("疑似原因(次)", "Suspects")),
            Column("owner", w("负责人", "Owner"), "blank"),
        ),
        rows,
        query_id("problems", about),
        (w("链只是描述;疑似原因须经真因验证。关联≠因果。",
           "A chain is a description; suspects must be verified."),),
    )  # fmt: skip


def _bones(about: Topic, drafts: list[tuple[Row, list[Row]]], names: Names, w: Words) -> Table:
    rows = [
        {"problem": _title(chain, names), **bone}
        for chain, bones in drafts
        for bone in sorted(bones, key=lambda one: int(one["rank"]))
    ]
    return Table(
        "bones",
        w("编码原因与同类故障相比", "Coded causes beside the same fault elsewhere"),
        (
            Column("problem", w("设备与故障", "Device and fault")),
            Column("category_name", w("骨", "Bone")),
            Column("name", w("原因", "Cause")),
            Column("n", w("次数", "Coded"), "count"),
            Column("expected", w("期望", "Expected"), "number"),
            Column("question", w("求证问题", "Evidence question")),
            Column("owner", w("谁来回答", "Who answers")),
        ),
        rows,
        query_id("bones", about),
    )


def _fleets(con: duckdb.DuckDBPyConnection, about: Topic, w: Words) -> Table:
    """Return models called for a fault over the year to the end, and not over the one before."""

    def called(end: date) -> dict[tuple[Any, ...], Row]:
        rows = associations(con, topic(con, start=end - _YEAR, end=end), "model", lang=w.lang)
        return {
            (row["asset_class"], row["code"], row["fault_family"]): row
            for row in rows
            if row["is_called"] and row["ratio"] is not None and row["ratio"] > 1
        }

    now = called(about.end)
    first = con.execute("select min(started_on) from kpi.fact_faults").fetchone()
    has_before = bool(first and first[0] and first[0] < about.start)
    before = called(about.start) if has_before else {}
    rows = [row for key, row in now.items() if key not in before]
    return Table(
        "fleets",
        w("本期新出现的机型 × 故障", "Model × fault, new in this period"),
        (
            Column("name", w("型号", "Model")),
            Column("asset_class_name", w("类别", "Class")),
            Column("fault_family_name", w("故障", "Fault")),
            Column("n", "n", "count"),
            Column("expected", w("期望", "Expected"), "number"),
            Column("ratio", w("比", "Ratio"), "ratio"),
            Column("lo", w("下限", "Low"), "ratio"),
            Column("hi", w("上限", "High"), "ratio"),
            Column("adjusted_p", w("p(FDR)", "p (FDR)"), "p"),
        ),
        rows,
        query_id("fleets", about),
        (w("与同类设备的其他型号相比,近一年;错误发现率 5%。",
           "Against other models of the class over a year; false discoveries 5 %."),),
    )  # fmt: skip


def _relapses(
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

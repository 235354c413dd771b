"""Steps 1, 3 and 4 of the quality circle: topic, present state, target.

Holds which numbers stand in them. People give scores and 圈能力; nothing is made up.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import duckdb

from assets.analysis.circle_targets import target_value
from assets.analysis.intervals import rate_ratio
from assets.causes.counts import counts, exposure_seconds
from assets.causes.strata import pareto_rows, strata
from assets.causes.topic import DAY_SECONDS, YEAR_DAYS, Names, Topic, query_id
from assets.circle.flow import flow_tables
from assets.circle.model import Chart, Column, Step, Table, Words
from assets.circle.problems import topic_problems
from assets.circle.titles import step_titles
from assets.metric_number import plain

_CANDIDATES, _STRATA_ROWS, _HUNDRED = 6, 10, 100
STRATA = ("model", "department", "age_cohort", "shift", "season", "engineer_group", "lot")


def rate_of(con: duckdb.DuckDBPyConnection, about: Topic) -> tuple[int, float, float | None]:
    """Return failures that exposure covers, device-years and their rate per 100 device-years."""
    events = int(counts(con, about, [])[0]["n_exposed"])
    years = exposure_seconds(con, about).get((), 0) / DAY_SECONDS / YEAR_DAYS
    return events, years, _HUNDRED * events / years if years else None


def select(con: duckdb.DuckDBPyConnection, about: Topic, w: Words, role: str) -> Step:
    """Step 1: candidates with size, money and trend, problems by rank; scores are people's."""
    wide = about.without("fault_family", "fault_group", "mechanism", "cause", "cause_category")
    rows = [row for row in pareto_rows(con, wide, "fault_family", lang=w.lang) if row["code"]]
    chosen = about.where.get("fault_family", ())
    listed = [row for row in rows if row["code"] in chosen]
    listed += [row for row in rows if row["code"] not in chosen][: _CANDIDATES - len(listed)]
    scores = [(key, w(zh, en)) for key, zh, en in (
        ("policy", "上级政策", "policy"), ("weight", "重要性", "importance"),
        ("urgent", "迫切性", "urgency"), ("feasible", "可行性", "feasibility"),
        ("able", "圈能力", "capability"))]  # fmt: skip
    columns = (
        Column("name", w("候选主题", "Candidate")),
        Column("count", w("次数", "Failures"), "count"),
        Column("hours", w("工时 h", "Hours"), "number"),
        Column("cny", w("金额", "Money"), "money"),
        Column("trend", w("后半期/前半期", "Second half / first"), "ratio"),
        Column("p_value", "p", "p"),
        *(Column(key, title, "blank") for key, title in scores),
        Column("total", w("总分", "Total"), "blank"),
        Column("chosen", w("选定", "Chosen")),
    )
    found = []
    for row in listed:
        trend, p_value = _trend(con, wide.within(fault_family=(row["code"],)))
        found.append(row | {"trend": trend, "p_value": p_value,
                            "chosen": "●" if row["code"] in chosen else ""})  # fmt: skip
    return Step(
        1,
        step_titles(w)[0],
        (
            Table("candidates", w("候选主题评价表", "Candidates"), columns, found,
                  query_id("candidates", wide),
                  (w("每项 1–5 分,总分自动相加;至少两个候选、三项评价。",
                     "Scores 1 to 5 add up; two candidates and three criteria at least."),)),
            topic_problems(con, about, w, role),
        ),
        (w("选题理由", "Why this topic"),),
    )  # fmt: skip


def _trend(con: duckdb.DuckDBPyConnection, about: Topic) -> tuple[float | None, float | None]:
    middle = about.start + (about.end - about.start) / 2
    halves = [rate_of(con, one) for one in
              (replace(about, end=middle), replace(about, start=middle))]  # fmt: skip
    effect = rate_ratio(halves[0][0], halves[0][1], halves[1][0], halves[1][1])
    return plain(effect.ratio), plain(effect.p_value)


def present(con: duckdb.DuckDBPyConnection, about: Topic, w: Words, role: str) -> Step:
    """Step 3: flow chart with times, check sheet, Pareto with cumulative shares, strata."""
    events, years, rate = rate_of(con, about)
    whole = counts(con, about, [])[0]
    check = [
        {"item": w("期间", "Period"), "value": f"{about.start} — {about.end - timedelta(days=1)}"},
        {"item": w("范围", "Scope"), "value": Names(con, w.lang).scope(about.where)},
        {"item": w("标准", "Standard"),
         "value": w("使用故障:维修工单,去除无故障、取消、合并、重复", "use failures")},
        {"item": w("样本量 n", "Sample n"), "value": str(whole["n"])},
        {"item": w("在用台年", "Device-years"), "value": f"{years:,.1f}"},
        {"item": w("故障率(次/百台年)", "Failures per 100 device-years"),
         "value": "—" if rate is None else f"{rate:,.2f} (n = {events})"},
    ]  # fmt: skip
    tables = [
        *flow_tables(con, about, w),
        Table("check", w("查检表", "Check sheet"),
              (Column("item", w("项目", "Item")), Column("value", w("内容", "Content"))), check,
              query_id("check", about)),
        causes_pareto(con, about, w, "pareto", w("柏拉图:原因", "Pareto of causes"), role),
    ]  # fmt: skip
    tables += [_stratum(con, about, by, w, role) for by in STRATA]
    return Step(3, step_titles(w)[2], tuple(tables), (w("现况说明", "Comment"),))


def causes_pareto(
    con: duckdb.DuckDBPyConnection, about: Topic, w: Words, key: str, title: str, role: str
) -> Table:
    """Return the Pareto of coded causes with its chart."""
    rows = pareto_rows(con, about, "cause", role=role, lang=w.lang)
    return Table(
        key,
        title,
        (
            Column("name", w("原因", "Cause")),
            Column("count", w("次数", "Failures"), "count"),
            Column("cumulative", w("累计百分比", "Cumulative"), "percent"),
            Column("hours", w("工时 h", "Hours"), "number"),
            Column("cny", w("金额", "Money"), "money"),
            Column("vital", w("关键少数", "Vital few")),
        ),
        [row | {"vital": "●" if row["is_vital"] else ""} for row in rows],
        query_id("pareto", about, "cause"),
        (w("80% 线以内为关键少数;「未填」计入总数但排在最后。",
           "The vital few reach the 80 % line; the uncoded count, and stand last."),),
        Chart("pareto", title, "name", ("count", "cumulative")),
    )  # fmt: skip


def _stratum(con: duckdb.DuckDBPyConnection, about: Topic, by: str, w: Words, role: str) -> Table:
    rows = strata(con, about, by, role=role, lang=w.lang)[:_STRATA_ROWS]
    name = Names(con, w.lang).dimension(by)
    return Table(
        f"strata_{by}",
        w(f"层别:{name}", f"Strata: {name}"),
        (
            Column("name", name),
            Column("n", "n", "count"),
            Column("rate", w("次/百台年", "per 100 device-years"), "number"),
            Column("lo", w("95% 下限", "95 % low"), "number"),
            Column("hi", w("95% 上限", "95 % high"), "number"),
            Column("ratio", w("与其余之比", "Ratio to the rest"), "ratio"),
            Column("adjusted_p", w("p(FDR)", "p (FDR)"), "p"),
        ),
        rows,
        query_id("strata", about, by),
        (w("关联≠因果。", "Association is not cause."),),
    )


def aim(
    con: duckdb.DuckDBPyConnection, about: Topic, w: Words, capability: Decimal | None
) -> tuple[Step, Decimal | None]:
    """Step 4 and 目标值: present value, share of the vital few, 圈能力 (people's), target."""
    _, _, rate = rate_of(con, about)
    current = None if rate is None else round(Decimal(rate), 2)
    vital = [row["share"] for row in pareto_rows(con, about, "cause") if row["is_vital"]]
    focus = round(Decimal(sum(vital)), 4)
    ready = current is not None and capability is not None
    target = round(target_value(current, focus, capability), 3) if ready else None  # type: ignore[arg-type]
    columns = (
        Column("current", w("现况值", "Present"), "exact"),
        Column("focus", w("改善重点", "Focus"), "percent"),
        Column("capability", w("圈能力", "Capability"),
               "blank" if capability is None else "percent"),
        Column("target", w("目标值", "Target"), "exact"),
    )  # fmt: skip
    row = {"current": current, "focus": focus, "capability": capability, "target": target}
    bars = [
        {"name": w("现况值", "Present"), "value": current},
        {"name": w("目标值", "Target"), "value": target},
    ]
    table = Table(
        "target", w("目标设定", "Target"), columns, [row], query_id("target", about),
        (w("目标值 = 现况值 − 现况值 × 改善重点 × 圈能力;单位:次/百台年。",
           "Target = present − present × focus × capability; per 100 device-years."),),
    )  # fmt: skip
    chart = Table(
        "target_bars",
        w("现况与目标", "Present and target"),
        (Column("name", ""), Column("value", w("次/百台年", "per 100 device-years"), "exact")),
        bars,
        chart=Chart("bars", w("现况与目标", "Present and target"), "name", ("value",)),
    )
    fields = (w("目标设定理由", "Why this target"),)
    return Step(4, step_titles(w)[3], (table, chart), fields), target

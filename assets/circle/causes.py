"""Steps 5 and 6 of the quality circle: fishbone, 真因验证, measures against proven causes only.

Holds which hypotheses the data can test by themselves: that a coded cause has more than its usual
share, and that the devices under one condition fail more. Others are people's, and marked as such.
"""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from assets.analysis.intervals import LEVEL, RateRatio
from assets.analysis.verification import Verdict, verdict
from assets.causes.exposure_tests import exposure_test, relevant
from assets.causes.fishbone import fishbone
from assets.causes.strata import strata
from assets.causes.topic import Names, Topic, query_id
from assets.circle.model import Column, Step, Table, Words
from assets.circle.titles import step_titles
from assets.metric_context import context

# Conditions of a device whose worst value is put to the test.
_CONDITIONS = ("model", "department", "age_cohort", "zone")
_EMPTY_ROWS = 4


@dataclass(frozen=True)
class Causes:
    """Steps 5 and 6, and the names of what is 成立."""

    analysis: Step
    measures: Step
    proven: tuple[str, ...]


def causes(con: duckdb.DuckDBPyConnection, about: Topic, w: Words) -> Causes:
    """Return the analysis of a topic and the table of measures that follows from it."""
    names = Names(con, w.lang)
    found = fishbone(con, about, w.lang)
    bones = Table(
        "fishbone",
        w("鱼骨图(要因评价)", "Fishbone"),
        (
            Column("category_name", w("骨", "Bone")),
            Column("name", w("原因", "Cause")),
            Column("n", w("编码次数", "Coded"), "count"),
            Column("expected", w("同类故障期望", "Expected"), "number"),
            Column("adjusted_p", w("p(FDR)", "p (FDR)"), "p"),
            Column("suspect", w("疑似", "Suspect")),
            Column("question", w("求证问题", "Evidence question")),
            Column("owner", w("谁来回答", "Who answers")),
            Column("score", w("要因评分", "Score"), "blank"),
        ),
        [bone | {"suspect": "●" if bone["is_suspect"] else ""} for bone in found.bones],
        query_id("fishbone", about),
        (
            w(f"已编码 {found.coded} 次,未编码 {found.uncoded} 次;未编码的不参与比较。",
              f"{found.coded} coded, {found.uncoded} not coded: those are not compared."),
            w("关联≠因果。", "Association is not cause."),
        ),
    )  # fmt: skip
    tested = _coded(con, about, found.suspects, w) + _conditions(con, about, names, w)
    rows = [row | {"verdict": names.label("verdict", row["said"].value)} for row in tested]
    proven = tuple(row["name"] for row in tested if row["said"] is Verdict.PROVEN)
    tests = Table(
        "tests", w("真因验证", "Verification"), _test_columns(w), rows, query_id("tests", about),
        (w("条件取自各维度最高的一类,显著性水平已按类别数收紧;区间不含 1 且方向相符为成立。",
           "The worst value of each condition is tested at a level divided by their number."),
         w("关联≠因果。", "Association is not cause.")),
    )  # fmt: skip
    analysis = Step(
        5,
        step_titles(w)[4],
        (bones, tests),
        (w("头脑风暴补充的原因", "Causes from brainstorming"),),
    )
    return Causes(analysis, _measures(proven, w), proven)


def _test_columns(w: Words) -> tuple[Column, ...]:
    return (
        Column("name", w("假设", "Hypothesis")),
        Column("source", w("资料来源", "Source")),
        Column("n_first", w("对照 n", "n without"), "count"),
        Column("n_second", w("暴露 n", "n with"), "count"),
        Column("ratio", w("比", "Ratio"), "ratio"),
        Column("lo", w("下限", "Low"), "ratio"),
        Column("hi", w("上限", "High"), "ratio"),
        Column("p_value", "p", "p"),
        Column("verdict", w("结论", "Verdict")),
        Column("from_on", w("可下结论日", "Verdict from"), "date"),
    )


def _coded(
    con: duckdb.DuckDBPyConnection, about: Topic, suspects: list[dict[str, Any]], w: Words
) -> list[dict[str, Any]]:
    """Test whether a suspect cause has more than its usual share of the fault."""
    today, least = context(con).as_of_on, relevant(con)
    rows = []
    for bone in suspects:
        high = float("inf") if bone["hi"] is None else bone["hi"]
        bounds = (bone["odds_ratio"], bone["lo"], high, bone["adjusted_p"])
        ratio, low, top, p_value = (np.asarray(one, dtype=np.float64) for one in bounds)
        effect = RateRatio(ratio, low, top, p_value)
        said = (
            Verdict.OPEN
            if bone["adjusted_p"] is None
            else verdict(effect, is_lower_claimed=False, relevant=least)
        )
        rows.append({
            "name": w(f"{bone['name']}占比高于同类故障", f"More of: {bone['name']}"),
            "source": w("工单原因编码", "coded causes"), "n_first": round(bone["expected"]),
            "n_second": bone["n"], "ratio": bone["odds_ratio"], "lo": bone["lo"],
            "hi": bone["hi"], "p_value": bone["adjusted_p"], "said": said, "from_on": today,
        })  # fmt: skip
    return rows


def _conditions(
    con: duckdb.DuckDBPyConnection, about: Topic, names: Names, w: Words
) -> list[dict[str, Any]]:
    """Test the worst value of each condition, as strictly as there are values to pick from."""
    rows = []
    for name in _CONDITIONS:
        if name in about.where:
            continue
        values = strata(con, about, name)
        if len(values) < 2 or values[0]["code"] is None:  # noqa: PLR2004 - nothing to compare
            continue
        worst = values[0]
        # the worst of so many: Bonferroni's level
        level = 1 - (1 - LEVEL) / len(values)
        finding = exposure_test(con, about, {name: (worst["code"],)}, level=level)
        ratio, low, high = finding.ratio
        rows.append({
            "name": w(f"{names.dimension(name)} {worst['name']} 故障更多",
                      f"{names.dimension(name)} {worst['name']} fails more"),
            "source": w("故障与在用时间", "failures over in-service time"),
            "n_first": round(finding.first.count), "n_second": round(finding.second.count),
            "ratio": _known(ratio), "lo": _known(low), "hi": _known(high),
            "p_value": _known(finding.p_value), "said": finding.verdict,
            "from_on": context(con).as_of_on,
        })  # fmt: skip
    return rows


def _known(value: float) -> float | None:
    return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124


def _measures(proven: tuple[str, ...], w: Words) -> Step:
    keys = (
        ("measure", "对策", "Measure"), ("what", "What", "What"), ("why", "Why", "Why"),
        ("who", "Who", "Who"), ("when", "When", "When"), ("where", "Where", "Where"),
        ("how", "How", "How"), ("effect", "效果分", "Effect"), ("cost", "经济分", "Cost"),
        ("ease", "可行分", "Ease"), ("total", "总分", "Total"),
    )  # fmt: skip
    table = Table(
        "measures",
        w("对策拟定(5W1H)", "Measures (5W1H)"),
        (
            Column("cause", w("真因(仅限成立)", "Proven cause"), "blank"),
            *(Column(key, w(zh, en), "blank") for key, zh, en in keys),
        ),
        [{} for _ in range(_EMPTY_ROWS)],
        notes=(
            w("真因一栏只能从「成立」中选择。", "Only proven causes can be chosen.")
            if proven
            else w("没有成立的真因:先补充验证,不能拟定对策。",
                   "No cause is proven: verify first, no measure can be drawn up."),
        ),
        choices={"cause": proven},
    )  # fmt: skip
    return Step(6, step_titles(w)[5], (table,))

"""The commands of cause analysis: Pareto, strata, associations, fishbone, sequences, verification.

Holds options, columns and words. Everything is read and judged by ``assets.causes`` over the
current snapshot; nothing is computed here.
"""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipelines.cli_topic import (
    ROLE,
    Asked,
    finite,
    interval_of,
    note_of,
    number_of,
    p_of,
    percent_of,
    question,
)

if TYPE_CHECKING:
    from assets.causes.reading import Finding

app = typer.Typer(
    no_args_is_help=True,
    help="原因分析:柏拉图、层别、关联、鱼骨、真因验证。 Pareto, strata, fishbone, verification.",
)

By = Annotated[str, typer.Option(help="维度,如 cause、fault_family、model。 Dimension.")]
_MOST = 25


@question(
    app,
    "柏拉图:按次数、工时、金额或每百台年,标出关键少数。",
    "Pareto by count, hours, money or per 100 device-years, the vital few marked.",
)
def pareto(
    asked: Asked,
    by: By = "cause",
    measure: Annotated[
        Literal["count", "hours", "cny", "rate"], typer.Option(help="排序依据。 Ordered by.")
    ] = "count",
) -> None:
    """Print a dimension's values from large to small."""
    from assets.causes.reading import pareto_rows

    rows = pareto_rows(asked.con, asked.about, by, measure, role=ROLE, lang=asked.lang)
    asked.tell(
        rows,
        (("项目", "item"), ("次数", "failures"), ("工时 h", "hours"), ("金额", "money"),
         ("每百台年", "per 100 device-years"), ("累计", "cumulative"), ("关键少数", "vital")),
        [
            [row["name"], row["count"], f"{row['hours']:,.1f}", f"¥{row['cny']:,.2f}",
             number_of(row["rate"], 1), percent_of(row["cumulative"]),
             "●" if row["is_vital"] else ""]
            for row in rows[:_MOST]
        ],
    )  # fmt: skip


@question(
    app, "层别:每一类的故障率、区间与其余各类之比。", "Strata: rates, intervals, ratio to the rest."
)
def strata(asked: Asked, by: By = "model") -> None:
    """Print each value of a dimension with its rate beside all others."""
    from assets.causes.reading import strata as read

    rows = read(asked.con, asked.about, by, role=ROLE, lang=asked.lang)
    asked.tell(
        rows,
        (("项目", "item"), ("次数", "n"), ("每百台年", "per 100 device-years"),
         ("95 % 区间", "95 % interval"), ("与其余之比", "ratio to the rest"),
         ("区间", "interval"), ("p(FDR)", "p (FDR)")),
        [
            [row["name"], row["n"], number_of(row.get("rate"), 1),
             interval_of(row.get("lo"), row.get("hi"), 1), number_of(row.get("ratio"), 2),
             interval_of(row.get("ratio_lo"), row.get("ratio_hi"), 2),
             p_of(row.get("adjusted_p"))]
            for row in rows[:_MOST]
        ],
        note_of(asked.lang),
    )  # fmt: skip


@question(app, "关联:谁与什么故障一起出现。", "Associations: what goes along with which fault.")
def associations(
    asked: Asked,
    kind: Annotated[
        str, typer.Argument(help="model department zone age_cohort brand shift season engineer lot")
    ] = "model",
) -> None:
    """Print the groups of one kind against all others, the clearest first."""
    from assets.causes.reading import associations as read

    rows = read(asked.con, asked.about, kind, role=ROLE, lang=asked.lang)
    asked.tell(
        rows,
        (("项目", "item"), ("故障", "fault"), ("n", "n"), ("期望", "expected"),
         ("比", "ratio"), ("95 % 区间", "95 % interval"), ("p(FDR)", "p (FDR)"),
         ("显著", "called")),
        [
            [row["name"], row.get("fault_family_name"), row["n"],
             number_of(row["expected"], 1), number_of(row["ratio"], 2),
             interval_of(row["lo"], row["hi"], 2), p_of(row["adjusted_p"]),
             "●" if row["is_called"] else ""]
            for row in rows[:_MOST]
        ],
        note_of(asked.lang),
    )  # fmt: skip


@question(
    app, "鱼骨图:已编码的原因与同类故障别处相比。", "Fishbone: coded causes beside elsewhere's."
)
def fishbone(asked: Asked) -> None:
    """Print the coded causes of a topic, suspects first."""
    from assets.causes.reading import fishbone as read

    found = read(asked.con, asked.about, asked.lang)
    coded = sorted((bone for bone in found.bones if bone["n"]), key=lambda bone: bone["rank"])
    zh = asked.lang == "zh"
    asked.tell(
        {"bones": found.bones, "coded": found.coded, "uncoded": found.uncoded},
        (("骨", "bone"), ("原因", "cause"), ("次数", "n"), ("期望", "expected"),
         ("p(FDR)", "p (FDR)"), ("疑似", "suspect"), ("求证", "evidence"), ("谁答", "owner")),
        [
            [bone["category_name"], bone["name"], bone["n"], number_of(bone["expected"], 1),
             p_of(bone["adjusted_p"]), "●" if bone["is_suspect"] else "", bone["question"],
             bone["owner"]]
            for bone in coded
        ],
        f"已编码 {found.coded},未编码 {found.uncoded}。" if zh
        else f"{found.coded} coded, {found.uncoded} not coded.",
        note_of(asked.lang),
    )  # fmt: skip


@question(app, "先后:同一设备上 A 之后出现 B。", "Sequences: B after A on one device.")
def sequences(asked: Asked) -> None:
    """Print pairs of faults within the window, beside what chance gives."""
    from assets.causes.reading import sequences as read

    rows = read(asked.con, asked.about, lang=asked.lang)
    asked.tell(
        rows,
        (("先", "first"), ("后", "then"), ("次数", "n"), ("设备", "devices"),
         ("机会期望", "by chance"), ("比", "ratio"), ("p(FDR)", "p (FDR)")),
        [
            [row["first_name"], row["second_name"], row["n"], row["devices"],
             number_of(row["expected"], 1), number_of(row["ratio"], 2), p_of(row["adjusted_p"])]
            for row in rows[:_MOST]
        ],
        note_of(asked.lang),
    )  # fmt: skip


@question(
    app,
    "真因验证:满足条件的设备是否故障更多;给出成立、不成立或证据不足。",
    "Verify a cause: do the devices under a condition fail more? One of three verdicts.",
)
def verify(
    asked: Asked,
    exposed: Annotated[
        str, typer.Option(help="暴露条件,如 model:M1;zone:A。 Condition, such as model:M1.")
    ],
) -> None:
    """Test one hypothesis and print the verdict."""
    from assets.causes.reading import exposure_test, parsed

    finding = exposure_test(asked.con, asked.about, parsed(exposed, ROLE))
    print_finding(asked, finding)


def print_finding(asked: Asked, finding: "Finding") -> None:
    """Print what a test found, and the verdict in words."""
    from assets.causes.reading import Names

    names = Names(asked.con, asked.lang)
    ratio, low, high = finding.ratio
    sides = (("first", finding.first), ("second", finding.second))
    content = {
        "design": finding.design,
        **{name: {"count": side.count, "device_days": side.exposure} for name, side in sides},
        "ratio": finite(ratio),
        "lo": finite(low),
        "hi": finite(high),
        "p_value": finite(finding.p_value),
        "dispersion": finding.dispersion,
        "verdict": finding.verdict.value,
        "query": finding.query,
    }
    asked.tell(
        content,
        (("", ""), ("次数", "failures"), ("台·天", "device-days")),
        [
            ["未暴露" if asked.lang == "zh" else "not exposed",
             number_of(finding.first.count, 1), number_of(finding.first.exposure, 0)],
            ["暴露" if asked.lang == "zh" else "exposed",
             number_of(finding.second.count, 1), number_of(finding.second.exposure, 0)],
        ],
        f"{names.label('verdict', finding.verdict.value)}: "
        f"{number_of(ratio, 2)} ({interval_of(low, high, 2)}), p = {p_of(finding.p_value)}, "
        f"φ = {finding.dispersion:.2f}  [{finding.query}]",
        note_of(asked.lang),
    )  # fmt: skip

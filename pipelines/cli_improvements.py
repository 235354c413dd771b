"""The commands of the register of measures: list, show, add, close; and the circle's report.

Holds options, columns and words. The register and its effects are read by ``assets.causes``,
entries are appended through ``assets.decisions``, the job ``circle_export`` writes the report.
"""

from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_asked import conditions, span_of
from pipelines.cli_kpi import From, To, Where, opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_settings import installed
from pipelines.cli_topic import ROLE, AsJson, Asked, ask, finite, interval_of, number_of, p_of

if TYPE_CHECKING:
    import duckdb

    from assets.causes.improvements import Effect, Improvement

app = typer.Typer(
    no_args_is_help=True,
    help="改善登记(PDCA):列表、登记、结案、效果。 Measures: list, add, close, effect.",
)

Id = Annotated[str, typer.Argument(help="措施编号。 Id of the measure.")]
Actor = Annotated[str, typer.Option("--actor", help="谁登记:账号或工号。 Account or engineer id.")]
Site = Annotated[str | None, typer.Option(help="院区编号;只有一个院区时可省略。 Site.")]


@command(app, "全部措施与结论。", "Every measure with its verdict.", name="list")
def list_measures(*, as_json: AsJson = False) -> None:
    """Print the register, the newest first."""
    from assets.causes.improvements import effect, register

    def answer(asked: Asked) -> None:
        found = [(one, effect(asked.con, one)) for one in register(asked.con, role=ROLE)]
        asked.tell(
            [_content(one, known) for one, known in found],
            (("编号", "id"), ("主题", "topic"), ("措施", "measure"), ("范围", "scope"),
             ("开始", "since"), ("状态", "state"), ("结论", "verdict"), ("率比", "ratio")),
            [
                [one.improvement_id, one.topic, one.measure, one.scope, one.started_on,
                 *_said(asked, known)]
                for one, known in found
            ],
        )  # fmt: skip

    ask(None, None, None, answer, as_json=as_json)


@command(app, "一项措施的效果、区间、节省与观察。", "A measure's effect, interval, savings, watch.")
def show(improvement: Id, *, as_json: AsJson = False) -> None:
    """Print what is known of one measure."""
    from assets.causes.improvements import effect, one_of

    def answer(asked: Asked) -> None:
        one = one_of(asked.con, improvement, role=ROLE)
        known = effect(asked.con, one)
        zh = asked.lang == "zh"
        asked.tell(
            _content(one, known),
            (("项目", "item"), ("内容", "content")),
            [[label[not zh], value] for label, value in _lines(asked, one, known)],
            *([known.why_not] if known.why_not else []),
        )

    ask(None, None, None, answer, as_json=as_json)


@command(app, "登记一项措施。", "Register a measure.")
def add(
    improvement: Id,
    *,
    topic: Annotated[str, typer.Option(help="主题。 Topic.")],
    measure: Annotated[str, typer.Option(help="做什么。 What is done.")],
    scope: Annotated[str, typer.Option(help="范围,如 department:D301。 Where.")],
    started_on: Annotated[str, typer.Option(help="开始日期 YYYY-MM-DD。 First day.")],
    actor: Actor,
    cause: Annotated[str | None, typer.Option(help="原因编码。 Cause.")] = None,
    control: Annotated[str | None, typer.Option(help="对照范围。 Compared with.")] = None,
    selected_on: Annotated[str | None, typer.Option(help="选定日期。 Picked on.")] = None,
    metric: Annotated[str, typer.Option(help="指标。 Metric.")] = "use_failure_rate",
    target: Annotated[str | None, typer.Option(help="目标值。 Target.")] = None,
    owner: Annotated[str | None, typer.Option(help="负责人工号。 Owner's id.")] = None,
    site: Site = None,
) -> None:
    """Append a measure to decisions.db."""
    from pydantic import ValidationError

    from assets.causes.reading import parsed
    from assets.causes.yardsticks import YARDSTICKS
    from assets.decision_kinds import Improvement as Entry
    from assets.decisions import Draft, append

    settings = installed()
    parsed(scope, ROLE)
    parsed(control or "", ROLE)
    if metric not in YARDSTICKS:
        raise ConfigError(f"「{metric}」不能自动验证。", f"可用的有:{'、'.join(YARDSTICKS)}。")
    first, picked = _day(started_on), _day(selected_on)
    assert first is not None  # noqa: S101 - the option is required
    try:
        entry = Entry(
            topic=topic, measure=measure, scope=scope, started_on=first, cause_code=cause,
            control_scope=control, selected_on=picked, metric_id=metric,
            target_value=_decimal(target), owner_engineer_id=owner,
        )  # fmt: skip
    except ValidationError as error:
        places = "、".join(str(item["loc"][0]) for item in error.errors())
        raise ConfigError(f"措施的这些内容不合要求:{places}。", "请改正后重试。") from None
    draft = Draft(actor, ROLE, "improvement", improvement, entry, _site(site))
    append(settings.decisions_path, [draft])
    cli_output.say(
        f"已登记 {improvement};下一次运行后可见。",
        f"{improvement} is registered; it shows after the next run.",
        settings.language,
    )


@command(
    app,
    "结案:成为标准并继续观察;结论不是成立时须写明 --unproven。",
    "Close: it is standard now, and watched; what is not proven needs --unproven.",
)
def close(
    improvement: Id,
    on: Annotated[str, typer.Option(help="结案日期 YYYY-MM-DD。 Last day.")],
    actor: Actor,
    *,
    unproven: Annotated[
        bool, typer.Option("--unproven", help="不作为成果结案。 Not as a success.")
    ] = False,
) -> None:
    """Append the closing; a case that is not 成立 is refused as a success."""
    from assets.causes.improvements import effect, one_of
    from assets.circle.report import require_success
    from assets.decision_kinds import ImprovementClosed
    from assets.decisions import Draft, append

    settings = installed()
    day = _day(on)
    assert day is not None  # noqa: S101 - the option is required
    with opened_snapshot(settings) as (_, con):
        one = one_of(con, improvement, role=ROLE)
        if not unproven:
            require_success(one, effect(con, one))
    if one.started_on is not None and day < one.started_on:
        raise ConfigError(f"结案日期 {day} 早于开始日期 {one.started_on}。", "请改正后重试。")
    draft = Draft(
        actor, ROLE, "improvement_closed", improvement, ImprovementClosed(ended_on=day),
        one.site_id,
    )  # fmt: skip
    append(settings.decisions_path, [draft])
    cli_output.say(
        f"已结案 {improvement},继续观察。", f"{improvement} is closed and watched.",
        settings.language,
    )  # fmt: skip


def report(
    where: Where = None,
    start: From = None,
    end: To = None,
    improvement: Annotated[
        str | None, typer.Option(help="显示效果的措施编号。 Measure whose effect is shown.")
    ] = None,
    capability: Annotated[str | None, typer.Option(help="圈能力 0–1。 Capability.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write the ten-step report of a topic."""
    from exports.dag import CIRCLE_OP
    from pipelines.jobs import CIRCLE_EXPORT
    from pipelines.run import execute

    settings = installed()
    span_of(start, end)
    ability = _decimal(capability)
    topic = {
        "where": conditions(where), "start": start, "end": end, "improvement_id": improvement,
        "capability": None if ability is None else str(ability),
    }  # fmt: skip
    with cli_output.progress(
        "正在写品管圈报告……", "Writing the quality circle's report …", settings.language
    ):
        told = {name: value for name, value in topic.items() if value is not None}
        outcome = execute(settings, CIRCLE_EXPORT, config={CIRCLE_OP: told})
    path = settings.exports_dir / outcome.files[0]
    if as_json:
        cli_output.print_json({"file": str(path)})
        return
    cli_output.say(f"品管圈报告:{path}", f"Quality circle: {path}", settings.language)


def _content(one: "Improvement", known: "Effect") -> dict[str, Any]:
    finding = known.finding
    return {
        **asdict(one),
        "state": known.state,
        "verdict": finding.verdict.value if finding else "open",
        "ratio": [finite(bound) for bound in finding.ratio] if finding else None,
        "p_value": finite(finding.p_value) if finding else None,
        "possible_from": finding.possible_from if finding else None,
        "likely_from": finding.likely_from if finding else None,
        "baseline": finding.baseline if finding else None,
        "query": finding.query if finding else None,
        "saved_count": known.saved_count,
        "saved_hours": known.saved_hours,
        "saved_cny": known.saved_cny,
        "looks": [asdict(look) for look in known.looks],
        "why_not": known.why_not,
    }


def _said(asked: Asked, known: "Effect") -> list[str | None]:
    names = _names(asked)
    finding = known.finding
    verdict = finding.verdict.value if finding else "open"
    ratio = finding.ratio[0] if finding else None
    return [names.label("improvement_state", known.state), names.label("verdict", verdict),
            number_of(ratio, 2)]  # fmt: skip


def _names(asked: Asked) -> Any:
    from assets.causes.reading import Names

    return Names(asked.con, asked.lang)


def _lines(
    asked: Asked, one: "Improvement", known: "Effect"
) -> list[tuple[tuple[str, str], object]]:
    state, verdict, _ = _said(asked, known)
    lines: list[tuple[tuple[str, str], object]] = [
        (("主题", "topic"), one.topic), (("措施", "measure"), one.measure),
        (("范围", "scope"), one.scope), (("开始", "since"), one.started_on),
        (("状态", "state"), state), (("结论", "verdict"), verdict),
    ]  # fmt: skip
    finding = known.finding
    if finding is not None:
        ratio, low, high = finding.ratio
        lines += [
            (("率比(95% 区间)", "ratio (95 %)"),
             f"{number_of(ratio, 2)} ({interval_of(low, high, 2)})"),
            (("p", "p"), p_of(finding.p_value)),
            (("可下结论日", "verdict from"), finding.possible_from),
            (("较有把握日", "likely from"), finding.likely_from),
        ]  # fmt: skip
    for label, saved in ((("减少故障", "prevented"), known.saved_count),
                         (("节省工时 h", "hours saved"), known.saved_hours),
                         (("节省金额 ¥", "money saved"), known.saved_cny)):  # fmt: skip
        if saved is not None:
            text = f"{number_of(saved[0], 1)} ({interval_of(saved[1], saved[2], 1)})"
            lines.append((label, text))
    return lines


def _day(text: str | None) -> date | None:
    return span_of(text, None)[0]


def _decimal(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise ConfigError(f"「{text}」不是数字。", "请写成 0.7 这样的形式。") from None


def _site(site: str | None) -> str:
    """Return the site given, or the only one of the snapshot."""
    if site is not None:
        return site
    with opened_snapshot(installed()) as (_, con):
        sites = _sites(con)
    if len(sites) != 1:
        raise ConfigError("有多个院区,需要指明是哪一个。", f"请加 --site:{'、'.join(sites)}。")
    return sites[0]


def _sites(con: "duckdb.DuckDBPyConnection") -> list[str]:
    rows = con.execute("select site_id from kpi.dim_sites order by site_id").fetchall()
    return [str(site) for (site,) in rows]

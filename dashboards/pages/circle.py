"""品管圈: the ten steps of a topic, the same as the workbook's, made to be printed on A4.

Holds the choice of topic (in the address) and who may see it. The content is `assets.circle`'s.
"""

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, unquote

from dash import dcc, html

from assets.causes.improvements import register
from assets.causes.reading import pareto_rows, parsed, topic, written
from assets.circle.report import Circle, circle
from config.errors import ConfigError
from dashboards.pages import parts
from dashboards.pages.ask import Ask
from dashboards.pages.steps import steps

PATH, TITLE = "/circle", "page_circle"
ROLES = ("head", "qcc")
_CANDIDATES = 12


def render(ask: Ask) -> list[Any]:
    """Return the ten steps of the topic in the path, or what a topic can be chosen from.

    Raises:
        ConfigError: an unknown topic, measure or period, or one that the role may not see.
    """
    if not ask.path:
        return _choice(ask)
    role = ask.viewer.data_role
    about = topic(
        ask.con, where=parsed(unquote(ask.path), role), role=role,
        start=_day(ask, "from"), end=_day(ask, "to"),
    )  # fmt: skip
    measure, ability = ask.params.get("improvement"), _capability(ask)

    def make() -> Circle:
        return circle(
            ask.con, about, improvement_id=measure, capability=ability, role=role, lang=ask.lang
        )

    key = ("circle", repr(about), measure, ability, role, ask.lang)
    report: Circle = ask.reading.kept(key, make)
    period = f"{report.start} — {report.end - timedelta(days=1)}"
    return [
        html.H1(report.title),
        html.P(f"{ask.settings.hospital_name} · {period}", className="asof"),
        *steps(report, ask.lang),
    ]


def _choice(ask: Ask) -> list[Any]:
    """Return the faults of the last year from the most frequent, and the registered measures."""
    role = ask.viewer.data_role
    about = topic(ask.con, role=role)
    rows = [row for row in pareto_rows(ask.con, about, "fault_family", role=role, lang=ask.lang)
            if row["code"]][:_CANDIDATES]  # fmt: skip
    found = [
        [_link(ask, row["name"], {"fault_family": (row["code"],)}), f"{row['count']:,}",
         f"{row['hours']:,.1f}", f"¥{row['cny']:,.2f}"]
        for row in rows
    ]  # fmt: skip
    measures = [
        [_link(ask, one.topic or one.improvement_id, parsed(one.scope, role), one.improvement_id),
         one.measure or "", str(one.started_on or "")]
        for one in register(ask.con, role=role) if one.scope
    ]  # fmt: skip
    fault, cases = ask.word("fault"), ask.word("cases")
    return [
        html.H1(ask.word(TITLE)),
        html.P(ask.word("choose_topic")),
        parts.table([fault, cases, ask.word("hours"), "¥"], found, numbers=(1, 2, 3)),
        html.H2(ask.word("measures")),
        parts.table([ask.word("topic"), ask.word("measure_taken"), ask.word("since")], measures),
    ]


def _link(
    ask: Ask, text: str, where: dict[str, tuple[str, ...]], improvement: str | None = None
) -> Any:
    address = f"{PATH}/{quote(written(where), safe='')}"
    return dcc.Link(text, href=ask.link(address, improvement=improvement, month=None))


def _day(ask: Ask, name: str) -> date | None:
    text = ask.params.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigError(f"日期「{text}」写法不对。", "请写成 2026-11-01 这样的形式。") from None


def _capability(ask: Ask) -> Decimal | None:
    """Return 圈能力 as the address says it."""
    text = ask.params.get("capability")
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        raise ConfigError(f"圈能力「{text}」不是数字。", "请写成 0.7 这样的形式。") from None

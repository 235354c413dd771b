"""设备可靠性: models against their class, failures by age, what is better replaced than repaired.

Holds the page; the verdicts are made in `assets.reliability`, the reasons in `assets.replacement`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dash import dcc, html

from assets import reliability
from assets.metrics import Metric, number_text, registry
from assets.reliability import Group
from dashboards.layout import data
from dashboards.pages import charts, device_charts, parts, states
from dashboards.pages.ask import Ask, after, interval_of, text_of
from dashboards.pages.asset import found

PATH, TITLE = "/reliability", "page_reliability"
ROLES = ("head", "finance", "qcc", "engineer")
_MONTHS, _MOST_DEVICES = 12, 50
_NAMED = 3  # models that the finding names
# A model beyond the upper 99.8 % limit by chance: half of what lies outside both.
_CHANCE = 0.001


def render(ask: Ask) -> list[Any]:
    """Return the page."""
    return [
        parts.filters(ask),
        parts.spans(ask, PATH, _MONTHS),
        *found(ask),
        html.H2(ask.word("models_against_class")),
        *_models(ask),
        html.H2(ask.word("ageing")),
        *_ages(ask),
        *_to_replace(ask),
    ]


def _asked(ask: Ask) -> dict[str, Any]:
    where = ask.where(registry()[reliability.RATE])
    return {"start": ask.first(_MONTHS), "end": after(ask.month), "where": where, "lang": ask.lang}


def _kept(ask: Ask, name: str, make: Any) -> Any:
    key = (name, ask.viewer, ask.lang, ask.month, ask.span(_MONTHS), repr(_asked(ask)["where"]))
    return ask.reading.kept(key, make)


def _models(ask: Ask) -> list[Any]:
    read: reliability.Models = _kept(
        ask, "models", lambda: reliability.models(ask.con, ask.viewer, **_asked(ask))
    )
    if not read.models:
        return [html.P(ask.word("no_models"))]
    judged = [one for one in read.models if one.verdict not in ("small", "alone", "unknown")]
    others = [one for one in read.models if one not in judged]
    folded = html.Details(
        [html.Summary(ask.word("small_models", n=len(others))), _table(ask, others)]
    )
    unnamed = html.P(ask.word("unnamed_failures", n=read.unnamed_failures), className="note")
    return [
        parts.findings([told(ask, read)]),
        charts.graph(device_charts.funnel(read.models, ask.word)),
        *([_table(ask, judged)] if judged else []),
        *([folded] if others else []),
        *([unnamed] if read.unnamed_failures else []),
    ]


def _table(ask: Ask, models: Sequence[Group]) -> Any:
    names = ("brand_model", "asset_class", "per_100", "interval", "failure_count",
             "exposure_years", "expected_failures", "observed_by_expected", "verdict")  # fmt: skip
    table = parts.table(
        [ask.word(name) for name in names],
        [_line(ask, one) for one in models],
        numbers=(2, 3, 4, 5, 6, 7),
        wide=(1, 3, 5, 6),
    )
    return html.Div([table, *_key(ask, models)])


def _key(ask: Ask, groups: Sequence[Group]) -> list[Any]:
    return states.key([row for one in groups for row in (one.rate, one.ratio)], ask.lang)


def told(ask: Ask, read: reliability.Models) -> str:
    """Return the finding under the funnel."""
    judged = read.judged()
    if not judged:
        return ask.word("find_models_few", least=ask.context.limits.min_events)
    out = [one for one in read.models if one.verdict == "high"]
    if not out:
        return ask.word("find_models_none", n=judged)
    names = [_of_class(ask, one, one.names["model"]) for one in out[:_NAMED]]
    return ask.word(
        "find_models_out",
        n=judged,
        out=len(out),
        chance=f"{judged * _CHANCE:.2f}",
        names=("; " if ask.lang == "en" else ";").join(names),
    )


def _of_class(ask: Ask, one: Group, name: str) -> str:
    return ask.word("one_out", name=name, **_ratio(ask, one))


def _ratio(ask: Ask, one: Group) -> dict[str, Any]:
    shape = registry()[reliability.RATIO].statistics["ratio"]
    ratio = {"ratio": one.ratio["value"], "lo": one.ratio["lo"], "hi": one.ratio["hi"]}
    texts = {name: number_text(shape, value, ask.lang) for name, value in ratio.items()}
    return {**texts, "n": f"{one.failures:,}"}


def _line(ask: Ask, one: Group) -> list[Any]:
    metric = registry()[reliability.RATE]
    narrowed = {**one.codes, "span": ask.span(_MONTHS)}
    rate = ask.kpi(reliability.RATE, by="model", **narrowed)
    return [
        " ".join(one.names[name] for name in ("brand", "model") if one.codes[name]),
        one.names["asset_class"] if one.codes["asset_class"] else "",
        _figure(ask, metric, one, rate),
        interval_of(metric, one.rate, ask.lang),
        dcc.Link(f"{one.failures:,}", href=rate),
        f"{one.device_years:,.1f}",
        f"{one.expected:,.1f}",
        _against(ask, one, ask.kpi(reliability.RATIO, by="model", **narrowed)),
        html.Td(ask.word(f"verdict_{one.verdict}"), className=f"verdict-{one.verdict}"),
    ]


def _figure(ask: Ask, metric: Metric, one: Group, address: str) -> Any:
    return html.Td(
        dcc.Link(text_of(metric, one.rate, ask.lang), href=address),
        className=f"number state-{one.rate['state'].partition(':')[0]}",
        **data(figure="·".join(str(code) for code in one.codes.values())),
    )


def _against(ask: Ask, one: Group, address: str) -> Any:
    metric = registry()[reliability.RATIO]
    text, between = text_of(metric, one.ratio, ask.lang), interval_of(metric, one.ratio, ask.lang)
    text = f"{text} ({between})" if between else text
    return html.Td(dcc.Link(text, href=address), className=f"number state-{one.ratio['state']}")


def _ages(ask: Ask) -> list[Any]:
    read: list[Group] = _kept(
        ask, "ages", lambda: reliability.ages(ask.con, ask.viewer, **_asked(ask))
    )
    if not read:
        return [html.P(ask.word("no_ages"))]
    metric = registry()[reliability.RATE]
    lines = []
    for one in read:
        narrowed = {**one.codes, "span": ask.span(_MONTHS)}
        rate = ask.kpi(reliability.RATE, by="age_cohort", **narrowed)
        lines.append([
            one.names["age_cohort"],
            _figure(ask, metric, one, rate),
            interval_of(metric, one.rate, ask.lang),
            dcc.Link(f"{one.failures:,}", href=rate),
            f"{one.device_years:,.1f}",
            _against(ask, one, ask.kpi(reliability.RATIO, by="age_cohort", **narrowed)),
        ])  # fmt: skip
    return [
        parts.findings(told_of_ages(ask, read)),
        charts.graph(device_charts.by_age(read, ask.word("per_100"))),
        parts.table(
            [ask.word(name) for name in
             ("age", "per_100", "interval", "failure_count", "exposure_years",
              "observed_by_expected")],
            lines,
            numbers=(1, 2, 3, 4, 5),
            wide=(2, 4),
        ),
        *_key(ask, read),
    ]  # fmt: skip


def told_of_ages(ask: Ask, ages: list[Group]) -> list[str]:
    """Return the findings about age: what lies beyond the 99.8 % limits, or that none does."""
    out = [one for one in ages if one.verdict in ("high", "low")]
    return [
        ask.word("find_age", name=one.names["age_cohort"], **_ratio(ask, one)) for one in out
    ] or [ask.word("find_ages_even")]


def _to_replace(ask: Ask) -> list[Any]:
    metric = registry()["replacement_candidates"]
    if not ask.viewer.may_read(metric):
        return []
    heading = html.H2(ask.word("repair_or_replace"))
    if not ask.is_connected(metric):
        return [heading, html.P(ask.word("replace_not_connected"))]
    where = ask.where(metric)
    rows: list[dict[str, Any]] | None = ask.reading.kept(
        ("to_replace", ask.viewer, ask.lang, repr(where)),
        lambda: reliability.to_replace(ask.con, ask.viewer, where=where, lang=ask.lang),
    )
    if rows is None:
        return []
    signs = reliability.signs_needed(ask.con)
    if not rows:
        return [heading, html.P(ask.word("find_replace_none", signs=signs))]
    cny = sum((row["replacement_cny"] or Decimal(0) for row in rows), Decimal(0))
    shown = rows[:_MOST_DEVICES]
    of = ask.word("of_which_shown", shown=len(shown), total=len(rows))
    return [
        heading,
        parts.findings([ask.word("find_replace", n=len(rows), cny=f"¥{cny:,.2f}", signs=signs)]),
        parts.table(
            [ask.word(name) for name in
             ("asset_number", "device", "department", "reasons", "year_cost", "all_cost",
              "price_new")],
            [_device(ask, row) for row in shown],
            numbers=(4, 5, 6),
            wide=(2, 5, 6),
        ),
        *([html.P(of, className="note")] if len(rows) > len(shown) else []),
    ]  # fmt: skip


def _device(ask: Ask, row: dict[str, Any]) -> list[Any]:
    named = " ".join(filter(None, (row["class_name"], row["brand"], row["model"])))
    return [
        parts.device(ask, row["asset_id"], row["site_id"], row["asset_tag"]),
        named,
        row["department_name"],
        html.Ul([html.Li(reason) for reason in row["reasons"]]),
        *(f"¥{row[name] or Decimal(0):,.2f}" for name in
          ("service_year_cny", "service_cny", "replacement_cny")),
    ]  # fmt: skip

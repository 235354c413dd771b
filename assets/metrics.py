"""The only reader of the metric registry and of `kpi.*`.

Holds `read`, `explain` and `detail`: what wall, pages, workbooks, the command and the checks call.
Who may cut by what is decided here, where the data are read; who may see which rows in
`metric_details`. SQL lives in `metric_sql`, arithmetic in `metric_results`, display in
`metric_format`, as-of and thresholds in `metric_context`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd

from assets.metric_context import Context, context
from assets.metric_details import detail, detail_rows
from assets.metric_format import STOPPED, duration_text, format_value, number_text, state_word
from assets.metric_periods import GRAINS, Grain, Period, periods
from assets.metric_registry import Dimension, Metric, Statistic, dimensions, registry
from assets.metric_results import COMPUTE, ZERO_WHEN_EMPTY, Key, Number
from assets.metric_sql import Query
from config.errors import ConfigError

__all__ = [
    "GRAINS",
    "Context",
    "Dimension",
    "Explanation",
    "Metric",
    "Statistic",
    "context",
    "detail",
    "detail_rows",
    "dimensions",
    "distrusted",
    "duration_text",
    "explain",
    "format_value",
    "label",
    "number_text",
    "read",
    "registry",
    "state_word",
]

_VALUE_COLUMNS = ("value", "lo", "hi", "numerator", "denominator", "n", "state")


@dataclass(frozen=True)
class Explanation:
    """Everything behind a number: definition, inputs, and the rows of the result."""

    metric: Metric
    context: Context
    sql_inputs: tuple[str, ...]
    numbers: pd.DataFrame


def _metric(metric_id: str) -> Metric:
    if metric_id not in registry():
        raise ConfigError(
            f"没有名为「{metric_id}」的指标。", "请用 opspulse kpi list 查看全部指标。"
        )
    return registry()[metric_id]


def _dimensions(metric: Metric, names: Sequence[str], role: str) -> list[Dimension]:
    known = dimensions()
    for name in names:
        if name not in metric.dimensions:
            raise ConfigError(
                f"指标 {metric.id} 不能按「{name}」分组。",
                f"可用的有:{'、'.join(metric.dimensions)}。",
            )
        if known[name].roles and role not in known[name].roles:
            raise ConfigError(f"当前身份无权按「{known[name].zh}」查看。", "请联系科室负责人。")
    return [known[name] for name in names]


def read(  # noqa: PLR0913 - the one reader takes everything a reader may ask
    con: duckdb.DuckDBPyConnection,
    metric_id: str,
    *,
    grain: Grain = "month",
    by: Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
    where: Mapping[str, Any] | None = None,
    role: str = "head",
    lang: str = "zh",
) -> pd.DataFrame:
    """Return a metric's numbers, one row per period × dimension value × statistic.

    Args:
        con: a snapshot, a live file or the warehouse.
        metric_id: id in the registry.
        grain: length of the periods; ``total`` is one period from start to end.
        by: dimension ids to cut by.
        start: first local day; the data's first by default.
        end: local day after the last; the day after as-of by default.
        where: dimension id → code or list of codes.
        role: who asks; decides which dimensions are open.
        lang: language of dimension names.

    Returns:
        Columns ``metric_id, statistic, grain, period_start, period_end``, per dimension ``<id>``
        (display name) and ``<id>_code``, then ``value, lo, hi, numerator, denominator, n, state``.

    Raises:
        ConfigError: unknown metric, grain or dimension, or one that the role may not see.
    """
    metric = _metric(metric_id)
    if grain not in GRAINS:
        raise ConfigError(f"没有「{grain}」这种周期。", f"可用的有:{'、'.join(GRAINS)}。")
    cut = _dimensions(metric, by, role)
    filters = _dimensions(metric, list(where or {}), role)
    known = context(con)
    spans = periods(
        grain,
        start or known.data_from,
        end or known.as_of_on + timedelta(days=1),
        zone=known.timezone,
        as_of=known.as_of,
        data_from=known.data_from,
    )
    columns = {item.column: (where or {})[item.id] for item in filters}
    query = Query(con, metric, spans, cut, columns)
    missing = set(metric.sources) - known.connected
    if missing or not spans:
        numbers = _empty(query, "not_connected" if missing else "no_data")
    else:
        numbers = _filled(query, COMPUTE[metric.kind](query, known.limits), known)
        numbers = _stopped(query, _gated(metric, numbers, known), known)
    return _frame(query, numbers, grain, lang)


def _empty(query: Query, state: str) -> list[Number]:
    blank = (None,) * len(query.keys)
    return [
        Number((period.start, *blank), name, None, state=state)
        for period in query.periods
        for name in query.metric.statistics
    ]


def _filled(query: Query, numbers: list[Number], known: Context) -> list[Number]:
    """Add what an uncut read must still show for periods without a row: 0, or no data."""
    if query.by:
        return numbers
    seen = {(number.key, number.statistic) for number in numbers}
    is_zero = query.metric.kind in ZERO_WHEN_EMPTY
    extra = []
    for period in query.periods:
        has_data = period.end > known.data_from
        for name in query.metric.statistics:
            if ((period.start,), name) not in seen:
                value = 0.0 if is_zero and has_data else None
                state = "ok" if value is not None else "no_data"
                extra.append(Number((period.start,), name, value, numerator=value, state=state))
    return numbers + extra


def distrusted(metric: Metric, known: Context) -> list[str]:
    """Return why a metric is 不可信: one phrase (zh) for each failed check, none when it is not."""
    return [text for gate, text in known.failed_gates.items() if metric.is_gated_by(*gate)]


def _gated(metric: Metric, numbers: list[Number], known: Context) -> list[Number]:
    """Take the value from numbers whose tables failed their checks: nobody may rely on them."""
    if not distrusted(metric, known):
        return numbers
    return [
        replace(one, value=None, lo=None, hi=None, state="unreliable")
        if one.state not in ("not_connected", "no_data")
        else one
        for one in numbers
    ]


def _stopped(query: Query, numbers: list[Number], known: Context) -> list[Number]:
    """Say of each period that a stopped table does not cover since when; after it, no value."""
    moments = [known.stopped[name] for name in query.metric.sources if name in known.stopped]
    if not moments:
        return numbers
    since = min(moments)
    ends = {period.start: period.end for period in query.periods}
    state = f"{STOPPED}{since:%Y-%m-%d %H:%M}"
    return [
        Number(one.key, one.statistic, None, state=state)
        if one.key[0] > since.date()
        else replace(one, state=state)
        if ends[one.key[0]] > since.date()
        else one
        for one in numbers
    ]


def _label_maps(query: Query, lang: str) -> dict[str, dict[Key, str]]:
    maps: dict[str, dict[Key, str]] = {}
    for item in query.by:
        if item.table == "dim_sites":
            rows = query.con.execute("select site_id, name from kpi.dim_sites").fetchall()
            maps[item.id] = {(code,): name for code, name in rows}
        elif item.table:
            rows = query.con.execute(
                f"select site_id, {item.column}, name from kpi.{item.table}"
            ).fetchall()
            maps[item.id] = {(site, code): name for site, code, name in rows}
        elif item.label_kind:
            column = "en" if lang == "en" else "zh"
            rows = query.con.execute(
                f"select code, {column} from kpi.dim_labels where kind = ?", [item.label_kind]
            ).fetchall()
            maps[item.id] = {(code,): name for code, name in rows}
    return maps


def _frame(query: Query, numbers: list[Number], grain: str, lang: str) -> pd.DataFrame:
    maps = _label_maps(query, lang)
    ends = {period.start: period.end for period in query.periods}
    order = {name: place for place, name in enumerate(query.metric.statistics)}
    missing_word = "Not given" if lang == "en" else "未填"
    rows = []
    for number in numbers:
        values = dict(zip(query.keys, number.key[1:], strict=True))
        row: dict[str, Any] = {
            "metric_id": query.metric.id,
            "statistic": number.statistic,
            "grain": grain,
            "period_start": number.key[0],
            "period_end": ends[number.key[0]],
        }
        for item in query.by:
            code = values[item.column]
            has_site = item.table and item.table != "dim_sites"
            lookup = (values["site_id"], code) if has_site else (code,)
            row[item.id] = maps.get(item.id, {}).get(lookup, code or missing_word)
            row[f"{item.id}_code"] = code
        row |= {name: getattr(number, name) for name in _VALUE_COLUMNS}
        row["_order"] = order[number.statistic]
        rows.append(row)
    names = [part for item in query.by for part in (item.id, f"{item.id}_code")]
    lead = ["metric_id", "statistic", "grain", "period_start", "period_end", *names]
    frame = pd.DataFrame(rows, columns=[*lead, *_VALUE_COLUMNS, "_order"])
    codes = [f"{item.id}_code" for item in query.by]
    frame = frame.sort_values(["period_start", *codes, "_order"], kind="stable", na_position="last")
    return frame.drop(columns="_order").reset_index(drop=True)


def explain(
    con: duckdb.DuckDBPyConnection,
    metric_id: str,
    *,
    grain: Grain = "month",
    start: date | None = None,
    end: date | None = None,
) -> Explanation:
    """Return a number's definition, context and inputs."""
    metric = _metric(metric_id)
    numbers = read(con, metric_id, grain=grain, start=start, end=end)
    facts = {f"kpi.{metric.fact}"} if metric.fact else set()
    if metric.kind in ("rate", "availability"):
        facts |= {"kpi.fact_exposure", "kpi.fact_downtime"}
    if metric.kind in ("stock", "below_min"):
        facts |= {"kpi.fact_stock", "kpi.dim_parts"}
    if metric.kind == "completion":
        facts |= {"kpi.fact_tickets"}
    return Explanation(metric, context(con), tuple(sorted(facts)), numbers)


def label(con: duckdb.DuckDBPyConnection, kind: str, code: str, lang: str = "zh") -> str:
    """Return the display word of a code, the code itself where none is defined."""
    column = "en" if lang == "en" else "zh"
    row = con.execute(
        f"select {column} from kpi.dim_labels where kind = ? and code = ?", [kind, code]
    ).fetchone()
    return str(row[0]) if row else code


def periods_of(grain: Grain, known: Context, start: date, end: date) -> list[Period]:
    """Return the reporting periods of a range in the hospital's zone."""
    return periods(
        grain, start, end, zone=known.timezone, as_of=known.as_of, data_from=known.data_from
    )

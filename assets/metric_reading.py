"""Reading a metric: who may cut by what, missing feeds, stopped tables, names of the groups.

Holds `read_rows`, the one way from a question to numbers, as plain rows and without pandas. SQL
lives in `metric_sql`, arithmetic in the kinds that `metric_results` lists, as-of and thresholds in
`metric_context`; surfaces call all of it through `metrics`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import duckdb

from assets import metric_calendars
from assets.metric_context import Context, context
from assets.metric_format import STOPPED
from assets.metric_number import Limits, order_of
from assets.metric_periods import GRAINS, Grain, periods
from assets.metric_query import Query
from assets.metric_registry import Dimension, Metric, dimensions, registry
from assets.metric_results import COMPUTE, ZERO_WHEN_EMPTY, Key, Number
from config.errors import ConfigError

VALUE_COLUMNS = ("value", "lo", "hi", "numerator", "denominator", "n", "state")


def columns_of(by: Sequence[str]) -> list[str]:
    """Return the columns of a reading cut by these dimensions, in their order."""
    names = [part for item in by for part in (item, f"{item}_code")]
    lead = ["metric_id", "statistic", "grain", "period_start", "period_end"]
    return [*lead, *names, *VALUE_COLUMNS]


def metric_of(metric_id: str) -> Metric:
    """Return a metric of the registry.

    Raises:
        ConfigError: there is none of that id.
    """
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


def _statistics(metric: Metric, names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in metric.statistics:
            raise ConfigError(
                f"指标 {metric.id} 没有名为「{name}」的统计量。",
                f"可用的有:{'、'.join(metric.statistics)}。",
            )
    return names


def read_rows(  # noqa: PLR0913 - the one reader takes everything a reader may ask
    con: duckdb.DuckDBPyConnection,
    metric_id: str,
    *,
    grain: Grain = "month",
    by: Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
    where: Mapping[str, Any] | None = None,
    statistics: Sequence[str] = (),
    role: str = "head",
    lang: str = "zh",
) -> list[dict[str, Any]]:
    """Return a metric's numbers as plain rows; arguments, columns and errors as `metrics.read`."""
    metric = metric_of(metric_id)
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
    query = Query(con, metric, spans, cut, columns, _statistics(metric, statistics))
    missing = lacking(metric, known)
    if missing or not spans:
        numbers = _empty(query, "not_connected" if missing else "no_data")
    else:
        numbers = metric_calendars.marked(
            query, COMPUTE[metric.kind](query, _limits(metric, known))
        )
        numbers = _ripened(query, numbers, known)
        numbers = _filled(query, numbers, known)
        numbers = _discreet(query, numbers, [*cut, *filters])
        numbers = _stopped(query, _gated(metric, numbers, known), known)
        numbers = _unconnected(metric, numbers, known)
    return _rows(query, [one for one in numbers if query.wants(one.statistic)], grain, lang)


def lacking(metric: Metric, known: Context) -> list[str]:
    """Return the tables and columns for want of which the whole metric is 未接入."""
    tables = sorted(set(metric.sources) - known.connected)
    return [*tables, *known.gaps.get(metric.id, {}).get("", ())]


def _unconnected(metric: Metric, numbers: list[Number], known: Context) -> list[Number]:
    """Say 未接入 of the statistics whose own column no source yields, and nothing else of them."""
    gaps = known.gaps.get(metric.id, {})
    return [
        Number(one.key, one.statistic, None, state="not_connected")
        if one.statistic in gaps
        else one
        for one in numbers
    ]


def _limits(metric: Metric, known: Context) -> Limits:
    """Return below what a number is a small sample: the metric's own n, else the thresholds'."""
    if metric.min_n is None:
        return known.limits
    return replace(known.limits, min_events=metric.min_n, min_denominator=metric.min_n)


def _ripened(query: Query, numbers: list[Number], known: Context) -> list[Number]:
    """Say 未成熟 of the shares of periods whose cases may still turn out otherwise."""
    days = timedelta(days=query.metric.maturity_days)
    if not days:
        return numbers
    ripe = {period.start: period.end + days <= known.as_of_on for period in query.periods}
    return [
        replace(one, state="immature")
        if one.statistic in query.metric.numerators
        and one.value is not None
        and not ripe[one.key[0]]
        else one
        for one in numbers
    ]


def _discreet(query: Query, numbers: list[Number], used: Sequence[Dimension]) -> list[Number]:
    """Take the marks of a person with few answers: they say who answered, not how the work is."""
    least = query.metric.min_n_of_a_person
    if least is None or not any(one.is_person for one in used):
        return numbers
    return [
        Number(one.key, one.statistic, None, n=one.n, state="small_sample")
        if one.n < least and query.metric.statistics[one.statistic].format != "count"
        else one
        for one in numbers
    ]


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
                f"select code, {column} from kpi.dim_labels where kind = '{item.label_kind}'"
            ).fetchall()
            maps[item.id] = {(code,): name for code, name in rows}
    return maps


def _rows(query: Query, numbers: list[Number], grain: str, lang: str) -> list[dict[str, Any]]:
    maps = _label_maps(query, lang)
    ends = {period.start: period.end for period in query.periods}
    order = {name: place for place, name in enumerate(query.metric.statistics)}
    missing_word = "Not given" if lang == "en" else "未填"
    codes = {item.id: f"{item.id}_code" for item in query.by}
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
            row[codes[item.id]] = code
        row |= {name: getattr(number, name) for name in VALUE_COLUMNS}
        place = (number.key[0], *(row[code] for code in codes.values()))
        rows.append((order_of(place), order[number.statistic], row))
    return [row for _, _, row in sorted(rows, key=lambda one: one[:2])]

"""The only reader of the metric registry and of `kpi.*`.

Holds `read`, `explain` and what wall, pages, workbooks, the command and the checks call. How a
question becomes numbers is in `metric_reading`; who may see which rows in `metric_details`; display
in `metric_format`, as-of and thresholds in `metric_context`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb

from assets.metric_context import Context, context
from assets.metric_details import detail, detail_rows
from assets.metric_docs import said
from assets.metric_findings import Finding, judged
from assets.metric_format import duration_text, format_value, number_text, state_word
from assets.metric_judgement import Judgement, judge
from assets.metric_kinds_cost import TABLES
from assets.metric_periods import GRAINS, Grain, Period, add_months, periods
from assets.metric_reading import columns_of, distrusted, metric_of, read_rows
from assets.metric_readout import findings
from assets.metric_registry import Dimension, Metric, Statistic, dimensions, registry

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "GRAINS",
    "Context",
    "Dimension",
    "Explanation",
    "Finding",
    "Judgement",
    "Metric",
    "Statistic",
    "add_months",
    "columns_of",
    "context",
    "detail",
    "detail_rows",
    "dimensions",
    "distrusted",
    "duration_text",
    "explain",
    "findings",
    "format_value",
    "judge",
    "judged",
    "label",
    "number_text",
    "read",
    "read_rows",
    "registry",
    "said",
    "state_word",
]


@dataclass(frozen=True)
class Explanation:
    """Everything behind a number: definition, inputs, and the rows of the result."""

    metric: Metric
    context: Context
    sql_inputs: tuple[str, ...]
    numbers: list[dict[str, Any]]


def read(  # noqa: PLR0913 - the one reader takes everything a reader may ask
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
) -> "pd.DataFrame":
    """Return a metric's numbers, one row per period × dimension value × statistic.

    Args:
        con: a snapshot, a live file or the warehouse.
        metric_id: id in the registry.
        grain: length of the periods; ``total`` is one period from start to end.
        by: dimension ids to cut by.
        start: first local day; the data's first by default.
        end: local day after the last; the day after as-of by default.
        where: dimension id → code or list of codes.
        statistics: the metric's statistics that are wanted; all by default.
        role: who asks; decides which dimensions are open.
        lang: language of dimension names.

    Returns:
        Columns ``metric_id, statistic, grain, period_start, period_end``, per dimension ``<id>``
        (display name) and ``<id>_code``, then ``value, lo, hi, numerator, denominator, n, state``.

    Raises:
        ConfigError: unknown metric, grain, dimension or statistic, or one that the role may not
            see.
    """
    import pandas as pd

    rows = read_rows(
        con,
        metric_id,
        grain=grain,
        by=by,
        start=start,
        end=end,
        where=where,
        statistics=statistics,
        role=role,
        lang=lang,
    )
    return pd.DataFrame(rows, columns=columns_of(by))


def explain(  # noqa: PLR0913 - what `read` may be asked
    con: duckdb.DuckDBPyConnection,
    metric_id: str,
    *,
    grain: Grain = "month",
    by: Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
    start: date | None = None,
    end: date | None = None,
    lang: str = "zh",
) -> Explanation:
    """Return a number's definition, context and inputs; arguments as `read`."""
    metric = metric_of(metric_id)
    numbers = read_rows(
        con, metric_id, grain=grain, by=by, where=where, start=start, end=end, lang=lang
    )
    facts = {f"kpi.{metric.fact}"} if metric.fact else set()
    if metric.kind in ("rate", "availability"):
        facts |= {"kpi.fact_exposure", "kpi.fact_downtime"}
    if metric.kind in ("stock", "below_min"):
        facts |= {"kpi.fact_stock", "kpi.dim_parts"}
    if metric.kind == "completion":
        facts |= {"kpi.fact_tickets"}
    facts |= set(TABLES.get(metric.kind, ()))
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

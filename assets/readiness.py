"""Which KPIs live, which ripen still, and for want of which feed the others are 未接入.

Holds the reading for the first-run page and for whoever sets an installation up. What a metric
needs stands in its definition and in `metric_needs`, its ripening in `metric_maturity`; here they
are only asked, and words are left to the surfaces.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from assets import metric_control, metric_maturity, viewers
from assets.metric_context import Context, context
from assets.metric_format import STOPPED
from assets.metric_periods import add_months
from assets.metric_reading import lacking
from assets.metric_registry import Metric
from assets.viewers import Viewer

if TYPE_CHECKING:
    from config.threshold_models import Thresholds

# live: a ripe number; few: one, of a small sample; waiting: cases may still turn out otherwise;
# held: its checks failed or its tables stand still; empty: connected, and nothing happened yet.
State = Literal["live", "few", "waiting", "held", "empty", "missing"]
STATES: tuple[State, ...] = ("live", "few", "waiting", "held", "empty", "missing")


@dataclass(frozen=True)
class Ready:
    """How far a metric has come.

    Attributes:
        metric: which.
        state: of the statistic that leads it, the first whose columns are connected.
        lacking: tables, or columns, that the whole metric needs and no source yields.
        parts: statistic → columns that it alone lacks.
        ripe_on: of one that waits, the earliest local day of a ripe number, None if none is known.
    """

    metric: Metric
    state: State
    lacking: tuple[str, ...] = ()
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ripe_on: date | None = None


@dataclass(frozen=True)
class History:
    """How much has been seen: local days, and what comparisons and limits wait for.

    ``compared_on``: two whole months are behind; ``limits_on``: enough of them for control limits.
    """

    data_from: date
    as_of_on: date
    compared_on: date
    limits_on: date


def history(con: duckdb.DuckDBPyConnection) -> History:
    """Return since when there are data, and from when months can be held against one another."""
    known = context(con)
    month = known.data_from.replace(day=1)
    first = month if month == known.data_from else add_months(month, 1)
    return History(
        data_from=known.data_from,
        as_of_on=known.as_of_on,
        compared_on=add_months(first, 2),
        limits_on=add_months(first, metric_control.LEAST_POINTS),
    )


def readiness(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, thresholds: "Thresholds"
) -> list[Ready]:
    """Return every metric that a viewer may read, in the order of the catalogue.

    Args:
        con: a snapshot.
        viewer: whose rights hold.
        thresholds: those in force.
    """
    known = context(con)
    return [_of(con, viewer, metric, known, thresholds) for metric in viewer.metrics()]


def unpublished(metrics: Iterable[Metric]) -> list[Ready]:
    """Return metrics before anything was published: each lacks the tables that it is made of."""
    return [Ready(metric, "missing", tuple(sorted(metric.sources))) for metric in metrics]


def feeds(found: Iterable[Ready]) -> list[tuple[str, list[Metric]]]:
    """Return what is to be connected, and the metrics each waits for; the most wanted first."""
    wanted: dict[str, list[Metric]] = {}
    for one in found:
        for name in one.lacking:
            wanted.setdefault(name, []).append(one.metric)
    return sorted(wanted.items(), key=lambda item: (-len(item[1]), item[0]))


def _of(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    metric: Metric,
    known: Context,
    thresholds: "Thresholds",
) -> Ready:
    absent = lacking(metric, known)
    if absent:
        return Ready(metric, "missing", tuple(absent))
    parts = {name: one for name, one in known.gaps.get(metric.id, {}).items() if name}
    leading = next((name for name in metric.statistics if name not in parts), None)
    if leading is None:
        columns = sorted({column for part in parts.values() for column in part})
        return Ready(metric, "missing", tuple(columns))
    # most metrics show it in the newest months; only the others are read from the beginning
    this_month = known.as_of_on.replace(day=1)
    for start in (max(add_months(this_month, -1), known.data_from), known.data_from):
        rows = viewers.read(con, viewer, metric.id, start=start, statistics=(leading,))
        state = _state(rows)
        if state in ("live", "few", "held"):
            break
    unripe = [row["period_end"] for row in rows if row["state"] == "immature"]
    ripe = (
        metric_maturity.ripe_on(con, metric, min(unripe), thresholds)
        if state == "waiting"
        else None
    )
    tomorrow = known.as_of_on + timedelta(days=1)
    return Ready(metric, state, (), parts, ripe and max(ripe, tomorrow))


def _state(rows: Sequence[Mapping[str, Any]]) -> State:
    """Return how far a statistic has come, from its months."""
    states = {row["state"] for row in rows}
    if "unreliable" in states or any(state.startswith(STOPPED) for state in states):
        return "held"
    valued = [row for row in rows if row["value"] is not None or row["lo"] is not None]
    ripe = {row["state"] for row in valued} - {"immature"}
    if ripe:
        return "few" if ripe == {"small_sample"} else "live"
    return "waiting" if "immature" in states else "empty"

"""Whose numbers these are, of when, and what is known to be wrong with them.

Holds the context of a snapshot: as-of, zone, thresholds, connected and stopped tables, failed
gates. What follows for a number is decided in `metrics`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import duckdb

from assets.metric_number import Limits
from assets.metric_registry import Metric, learn
from config.errors import ConfigError


@dataclass(frozen=True)
class Context:
    """As-of and thresholds of the numbers in a snapshot, from `kpi.run_context`."""

    as_of: datetime
    as_of_on: date
    timezone: str
    is_demo: bool
    hospital_name: str
    department_name: str
    rules_version: str
    limits: Limits
    data_from: date
    connected: frozenset[str]
    due_soon_share: float
    # canonical table → since when it stands still, local time
    stopped: Mapping[str, datetime]
    # (canonical table, rule) of the checks that failed beyond what KPIs can bear → its words (zh)
    failed_gates: Mapping[tuple[str, str], str]
    # metric → statistic ('' for the whole) → the columns it needs and no source yields
    gaps: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    # (metric, statistic) → from when until when (local days) which target is in force
    targets: Mapping[tuple[str, str], tuple[tuple[date, date, float], ...]] = field(
        default_factory=dict
    )

    def target(self, metric_id: str, statistic: str, day: date) -> float | None:
        """Return the target in force on a local day, None without one."""
        for start, end, target in self.targets.get((metric_id, statistic), ()):
            if start <= day < end:
                return target
        return None


# own metrics (None: the file does not tell) and context, by connection in which nothing changes
_Remembered = tuple[Mapping[str, Metric] | None, Context]
_remembered: dict[int, _Remembered | None] = {}


@contextmanager
def unchanging(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Read the context once for the block, in which nobody writes: every number asks for it."""
    _remembered[id(con)] = None
    try:
        yield
    finally:
        del _remembered[id(con)]


def context(con: duckdb.DuckDBPyConnection) -> Context:
    """Read the context of a snapshot (or of a warehouse), and learn the hospital's own metrics."""
    own, found = _remembered.get(id(con)) or _read(con)
    if id(con) in _remembered:
        _remembered[id(con)] = own, found
    if own is not None:
        learn(own)
    return found


def _read(con: duckdb.DuckDBPyConnection) -> _Remembered:
    there = _optional(con)
    row = con.execute(
        "select as_of, as_of_on, timezone, is_demo, hospital_name, department_name, "
        "rules_version, min_events, min_denominator, completion_grace_days, due_soon_share "
        "from kpi.run_context"
    ).fetchone()
    if row is None:
        raise ConfigError("快照里没有运行信息。", "请重新运行 opspulse run。")
    first = con.execute("select min(data_from_on) from kpi.dim_sites").fetchone()
    connected = con.execute("select table_name from kpi.connected_tables").fetchall()
    as_of, as_of_on, timezone, is_demo, hospital, department, version = row[:7]
    found = Context(
        as_of=as_of,
        as_of_on=as_of_on,
        timezone=timezone,
        is_demo=is_demo,
        hospital_name=hospital,
        department_name=department,
        rules_version=version,
        limits=Limits(int(row[7]), int(row[8]), int(row[9]), row[1]),
        data_from=(first[0] if first and first[0] else row[1]),
        connected=frozenset(name for (name,) in connected),
        due_soon_share=float(row[10]),
        stopped=_stopped_tables(con, timezone) if "stopped_tables" in there else {},
        failed_gates=_failed_gates(con) if "failed_gates" in there else {},
        targets=_targets(con) if "targets" in there else {},
        gaps=_gaps(con) if "metric_gaps" in there else {},
    )
    # None: a live file, or of an earlier version
    return _own_metrics(con) if "own_metrics" in there else None, found


def _optional(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return which tables are there that a snapshot of an earlier version lacks."""
    rows = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'kpi' "
        "and table_name in ('own_metrics', 'failed_gates', 'targets', 'stopped_tables', "
        "'metric_gaps')"
    ).fetchall()
    return {name for (name,) in rows}


def _own_metrics(con: duckdb.DuckDBPyConnection) -> dict[str, Metric]:
    """Return the hospital's own metrics that the file was published with."""
    rows = con.execute(
        "select metric_id, definition from kpi.own_metrics where not is_refused order by metric_id"
    ).fetchall()
    return {metric_id: _own(metric_id, text) for metric_id, text in rows}


@lru_cache(maxsize=64)
def _own(metric_id: str, definition: str) -> Metric:
    return Metric.model_validate({"id": metric_id, **json.loads(definition), "is_own": True})


def own_refusals(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Return id, problem and remedy of every own metric that is refused."""
    if "own_metrics" not in _optional(con):
        return []
    return con.execute(
        "select metric_id, problem, remedy from kpi.own_metrics where is_refused order by all"
    ).fetchall()


def _failed_gates(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    rows = con.execute(
        "select table_name, rule, zh, failed, checked from kpi.failed_gates order by all"
    ).fetchall()
    return {
        (table, rule): f"{table}:{zh}({failed} / {checked})"
        for table, rule, zh, failed, checked in rows
    }


def _gaps(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for metric_id, statistic, lacking in con.execute(
        "from kpi.metric_gaps order by all"
    ).fetchall():
        parts = found.setdefault(metric_id, {})
        parts[statistic] = (*parts.get(statistic, ()), lacking)
    return found


def _targets(
    con: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], tuple[tuple[date, date, float], ...]]:
    found: dict[tuple[str, str], tuple[tuple[date, date, float], ...]] = {}
    rows = con.execute(
        "select metric_id, statistic, effective_from, effective_until, target "
        "from kpi.targets order by all"
    ).fetchall()
    for metric_id, statistic, start, end, target in rows:
        spans = found.get((metric_id, statistic), ())
        found[metric_id, statistic] = (*spans, (start, end, float(target)))
    return found


def _stopped_tables(con: duckdb.DuckDBPyConnection, timezone: str) -> dict[str, datetime]:
    rows = con.execute(
        "select table_name, min(stopped_at) from kpi.stopped_tables group by table_name"
    ).fetchall()
    zone = ZoneInfo(timezone)
    return {name: at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) for name, at in rows}

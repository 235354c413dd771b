"""How later data restate a closed month: which figures are others by now, and by what.

Holds the comparison and its being written down. A closed month itself never changes: what is found
here goes into the log of `assets.months`, and from there into the next month's workbook.
"""

from datetime import date

import duckdb

from assets import metrics, snapshots
from assets.decisions import months
from assets.snapshots import Snapshot
from config.errors import StateError
from config.settings import Settings
from exports.frozen import Changes, subjects_of
from exports.workbook import facts, numbers
from exports.workbook.editions import EDITIONS
from exports.workbook.words import Words


def restate(settings: Settings, month_on: date | None = None) -> list[months.Restatement]:
    """Compare closed months with the current snapshot, note what is new, and return that.

    Args:
        settings: the installation.
        month_on: only the month that begins on this day; every closed month by default.

    Raises:
        StateError: there is no snapshot, or the archive cannot be read or written.
    """
    known = months.acts(settings.months_path, month_on)
    latest = {one.month_on: one for one in known}
    closed = [one for one in latest.values() if one.is_closed]
    if not closed:
        return []
    snapshot = snapshots.current(settings)
    if snapshot is None:
        raise StateError("还没有可以核对的快照。", "请先运行 opspulse run。")
    with snapshots.opened(snapshot, settings) as con:
        return [entry for act in closed for entry in note(settings, con, snapshot, act)]


def note(
    settings: Settings, con: duckdb.DuckDBPyConnection, snapshot: Snapshot, act: months.Act
) -> list[months.Restatement]:
    """Note how the figures of one closing stand by a snapshot; return the entries that are new."""
    path, words = settings.months_path, Words(settings.language)
    known = metrics.context(con)
    month = facts.month_of(f"{act.month_on:%Y-%m}", known)
    frozen = months.figures(path, act.act_id)
    last = {key: reading["value"] for key, reading in frozen.items()}
    for entry in months.restatements(path, act.act_id):
        last[entry.metric_id, entry.statistic] = entry.after
    now = numbers.figures_of(con, month)
    moved = [key for key, value in last.items() if key in now and now[key].value != value]
    if not moved:
        return []
    rows = facts.read(con, month, EDITIONS["head"], words)
    changes = Changes(months.subjects(path, act.act_id), subjects_of(rows), words)
    found = []
    for metric_id, statistic in moved:
        sources = metrics.registry()[metric_id].sources
        tickets, reason = changes.behind(metric_id, sources)
        if act.rule_version != known.rules_version:
            rules = words(f"规则 {act.rule_version} → {known.rules_version}",
                          f"rules {act.rule_version} → {known.rules_version}")  # fmt: skip
            reason = words(";", "; ").join(filter(None, (rules, reason)))
        tables = words("、", ", ").join(sources)
        found.append(
            months.Restatement(
                metric_id, statistic, last[metric_id, statistic], now[metric_id, statistic].value,
                tickets,
                reason or words(f"来源 {tables} 的数据有变化", f"data of {tables} changed"),
                snapshot.as_of, snapshot.id,
            )
        )  # fmt: skip
    return months.restate(path, act.act_id, found)

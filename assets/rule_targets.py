"""The targets of metrics → `core.rule_targets`, with the spans in which they are in force.

Holds the translation of `thresholds.yml` and the check that its names are those of the registry:
`config` cannot know them. What follows from a target is decided in `metric_judgement`.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import duckdb

from assets.metric_registry import Metric, built_in
from assets.own_metrics import read
from assets.rule_costs import Create
from config.documents import Location, nearest
from config.errors import ConfigError
from config.rule_files import read_section
from config.rules import Rules


class _Target(NamedTuple):
    metric_id: str
    statistic: str
    target: Decimal
    place: Location


def _targets(rules: Rules) -> Iterator[tuple[_Target, tuple[object, object]]]:
    for version, start, end in rules.threshold_versions.spans():
        at: Location = ("versions", version.id) if version.effective_from else ()
        for metric_id, statistics in version.content.targets.items():
            for statistic, target in statistics.items():
                place = (*at, "targets", metric_id, statistic)
                yield _Target(metric_id, statistic, target, place), (start.date(), end.date())


def check(rules: Rules, rules_dir: Path | None) -> None:
    """Refuse targets that no metric can have.

    Args:
        rules: the rules read.
        rules_dir: the hospital's folder, for the line.

    Raises:
        ConfigError: a metric or statistic that there is not, one without a direction, or a share
            above 1; names file and line.
    """
    own, section = read(rules_dir), None
    known = {**built_in(), **{one.metric.id: one.metric for one in own.definitions}}
    refused = {one.metric_id for one in own.refusals}
    for one, _ in _targets(rules):
        if one.metric_id in refused and one.metric_id not in known:
            continue
        reason = _reason(known, one)
        if reason:
            section = section or read_section("thresholds", rules_dir)
            raise ConfigError(f"{section.where(one.place)} 的目标{reason[0]}。", reason[1])


def _reason(known: Mapping[str, Metric], one: _Target) -> tuple[str, str] | None:
    metric = known.get(one.metric_id)
    if metric is None:
        meant = nearest(one.metric_id, known)
        return (
            f"写给了不存在的指标「{one.metric_id}」",
            f"是否应为「{meant}」?" if meant else "请用 opspulse kpi list 查看全部指标。",
        )
    if one.statistic not in metric.statistics:
        return (
            f"写给了 {metric.id} 没有的口径「{one.statistic}」",
            f"可用的有:{'、'.join(metric.statistics)}。",
        )
    if metric.direction == "none":
        return f"写给了无好坏之分的指标「{metric.id}」", "请删去这个目标。"
    if metric.statistics[one.statistic].format == "percent" and one.target > 1:
        return f"「{one.target}」大于 1", "百分率请写成 0 到 1 之间的小数,如 0.95。"
    return None


def create(con: duckdb.DuckDBPyConnection, rules: Rules, make: Create) -> None:
    """Lay down the table; ``make`` creates one from its name, columns and rows."""
    make(
        con,
        "rule_targets",
        "metric_id text, statistic text, effective_from date, effective_until date, "
        "target decimal(18, 6)",
        [(one.metric_id, one.statistic, *span, one.target) for one, span in _targets(rules)],
    )

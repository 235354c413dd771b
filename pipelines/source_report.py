"""What `opspulse sources check` tells: one source at a time, then which KPIs all of them allow.

Holds the words and the shape for programs. How a source is examined is ``assets.sources.examine``;
the options are in ``cli_sources``.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from assets import metric_gaps
from assets.metric_registry import Metric, registry
from assets.sources.contract import REQUIRED_TABLE, tables
from assets.sources.examine import Examination, TableFacts, span
from pipelines import cli_output

_COLUMNS = {
    "zh": ["表", "行数", "最早", "最新", "缺少的可选列"],
    "en": ["table", "rows", "oldest", "newest", "optional columns missing"],
}


def connected(found: Sequence[Examination]) -> set[str]:
    """Return the canonical tables that the sources yield together."""
    return {table.name for one in found for table in one.tables}


def unconnected(found: Sequence[Examination]) -> dict[str, tuple[Metric, list[str]]]:
    """Return the KPIs that will say 「未接入」, each with the tables and columns it misses."""
    there, columns = connected(found), _gaps(found)
    lacking = {
        name: (
            metric,
            [
                *(table for table in metric.sources if table not in there),
                *columns.get(name, {}).get("", ()),
            ],
        )
        for name, metric in registry().items()
    }
    return {name: pair for name, pair in lacking.items() if pair[1]}


def partly(found: Sequence[Examination]) -> dict[str, dict[str, list[str]]]:
    """Return of the KPIs that can be computed: statistic → columns for want of which it cannot."""
    whole = unconnected(found)
    return {name: parts for name, parts in _gaps(found).items() if name not in whole}


def _gaps(found: Sequence[Examination]) -> dict[str, dict[str, list[str]]]:
    """Return per KPI and statistic ('' for the whole) the columns that no source yields.

    Of a table that no source has, only the table is told.
    """
    yielded: dict[str, set[str]] = {}
    for one in found:
        for table in one.tables:
            names = set(tables()[table.name].column_names) - set(table.missing)
            yielded.setdefault(table.name, set()).update(names)
    lacking: dict[str, dict[str, list[str]]] = {}
    needed = metric_gaps.all_needs(registry().values())
    for name, statistic, columns in metric_gaps.gaps(needed, yielded):
        if any(column.partition(".")[0] in yielded for column in columns.split(" or ")):
            lacking.setdefault(name, {}).setdefault(statistic, []).append(columns)
    return lacking


def shared(found: Sequence[Examination]) -> list[tuple[str, str]]:
    """Return what to know of sources of one site that give the same table, in both languages."""
    given: dict[tuple[str, str], list[str]] = {}
    for one in found:
        for table in one.tables:
            given.setdefault((one.source.site_id, table.name), []).append(one.source.name)
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (site, name), names in given.items():
        if len(names) > 1:
            groups.setdefault((site, tuple(names)), []).append(name)
    return [
        (
            f"数据源 {'、'.join(names)} 的 site_id 都是 {site},都给出 {'、'.join(shared_tables)}:"
            f"编号相同算同一个,以写在前面的 {names[0]} 为准,内容不同的后一份进入隔离区。"
            "各自编号的两套系统,请写不同的 site_id。",
            f"{', '.join(names)} share the site_id {site} and all give {', '.join(shared_tables)}: "
            f"one number is one thing, {names[0]} comes first, and what contradicts it is held. "
            "Systems that number on their own need site_ids of their own.",
        )
        for (site, names), shared_tables in groups.items()
    ]


def fields(one: Examination) -> dict[str, Any]:
    """Return one source for a program; instants in UTC."""
    there = {table.name for table in one.tables}
    offset = one.clock_offset
    return {
        "source": one.source.name,
        "system": one.source.system,
        "url": one.source.redacted_url(),
        "is_reachable": one.error is None,
        "error": str(one.error) if one.error else None,
        "server": one.server,
        "may_write": one.may_write,
        "rights": [str(right) for right in one.rights.writes] if one.rights else [],
        "clock_offset_seconds": round(offset.total_seconds(), 1) if offset is not None else None,
        "is_demo": one.is_demo,
        "clock": one.clock,
        "rows": {table.name: table.rows for table in one.tables},
        "tables": [_table_fields(table) for table in one.tables],
        "missing": [name for name in tables() if name not in there] if not one.error else [],
        "flaws": [
            {"zh": flaw.zh, "en": flaw.en, "is_bad": flaw.is_bad} for flaw in one.all_flaws()
        ],
    }


def _table_fields(table: TableFacts) -> dict[str, Any]:
    return {
        "table": table.name,
        "rows": table.rows,
        "oldest": table.oldest,
        "newest": table.newest,
        "missing_columns": list(table.missing),
    }


def kpi_fields(found: Sequence[Examination]) -> dict[str, Any]:
    """Return for a program which KPIs can be computed and which are 「未接入」."""
    lacking = unconnected(found)
    return {
        "available": [name for name in registry() if name not in lacking],
        "not_connected": {name: missing for name, (_, missing) in lacking.items()},
        "partly": partly(found),
    }


def tell(one: Examination, language: str) -> None:
    """Print one source: whether it answers, what it is, what is wrong, its tables."""
    name, url = one.source.name, one.source.redacted_url()
    if one.error is not None:
        cli_output.say(
            f"✘ 数据源 {name}({url}):{one.error}", f"✘ Source {name} ({url}): {one.error}", language
        )
        return
    cli_output.say(
        f"✔ 数据源 {name}({url}):可以连接。{_about(one, 'zh')}",
        f"✔ Source {name} ({url}): reachable. {_about(one, 'en')}",
        language,
    )
    for flaw in one.all_flaws():
        mark = "✘" if flaw.is_bad else "!"
        cli_output.say(f"{mark} {flaw.zh}", f"{mark} {flaw.en}", language)
    cli_output.print_table(_COLUMNS[language], [_row(one, table) for table in one.tables])
    absent = [table for table in tables() if table not in {t.name for t in one.tables}]
    if absent:
        cli_output.say(
            f"没有的表:{'、'.join(absent)}。", f"Tables not there: {', '.join(absent)}.", language
        )


def _about(one: Examination, language: str) -> str:
    zh, en = [one.server or ""], [one.server or ""]
    if one.may_write is False:
        zh.append("账号只读")
        en.append("read-only account")
    if one.is_demo:
        zh.append("演示数据")
        en.append("demo data")
    elif one.clock_offset is not None:
        words, seconds = span(one.clock_offset), one.clock_offset.total_seconds()
        is_close = abs(seconds) < 60  # noqa: PLR2004 - a minute: the words' own unit
        zh.append(f"时钟与本机相差 {abs(seconds):.0f} 秒" if is_close else f"时钟差 {words[0]}")
        en.append(f"clock within {abs(seconds):.0f} s" if is_close else f"clock off by {words[1]}")
    parts = [part for part in (zh if language == "zh" else en) if part]
    return ",".join(parts) + "。" if language == "zh" else "; ".join(parts) + "."


def _row(one: Examination, table: TableFacts) -> list[object]:
    zone = one.source.timezone
    missing = "、".join(table.missing) or None
    return [table.name, table.rows, _local(table.oldest, zone), _local(table.newest, zone), missing]


def _local(moment: datetime | None, zone: str) -> str | None:
    if moment is None:
        return None
    return f"{moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def tell_kpis(found: Sequence[Examination], language: str) -> None:
    """Print how many KPIs can be computed, and which are 「未接入」 for want of which table."""
    unread = [one.source.name for one in found if one.error is not None]
    if unread:
        cli_output.say(
            f"数据源 {'、'.join(unread)} 没有读到,指标只按其余数据源判断。",
            f"Not read: {', '.join(unread)}. The KPIs are judged by the other sources alone.",
            language,
        )
    if len(unread) == len(found):
        return
    for zh, en in shared(found):
        cli_output.say(f"! {zh}", f"! {en}", language)
    if lacks_tickets(found):
        cli_output.say(
            "✘ 没有一个数据源给出工单表 tickets,运行会被拒绝。",
            "✘ No source yields the table tickets: a run will be refused.",
            language,
        )
    lacking = unconnected(found)
    count = len(registry()) - len(lacking)
    cli_output.say(
        f"可以计算的指标:{count} 项,共 {len(registry())} 项。",
        f"KPIs that can be computed: {count} of {len(registry())}.",
        language,
    )
    for metric, missing in lacking.values():
        cli_output.say(
            f"「未接入」{metric.code} {metric.names.zh}:缺少 {'、'.join(missing)}",
            f"Not connected: {metric.code} {metric.names.en}: lacks {', '.join(missing)}",
            language,
        )
    _tell_parts(partly(found), language)


def lacks_tickets(found: Sequence[Examination]) -> bool:
    """Tell whether all sources were read and none has tickets: a run would be refused."""
    return all(one.error is None for one in found) and not any(
        table.name == REQUIRED_TABLE for one in found for table in one.tables
    )


def _tell_parts(parts: Mapping[str, Mapping[str, list[str]]], language: str) -> None:
    """Print the statistics that cannot be computed of KPIs that otherwise can."""
    for name, statistics in parts.items():
        metric = registry()[name]
        for statistic, columns in statistics.items():
            names = metric.statistics.get(statistic, metric.names)
            cli_output.say(
                f"「未接入」{metric.code} {metric.names.zh} 的「{names.zh}」:"
                f"缺少 {'、'.join(columns)}",
                f"Not connected: {names.en} of {metric.code} {metric.names.en}: "
                f"lacks {', '.join(columns)}",
                language,
            )

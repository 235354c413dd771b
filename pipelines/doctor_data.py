"""What the doctor says of the published numbers: their age, the books, what is not to be trusted.

Holds the examination of the current snapshot. The installation itself is looked at in `doctor`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from assets import metrics
from assets.snapshots import current, opened
from config.settings import Settings
from dashboards.run_state import last_failure
from data_checks.table_rules import HELD, SHRUNK
from pipelines.finding import Finding

STALE_AFTER = timedelta(minutes=30)
_NAMED = 4
_CHANGES = (
    (
        "deleted_rows",
        "来源删除过 {n:,} 行:保留并标记,不再参与计算。",
        "{n:,} rows were deleted at the source: kept, marked, and read by no number.",
    ),
    (
        "added_columns",
        "来源新增了 {n} 列,没有读,其余照常。",
        "The source has {n} new columns, which are not read.",
    ),
)


def snapshot(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Say how old the published numbers are, and what is known to be wrong with them."""
    yield from _last_run(settings)
    found = current(settings)
    if found is None:
        first = "" if settings.is_embedded_demo else "先用 opspulse sources check 核对数据源,再"
        before = "" if settings.is_embedded_demo else "see to opspulse sources check, then "
        yield Finding(
            "snapshot",
            "bad",
            f"还没有发布过快照,请{first}运行 opspulse run。",
            f"No snapshot was ever published: {before}run opspulse run.",
        )
        return
    age = now - found.as_of.replace(tzinfo=UTC)
    minutes = int(age.total_seconds() // 60)
    is_stale = age > STALE_AFTER
    yield Finding(
        "snapshot",
        "notice" if is_stale else "ok",
        f"当前快照 {found.id}{'(演示数据)' if found.is_demo else ''} "
        f"的数据距今 {minutes} 分钟"
        + (",请确认定时任务在运行(opspulse up)。" if is_stale else "。"),
        f"The current snapshot {found.id}{' (demo data)' if found.is_demo else ''} "
        f"is {minutes} minutes old"
        + (": see whether the daemon runs (opspulse up)." if is_stale else "."),
    )
    with opened(found, settings) as con:
        figures = _figures(con)
        known = metrics.context(con)
    count = figures.get("held_rows", (0, 0))[0]
    yield Finding(
        "quarantine",
        "notice" if count else "ok",
        f"隔离区有 {count} 行。" if count else "隔离区没有数据。",
        f"{count} rows are in quarantine." if count else "The quarantine is empty.",
    )
    yield from _books(figures)
    yield from _trust(known)


def _last_run(settings: Settings) -> Iterator[Finding]:
    """Say why the last run failed, such as at a blocking check; nothing when it did not."""
    failure = last_failure(settings)
    if failure is None:
        return
    at = failure.failed_at.replace(tzinfo=UTC).astimezone(ZoneInfo(settings.timezone))
    yield Finding(
        "run",
        "bad",
        f"最近一次运行({at:%Y-%m-%d %H:%M})没有发布:{failure.problem}上一份快照继续服务。"
        "处理后重新运行 opspulse run。",
        f"The last run ({at:%Y-%m-%d %H:%M}) published nothing: {failure.problem} The snapshot "
        "before it goes on serving. Run opspulse run once that is mended.",
    )


def _figures(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    rows = con.execute(
        "select measure, sum(row_count)::bigint, sum(total_count)::bigint from kpi.data_quality "
        "group by measure"
    ).fetchall()
    return {measure: (part, whole) for measure, part, whole in rows}


def _books(figures: Mapping[str, tuple[int, int]]) -> Iterator[Finding]:
    """Say whether every row of the sources is accounted for, and what changed there."""
    if "present_rows" not in figures:
        return  # a snapshot of an earlier version
    present, source = figures["present_rows"]
    held = figures.get("held_rows", (0, 0))[0]
    holds = source == present + held
    yield Finding(
        "books",
        "ok" if holds else "bad",
        f"来源 {source:,} 行{'=' if holds else '≠'}在库 {present:,} 行 + 隔离 {held:,} 行:"
        + ("收支两平。" if holds else "收支不平,请运行 opspulse run --full 逐键核对。"),
        f"{source:,} source rows {'=' if holds else '≠'} {present:,} present + {held:,} held"
        + ("." if holds else ": run opspulse run --full."),
    )
    for measure, zh, en in _CHANGES:
        count = figures.get(measure, (0, 0))[0]
        if count:
            yield Finding("books", "notice", zh.format(n=count), en.format(n=count))


def _trust(known: metrics.Context) -> Iterator[Finding]:
    """Say which tables stand still, and which numbers their failed checks make 不可信."""
    for table, since in known.stopped.items():
        yield Finding(
            "stopped",
            "bad",
            f"表 {table} 的结构变了,数据停在 {since:%Y-%m-%d %H:%M}。请恢复来源的列,"
            f"或确认新结构:opspulse sources accept {table}。",
            f"Table {table} changed its form and stands at {since:%Y-%m-%d %H:%M}: restore its "
            f"columns, or type opspulse sources accept {table}.",
        )
    for (table, rule), words in known.failed_gates.items():
        doubted = [one for one in metrics.registry().values() if one.is_gated_by(table, rule)]
        zh, en = _remedy(table, rule)
        yield Finding(
            "checks",
            "bad" if doubted else "notice",
            f"检查没有通过:{words}。{_named(doubted, 'zh') or '没有指标因此'}不可信。{zh}",
            f"A check failed: {words}. Unreliable: {_named(doubted, 'en') or 'no KPI'}. {en}",
        )
    if not known.failed_gates:
        yield Finding(
            "checks",
            "ok",
            "没有指标因数据检查而不可信。",
            "No KPI is unreliable for its checks.",
        )


def _named(doubted: list[metrics.Metric], language: str) -> str:
    """Return the names of KPIs for a sentence: the first ones and how many there are."""
    names = [one.names.text(language) for one in doubted]
    if language == "zh":
        more = f" 等 {len(names)} 个指标" if len(names) > _NAMED else ""
        return "、".join(names[:_NAMED]) + more
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _remedy(table: str, rule: str) -> tuple[str, str]:
    """Return what to do about a failed check, in both languages."""
    if rule == HELD:
        look = f"opspulse quarantine list --table {table}"
        return (
            f"原因见 {look};在来源改正后,下一次运行自动恢复。",
            f"Why: {look}. Corrected at the source, they return with the next run.",
        )
    if rule == SHRUNK:
        return (
            "请确认来源是否误删或归档;若属正常,一周后自行恢复。",
            "See whether rows were deleted or archived; if rightly so, it passes within a week.",
        )
    if rule.endswith("_unknown"):
        return (
            "请核对上级记录所在的表是否导全,补上后下一次运行自动恢复。",
            "See whether the parents' table is complete; the next run sees it.",
        )
    if rule.endswith("_days_only"):
        return (
            "计数照常;请让来源导出带时刻的列,下一次运行自动恢复。",
            "Counts go on. Export the column with its clock time; the next run sees it.",
        )
    return (
        "请在来源改正这些行,下一次运行自动恢复。",
        "Correct these rows at the source; the next run sees it.",
    )

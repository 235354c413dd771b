"""What is wrong with an installation, in plain words.

Holds the examinations of `opspulse doctor`: each looks at one thing and says one sentence, with the
remedy where something is amiss. Nothing is repaired here, and nothing is written but a probe file.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import duckdb

from assets import metrics, own_metrics, rule_targets
from assets.snapshots import current, opened
from assets.sources.examine import examine as examine_source
from assets.warehouse import connect, load_extension
from config.errors import ConfigError, OpsPulseError
from config.rules import load_rules
from config.settings import Settings, ensure_home
from data_checks.table_rules import HELD, SHRUNK
from pipelines.demo_store import store_file

EXTENSIONS = ("sqlite_scanner", "postgres_scanner", "mysql_scanner", "excel")
STALE_AFTER = timedelta(minutes=30)
CALENDAR_NOTICE = timedelta(days=60)
LOW_DISK_BYTES = 2_000_000_000
_NAMED = 4

State = Literal["ok", "notice", "bad"]
_MARKS: dict[State, str] = {"ok": "✔", "notice": "!", "bad": "✘"}


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing; a bad one includes its remedy."""

    topic: str
    state: State
    zh: str
    en: str

    @property
    def mark(self) -> str:
        """The state as a sign that needs no colour."""
        return _MARKS[self.state]

    @property
    def is_bad(self) -> bool:
        """Whether something must be done."""
        return self.state == "bad"

    def fields(self) -> dict[str, str]:
        """Return the finding for a program."""
        return {"topic": self.topic, "state": self.state, "zh": self.zh, "en": self.en}


def examine(settings: Settings, now: datetime) -> list[Finding]:
    """Look at everything once.

    Args:
        settings: the installation.
        now: the present in UTC, to tell the snapshot's age.
    """
    looks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("home", lambda: _home(settings)),
        ("extensions", lambda: _extensions(settings)),
        ("source", lambda: _sources(settings)),
        ("snapshot", lambda: _snapshot(settings, now)),
        ("calendars", lambda: _calendars(settings, now)),
        ("metrics", lambda: _own_metrics(settings)),
    ]
    return [finding for topic, look in looks for finding in _seen(topic, look)]


def _seen(topic: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Return what one look finds; a disk that refuses it is a finding like any other."""
    try:
        return list(look())
    except OSError as error:
        where = f"{error.filename}:" if error.filename else ""
        return [
            Finding(
                topic,
                "bad",
                f"无法检查:{where}{error.strerror}。请检查状态目录的权限与磁盘。",
                f"Cannot look: {where} {error.strerror}. See to the home's rights and disk.",
            )
        ]


def _bad(topic: str, error: OpsPulseError) -> Finding:
    return Finding(topic, "bad", str(error), str(error))


def _home(settings: Settings) -> Iterator[Finding]:
    try:
        home = ensure_home(settings)
    except OpsPulseError as error:
        yield _bad("home", error)
        return
    free = shutil.disk_usage(home).free
    words = f"{free / 1e9:.1f} GB"
    if free < LOW_DISK_BYTES:
        yield Finding(
            "home",
            "notice",
            f"状态目录 {home} 可写,但磁盘只剩 {words},请清理。",
            f"The home {home} is writable, but only {words} are free: make room.",
        )
        return
    yield Finding(
        "home",
        "ok",
        f"状态目录 {home} 可写,磁盘剩余 {words}。",
        f"The home {home} is writable, {words} free.",
    )


def _extensions(settings: Settings) -> Iterator[Finding]:
    con = connect(":memory:", settings)
    try:
        for name in EXTENSIONS:
            load_extension(con, name)
    except (OpsPulseError, duckdb.Error) as error:
        yield Finding(
            "extensions",
            "bad",
            f"DuckDB 扩展无法加载({type(error).__name__}),请重新安装依赖。",
            f"A DuckDB extension does not load ({type(error).__name__}): reinstall.",
        )
        return
    finally:
        con.close()
    yield Finding(
        "extensions",
        "ok",
        f"DuckDB {duckdb.__version__} 与 {len(EXTENSIONS)} 个扩展可用,无需联网。",
        f"DuckDB {duckdb.__version__} and {len(EXTENSIONS)} extensions load without a network.",
    )


def _sources(settings: Settings) -> Iterator[Finding]:
    if settings.is_embedded_demo and not store_file(settings).exists():
        yield Finding(
            "source",
            "notice",
            "没有配置数据源,用演示数据;首次 opspulse run 会生成。接真实数据:写好 opspulse.yml。",
            "No source is configured: the first opspulse run makes demo data. "
            "For real data write opspulse.yml.",
        )
        return
    for source in settings.sources:
        con = connect(":memory:", settings)
        try:
            found = examine_source(con, source, settings, is_counted=False)
        finally:
            con.close()
        if found.error is not None:
            yield _bad("source", found.error)
            continue
        count, server = len(found.tables), found.server
        yield Finding(
            "source",
            "ok",
            f"数据源 {source.name}({source.redacted_url()},{server})可以连接,有 {count} 张表。",
            f"Source {source.name} ({source.redacted_url()}, {server}) answers: {count} tables.",
        )
        for flaw in [] if found.is_demo else found.all_flaws():
            yield Finding(
                "source",
                "bad" if flaw.is_bad else "notice",
                f"数据源 {source.name}:{flaw.zh}",
                f"Source {source.name}: {flaw.en}",
            )


def _snapshot(settings: Settings, now: datetime) -> Iterator[Finding]:
    snapshot = current(settings)
    if snapshot is None:
        first = "" if settings.is_embedded_demo else "先用 opspulse sources check 核对数据源,再"
        before = "" if settings.is_embedded_demo else "see to opspulse sources check, then "
        yield Finding(
            "snapshot",
            "bad",
            f"还没有发布过快照,请{first}运行 opspulse run。",
            f"No snapshot was ever published: {before}run opspulse run.",
        )
        return
    age = now - snapshot.as_of.replace(tzinfo=UTC)
    minutes = int(age.total_seconds() // 60)
    is_stale = age > STALE_AFTER
    yield Finding(
        "snapshot",
        "notice" if is_stale else "ok",
        f"当前快照 {snapshot.id}{'(演示数据)' if snapshot.is_demo else ''} "
        f"的数据距今 {minutes} 分钟"
        + (",请确认定时任务在运行(opspulse up)。" if is_stale else "。"),
        f"The current snapshot {snapshot.id}{' (demo data)' if snapshot.is_demo else ''} "
        f"is {minutes} minutes old"
        + (": see whether the daemon runs (opspulse up)." if is_stale else "."),
    )
    with opened(snapshot, settings) as con:
        held = con.execute(
            "select coalesce(sum(row_count), 0) from kpi.data_quality where measure = 'held_rows'"
        ).fetchone()
        known = metrics.context(con)
    count = int(held[0]) if held else 0
    yield Finding(
        "quarantine",
        "notice" if count else "ok",
        f"隔离区有 {count} 行。" if count else "隔离区没有数据。",
        f"{count} rows are in quarantine." if count else "The quarantine is empty.",
    )
    yield from _trust(known)


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


def _calendars(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        rules = load_rules(settings.rules_dir)
    except OpsPulseError as error:
        yield _bad("rules", error)
        return
    until = settings.rules_dir / "calendars.yml"
    first = min(calendar.covered_until for calendar in rules.calendars.values())
    is_ending = first < (now + CALENDAR_NOTICE).date()
    yield Finding(
        "calendars",
        "notice" if is_ending else "ok",
        f"工作日历覆盖到 {first}"
        + (f",请升级,或在 {until} 中补充之后的节假日。" if is_ending else "。"),
        f"The calendars reach to {first}"
        + (f": upgrade, or add what follows in {until}." if is_ending else "."),
    )


def _own_metrics(settings: Settings) -> Iterator[Finding]:
    """Tell of own metrics that are refused, and of targets that no metric can have."""
    for one in own_metrics.read(settings.rules_dir).refusals:
        yield _bad("metrics", ConfigError(one.problem, one.remedy))
    try:
        rules = load_rules(settings.rules_dir)
    except OpsPulseError:
        return  # told with the calendars
    try:
        rule_targets.check(rules, settings.rules_dir)
    except OpsPulseError as error:
        yield _bad("metrics", error)

"""What is wrong with an installation, in plain words.

Holds the examinations of `opspulse doctor`: each looks at one thing and says one sentence, with the
remedy where something is amiss. What is published is looked at in `doctor_data`. Nothing is
repaired here, and nothing is written but a probe file.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import duckdb

from assets import decisions, own_metrics, rule_targets
from assets.months import archive as months
from assets.score import archive
from assets.sources.examine import examine as examine_source
from assets.warehouse import connect, load_extension
from config.errors import ConfigError, OpsPulseError
from config.rules import load_rules
from config.settings import Settings, ensure_home
from pipelines import doctor_data, unconfigured
from pipelines.demo_store import store_file
from pipelines.finding import Finding

__all__ = ["Finding", "examine"]

EXTENSIONS = ("sqlite_scanner", "postgres_scanner", "mysql_scanner", "excel")
CALENDAR_NOTICE = timedelta(days=60)
LOW_DISK_BYTES = 2_000_000_000


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
        ("snapshot", lambda: doctor_data.snapshot(settings, now)),
        ("kept", lambda: _kept(settings)),
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


def _kept(settings: Settings) -> Iterator[Finding]:
    """Follow the digests of what cannot be rebuilt: decisions, and months that are closed."""
    try:
        made = decisions.verify(settings.decisions_path)
        closed = archive.verify(settings.scores_path)
        signed = months.verify(settings.months_path)
    except OpsPulseError as error:
        yield _bad("kept", error)
        return
    if made or closed or signed:
        yield Finding(
            "kept",
            "ok",
            f"{made} 条决定、{closed} 次评分关账与更正、{signed} 次月结与重开未被改动。",
            f"{made} decisions, {closed} closings and corrections of scores, and {signed} closings "
            "and reopenings of months are unaltered.",
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
    if told := unconfigured.words(settings):
        is_made = store_file(settings).exists()
        zh, en = told
        yield Finding(
            "source",
            "notice",
            f"{zh}接真实数据:写好 opspulse.yml。"
            + ("" if is_made else "首次 opspulse run 会生成。"),
            f"{en} For real data write opspulse.yml."
            + ("" if is_made else " The first opspulse run makes the demo."),
        )
        if not is_made:
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

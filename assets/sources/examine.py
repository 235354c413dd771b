"""What a source is like: can it be reached, what it yields, what is missing, what is dangerous.

Holds the examination behind `opspulse sources check` and the doctor. It reads and never writes:
whether an account may write is found in its privileges. Finding something wrong is no error here;
it becomes a sentence of the examination. What is printed of it is decided in `pipelines`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from assets.conversions import converted, identifier
from assets.sources import contract, servers, zero_dates
from assets.sources.connect import Reader, reading
from assets.sources.files import accounts
from assets.sources.flaws import Flaw, column_flaws
from assets.sources.rights import UNKNOWN, Rights, of_account
from assets.sources.unfilled import unfilled
from config.errors import OpsPulseError, SourceError
from config.settings import Settings, SourceSettings

_AHEAD = timedelta(minutes=5)
_NAMED = 4


@dataclass(frozen=True)
class TableFacts:
    """One canonical table: rows, the span of its main instant (UTC, naive), absent columns."""

    name: str
    rows: int | None = None
    oldest: datetime | None = None
    newest: datetime | None = None
    missing: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True)
class Examination:
    """One source.

    Attributes:
        error: why it could not be read; then everything else is unknown.
        server: kind and version.
        rights: what the account may do beside reading; None: there is no account (files).
        clock_offset: its clock less ours; None: it has none, or it is a simulated one.
    """

    source: SourceSettings
    error: OpsPulseError | None = None
    server: str | None = None
    rights: Rights | None = None
    clock_offset: timedelta | None = None
    clock: datetime | None = None
    is_demo: bool = False
    tables: tuple[TableFacts, ...] = ()
    flaws: tuple[Flaw, ...] = field(default=())

    @property
    def may_write(self) -> bool | None:
        """Whether the account could change the store; None: it cannot be known."""
        return self.rights.may_write if self.rights is not None else None

    def all_flaws(self) -> list[Flaw]:
        """Return what is wrong with the source and with each of its tables."""
        return [*self.flaws, *(flaw for table in self.tables for flaw in table.flaws)]


def examine(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    settings: Settings,
    *,
    is_counted: bool = True,
) -> Examination:
    """Look at one source, in one read transaction of it.

    Args:
        con: any connection of ours; nothing stays in it.
        source: which.
        settings: the installation.
        is_counted: also count rows and find the oldest and newest instant, which reads columns.
    """
    try:
        with reading(con, source, settings) as reader:
            facts = servers.facts(reader)
            empty = unfilled(source.system, settings.own_sources_dir)
            tables = tuple(
                _table(con, reader, source, name, empty, is_counted=is_counted)
                for name in reader.tables()
            )
            zeros = zero_dates.count(reader, reader.tables()) if is_counted else {}
            absent = reader.absent()
            clock, is_demo = reader.clock(), reader.is_demo()
            hidden = accounts.hidden(con, source.name)
    except OpsPulseError as error:
        return Examination(source, error)
    allowed = _rights(con, source, settings)
    flaws = [*_account_flaws(allowed), *_clock_flaws(facts), *map(_hidden, hidden)]
    flaws += list(_absences(absent))
    flaws += [Flaw(*zero_dates.words(*where, found)) for where, found in zeros.items()]
    if not is_demo:
        flaws += _zone_flaws(source, tables)
    return Examination(
        source,
        server=facts.version,
        rights=allowed,
        clock_offset=facts.clock_offset,
        clock=clock,
        is_demo=is_demo,
        tables=tables,
        flaws=tuple(flaws),
    )


def _table(
    con: duckdb.DuckDBPyConnection,
    reader: Reader,
    source: SourceSettings,
    name: str,
    never: Collection[tuple[str, str]],
    *,
    is_counted: bool,
) -> TableFacts:
    table = contract.tables()[name]
    columns = reader.columns(name)
    empty = {column for there, column in never if there == name}
    given = set(columns) - empty
    missing = tuple(c.name for c in table.columns if c.name not in given and c.name != "site_id")
    flaws = (*_lost(reader, name), *column_flaws(table, columns))
    if not is_counted:
        return TableFacts(name, missing=missing, flaws=flaws)
    instant = _main_instant(table)
    if instant not in columns:
        return TableFacts(name, reader.count(name), missing=missing, flaws=flaws)
    value = converted(identifier(instant), columns[instant], contract.INSTANT, source.timezone)
    found = f"select {value} as moment from ({reader.select(name)})"
    row = con.execute(f"select count(*), min(moment), max(moment) from ({found})").fetchone()
    rows, oldest, newest = row or (None, None, None)
    return TableFacts(name, rows, oldest, newest, missing, flaws)


def _lost(reader: Reader, name: str) -> Iterator[Flaw]:
    lost = reader.lost(name)
    if lost:
        yield Flaw(
            f"{lost.problem}表 {name} 会停在最后一次完整的数据。{lost.remedy}",
            f"A file lacks a column that {name} is read from; the table stands still.",
            is_bad=True,
        )


def _absences(absent: Mapping[str, list[str]]) -> Iterator[Flaw]:
    for table, columns in absent.items():
        if columns:
            names = "、".join(columns)
            yield Flaw(
                f"columns.yml 写的列在来源的表 {table} 里没有,按空读:{names}。"
                "请核对拼写(区分大小写)和账号对这些列的权限。",
                f"columns.yml names columns that {table} lacks, read as empty: {names}. "
                "See their spelling, letter case included, and the grants.",
                is_bad=True,
            )
        else:
            yield Flaw(
                f"columns.yml 写的表 {table} 来源里没有,或账号无权读:要用它的表因此没有。"
                "请核对表名(区分大小写)、schema 和权限。",
                f"columns.yml names the table {table}, which is not there or may not be read: what "
                "needs it is missing. See its name, the schema and the grants.",
                is_bad=True,
            )


def _hidden(sheet: accounts.FileAccount) -> Flaw:
    zh, en = accounts.unread_words(sheet)
    return Flaw(zh, en)


def _main_instant(table: contract.Table) -> str:
    """Return the instant that tells how old rows are: when it happened, else the cursor."""
    instants = [column for column in table.columns if column.type == contract.INSTANT]
    required = next((column.name for column in instants if column.is_required), None)
    return required or table.cursor or (instants[0].name if instants else "")


def _rights(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, settings: Settings
) -> Rights | None:
    """Return what the account may do, in a transaction of its own: a refused question ends it."""
    try:
        with reading(con, source, settings) as reader:
            base: Any = getattr(reader, "base", None)
            return None if base is None else _asked(base)
    except OpsPulseError:
        return UNKNOWN


def _asked(base: Any) -> Rights:
    try:
        return of_account(base)
    except base.faults as error:
        # nothing of ours is told of it: the account's rights stay unknown
        raise SourceError("服务器没有回答账号有哪些权限。", "请让管理员核对。") from error


def _account_flaws(allowed: Rights | None) -> Iterator[Flaw]:
    if allowed is None or allowed.may_write is False:
        return
    if allowed.writes:
        named, count = allowed.writes[:_NAMED], len(allowed.writes)
        zh, en = "、".join(map(str, named)), ", ".join(map(str, named))
        if count > len(named):
            zh, en = f"{zh} 等", f"{en} and more"
        yield Flaw(
            f"账号不是只读,可以写业务库:{zh}。"
            "OpsPulse 从不写入,但请让管理员换成只有 SELECT 权限的只读账号。",
            f"This account is not read-only: it may {en}. "
            "OpsPulse never writes, but ask for one that may only SELECT.",
        )
        return
    roles = "、".join(allowed.hidden)
    why = (
        (f"它可以启用角色 {roles},启用前看不到角色的权限", f"it may take up the role {roles}")
        if allowed.hidden
        else ("服务器没有回答", "the server did not tell")
    )
    yield Flaw(
        f"无法判断账号是否只读:{why[0]}。请让管理员核对,只授予 SELECT 权限。",
        f"Whether this account is read-only could not be determined: {why[1]}. "
        "Ask the administrator to grant SELECT only.",
    )


def _clock_flaws(facts: servers.ServerFacts) -> Iterator[Flaw]:
    offset = facts.clock_offset
    if offset is None or abs(offset) < _AHEAD:
        return
    fast = offset > timedelta(0)
    hours, words = abs(offset) / timedelta(hours=1), span(offset)
    zh = f"数据库服务器的时钟比本机{'快' if fast else '慢'} {words[0]}"
    en = f"The server's clock is {words[1]} {'ahead of' if fast else 'behind'} ours"
    if abs(hours - round(hours)) < _AHEAD / timedelta(hours=1):
        zh += ",正好是整小时:多半是把本地时间当成了 UTC(或相反),请核对服务器的时区"
        en += ", a whole number of hours: its local time is probably taken for UTC, or the reverse"
    yield Flaw(f"{zh}。", f"{en}.")


def _zone_flaws(source: SourceSettings, tables: tuple[TableFacts, ...]) -> Iterator[Flaw]:
    """Yield a warning where rows lie in the future: the zone in the settings is probably wrong."""
    now = datetime.now(UTC).replace(tzinfo=None)
    for table in tables:
        if table.newest is not None and table.newest > now + _AHEAD:
            words = span(table.newest - now)
            yield Flaw(
                f"表 {table.name} 的最新时间比现在晚 {words[0]}:"
                f"请核对 opspulse.yml 里的 timezone({source.timezone})和这一列的含义。",
                f"The newest instant of {table.name} lies {words[1]} in the future: "
                f"see whether the timezone {source.timezone} is right.",
            )


def span(length: timedelta) -> tuple[str, str]:
    """Return a length of time in Chinese and English, to the minute: 8 小时, 8 h."""
    minutes = round(abs(length) / timedelta(minutes=1))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [(days, "天", "d"), (hours, "小时", "h"), (rest, "分钟", "min")]
    given = [part for part in parts if part[0]] or [parts[2]]
    zh = " ".join(f"{count} {word}" for count, word, _ in given)
    return zh, " ".join(f"{count} {word}" for count, _, word in given)

"""From a source's rows to typed rows: landing, conversion, and the rows that do not fit.

Holds the landing of one table in a temporary table (a plain copy, so the source's transaction stays
short), the typed view of it, and the search for rows that cannot be typed or keyed, that miss a
required value or leave a value list, or that repeat a key. Where those rows go is in `quarantine`;
how good rows are merged is in `pull`.

Rows are named by the `rowid` of the landed table. The table ``unfit`` of a landed table lists the
rows that must not be merged, with the reasons; identical copies of a row stand in it without any.
A key that comes with different contents holds all of them: nobody can know which one is true.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import duckdb

from assets.conversions import APPROXIMATE, converted, identifier, quoted, refused
from assets.sources.contract import MONEY, PRICE, Column, Table
from assets.sources.systems import FILES
from config.errors import ConfigError
from config.settings import SourceSettings

# A column that only files have: the text of a line that could not be parted into cells.
DAMAGED = "_unread"
# Begins the reason of a row whose key another source has.
RIVAL = "主键冲突"
_WORDS = {"TIMESTAMP": "时间", "DATE": "日期", "BOOLEAN": "是或否", "BIGINT": "整数"}


@dataclass(frozen=True)
class Landed:
    """One landed table.

    Attributes:
        types: column → DuckDB type as it arrived.
        name: of the temporary table; ``unfit`` of the list of rows not to merge.
        is_all_fit: that list is empty, so nobody needs to look at it.
        is_final: the rows are typed and hashed already; see `first_load`.
    """

    table: Table
    source: SourceSettings
    types: dict[str, str]
    name: str
    is_all_fit: bool = False
    is_final: bool = False

    @property
    def unfit(self) -> str:
        """Temporary table (rid, reasons): rows not to merge."""
        return self.name + "__unfit"

    @property
    def is_always_whole(self) -> bool:
        """Whether no pull reads only a part of this table."""
        return self.table.cursor is None or self.source.system == FILES

    def value(self, column: Column) -> str:
        """Return the SQL of a column in the contract's type; the site has a default."""
        if self.is_final:
            return identifier(column.name)
        kind = self.types.get(column.name)
        if kind is None:
            value = f"null::{column.type}"
        else:
            value = converted(identifier(column.name), kind, column.type, self.source.timezone)
        if column.name == "site_id":
            return f"coalesce({value}, {quoted(self.source.site_id)})"
        return value

    def key_values(self) -> str:
        """Return ``value as column, …`` of the key."""
        columns = [self.table.column(name) for name in self.table.key]
        return ", ".join(f"{self.value(c)} as {identifier(c.name)}" for c in columns)

    def typed(self, *, only_fit: bool = True) -> str:
        """Return a SELECT of the typed columns with ``_rid``, of all or of the fit rows."""
        values = ", ".join(f"{self.value(c)} as {identifier(c.name)}" for c in self.table.columns)
        rows = self.fit_rows() if only_fit else self.name
        return f"select rowid as _rid, {values} from {rows}"

    def fit_rows(self) -> str:
        """Return the landed table with a condition that leaves out the unfit rows."""
        if self.is_all_fit:
            return self.name
        return f"{self.name} where rowid not in (select rid from {self.unfit})"

    def hashed(self, *, only_fit: bool = True) -> str:
        """Return `typed` with ``_hash``, equal for equal contents whatever store they come from.

        The engine's 64-bit hash: a third of the cost of md5. It only tells whether a row of the
        same key has changed, and misses a change once in 2^64. A new engine version may hash
        otherwise; the next full pull then writes every row once more, with the same contents.
        """
        names = ", ".join(identifier(name) for name in self.table.column_names)
        return f"select *, hash({names}) as _hash from ({self.typed(only_fit=only_fit)})"


def land(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, table: Table, select: str
) -> Landed:
    """Copy the rows of a SELECT into a temporary table, replacing what an earlier pull left.

    Raises:
        ConfigError: an amount of money arrives as a floating-point number.
    """
    landed = arriving(con, source, table, select)
    con.execute(f"create or replace temp table {landed.name} as {select}")
    return landed


def arriving(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, table: Table, select: str
) -> Landed:
    """Return what the rows of a SELECT will be once they have landed; nothing is read yet.

    Raises:
        ConfigError: an amount of money arrives as a floating-point number.
    """
    rows = con.execute(f"describe {select}").fetchall()
    types = {row[0]: row[1] for row in rows}
    _refuse_approximate_money(source, table, types)
    return Landed(table, source, types, f"landed__{source.name}__{table.name}")


def _refuse_approximate_money(source: SourceSettings, table: Table, types: dict[str, str]) -> None:
    for column in table.columns:
        is_money = column.type in (MONEY, PRICE) and column.name.endswith("_cny")
        if is_money and types.get(column.name) in APPROXIMATE:
            raise ConfigError(
                f"数据源 {source.name} 的表 {table.name} 中金额列 {column.name} "
                "是浮点数或没有精度的 numeric,读出来不精确,整张表拒收。",
                f"请让管理员在视图中改为定点数,例如 cast({column.name} as numeric(18,2))。",
            )


def sifted(con: duckdb.DuckDBPyConnection, landed: Landed) -> Landed:
    """Return the landed table knowing whether any of its rows is unfit by now."""
    row = con.execute(f"select 1 from {landed.unfit} limit 1").fetchone()
    return replace(landed, is_all_fit=row is None)


def find_unfit(con: duckdb.DuckDBPyConnection, landed: Landed) -> None:
    """Create the table of unfit rows: values that do not convert, missing, outside their list.

    Rows that repeat a key follow in `find_repeats`.
    """
    problems = _all_problems(landed)
    if not problems:
        con.execute(f"create or replace temp table {landed.unfit} (rid bigint, reasons text[])")
        return
    reasons = ", ".join(f"case when {c} then {quoted(text)} end" for c, text in problems)
    con.execute(
        f"create or replace temp table {landed.unfit} as "
        f"select rowid as rid, list_filter([{reasons}], lambda r: r is not null) as reasons "
        f"from {landed.name} where {unfit_condition(landed)}"
    )


def unfit_condition(landed: Landed) -> str:
    """Return the SQL condition under which a single row is unfit."""
    return " or ".join(condition for condition, _ in _all_problems(landed)) or "false"


def _all_problems(landed: Landed) -> list[tuple[str, str]]:
    found = list(chain.from_iterable(_problems(landed, c) for c in landed.table.columns))
    if DAMAGED in landed.types:
        found.append((f"{DAMAGED} is not null", "行已损坏:引号或列数不对,原文保留在隔离区"))
    return found


def _problems(landed: Landed, column: Column) -> list[tuple[str, str]]:
    """Return (SQL condition, reason) for every way in which a value can be unfit."""
    value = landed.value(column)
    kind = landed.types.get(column.name)
    found = []
    conversion = refused(identifier(column.name), kind, column.type, value) if kind else None
    if conversion:
        word = _WORDS.get(column.type, "数字,或者超出范围")
        found.append((conversion, f"类型不符:列 {column.name} 的值不是{word}"))
    if column.is_required and column.name != "site_id":
        missing = f"{value} is null"
        if conversion:
            missing = f"({missing} and not coalesce({conversion}, false))"
        role = "主键列" if column.name in landed.table.key else "必填列"
        found.append((missing, f"缺少值:{role} {column.name} 为空"))
    if column.values:
        allowed = ", ".join(quoted(word) for word in column.values)
        words = "、".join(column.values)
        found.append(
            (
                f"{value} not in ({allowed})",
                f"不在值列表中:列 {column.name} 只能是 {words}",
            )
        )
    return found


def find_repeats(con: duckdb.DuckDBPyConnection, landed: Landed) -> None:
    """Add rows that repeat a key: identical copies without a reason, different ones with it.

    A row that shares its key with an unfit one differs from it.
    """
    key = ", ".join(identifier(name) for name in landed.table.key)
    con.execute(
        "create or replace temp table repeated_keys as "
        f"select {key} from (select {landed.key_values()} from {landed.name}) "
        "group by all having count(*) > 1"
    )
    row = con.execute("select count(*) from repeated_keys").fetchone()
    if row and row[0]:
        con.execute(
            f"insert into {landed.unfit} "
            f"with versions as (select _rid, {key}, _hash, "
            f"_rid in (select rid from {landed.unfit}) as is_unfit "
            f"from ({landed.hashed(only_fit=False)}) semi join repeated_keys using ({key})), "
            "counted as (select _rid, is_unfit, "
            f"min(_rid) over (partition by {key}, _hash, is_unfit) as first_rid, "
            f"bool_or(is_unfit) over (partition by {key}) or "
            f"min(_hash) over (partition by {key}) <> max(_hash) over (partition by {key}) "
            "as is_conflict from versions) "
            "select _rid, case when is_conflict and _rid = first_rid "
            "then ['主键重复:同一主键有多行,内容不同'] end "
            "from counted where not is_unfit and (is_conflict or _rid <> first_rid)"
        )
    con.execute("drop table repeated_keys")


def has_others(con: duckdb.DuckDBPyConnection, landed: Landed) -> bool:
    """Tell whether another source has given rows of the same table."""
    other = f"from raw.{landed.table.name} where _source <> {quoted(landed.source.name)}"
    return con.execute(f"select 1 {other} limit 1").fetchone() is not None


def find_foreign(con: duckdb.DuckDBPyConnection, landed: Landed, before: Sequence[str]) -> int:
    """Add rows whose key belongs to a source ``before`` this one; return how many contradict it.

    A source takes over the keys of those behind it, so that it does not matter who came first.

    One that says nothing else is a copy of the other's row and stands without a reason: two
    mappings of one hospital give the same departments. That is only asked of tables that are always
    read whole; of a part nobody could tell when the other source has let go of its row.
    """
    if not before or not has_others(con, landed):
        return 0
    listed = ", ".join(map(quoted, before))
    other = f"from raw.{landed.table.name} where _source in ({listed})"
    on = " and ".join(f"t.{identifier(k)} = r.{identifier(k)}" for k in landed.table.key)
    says, how = "true", ""
    if landed.is_always_whole:
        values = [
            identifier(c.name) for c in landed.table.columns if c.name not in landed.table.key
        ]
        how = "、内容不同"
        says = " or ".join(
            f"t.{v} <> r.{v} or (r.{v} is null and t.{v} is not null)" for v in values
        )
    con.execute(
        f"insert into {landed.unfit} select t._rid, case when coalesce({says}, false) "
        f"then ['{RIVAL}:数据源 ' || r._source || ' 已有相同主键{how}的记录'] end "
        f"from ({landed.typed()}) as t join (select * {other} and not _is_deleted) as r on {on} "
        # a row that repeats its key within the source has been told so, or is told as a copy
        f"where t._rid not in (select rid from {landed.unfit})"
    )
    row = con.execute(
        f"select count(*) from {landed.unfit} where starts_with(reasons[1], '{RIVAL}')"
    ).fetchone()
    return int(row[0]) if row else 0

"""The books of the pull: what every load did to every table, and whether it adds up.

Holds the records of `raw.loads` and `raw.table_state` and their balances. What is counted comes
from `merge`; the blocking check that asks for the balances is in `data_checks`.

Per load and table: pulled + released = accepted + unchanged + quarantined, and rows counted in the
source = present + held. A row that comes good is counted as released, not as pulled; an identical
copy of a row is counted as unchanged and as present.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

import duckdb

from assets.sources.files.csv_body import PLACE
from assets.staging import Landed

_FIGURES = ("pulled", "released", "accepted", "unchanged", "quarantined", "source_count",
            "present", "held")  # fmt: skip


@dataclass(frozen=True)
class TableLoad:
    """The accounts of one load of one table.

    Attributes:
        pulled: rows read, but for those counted as released.
        released: rows read whose key was held before and that are good now.
        accepted: new or changed rows written to raw.
        unchanged: rows that raw already had, and identical copies.
        quarantined: rows read that are held now.
        deleted: rows that have vanished from the source (kept in raw, marked).
        source_count: rows in the source, counted in the read transaction.
        present: rows of the source that raw stands for.
        held: rows of the source in quarantine, from this load and earlier ones.
    """

    source: str
    table: str
    pulled: int
    released: int
    accepted: int
    unchanged: int
    quarantined: int
    deleted: int
    source_count: int
    present: int
    held: int

    @property
    def is_balanced(self) -> bool:
        """Whether no row got lost on the way, and none is missing; see `balance_errors`."""
        came = self.pulled + self.released
        went = self.accepted + self.unchanged + self.quarantined
        return came == went and self.source_count == self.present + self.held


@dataclass(frozen=True)
class Load:
    """One pull: its number, its as-of and its beginning (both UTC), its sources in their order."""

    load_id: int
    as_of: datetime
    started_at: datetime
    sources: tuple[str, ...] = ()

    def before(self, source: str) -> tuple[str, ...]:
        """Return the sources that are asked first: what they say of a key goes."""
        return self.sources[: self.sources.index(source)] if source in self.sources else ()


@dataclass(frozen=True)
class PullReport:
    """What one pull did. ``as_of`` is UTC, naive: the source's own clock or the pull's start."""

    as_of: datetime
    is_demo: bool
    loads: tuple[TableLoad, ...]
    load_id: int


@dataclass(frozen=True)
class State:
    """What the next pull must know of a table; see `raw_tables`."""

    watermark: datetime | None = None
    content: str | None = None
    copies: int = 0


def next_load_id(con: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the next load."""
    row = con.execute("select coalesce(max(load_id), 0) + 1 from raw.loads").fetchone()
    return int(row[0]) if row else 1


def book(con: duckdb.DuckDBPyConnection, done: TableLoad, load: Load) -> None:
    """Write one row of `raw.loads`."""
    figures = asdict(done)
    figures["table_name"] = figures.pop("table")
    moments = {name: getattr(load, name) for name in ("load_id", "as_of", "started_at")}
    row = {**moments, **figures}
    con.execute(
        f"insert into raw.loads ({', '.join(row)}) values ({', '.join(f'${k}' for k in row)})", row
    )


def state(con: duckdb.DuckDBPyConnection, landed: Landed) -> State:
    """Return what the last pull noted of the table."""
    row = con.execute(
        "select watermark, content, copies from raw.table_state "
        "where source = $1 and table_name = $2",
        [landed.source.name, landed.table.name],
    ).fetchone()
    return State(*row) if row else State()


def content(con: duckdb.DuckDBPyConnection, landed: Landed) -> str:
    """Return a text that is equal for equal rows in any order.

    It knows the engine's version and what the rows are read with, since both change the meaning.
    """
    # A row that stands elsewhere in its file is the same row.
    rest = f"exclude ({PLACE})" if PLACE in landed.types else ""
    row = con.execute(
        f"select count(*), sum(hash(l))::text from (select * {rest} from {landed.name}) as l"
    ).fetchone()
    source = landed.source
    read_as = f"{duckdb.__version__} {source.timezone} {source.site_id} {landed.types}"
    return f"{row} {sha256(read_as.encode()).hexdigest()}"


def note_state(
    con: duckdb.DuckDBPyConnection,
    landed: Landed,
    load: Load,
    *,
    content: str | None,
    copies: int | None,
) -> None:
    """Note the table's state for the next pull.

    The watermark is the latest cursor up to as-of: one row dated in the future must not hide what
    comes later. It never goes back.

    ``content`` is what `content` returned, or None; ``copies`` the number of identical copies in
    the source, None to keep what was known.
    """
    before = state(con, landed)
    newest = before.watermark
    cursor = landed.table.cursor
    if cursor is not None and cursor in landed.types:
        value = landed.value(landed.table.column(cursor))
        row = con.execute(
            f"select max({value}) from {landed.name} where {value} <= $as_of", {"as_of": load.as_of}
        ).fetchone()
        found = [at for at in (row[0] if row else None, newest) if at is not None]
        newest = max(found) if found else None
    where = [landed.source.name, landed.table.name]
    con.execute("delete from raw.table_state where source = $1 and table_name = $2", where)
    con.execute(
        "insert into raw.table_state (source, table_name, watermark, content, copies) "
        "values ($1, $2, $3, $4, $5)",
        [*where, newest, content, before.copies if copies is None else copies],
    )


def latest(con: duckdb.DuckDBPyConnection, table: str | None = None) -> dict[str, int]:
    """Return the sums of each table's last load, of one table or all; {} before the first load.

    The names are those of `TableLoad`; ``held_at_source`` is its ``held``.
    """
    row = con.execute(
        f"select {', '.join(f'sum({name})::bigint' for name in _FIGURES)} from "
        "(select * from raw.loads where $1 is null or table_name = $1 qualify "
        "row_number() over (partition by source, table_name order by load_id desc) = 1)",
        [table],
    ).fetchone()
    if row is None or row[0] is None:
        return {}
    figures = dict(zip(_FIGURES, row, strict=True))
    return {**figures, "held_at_source": figures.pop("held")}


def balance_errors(con: duckdb.DuckDBPyConnection, load_id: int) -> list[str]:
    """Return what does not add up in a load, one Chinese sentence each; empty is good."""
    rows = con.execute(
        "select source, table_name, pulled, released, accepted, unchanged, quarantined, "
        "source_count, present, held from raw.loads where load_id = $1 "
        "order by source, table_name",
        [load_id],
    ).fetchall()
    errors = []
    for source, table, *figures in rows:
        pulled, released, accepted, unchanged, quarantined, counted, present, held = figures
        name = f"数据源 {source} 的表 {table}"
        if pulled + released != accepted + unchanged + quarantined:
            errors.append(
                f"{name} 拉取 {pulled} 行加放行 {released} 行,不等于接收 {accepted} 行"
                f"加未变 {unchanged} 行加隔离 {quarantined} 行。"
            )
        if counted != present + held:
            errors.append(
                f"{name} 在来源有 {counted} 行,不等于在库 {present} 行加隔离中 {held} 行。"
            )
    return errors

"""SQL file + header → `TableSpec`, and the building of those tables.

Holds how a model file is read (header in YAML comments, one SELECT), how its dependencies are found
(parsed from the SQL, never written twice), in which order models run, and the one function that
builds them. What a model means is in its `.sql` file; when it runs is decided in `pipelines`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from assets import model_slices
from assets.own_tables import followed_tables
from config.errors import CheckFailedError
from config.plain_yaml import headed

_ROOM = Path(__file__).parent
SCHEMAS = ("core", "kpi")


@dataclass(frozen=True)
class Reach:
    """How rows of another model lead to a model's keys where no equality does.

    Attributes:
        of: what of its rows matters; rows that differ in nothing else reach no key.
        via: `schema.table` that carries the key.
        where: condition between its rows ``v`` and the rows ``d`` that differ in ``of``.
    """

    of: str
    via: str
    where: str


@dataclass(frozen=True)
class TableSpec:
    """One model: where it lives, what a row is, what its columns mean, and its SELECT.

    Attributes:
        grain: columns that identify a row; their uniqueness is checked after every build.
        columns: column name → meaning with unit, in the order of the SELECT.
        is_live: built for the light path too (today's tiles).
        depends_on: `schema.table` names read by the SELECT, sorted.
        by: columns. Rows with one value of them depend only on rows of the inputs with the same
            value, or on rows looked up by equality from such: see `model_links`. Empty: a change
            anywhere may change any row.
        restless: which keys may change when the clock moves on and nothing else: a condition on the
            model's own rows or on those of inputs by `schema.table`; ``as_of`` is the instant
            at which they were computed. Empty: the clock only decides which raw rows are seen.
        reach: input → how its changed rows reach keys, for those that are not met by equality.
        is_by_site: every row belongs to a site and depends on rows of that site alone, so that
            sites may be built one after the other.
    """

    schema: str
    name: str
    description: str
    grain: tuple[str, ...]
    columns: dict[str, str]
    is_live: bool
    sql: str
    depends_on: tuple[str, ...]
    by: tuple[str, ...] = ()
    restless: tuple[tuple[str, str], ...] = ()
    reach: Mapping[str, Reach] = field(default_factory=dict)
    is_by_site: bool = False

    @property
    def key(self) -> str:
        """`schema.name`."""
        return f"{self.schema}.{self.name}"


def _dependencies(sql: str) -> tuple[str, ...]:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    return tuple(sorted({f"{t.db}.{t.name}" for t in tree.find_all(exp.Table) if t.db}))


def _restless(header: dict[str, Any], key: str) -> tuple[tuple[str, str], ...]:
    given = header.get("restless", {})
    return tuple(given.items()) if isinstance(given, dict) else ((key, str(given)),)


def parse(path: Path, schema: str) -> TableSpec:
    """Read one model file.

    Args:
        path: a `.sql` file whose leading `-- ` lines are a YAML mapping.
        schema: the layer it belongs to.

    Raises:
        ValueError: the header lacks description, grain or columns, or its key is no column.
    """
    header, sql = headed(path)
    missing = {"description", "grain", "columns"} - set(header)
    if missing:
        raise ValueError(f"{path}: header lacks {sorted(missing)}")
    by = tuple(header.get("by", ()))
    if not set(by) <= set(header["columns"]):
        raise ValueError(f"{path}: by {list(by)} are not all columns")
    return TableSpec(
        schema=schema,
        name=path.stem,
        description=header["description"],
        grain=tuple(header["grain"]),
        columns={str(k): str(v) for k, v in header["columns"].items()},
        is_live=bool(header.get("live", False)),
        sql=sql,
        depends_on=_dependencies(sql),
        by=by,
        restless=_restless(header, f"{schema}.{path.stem}"),
        reach={key: Reach(**given) for key, given in header.get("reach", {}).items()},
        is_by_site=model_slices.SITE in header["grain"],
    )


@cache
def discover() -> tuple[TableSpec, ...]:
    """Return every model in an order in which each comes after what it reads."""
    specs = {
        spec.key: spec
        for schema in SCHEMAS
        for path in sorted((_ROOM / schema).glob("*.sql"))
        for spec in [parse(path, schema)]
    }
    graph = {key: [d for d in spec.depends_on if d in specs] for key, spec in specs.items()}
    return tuple(specs[key] for key in TopologicalSorter(graph).static_order())


def live_models() -> tuple[TableSpec, ...]:
    """Return the models of the light path, in building order."""
    return tuple(spec for spec in discover() if spec.is_live)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def check_grain(con: duckdb.DuckDBPyConnection, spec: TableSpec, relation: str) -> int:
    """Return the rows of a relation with the model's columns.

    Raises:
        CheckFailedError: the grain is not unique in it.
    """
    grain = ", ".join(spec.grain)
    rows, distinct = con.execute(
        f"select count(*), count(distinct ({grain})) from {relation}"
    ).fetchone() or (0, 0)
    if rows != distinct:
        raise CheckFailedError(
            f"表 {spec.key} 的粒度 ({grain}) 不唯一:{rows} 行只有 {distinct} 个不同的键。",
            "上一份快照继续服务;请检查来源里重复的主键,或把此信息交给开发者。",
        )
    return int(rows)


def build(con: duckdb.DuckDBPyConnection, specs: Iterable[TableSpec]) -> dict[str, int]:
    """Build the models in the given order inside the caller's transaction.

    Returns:
        Rows per `schema.table`.

    Raises:
        CheckFailedError: a table's grain is not unique; the caller's transaction rolls back.
    """
    rows: dict[str, int] = {}
    sites = model_slices.sites_at_once(con)
    for spec in specs:
        con.execute(f"create schema if not exists {spec.schema}")
        compute(con, spec, spec.key, sites)
        parts = sites if spec.is_by_site else ("true",)
        rows[spec.key] = sum(
            check_grain(con, spec, f"(from {spec.key} where {part})") for part in parts
        )
    return rows


def compute(
    con: duckdb.DuckDBPyConnection,
    spec: TableSpec,
    relation: str,
    sites: Sequence[str],
    *,
    is_temporary: bool = False,
) -> None:
    """Run a model's SELECT into a new table, one group of sites after the other.

    Args:
        con: the warehouse.
        spec: the model.
        relation: the table; one of that name is replaced.
        sites: as `model_slices.sites_at_once` gives them.
        is_temporary: it goes with the connection.
    """
    kind = "temp table" if is_temporary else "table"
    if not spec.is_by_site or len(sites) == 1:
        con.execute(f"create or replace {kind} {relation} as {spec.sql}")
        return
    tables = [key for key in spec.depends_on if _has_sites(key)]
    for number, condition in enumerate(sites):
        into = f"insert into {relation}" if number else f"create or replace {kind} {relation} as"
        con.execute(f"{into} {model_slices.cut_to_sites(spec.sql, tables, condition)}")


def _has_sites(key: str) -> bool:
    room, _, name = key.partition(".")
    if room == "raw":
        table = followed_tables().get(name)
        return table is not None and model_slices.SITE in table.column_names
    return any(spec.key == key and model_slices.SITE in spec.columns for spec in discover())


def comment(con: duckdb.DuckDBPyConnection, specs: Sequence[TableSpec]) -> None:
    """Write each model's descriptions into the database as table and column comments."""
    for spec in specs:
        told = [
            f"comment on table {spec.key} is {_quoted(spec.description)}",
            *(
                f'comment on column {spec.key}."{column}" is {_quoted(meaning)}'
                for column, meaning in spec.columns.items()
            ),
        ]
        con.execute("; ".join(told))

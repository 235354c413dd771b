"""What Dagster is told about a table: key, columns, words, lineage.

Holds the translation of the contract and of a ``TableSpec`` into asset specs and nothing that runs.
The facts themselves live in ``assets.sources.contract`` and in the headers of the SQL models.
"""

import hashlib
from collections.abc import Collection

import dagster as dg
import duckdb

from assets.models import TableSpec
from assets.own_tables import DECISIONS, own_tables
from assets.sources.contract import Table

# The pull's own accounts: one row per load and table.
LOADS = dg.AssetKey(["raw", "loads"])
SCORE = dg.AssetKey(["score", "score_totals"])
CLOSED_MONTH = dg.AssetKey(["score", "closed_month"])
SNAPSHOT = dg.AssetKey(["publish", "snapshot"])
LIVE = dg.AssetKey(["publish", "live"])


def raw_key(table: str) -> dg.AssetKey:
    """Return the asset key of a canonical table."""
    return dg.AssetKey(["raw", table])


def model_key(spec: TableSpec) -> dg.AssetKey:
    """Return the asset key of a model."""
    return dg.AssetKey([spec.schema, spec.name])


def raw_spec(table: Table) -> dg.AssetSpec:
    """Return the spec of one canonical table as pulled."""
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            constraints=dg.TableColumnConstraints(
                nullable=not column.is_required,
                other=[f"one of {', '.join(column.values)}"] if column.values else None,
            ),
        )
        for column in table.columns
    ]
    return dg.AssetSpec(
        raw_key(table.name),
        group_name="raw",
        kinds={"duckdb"},
        description=f"来源表 {table.name},原样拉取;主键 {'、'.join(table.key)}。",
        metadata={"dagster/column_schema": dg.TableSchema(columns)},
    )


def decisions_spec() -> dg.AssetSpec:
    """Return the spec of what people have decided in OpsPulse."""
    return raw_spec(own_tables()[DECISIONS]).replace_attributes(
        description="在 OpsPulse 中作出的决定,来自本系统自己的 decisions.db,只追加。"
    )


def loads_spec() -> dg.AssetSpec:
    """Return the spec of the pull's accounts."""
    return dg.AssetSpec(
        LOADS,
        group_name="raw",
        kinds={"duckdb"},
        description="每次拉取、每张表的收支账:拉取、放行、接受、未变、隔离、删除。",
    )


def model_spec(spec: TableSpec, known: Collection[dg.AssetKey]) -> dg.AssetSpec:
    """Return the spec of one SQL model.

    Args:
        spec: the model.
        known: keys of the assets that exist; rule tables and the run's context are not among them.
    """
    reads = [dg.AssetKey(name.split(".")) for name in spec.depends_on]
    columns = [dg.TableColumn(name, "any", description=text) for name, text in spec.columns.items()]
    return dg.AssetSpec(
        model_key(spec),
        deps=[key for key in reads if key in known],
        group_name=spec.schema,
        kinds={"duckdb", "sql"},
        description=spec.description,
        code_version=hashlib.sha256(spec.sql.encode()).hexdigest()[:12],
        metadata={
            "dagster/column_schema": dg.TableSchema(columns),
            "grain": ", ".join(spec.grain),
            "is_live": spec.is_live,
        },
    )


def built_metadata(
    con: duckdb.DuckDBPyConnection, spec: TableSpec, rows: int
) -> dict[str, dg.MetadataValue]:
    """Return what a built table looks like: its row count and its columns with real types."""
    built = con.table(spec.key)  # the catalogue's views take a hundred times as long
    columns = [
        dg.TableColumn(name, str(kind), description=spec.columns.get(name))
        for name, kind in zip(built.columns, built.types, strict=True)
    ]
    return {
        "dagster/row_count": dg.MetadataValue.int(rows),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
    }

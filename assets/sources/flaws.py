"""What can be wrong with a source, and what is wrong with a table's columns.

Holds the shape of such a finding and the comparison of a table's column types with the contract.
The examination of everything else is in `examine`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assets.conversions import APPROXIMATE, EXACT
from assets.sources import contract


@dataclass(frozen=True)
class Flaw:
    """One thing about a source that somebody should know, in Chinese and English.

    ``is_bad``: rows would be held or read wrongly; otherwise it is a warning. ``is_refused``: a run
    would end there, and load nothing.
    """

    zh: str
    en: str
    is_bad: bool = False
    is_refused: bool = False


def column_flaws(table: contract.Table, columns: dict[str, str]) -> Iterator[Flaw]:
    """Yield what is wrong with the columns (name → DuckDB type) that a source yields."""
    for column in table.columns:
        there = columns.get(column.name)
        spot = f"{table.name}.{column.name}"
        if there is None:
            if column.is_required and column.name != "site_id":
                yield Flaw(
                    f"表 {table.name} 缺少必需的列 {column.name}。",
                    f"Table {table.name} lacks the required column {column.name}.",
                    is_bad=True,
                    is_refused=True,
                )
        elif column.name.endswith("_cny") and there in APPROXIMATE:
            yield Flaw(
                f"金额列 {spot} 是浮点数或没有精度的 numeric,运行会被拒绝;"
                f"请在视图中写成 cast({column.name} as numeric(18,2))。",
                f"Money column {spot} arrives as floating point: a run will be refused.",
                is_bad=True,
                is_refused=True,
            )
        elif column.type in EXACT and _places(there) > _places(column.type):
            yield Flaw(
                f"列 {spot} 有 {_places(there)} 位小数,合同只有 {_places(column.type)} 位:"
                "更细的值不会被四舍五入,会进入隔离区。",
                f"Column {spot} has {_places(there)} decimals, the contract "
                f"{_places(column.type)}: finer values are held, not rounded.",
            )
        elif not _fits(there, column.type):
            yield Flaw(
                f"列 {spot} 的类型是 {there},应为 {column.type}:值会进入隔离区。",
                f"Column {spot} is {there}, not {column.type}: its rows go into quarantine.",
                is_bad=True,
            )


def _places(decimal: str) -> int:
    """Return the decimals of a DECIMAL type; 0 for any other."""
    digits = decimal.removesuffix(")").rpartition(",")[2]
    return int(digits) if decimal.startswith("DECIMAL(") else 0


def _fits(there: str, wanted: str) -> bool:
    """Tell whether values of a DuckDB type can be what the contract wants."""
    if there == "VARCHAR" or wanted == "TEXT":
        return True
    is_time = there == "DATE" or there.startswith("TIMESTAMP")
    if wanted in ("TIMESTAMP", "DATE"):
        return is_time
    return not is_time and there not in ("BLOB", "TIME", "INTERVAL") and not there.endswith("[]")

"""Refuse `kpi` models whose SQL a cluster engine could not run unchanged.

Holds the whitelist of syntax-tree nodes and of functions that sqlglot carries from DuckDB to Spark
with the same meaning (measured; see the decision on portable SQL), and our own macros. DuckDB-only
SQL belongs in `assets/core`. Run as `python -m assets.sql_lint`.
"""

import sys

import sqlglot
from sqlglot import exp

from assets.models import TableSpec, discover

# Our macros: defined in each engine, left alone by the translation.
MACROS = frozenset({"seconds_between", "minutes_between", "local_date", "month_start",
                    "iso_weekday", "days_between", "month_end_plus"})  # fmt: skip
_NODES: tuple[type[exp.Expression], ...] = (
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Order, exp.Ordered, exp.With,
    exp.CTE, exp.Table, exp.TableAlias, exp.Subquery, exp.Union, exp.Column, exp.Identifier,
    exp.Alias, exp.Literal, exp.Boolean, exp.Null, exp.Star, exp.Paren, exp.Tuple, exp.Values,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In,
    exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv,
    exp.Mod, exp.Neg, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least,
    exp.Count, exp.CountIf, exp.Sum, exp.Min, exp.Max, exp.Filter, exp.Window, exp.WindowSpec,
    exp.RowNumber, exp.Lag, exp.Lead, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Distinct,
    exp.Concat, exp.Trim, exp.Anonymous,
)  # fmt: skip


def refused(tree: exp.Expr, name: str) -> list[tuple[exp.Expr, str]]:
    """Return each node of a syntax tree that is not on the whitelist, with a sentence."""
    found = []
    for node in tree.walk():
        if isinstance(node, exp.Anonymous) and node.name.lower() not in MACROS:
            text = f"{name}: function {node.name} is neither portable nor one of our macros"
        elif not isinstance(node, _NODES):
            text = f"{name}: {type(node).__name__} is not portable: {node.sql()[:60]}"
        elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            text = f"{name}: list the columns; a star means other columns elsewhere"
        elif isinstance(node, exp.Cast) and node.to.is_type(*exp.DataType.INTEGER_TYPES):
            text = f"{name}: a cast to an integer rounds here and truncates elsewhere"
        else:
            continue
        found.append((node, text))
    return found


def violations(spec: TableSpec) -> list[str]:
    """Return a sentence for every node or function of a model that is not on the whitelist."""
    tree = sqlglot.parse_one(spec.sql, dialect="duckdb")
    return sorted({text for _, text in refused(tree, spec.key)})


def main() -> int:
    """Print every violation in `kpi`; 1 if there is any."""
    found = [line for spec in discover() if spec.schema == "kpi" for line in violations(spec)]
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""References between tables: the rows of every foreign key whose parent is not there.

Holds which column names which table, found from the contract's own column names, and one query per
table that counts the orphans of all its references. A reference to a table that the source does not
yield, or yields empty, says nothing; a parent in quarantine is missed there, not here. Orphans that
nobody could count anywhere are held by the pull (``assets.parents``); all others are flagged here
and stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import duckdb

from assets.sources.contract import Table, tables
from data_checks.results import RuleResult

# Column → the table it names; the parent's own key column follows site_id in its key.
_PARENTS = {
    "department_id": "departments",
    "parent_id": "departments",
    "engineer_id": "engineers",
    "to_engineer_id": "engineers",
    "from_engineer_id": "engineers",
    "created_by_engineer_id": "engineers",
    "backup_engineer_id": "engineers",
    "owner_engineer_id": "engineers",
    "author_engineer_id": "engineers",
    "asset_id": "assets",
    "ticket_id": "tickets",
    "master_ticket_id": "tickets",
    "system_id": "systems",
    "part_id": "parts",
    "store_id": "stores",
    "vendor_id": "vendors",
    "customer_id": "customers",
    "visit_id": "visits",
    "project_id": "projects",
    "plan_id": "pm_plans",
    "record_id": "pm_records",
    "article_id": "knowledge",
    "contract_id": "print_contracts",
}
# Named by a kind beside it (contacts), or the table's own subject, not another table.
NO_REFERENCES = frozenset({("contacts", "party_id"), ("improvements", "metric_id")})

# More orphans than this share, and KPIs that need the reference cannot be trusted.
_TOLERANCE = {
    ("ticket_events", "ticket_id"): 0.05,
    ("asset_states", "asset_id"): 0.05,
    ("stock_moves", "part_id"): 0.05,
    ("tickets", "asset_id"): 0.2,
    ("tickets", "department_id"): 0.2,
}


@dataclass(frozen=True)
class Reference:
    """One foreign key: a table's column and the parent that it names."""

    table: str
    column: str
    parent: str

    @property
    def parent_column(self) -> str:
        """The parent's key column beside ``site_id``."""
        return tables()[self.parent].key[1]

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return f"{self.column}_unknown"


@cache
def references() -> tuple[Reference, ...]:
    """Return every foreign key of the contract, in contract order."""
    return tuple(one for table in tables().values() for one in _of(table))


def _of(table: Table) -> Iterator[Reference]:
    for column in table.column_names:
        parent = _PARENTS.get(column)
        is_own = parent == table.name and column == table.key[-1]
        # a contract of its own kind, or the key under which print contracts stand
        is_key = table.name in ("contracts", "print_contracts") and column == "contract_id"
        if parent and not is_own and not is_key:
            yield Reference(table.name, column, parent)


def count_orphans(con: duckdb.DuckDBPyConnection) -> list[RuleResult]:
    """Count the rows of every table that name a parent which is not there.

    Returns:
        One result for each reference whose parent table has rows and which any row gives.
    """
    filled = {name for name in tables() if _has_rows(con, name)}
    results: list[RuleResult] = []
    for name in tables():
        mine = [one for one in references() if one.table == name and one.parent in filled]
        if mine and name in filled:
            results += _count(con, name, mine)
    return results


def _has_rows(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    row = con.execute(f"select exists (from raw.{name} where not _is_deleted)").fetchone()
    return bool(row and row[0])


def _count(con: duckdb.DuckDBPyConnection, name: str, mine: list[Reference]) -> list[RuleResult]:
    pairs = ", ".join(
        f"count(c.{one.column}), count(c.{one.column}) filter (where not exists ("
        f"from raw.{one.parent} as p where p.site_id = c.site_id "
        f"and p.{one.parent_column} = c.{one.column} and not p._is_deleted) "
        f"and concat_ws('|', c.site_id, c.{one.column}) not in (select q.row_key "
        f"from raw.quarantine as q where q.table_name = '{one.parent}' and q.status = 'held'))"
        for one in mine
    )
    row = con.execute(f"select {pairs} from raw.{name} as c where not c._is_deleted").fetchone()
    figures = row or ()
    return [
        RuleResult(
            name,
            one.rule,
            "warning",
            int(figures[2 * place]),
            int(figures[2 * place + 1]),
            f"{one.column} 在 {one.parent} 表中不存在",
            f"{one.column} is not in the table {one.parent}",
            "consistent",
            is_state=True,
            tolerance=_TOLERANCE.get((name, one.column)),
        )
        for place, one in enumerate(mine)
    ]

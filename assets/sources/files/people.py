"""Engineers and departments out of the names that a mapping lists.

Holds the two tables that a names→ids list gives when no file does: every id of the list with its
first spelling, and every name that the rows use and the list does not, as its own id.
"""

from assets.conversions import identifier, quoted
from assets.sources.contract import REQUIRED_TABLE
from assets.sources.files.mapping import Mapping

_USES = {
    "departments": ("department_id", {"tickets": ("department_id",), "assets": ("department_id",)}),
    "engineers": (
        "engineer_id",
        {"ticket_events": ("engineer_id",), "effort_logs": ("engineer_id",)},
    ),
}


def selects(mapping: Mapping, built: dict[str, str]) -> dict[str, str]:
    """Return the SELECT of each table that the names give and no file does; none without tickets.

    Args:
        mapping: with its lists of names.
        built: canonical table → temporary table with its rows.
    """
    if REQUIRED_TABLE not in built:
        # A register borrows the ids; whoever has the tickets has the names.
        return {}
    lists = {"departments": mapping.names.departments, "engineers": mapping.names.engineers}
    found = {}
    for table, listed in lists.items():
        if not listed or table in mapping.tables:
            continue
        key, uses = _USES[table]
        first: dict[str, str] = {}
        for name, one in listed.items():
            first.setdefault(one, name)
        rows = ", ".join(f"({quoted(one)}, {quoted(name)})" for one, name in first.items())
        used = " union ".join(
            f"select {identifier(column)} as {key}, {identifier(column)} as name "
            f"from {built[user]} where {identifier(column)} is not null"
            for user, columns in uses.items()
            if user in built and _has(mapping, user)
            for column in columns
        )
        unlisted = (
            f" union all select * from ({used}) anti join listed using ({key})" if used else ""
        )
        found[table] = f"with listed({key}, name) as (values {rows}) select * from listed{unlisted}"
    return found


def _has(mapping: Mapping, table: str) -> bool:
    """Tell whether the mapping fills the column of people in a table."""
    rule = mapping.tables.get(table)
    if rule is None:
        return table == "ticket_events"
    return any(column in rule.columns for column in ("department_id", "engineer_id"))

"""A SELECT with its inputs cut down: to some keys, or to some of the sites.

Holds the cutting of a model's text, and which sites are built at once. Rows of one site never
depend on rows of another (`tests/test_model_slices.py` builds every model both ways), so memory
need not grow with the number of hospitals: see docs/decisions/0032. Which keys a change reaches is
in `model_changes`; what is built when is in `models`.
"""

from collections.abc import Iterable, Mapping

import duckdb
import sqlglot
from sqlglot import TokenType

from assets import warehouse
from assets.conversions import quoted

SITE = "site_id"
# At 440 four models ran out of memory though the engine may spill; the rest is margin.
BYTES_PER_TICKET = 2000


def sites_at_once(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Return a condition on ``site_id`` for each group of sites to be built at once, in order.

    The groups are disjoint and leave no site out. One group holds as many tickets as the memory
    limit has room for, and at least one site; without `raw.tickets` there is one group.
    """
    room = int(warehouse.memory_limit(con) // BYTES_PER_TICKET)
    row = con.execute(
        "select estimated_size from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'raw' and table_name = 'tickets'"
    ).fetchone()
    if row is None or row[0] <= room:
        return ("true",)
    firsts = con.execute(
        f"with sites as (select {SITE}, count(*) as tickets from raw.tickets group by {SITE}), "
        f"placed as (select {SITE}, (sum(tickets) over (order by {SITE}) - tickets) // {room} "
        f"as place from sites) select min({SITE}) from placed group by place order by 1"
    ).fetchall()
    edges = [quoted(first) for (first,) in firsts]
    lower = ["true", *(f"{SITE} >= {edge}" for edge in edges[1:])]
    upper = [*(f"{SITE} < {edge}" for edge in edges[1:]), "true"]
    return tuple(f"{low} and {high}" for low, high in zip(lower, upper, strict=True))


def cut_to_sites(sql: str, tables: Iterable[str], condition: str) -> str:
    """Return a SELECT whose inputs hold no rows but those of some sites.

    Args:
        sql: the SELECT.
        tables: the `schema.table` among its inputs that have ``site_id``.
        condition: as `sites_at_once` gives it.
    """
    return sliced(sql, {key: f"(from {key} where {condition})" for key in tables})


def sliced(sql: str, slices: Mapping[str, str]) -> str:
    """Return a SELECT with some of its inputs replaced, the rest of the text untouched.

    Args:
        sql: the SELECT.
        slices: `schema.table` → what stands in its place.
    """
    tokens = sqlglot.tokenize(sql, read="duckdb")
    parts: list[str] = []
    end = 0
    for position, (room, dot, name) in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False)):
        key = f"{room.text}.{name.text}"
        if dot.token_type is not TokenType.DOT or key not in slices:
            continue
        after = tokens[position + 3] if position + 3 < len(tokens) else None
        is_named = after is not None and after.token_type is TokenType.ALIAS
        parts += [sql[end : room.start], slices[key]]
        parts += [] if is_named else [f" as {name.text}"]
        end = name.end + 1
    return "".join(parts) + sql[end:]

"""Rules on whole tables, from the pull's own books: refused, in quarantine, shrunk.

Holds one query over ``raw.loads`` and ``raw.quarantine`` and the words of its rules. What the
contract refuses (types, required values, value lists, keys) is found by the pull; here it is
counted, so that the score knows of it.
"""

import duckdb

from data_checks.results import RuleResult
from data_checks.row_rules import Moment
from data_checks.rule import Aspect

HELD = "held"
SHRUNK = "shrunk"
# More rows of a table than this share in quarantine, and its KPIs cannot be trusted.
HELD_TOLERANCE = 0.05
# A table that has lost more than this share of its rows within a week is looked at.
SHRINK_SHARE = 0.2
_FEW_ROWS = 50

# rule → how the pull's reasons begin, aspect, words
_REFUSED: dict[str, tuple[str, Aspect, str, str]] = {
    "types": ("类型不符", "valid", "值与约定的类型不符", "a value is not of the agreed type"),
    "required": ("缺少值", "complete", "主键或必填列为空", "a key or required column is empty"),
    "lists": ("不在值列表中", "valid", "值不在约定的列表中", "a value is not in its agreed list"),
    "keys": ("主键", "unique", "主键重复或冲突", "a key comes twice with different contents"),
    "parents": ("找不到上级", "consistent", "所属的上级记录不存在", "the parent row is not there"),
}


def refused(con: duckdb.DuckDBPyConnection, moment: Moment) -> list[RuleResult]:
    """Return what the contract refused of this load's new and changed rows, by table and kind.

    Rows that an overlap reads again, held ones too, were counted by the load that first saw them:
    a load without news adds nothing.
    """
    tests = ", ".join(
        f"count(*) filter (where list_bool_or(list_transform(q.reasons, "
        f"lambda r: starts_with(r, '{start}')))) as {name}"
        for name, (start, *_) in _REFUSED.items()
    )
    rows = con.execute(
        "with before as (select max(as_of) as as_of from raw.loads where load_id < $load_id), "
        f"held as (select q.table_name, count(*) as held, {tests} from raw.quarantine as q "
        "cross join before as b where q.load_id = $load_id and q.status = 'held' "
        "and (b.as_of is null or q.first_seen_at > b.as_of) group by q.table_name), "
        "read as (select l.table_name, sum(l.accepted)::bigint + coalesce(any_value(h.held), 0) "
        "as checked from raw.loads as l left join held as h using (table_name) "
        "where l.load_id = $load_id group by l.table_name) "
        f"select r.table_name, r.checked, {', '.join(f'coalesce({name}, 0)' for name in _REFUSED)} "
        "from read as r left join held using (table_name) where r.checked > 0 order by all",
        {"load_id": moment.load_id},
    ).fetchall()
    return [
        RuleResult(table, name, "critical", checked, failed, zh, en, aspect)
        for table, checked, *counts in rows
        for (name, (_, aspect, zh, en)), failed in zip(_REFUSED.items(), counts, strict=True)
    ]


def states(con: duckdb.DuckDBPyConnection, moment: Moment) -> list[RuleResult]:
    """Return for each table of this load the share in quarantine, and whether it has shrunk."""
    rows = con.execute(
        "with week as (select source, table_name, max(present) as most from raw.loads "
        "where as_of >= $as_of - interval 7 day group by source, table_name) "
        "select l.table_name, sum(l.held)::bigint, sum(l.present + l.held)::bigint, "
        "count_if(w.most >= $few and l.present < w.most * (1 - $share)) "
        "from raw.loads as l join week as w using (source, table_name) "
        "where l.load_id = $load_id group by l.table_name order by all",
        {
            "as_of": moment.as_of,
            "load_id": moment.load_id,
            "few": _FEW_ROWS,
            "share": SHRINK_SHARE,
        },
    ).fetchall()
    found = []
    for table, held, rows_of_source, shrunk in rows:
        found += [
            RuleResult(
                table,
                HELD,
                "warning",
                rows_of_source,
                held,
                "在隔离区、未进入计算的行",
                "rows that stand in quarantine and are not counted",
                "complete",
                is_state=True,
                tolerance=HELD_TOLERANCE,
            ),
            RuleResult(
                table,
                SHRUNK,
                "warning",
                1 if rows_of_source else 0,
                min(shrunk, 1),
                f"行数比一周内的最多时少了 {SHRINK_SHARE:.0%} 以上",
                f"more than {SHRINK_SHARE:.0%} fewer rows than at the most within a week",
                "timely",
                is_state=True,
                tolerance=0.0,
            ),
        ]
    return found

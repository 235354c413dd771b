"""Two sets of rules over the same history: which tickets change, what in them, and how much a KPI.

Holds the second derivation of `core` in memory and its comparison with the first. The warehouse is
attached read-only and is never written. How rules become tables is in `rule_tables`, what they do
to tickets in `assets/core`; the words and files are made by ``pipelines.cli_rules``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from assets import models, rule_tables
from assets.conversions import quoted
from assets.warehouse import connect, explained
from config.errors import StateError
from config.rules import Rules
from config.settings import Settings

Values = dict[str, Any]

# What is compared: the model, its key, and the columns whose change is told.
_CLOCK_KEY = ("site_id", "ticket_id", "clock")
_CLOCK_COLUMNS = (
    "target_seconds", "calendar_id", "net_seconds", "gross_seconds", "due_at", "breached_at",
    "is_paused", "is_missing", "is_reliable", "is_counted", "is_met_net", "is_met_gross",
    "period_on",
)  # fmt: skip
_FLAGS: Mapping[str, Sequence[str]] = {
    "core.tickets": (
        "fault_group", "service_impact", "is_planned", "is_use_failure", "is_inherent_failure",
        "common_cause_id",
    ),
    "core.ticket_duties": (
        "urgency", "visit_duty", "visit_rules", "is_visit_kept", "is_loaner_due",
    ),
}  # fmt: skip
_COMPARED = ("core.clocks", *_FLAGS)
# KPI code, what is counted, the model, its condition for the whole and for the part.
_SHARES = (
    ("K01", "use_failures", "core.tickets", "not x.is_void", "x.is_use_failure"),
    ("K01", "inherent_failures", "core.tickets", "not x.is_void", "x.is_inherent_failure"),
    ("K13", "required_visits", "core.ticket_duties", "x.is_visit_kept is not null",
     "x.is_visit_kept"),
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One ticket's clock (or its flags, ``clock`` None) that differs between the two.

    ``before`` and ``after`` hold the columns that differ; None where there is no such clock.
    Instants are UTC, naive; durations are seconds.
    """

    site_id: str
    ticket_id: str
    ticket_no: str | None
    reported_at: datetime
    clock: str | None
    before: Values | None
    after: Values | None


@dataclass(frozen=True)
class Tally:
    """A share before and after: numerator and denominator, and how many tickets changed in it."""

    code: str
    item: str
    before: tuple[int, int]
    after: tuple[int, int]
    tickets: int


@dataclass(frozen=True)
class Difference:
    """What two sets of rules make of one history."""

    as_of: datetime
    is_demo: bool
    changes: tuple[Change, ...]
    tallies: tuple[Tally, ...]
    rebuilt: tuple[str, ...]

    @property
    def tickets(self) -> int:
        """How many tickets change."""
        return len({(one.site_id, one.ticket_id) for one in self.changes})


def compare(
    settings: Settings, before: Rules, after: Rules, month: tuple[date, date] | None
) -> Difference:
    """Derive history under both rules and return what differs.

    Args:
        settings: names the warehouse and the hospital's zone.
        before: the rules that stand first.
        after: the others.
        month: first day and first day after; tickets reported in it and clocks that count in it,
            under either rules. None: all of history.

    Raises:
        StateError: there is no warehouse yet, or it is being written.
    """
    con = connect(":memory:", settings)
    try:
        context = _attach(con, settings.warehouse_path)
        specs = _needed()
        rule_tables.load(con, before, settings, context)
        models.build(con, specs)
        _set_aside(con, "before", _COMPARED)
        _set_aside(con, "first", _rules_of(con))
        rule_tables.load(con, after, settings, context)
        rebuilt = _downstream(specs, _changed_rules(con))
        models.build(con, rebuilt)
        return Difference(
            context.as_of,
            context.is_demo,
            tuple(_changes(con, month)),
            tuple(_tallies(con, month)),
            tuple(spec.key for spec in rebuilt),
        )
    finally:
        con.close()


def _attach(con: duckdb.DuckDBPyConnection, path: Path) -> rule_tables.RunContext:
    """Show the warehouse's raw tables as our own; return the context of its last run."""
    if not path.exists():
        raise StateError(f"找不到数据仓 {path}。", "请先运行一次 opspulse run。")
    try:
        con.execute(f"attach {quoted(str(path))} as warehouse (read_only)")
    except duckdb.Error as error:
        known = explained(error, path)
        if known is None:
            raise
        raise known from error
    tables = {
        (schema, name)
        for schema, name in con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'"
        ).fetchall()
    }
    if ("core", "run_context") not in tables:
        raise StateError("数据仓里还没有算过的结果。", "请先运行一次 opspulse run。")
    con.execute("create schema raw")
    for schema, name in sorted(tables):
        if schema == "raw":
            con.execute(f'create view raw."{name}" as from warehouse.raw."{name}"')
    row = con.execute(
        "select as_of, is_demo, data_from_at from warehouse.core.run_context"
    ).fetchone()
    if row is None:
        raise StateError("数据仓里还没有算过的结果。", "请先运行一次 opspulse run。")
    return rule_tables.RunContext(*row)


def _needed() -> tuple[models.TableSpec, ...]:
    """Return the models that the compared ones rest on, and these, in building order."""
    specs = {spec.key: spec for spec in models.discover()}
    wanted, waiting = set[str](), list(_COMPARED)
    while waiting:
        key = waiting.pop()
        if key in specs and key not in wanted:
            wanted.add(key)
            waiting += specs[key].depends_on
    return tuple(spec for spec in models.discover() if spec.key in wanted)


def _downstream(
    specs: Iterable[models.TableSpec], changed: set[str]
) -> tuple[models.TableSpec, ...]:
    """Return the models that rest on a changed rule table, in building order."""
    stale = set(changed)
    found = []
    for spec in specs:
        if stale & set(spec.depends_on):
            stale.add(spec.key)
            found.append(spec)
    return tuple(found)


def _rules_of(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select table_name from duckdb_tables() where database_name = 'memory' "
        "and schema_name = 'core' and starts_with(table_name, 'rule_') order by table_name"
    ).fetchall()
    return [f"core.{name}" for (name,) in rows]


def _set_aside(con: duckdb.DuckDBPyConnection, schema: str, keys: Iterable[str]) -> None:
    con.execute(f"create schema {schema}")
    for key in keys:
        con.execute(f"create table {schema}.{_name(key)} as from {key}")


def _changed_rules(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the rule tables whose content differs from the one set aside."""
    changed = set()
    for key in _rules_of(con):
        row = con.execute(
            f"select exists((from {key} except all from first.{_name(key)}) union all "
            f"(from first.{_name(key)} except all from {key}))"
        ).fetchone()
        if row and row[0]:
            changed.add(key)
    return changed


def _name(key: str) -> str:
    return key.partition(".")[2]


def _changes(con: duckdb.DuckDBPyConnection, month: tuple[date, date] | None) -> list[Change]:
    found = _differing(con, "core.clocks", _CLOCK_KEY, _CLOCK_COLUMNS, month)
    for key, columns in _FLAGS.items():
        found += _differing(con, key, _CLOCK_KEY[:2], columns, month)
    return sorted(found, key=lambda one: (one.site_id, one.ticket_id, one.clock or ""))


def _differing(
    con: duckdb.DuckDBPyConnection,
    key: str,
    grain: Sequence[str],
    columns: Sequence[str],
    month: tuple[date, date] | None,
) -> list[Change]:
    """Return the rows of a model that only one derivation has, or whose columns differ."""
    on = " and ".join(f"a.{name} = b.{name}" for name in grain)
    differs = " or ".join(f"a.{name} is distinct from b.{name}" for name in columns)
    is_clock = "clock" in grain
    periods = "or a.period_on >= $1 and a.period_on < $2 or b.period_on >= $1 and b.period_on < $2"
    within = f"t.reported_on >= $1 and t.reported_on < $2 {periods if is_clock else ''}"
    sides = ", ".join(f"{side}.{name}" for side in "ab" for name in columns)
    rows = con.execute(
        f"select t.site_id, t.ticket_id, t.ticket_no, t.reported_at, "
        f"{'coalesce(a.clock, b.clock)' if is_clock else 'null'}, "
        f"a.ticket_id is not null, b.ticket_id is not null, {sides} "
        f"from before.{_name(key)} as a full join {key} as b on {on} "
        "inner join core.tickets as t on t.site_id = coalesce(a.site_id, b.site_id) "
        "and t.ticket_id = coalesce(a.ticket_id, b.ticket_id) "
        f"where (a.ticket_id is null or b.ticket_id is null or {differs}) "
        + (f"and ({within})" if month else ""),
        list(month or ()),
    ).fetchall()
    return [_change(row, columns) for row in rows]


def _change(row: Sequence[Any], columns: Sequence[str]) -> Change:
    has_before, has_after = row[5:7]
    first = dict(zip(columns, row[7 : 7 + len(columns)], strict=True))
    second = dict(zip(columns, row[7 + len(columns) :], strict=True))
    if has_before and has_after:
        names = [name for name in columns if first[name] != second[name]]
        first = {name: first[name] for name in names}
        second = {name: second[name] for name in names}
    return Change(
        site_id=row[0],
        ticket_id=row[1],
        ticket_no=row[2],
        reported_at=row[3],
        clock=row[4],
        before=first if has_before else None,
        after=second if has_after else None,
    )


def _tallies(con: duckdb.DuckDBPyConnection, month: tuple[date, date] | None) -> list[Tally]:
    """Return what the shares of KPIs become, of the month or of all of history."""
    found = []
    clocks = con.execute(
        "select distinct clock from (from before.clocks union all from core.clocks) order by clock"
    ).fetchall()
    for (clock,) in clocks:
        for basis in ("net", "gross"):
            counted = (f"x.is_counted and x.clock = '{clock}'", f"x.is_met_{basis}")
            named = ("K06", f"{clock}.{basis}")
            found.append(_tally(con, named, "core.clocks", counted, month))
    for code, item, key, whole, part in _SHARES:
        found.append(_tally(con, (code, item), key, (whole, part), month))
    return found


def _tally(
    con: duckdb.DuckDBPyConnection,
    named: tuple[str, str],
    key: str,
    conditions: tuple[str, str],
    month: tuple[date, date] | None,
) -> Tally:
    """Count one share in both derivations, and the tickets in whose rows it differs."""
    whole, part = conditions
    day = "x.period_on" if key == "core.clocks" else "t.reported_on"
    within = f" and {day} >= $1 and {day} < $2" if month else ""

    def side(table: str) -> str:
        return (
            f"select x.site_id, x.ticket_id, coalesce({part}, false) as is_hit from {table} as x "
            "inner join core.tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id "
            f"where {whole}{within}"
        )

    row = con.execute(
        f"with a as ({side(f'before.{_name(key)}')}), b as ({side(key)}) "
        "select (select count(*) from a where is_hit), (select count(*) from a), "
        "(select count(*) from b where is_hit), (select count(*) from b), "
        "(select count(*) from a full join b using (site_id, ticket_id) "
        "where a.is_hit is distinct from b.is_hit)",
        list(month or ()),
    ).fetchone()
    counts = [int(value) for value in row or (0,) * 5]
    return Tally(*named, (counts[0], counts[1]), (counts[2], counts[3]), counts[4])

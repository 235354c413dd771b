"""Layers follow what changed instead of being built anew, and say from where.

A layer remembers the load, the clock and the program it was built with. If nothing but the first
two has moved on, every model follows its inputs' differences (`model_changes`); the tables are
those of a full build, row for row. Whatever puts that in doubt ends in a full build: another
program, other rules, an earlier clock, a layer that was left behind, raw rows of whose change the
books do not tell (`replaced`). Holds that memory and that decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb

from assets import models, replaced, warehouse
from assets.model_changes import WHOLE_SHARE, Follower
from assets.models import TableSpec
from assets.own_tables import followed_tables
from assets.snapshot_changes import Differences

_STATE = f"{replaced.SCHEMA}.state"
_DIGESTS = f"{replaced.SCHEMA}.digests"


@dataclass(frozen=True)
class Moment:
    """What a layer stands at. ``fingerprint``: program, rules and whose data; not the clock."""

    load_id: int
    as_of: datetime
    fingerprint: str


@dataclass(frozen=True)
class Layer:
    """What was done: rows of each table, and the models whose tables were made anew."""

    rows: dict[str, int]
    remade: tuple[TableSpec, ...]


class Refresh:
    """One run's building: ``core`` first, then ``kpi`` on the same connection.

    A layer that this object has not built is taken to stand still if the books say that it does.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, *, whole_share: float = WHOLE_SHARE) -> None:
        """Remember the warehouse; ``whole_share`` as in `Follower`."""
        self._con = con
        self._share = whole_share
        self._follower: Follower | None = None
        self._has_core = False
        self._core_before: Moment | None = None
        self._kpi_since: datetime | None = None

    def layer(self, schema: str, specs: Sequence[TableSpec]) -> Layer:
        """Bring every model of a layer up to date, inside the caller's transaction.

        Args:
            schema: ``core`` or ``kpi``.
            specs: all models of the layer in building order.

        Raises:
            CheckFailedError: a table's grain is not unique; the caller's transaction rolls back.
        """
        replaced.ensure(self._con)
        now = _moment(self._con)
        before = self._before(schema, now)
        if schema == "core":
            self._has_core, self._core_before, self._follower = True, before, None
        if before is None:
            rows, remade = models.build(self._con, specs), tuple(specs)
        else:
            self._follower = self._follower or Follower(
                self._con, before.load_id, before.as_of, self._share
            )
            remade = tuple(spec for spec in specs if self._follower.follow(spec))
            rows = {spec.key: _count(self._con, spec.key) for spec in specs}
        if schema == "kpi":
            self._kpi_since = before.as_of if before else None
        self._note(schema, now)
        return Layer(rows, remade)

    def differences(self) -> Differences | None:
        """Return what this run changed in `kpi`; None where a layer was built whole."""
        if self._follower is None or self._kpi_since is None:
            return None
        return Differences(self._kpi_since, self._follower.changed("kpi"))

    def _before(self, schema: str, now: Moment) -> Moment | None:
        """Return what the layer stands at; None if it cannot follow from there."""
        found = self._con.execute(f"select layer, load_id, as_of, fingerprint from {_STATE}")
        states = {row[0]: Moment(*row[1:]) for row in found.fetchall()}
        before = states.get(schema)
        if before is None or before.fingerprint != now.fingerprint or before.as_of > now.as_of:
            return None
        if schema == "core":
            noted = self._con.execute(f"select table_name, digest from {_DIGESTS}").fetchall()
            is_told = dict(noted) == replaced.digests(self._con, before.load_id)
            return before if is_told else None
        core = self._core_before if self._has_core else states.get("core")
        return before if before == core else None

    def _note(self, schema: str, now: Moment) -> None:
        con = self._con
        con.execute(f"delete from {_STATE} where layer = $1", [schema])
        con.execute(
            f"insert into {_STATE} values ($1, $2, $3, $4)",
            [schema, now.load_id, now.as_of, now.fingerprint],
        )
        if schema == "core":
            con.execute(f"delete from {_DIGESTS}")
            con.executemany(
                f"insert into {_DIGESTS} values ($1, $2)",
                [list(item) for item in replaced.digests(con, None).items()],
            )
        else:
            replaced.forget(con)


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """Let the next run build everything whole: something was built that the books cannot tell."""
    replaced.ensure(con)
    con.execute(f"delete from {_STATE}")
    replaced.forget(con)


def _moment(con: duckdb.DuckDBPyConnection) -> Moment:
    """Return what a layer built now stands at: the last load, and `core.run_context`."""
    row = con.execute(
        "select (select coalesce(max(load_id), 0) from raw.loads), as_of from core.run_context"
    ).fetchone()
    if row is None:
        raise ValueError("core.run_context is empty")
    return Moment(row[0], row[1], _fingerprint(con))


def _fingerprint(con: duckdb.DuckDBPyConnection) -> str:
    """Return the hash of all that decides the models' rows beside `raw` and the clock.

    The calendars grow by a day every day; their hours up to as-of are settled by the rules, whose
    own hash stands in the context.
    """
    context = con.execute("select c.* exclude (as_of, as_of_on) from core.run_context as c")
    parts = [_program(), repr(context.fetchone())]
    rules = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'core' "
        "and database_name = current_database() and starts_with(table_name, 'rule_') "
        "and not starts_with(table_name, 'rule_calendar') order by table_name"
    ).fetchall()
    for (name,) in rules:
        digest = con.execute(f"select count(*), bit_xor(hash(t)) from core.{name} as t").fetchone()
        parts.append(f"{name} {digest}")
    return sha256("\n".join(parts).encode()).hexdigest()


@cache
def _program() -> str:
    """Return the text of all that turns `raw` and the rules into rows."""
    room = Path(__file__).parent
    return "\n".join(
        [
            *(f"{s.key}\n{s.sql}\n{s.by}\n{s.restless}\n{s.reach}" for s in models.discover()),
            *warehouse.MACROS,
            *(path.read_text(encoding="utf-8") for path in sorted(room.glob("rule_*.py"))),
            *(f"{table.name} {table.columns}" for table in followed_tables().values()),
        ]
    )


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = con.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0

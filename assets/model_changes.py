"""One model follows what changed in its inputs, and tells the next one which rows differ.

Holds `Follower`: which keys of a model changed rows can reach, the computing of these keys alone,
and the writing of what differs. From where a layer can follow, and when it must be built whole, is
decided in `increments`; how an input leads to a model's key is read in `model_links`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import duckdb

from assets import model_links, model_slices, models, replaced
from assets.conversions import identifier, quoted
from assets.models import TableSpec
from assets.own_tables import followed_tables
from assets.snapshot_changes import Changed
from assets.sources.contract import INSTANT

# Where more of a table than this is to be computed anew, it is cheaper to compute it whole.
WHOLE_SHARE = 0.2
_CLOCK = "core.run_context"
_KEYS = "changed_keys"
_FRESH = "fresh_rows"


class Follower:
    """Brings models up to date one after the other, each after what it reads."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, load_id: int, as_of: datetime, whole_share: float
    ) -> None:
        """Start from tables that are right as of a load and an instant.

        Args:
            con: the warehouse; temporary tables carry the differences.
            load_id: the last load that the tables know.
            as_of: their clock (UTC).
            whole_share: beyond this share of its rows a model is computed whole; 1: never.
        """
        self._con = con
        self._load_id, self._as_of = load_id, as_of
        self._share = whole_share
        self._is_same_day = self._day_of(as_of) == self._day_of(None)
        # schema.table → table of its differences; "" none; None: it is not known which
        self._differences: dict[str, str | None] = {}
        # the same of what the clock has reached in raw: only models that read it can notice
        self._reached_by_clock: dict[str, str] = {}
        # asked once: the catalog takes milliseconds an answer
        self._standing = _standing(con)
        self._sites = model_slices.sites_at_once(con)
        self._kept = replaced.kept(con)

    def follow(self, spec: TableSpec) -> bool:
        """Bring one model up to date; True if its table was made anew.

        Raises:
            CheckFailedError: the model's grain is not unique.
        """
        inputs = [key for key in spec.depends_on if not model_links.is_constant(key)]
        is_clocked = _CLOCK in spec.depends_on and not (
            self._is_same_day and model_links.reads_day_only(spec)
        )
        changed = {k: found for k in inputs if (found := self._difference(k, is_clocked)) != ""}
        lost = [key for key in model_links.carriers(spec) if changed.get(key, "") is None]
        if lost or spec.key not in self._standing:
            return self._remake(spec)
        if not changed and not is_clocked:
            self._differences[spec.key] = ""
            return False
        if not spec.by or not self._find_keys(spec, changed):
            return self._compare_whole(spec)
        keys = self._count(_KEYS)
        if not keys:
            self._differences[spec.key] = ""
            return False
        if self._share < 1 and keys > self._share * self._count(spec.key):
            return self._compare_whole(spec)
        self._compute_keys(spec)
        return False

    def changed(self, schema: str) -> dict[str, Changed]:
        """Return the rows that differ, for every model of a layer of which they are known."""
        return {
            spec.key: Changed(relation, spec.grain)
            for spec in models.discover()
            if spec.schema == schema and (relation := self._differences.get(spec.key)) is not None
        }

    # -- which keys --------------------------------------------------------------------------------

    def _find_keys(self, spec: TableSpec, changed: dict[str, str | None]) -> bool:
        """Lay down the keys that changed inputs and the clock reach; False if one cannot tell."""
        by = ", ".join(map(identifier, spec.by))
        selects = [f"select {by} from {spec.key} limit 0"]
        for key, difference in changed.items():
            reached = [] if difference is None else list(_reached(spec, key, difference))
            if not reached:
                return False
            selects += reached
        selects += [
            f"select {by} from (select r.*, {_instant(self._as_of)} as as_of "
            f"from {key} as r) where {condition}"
            for key, condition in spec.restless
        ]
        union = " union ".join(f"({select})" for select in selects)
        self._con.execute(f"create or replace temp table {_KEYS} as {union}")
        return True

    def _difference(self, key: str, is_clocked: bool) -> str | None:
        room, _, name = key.partition(".")
        is_rows = room == "raw" and name in followed_tables()
        if key not in self._differences:
            if is_rows:
                self._differences[key] = self._replaced_rows(name)
            else:
                # a book of the pull may say anything; a layer that was not followed stands still
                self._differences[key] = None if room == "raw" else ""
        if not (is_clocked and is_rows):
            return self._differences[key]
        if key not in self._reached_by_clock:
            self._reached_by_clock[key] = self._replaced_or_dated_rows(name)
        return self._reached_by_clock[key]

    def _replaced_rows(self, name: str) -> str:
        """Lay down the rows of a raw table that came, went or were replaced."""
        columns = ", ".join(identifier(column.name) for column in followed_tables()[name].columns)
        kept = self._kept.get(name)
        target = _difference_name(f"raw.{name}")
        self._con.execute(
            f"create or replace temp table {target} as "
            f"select {columns} from raw.{name} where _load_id > {self._load_id}"
            + (f" union all select {columns} from {kept}" if kept else "")
        )
        return target if self._count(target) else ""

    def _replaced_or_dated_rows(self, name: str) -> str:
        """Lay down these and the rows that lay beyond the clock of then, wholly or in part."""
        # the hospital's day may have been one ahead
        limits = {
            INSTANT: f"> {_instant(self._as_of)}",
            "DATE": f">= date '{self._as_of:%Y-%m-%d}'",
        }
        columns = followed_tables()[name].columns
        beyond = [f"{identifier(c.name)} {limits[c.type]}" for c in columns if c.type in limits]
        replaced_rows = self._differences[f"raw.{name}"] or ""
        if not beyond:
            return replaced_rows
        names = ", ".join(identifier(column.name) for column in columns)
        target = _difference_name(f"dated.{name}")
        self._con.execute(
            f"create or replace temp table {target} as select {names} from raw.{name} "
            f"where _load_id <= {self._load_id} and ({' or '.join(beyond)})"
            + (f" union all from {replaced_rows}" if replaced_rows else "")
        )
        return target if self._count(target) else ""

    # -- computing ---------------------------------------------------------------------------------

    def _remake(self, spec: TableSpec) -> bool:
        models.build(self._con, [spec])
        self._standing.add(spec.key)
        self._differences[spec.key] = None
        return True

    def _compare_whole(self, spec: TableSpec) -> bool:
        """Compute a model whole and write what differs, or everything if that is most of it."""
        models.compute(self._con, spec, _FRESH, self._sites, is_temporary=True)
        models.check_grain(self._con, spec, _FRESH)
        differing = self._differ(spec, spec.key)
        if self._share >= 1 or differing <= self._share * self._count(spec.key):
            self._write(spec, differing)
            return False
        self._con.execute(f"create or replace table {spec.key} as from {_FRESH}")
        self._differences[spec.key] = None
        return True

    def _compute_keys(self, spec: TableSpec) -> None:
        """Compute the rows of the keys from the rows of the inputs with these keys."""
        met = _same(spec.by, "r", "k")
        slices = {}
        for key in model_links.carriers(spec):
            slices[key] = f"slice_{key.replace('.', '__')}"
            self._con.execute(
                f"create or replace temp view {slices[key]} as "
                f"select r.* from {key} as r semi join {_KEYS} as k on {met}"
            )
        sql = model_slices.sliced(spec.sql, slices)
        self._con.execute(f"create or replace temp table {_FRESH} as {sql}")
        models.check_grain(self._con, spec, _FRESH)
        mine = f"(select r.* from {spec.key} as r semi join {_KEYS} as k on {met})"
        self._write(spec, self._differ(spec, mine))

    def _differ(self, spec: TableSpec, mine: str) -> int:
        """Lay down the rows that ``mine`` and the fresh ones do not share; return their number."""
        name = _difference_name(spec.key)
        columns = ", ".join(map(identifier, spec.columns))
        old, new = f"select {columns} from {mine}", f"select {columns} from {_FRESH}"
        self._con.execute(
            f"create or replace temp table {name} as "
            f"select false as is_new_row, d.* from ({old} except all {new}) as d union all "
            f"select true, d.* from ({new} except all {old}) as d"
        )
        return self._count(name)

    def _write(self, spec: TableSpec, differing: int) -> None:
        name = _difference_name(spec.key)
        self._differences[spec.key] = name if differing else ""
        if not differing:
            return
        columns = ", ".join(map(identifier, spec.columns))
        met = _same(spec.grain, "r", "d")
        self._con.execute(
            f"delete from {spec.key} as r using {name} as d where not d.is_new_row and {met}"
        )
        self._con.execute(
            f"insert into {spec.key} ({columns}) select {columns} from {name} where is_new_row "
            f"order by {', '.join(map(identifier, spec.grain))}"
        )
        if not set(spec.by) <= set(spec.grain):
            # the fresh rows were unique among themselves: now among those of the other keys too
            new = f"(from {name} where is_new_row)"
            models.check_grain(
                self._con, spec, f"(select r.* from {spec.key} as r semi join {new} as d on {met})"
            )

    def _day_of(self, moment: datetime | None) -> date:
        """Return the hospital's day of a moment; that of the present clock for None."""
        local = f"local_date({_instant(moment)}, timezone)" if moment else "as_of_on"
        row = self._con.execute(f"select {local} from {_CLOCK}").fetchone()
        if row is None:
            raise ValueError(f"{_CLOCK} is empty")
        found: date = row[0]
        return found

    def _count(self, relation: str) -> int:
        row = self._con.execute(f"select count(*) from {relation}").fetchone()
        return int(row[0]) if row else 0


def _standing(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return every `schema.table` that stands."""
    rows = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where database_name = current_database()"
    ).fetchall()
    return {name for (name,) in rows}


def _reached(spec: TableSpec, key: str, difference: str) -> Iterator[str]:
    """Yield a SELECT of the model's keys for each way in which an input's rows reach them."""
    if key in spec.reach:
        reach = spec.reach[key]
        by = ", ".join(f"v.{identifier(name)}" for name in spec.by)
        was = f"select {reach.of} from {difference} where not is_new_row"
        now = f"select {reach.of} from {difference} where is_new_row"
        yield (
            f"select {by} from {reach.via} as v semi join "
            f"(({was} except all {now}) union all ({now} except all {was})) as d on {reach.where}"
        )
        return
    if key in model_links.carriers(spec):
        yield f"select {', '.join(map(identifier, spec.by))} from {difference}"
        return
    for link in model_links.links(spec, key) or ():
        by = ", ".join(f"v.{identifier(name)}" for name in spec.by)
        met = " and ".join(f"v.{identifier(a)} = d.{identifier(b)}" for a, b in link.pairs)
        yield f"select {by} from {link.via} as v semi join {difference} as d on {met}"


def _same(names: Sequence[str], left: str, right: str) -> str:
    return " and ".join(
        f"{left}.{identifier(name)} is not distinct from {right}.{identifier(name)}"
        for name in names
    )


def _difference_name(key: str) -> str:
    return f"difference_{key.replace('.', '__')}"


def _instant(moment: datetime) -> str:
    return f"timestamp {quoted(f'{moment:%Y-%m-%d %H:%M:%S.%f}')}"

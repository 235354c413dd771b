"""Whatever happens in a store, the accounts balance and the layers end like a fresh pull's.

The law goes the way of production: pulls and refreshes that follow what changed (ADR 0022), over
the whole history, against a fresh whole pull built whole.
"""

import os
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from histories import ACTIONS, START, History
from hypothesis import event, given, settings, strategies
from pull_stores import contents, open_warehouse, settings_for

from assets import increments, models, rule_tables, warehouse
from assets.pull import balance_errors, pull
from config.rules import load_rules
from config.settings import Settings

RULES = load_rules(None)
# The long proof sets it higher.
EXAMPLES = int(os.environ.get("OPSPULSE_LAW_EXAMPLES", "3"))
# A run, the nightly one, one that dies in the pull, after it, in the models or between the layers.
RUNS = ("run", "reconcile", "die_pulling", "die_before_models", "die_in_core", "die_before_kpi")
THINGS = strategies.tuples(strategies.sampled_from(ACTIONS), strategies.integers(0, 10**6))
STEPS = strategies.one_of(
    strategies.sampled_from([(name, 0) for name in ("run", "run", *RUNS)]), THINGS, THINGS
)


class Killed(BaseException):
    """Ends a pull in the middle, as a kill does: nothing may catch it."""


def die(table: str, frame: object) -> list[object]:
    raise Killed(table)


def serving(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Return what raw serves, but for last good versions of rows that are held now."""
    held = con.execute("select row_key from raw.quarantine where status = 'held'").fetchall()
    keys = {key for (key,) in held}
    return [
        row for row in contents(con, "tickets") if not row[-1] and f"{row[0]}|{row[1]}" not in keys
    ]


def held(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    return con.execute(
        "select row_key, reasons, row_json from raw.quarantine where status = 'held' order by all"
    ).fetchall()


class Follower:
    """A home that pulls a history's store and lets its layers follow, as a run does."""

    def __init__(self, history: History, chosen: Settings) -> None:
        """Open the warehouse."""
        self.history, self.chosen = history, chosen
        self.con = open_warehouse(chosen)
        self.followed = 0

    @property
    def as_of(self) -> datetime:
        """The source's clock: it goes on with the history, and never back."""
        return START.replace(tzinfo=None) + timedelta(hours=self.history.hours)

    def pull(self, *, full: bool = False) -> None:
        """Bring raw up to date; the accounts must balance."""
        report = pull(self.con, self.chosen, full=full)
        assert balance_errors(self.con, report.load_id) == []

    def refresh(self, layers: tuple[str, ...] = models.SCHEMAS, *, dies: bool = False) -> None:
        """Bring the layers up to date, each in a transaction of its own."""
        following = increments.Refresh(self.con, whole_share=1)
        for layer in layers:
            with warehouse.transaction(self.con):
                context = rule_tables.RunContext(self.as_of, is_demo=False)
                rule_tables.load(self.con, RULES, self.chosen, context)
                done = following.layer(layer, specs(layer))
                self.followed += not done.remade
                if dies:
                    raise Killed(layer)

    def again(self) -> None:
        """Open the warehouse anew, as after a kill."""
        self.con.close()
        self.con = open_warehouse(self.chosen)

    def live(self, name: str, number: int) -> None:
        """Let one step of a history happen."""
        if name == "run":
            self.pull()
            self.refresh()
        elif name == "reconcile":
            self.pull(full=True)
            self.refresh()
        elif name.startswith("die_"):
            getattr(self, name)()
            self.again()
        else:
            self.history.do(name, number)

    def die_pulling(self) -> None:
        """A run that is killed before the pull commits."""
        self.history.do("update", self.history.events)
        with suppress(Killed):  # where nothing has changed, nothing is checked
            pull(self.con, self.chosen, validate=die, full=True)

    def die_before_models(self) -> None:
        """A run that is killed after the pull."""
        self.pull()

    def die_in_core(self) -> None:
        """A run that is killed while core follows."""
        self.pull()
        with suppress(Killed):
            self.refresh(dies=True)

    def die_before_kpi(self) -> None:
        """A run that is killed when core has followed and kpi has not."""
        self.pull()
        self.refresh(("core",))


def specs(layer: str) -> list[models.TableSpec]:
    return [spec for spec in models.discover() if spec.schema == layer]


def layers_of(
    con: duckdb.DuckDBPyConnection, *, with_past: bool = True
) -> dict[str, tuple[int, int]]:
    """Return rows and order-independent hash of each table of core and kpi.

    ``with_past``: with what only a home that lived through it can tell, as how much was deleted.
    """
    past = "" if with_past else "where measure not in ('deleted_rows', 'added_columns')"
    return {
        spec.key: con.execute(
            f"select count(*), bit_xor(hash(t)) from {spec.key} as t "
            f"{past if spec.key == 'kpi.data_quality' else ''}"
        ).fetchone()
        for spec in models.discover()
    }


def built_whole(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Return what a full build over the same raw gives; nothing of it stays."""
    con.execute("begin")
    models.build(con, models.discover())
    found = layers_of(con)
    con.execute("rollback")
    return found


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(strategies.lists(STEPS, min_size=4, max_size=24))
def test_any_history_ends_like_a_fresh_pull_and_mended_in_the_same_layers(steps):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history = History(f"sqlite:///{folder / 'his.db'}")
        home = Follower(history, settings_for(folder / "home", history.store.url))
        for step in [("run", 0), *steps, ("reconcile", 0)]:
            home.live(*step)
        # a history may lead to full builds alone, as when a row came and went between two builds
        event("followed" if home.followed else "built whole")
        assert layers_of(home.con) == built_whole(home.con)
        again = pull(home.con, home.chosen, full=True)
        assert [one.accepted + one.deleted + one.released for one in again.loads] == [0, 0]
        fresh = Follower(history, settings_for(folder / "fresh", history.store.url))
        fresh.pull()
        assert serving(home.con) == serving(fresh.con)
        assert held(home.con) == held(fresh.con)
        history.mend_all()
        home.live("run", 0)
        fresh.live("reconcile", 0)
        assert held(home.con) == held(fresh.con) == []
        assert layers_of(home.con, with_past=False) == layers_of(fresh.con, with_past=False)
        home.con.close()
        fresh.con.close()
        history.store.close()


def test_runs_one_after_another_follow_and_build_nothing_anew():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history = History(f"sqlite:///{folder / 'his.db'}")
        home = Follower(history, settings_for(folder / "home", history.store.url))
        for step in [
            ("run", 0),
            ("insert", 1),
            ("happen", 2),
            ("run", 0),
            ("update", 3),
            ("run", 0),
        ]:
            home.live(*step)
        assert home.followed == len(models.SCHEMAS) * 2
        assert layers_of(home.con) == built_whole(home.con)
        home.con.close()
        history.store.close()

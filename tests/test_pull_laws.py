"""Whatever happens in a store, the accounts balance and core ends like a fresh pull's."""

import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import duckdb
from histories import ACTIONS, History
from hypothesis import given, settings, strategies
from pull_stores import contents, open_warehouse, settings_for

from assets import models, rule_tables, warehouse
from assets.pull import balance_errors, pull
from config.rules import load_rules
from config.settings import Settings

AS_OF = datetime(2026, 6, 1)  # noqa: DTZ001 - naive UTC inside
# The long proof sets it higher.
EXAMPLES = int(os.environ.get("OPSPULSE_LAW_EXAMPLES", "5"))
# A pull, a pull that dies before it commits, or something that happens.
STEPS = strategies.one_of(
    strategies.sampled_from([("pull", 0), ("kill", 0)]),
    strategies.tuples(strategies.sampled_from(ACTIONS), strategies.integers(0, 10**6)),
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


def core_of(con: duckdb.DuckDBPyConnection, chosen: Settings) -> dict[str, tuple[int, int]]:
    """Build every model; return rows and order-independent hash of each core table."""
    with warehouse.transaction(con):
        context = rule_tables.RunContext(AS_OF, is_demo=False)
        rule_tables.load(con, load_rules(None), chosen, context)
        core = [spec for spec in models.discover() if spec.schema == "core"]
        models.build(con, core)
    return {
        spec.key: con.execute(f"select count(*), bit_xor(hash(t)) from {spec.key} as t").fetchone()
        for spec in core
    }


def follow(history: History, chosen: Settings, steps: list[tuple[str, int]]):
    """Live through the steps with pulls in between; return the open warehouse."""
    con = open_warehouse(chosen)
    for name, number in steps:
        if name == "kill":
            history.do("update", number)
            with suppress(Killed):  # where nothing has changed, nothing is checked
                pull(con, chosen, validate=die, full=True)
            con.close()
            con = open_warehouse(chosen)
        elif name == "pull":
            report = pull(con, chosen)
            assert balance_errors(con, report.load_id) == []
        else:
            history.do(name, number)
    report = pull(con, chosen, full=True)
    assert balance_errors(con, report.load_id) == []
    return con


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(strategies.lists(STEPS, min_size=4, max_size=40))
def test_any_history_ends_like_a_fresh_pull_and_mended_in_the_same_core(steps):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history = History(f"sqlite:///{folder / 'his.db'}")
        chosen = settings_for(folder / "home", history.store.url)
        con = follow(history, chosen, steps)
        again = pull(con, chosen, full=True)
        assert [one.accepted + one.deleted + one.released for one in again.loads] == [0, 0]
        fresh_settings = settings_for(folder / "fresh", history.store.url)
        fresh = open_warehouse(fresh_settings)
        pull(fresh, fresh_settings)
        assert serving(con) == serving(fresh)
        assert held(con) == held(fresh)
        history.mend_all()
        pull(con, chosen)
        pull(fresh, fresh_settings, full=True)
        assert held(con) == held(fresh) == []
        assert core_of(con, chosen) == core_of(fresh, fresh_settings)
        con.close()
        fresh.close()
        history.store.close()

"""Two stores of one site: whatever happens, the accounts balance and raw ends like a fresh pull's.

Both stores number alike, so most keys belong to both: the first source that is listed has the right
to a key, whoever had it first. What the models make of raw is the law of one store.
"""

import os
import tempfile
from pathlib import Path

from histories import ACTIONS, History
from hypothesis import given, settings, strategies
from pull_stores import Store, contents, open_warehouse

from assets.pull import balance_errors, pull
from assets.staging import RIVAL
from config.settings import Settings, SourceSettings

EXAMPLES = int(os.environ.get("OPSPULSE_LAW_EXAMPLES", "2"))
NAMES = ("it", "equipment")
PULLED = ("tickets", "ticket_events", "departments")
# A department is named anew, or goes: a table without a cursor, which is always read whole.
WARDS = ("name_ward", "drop_ward")
STEPS = strategies.lists(
    strategies.one_of(
        strategies.sampled_from([("run", 0), ("reconcile", 0)]),
        *(
            strategies.tuples(
                strategies.sampled_from([(name, action) for name in NAMES for action in actions]),
                strategies.integers(0, 10**6),
            )
            for actions in (ACTIONS, WARDS)
        ),
    ),
    min_size=4,
    max_size=24,
)


class Two:
    """Two stores of one site with their histories, and their departments beside."""

    def __init__(self, folder: Path) -> None:
        """Create both; each begins with one ticket of the same number."""
        self.folder = folder
        self.histories = {name: History(f"sqlite:///{folder / name}.db", PULLED) for name in NAMES}

    @property
    def stores(self) -> dict[str, Store]:
        """Return the store of each source."""
        return {name: history.store for name, history in self.histories.items()}

    def do(self, who: tuple[str, str], number: int) -> None:
        """Let one thing happen in one of the stores."""
        name, action = who
        if action not in WARDS:
            self.histories[name].do(action, number)
            return
        key = f"D{number % 3}"
        store = self.stores[name]
        store.run(f"delete from departments where department_id = '{key}'")
        if action == "name_ward":
            # two names and an optional column: copies, partial copies and contradictions
            campus = {"campus": "东院"} if number % 5 else {}
            row = {"department_id": key, "name": ("骨科", "儿科")[number % 2], **campus}
            store.add({"departments": [row]})

    def opened(self, home: str):
        """Return a warehouse of its own and the settings that name both sources."""
        sources = tuple(
            SourceSettings(name=name, url=store.url) for name, store in self.stores.items()
        )
        chosen = Settings(home=self.folder / home, sources=sources)
        return open_warehouse(chosen), chosen


def balanced_pull(con, chosen: Settings, *, full: bool = False):
    report = pull(con, chosen, full=full)
    assert balance_errors(con, report.load_id) == []
    return report


def served(con) -> dict[str, list[tuple]]:
    """Return the rows raw serves, without last good versions of rows that are held now."""
    held = {
        (table, key)
        for table, key in con.execute(
            "select table_name, row_key from raw.quarantine where status = 'held'"
        ).fetchall()
    }
    found = {}
    for name in PULLED:
        found[name] = [
            row
            for row in contents(con, name)
            if not row[-1] and (name, "|".join(map(str, row[:2]))) not in held
        ]
    return found


def held(con) -> list[tuple]:
    """Return what is held, without rows that lose to an owner's row which is held itself.

    Where the owner's last good version serves it keeps the key; a home that never saw a good one
    lets the other's row serve.
    """
    rows = con.execute(
        "select source, table_name, row_key, reasons, row_json from raw.quarantine "
        "where status = 'held' order by all"
    ).fetchall()
    unfit = {row[1:3] for row in rows if row[0] == NAMES[0]}
    return [row for row in rows if row[1:3] not in unfit or not any(RIVAL in one for one in row[3])]


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(STEPS)
def test_any_history_of_two_sources_of_one_site_ends_like_a_fresh_pull(steps):
    with tempfile.TemporaryDirectory() as name:
        two = Two(Path(name))
        con, chosen = two.opened("home")
        for what, number in [("run", 0), *steps, ("reconcile", 0)]:
            if isinstance(what, tuple):
                two.do(what, number)
            else:
                balanced_pull(con, chosen, full=what == "reconcile")
        again = balanced_pull(con, chosen, full=True)
        assert [one.accepted + one.deleted + one.released for one in again.loads] == [0] * len(
            again.loads
        )
        fresh, of_fresh = two.opened("fresh")
        balanced_pull(fresh, of_fresh)
        assert served(con) == served(fresh)
        assert held(con) == held(fresh)
        con.close()
        fresh.close()
        for store in two.stores.values():
            store.close()

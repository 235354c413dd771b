"""A demo store in which anything may change: what the law of the increments is tested on.

Holds the changes, each drawn from a seed: rows of any table get another row's values, vanish, come
again under a new key, move from one parent to another, and the store's clock goes on. What must
hold afterwards is in the tests.
"""

import random
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from assets.sources.contract import Table, tables

# What a hospital's day mostly changes comes first; every table that has rows may be hit.
_OFTEN = ("tickets", "ticket_events", "ticket_events", "ticket_costs", "effort_logs", "calls",
          "ratings", "assets", "asset_states", "stock_moves", "loans")  # fmt: skip


class ChangingStore:
    """A SQLite demo store and a stream of chances."""

    def __init__(self, path: Path, seed: int) -> None:
        """Open the store."""
        self.path = path
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._count = 0

    def live(self, changes: int, hours: int) -> None:
        """Let the clock go on by up to some hours, and things change."""
        with sqlite3.connect(self.path) as store:
            now = datetime.fromisoformat(
                store.execute("select now_at from demo_clock").fetchone()[0]
            )
            now += timedelta(seconds=self.random.randint(1, hours * 3600))
            store.execute("update demo_clock set now_at = ?", [f"{now:%F %T}"])
            for _ in range(changes):
                self._change(store, f"{now:%F %T}")
        store.close()

    def _change(self, store: sqlite3.Connection, now: str) -> None:
        names = [*(_OFTEN * 2), *tables()]
        table = tables()[self.random.choice(names)]
        rows = store.execute(f'select rowid, * from "{table.name}"').fetchall()
        if not rows:
            return
        kind = self.random.choice(("alter", "alter", "alter", "copy", "copy", "delete"))
        if table.name in ("sites", "engineer_time") and kind != "alter":
            kind = "alter"
        getattr(self, f"_{kind}")(store, table, rows, now)

    def _alter(
        self, store: sqlite3.Connection, table: Table, rows: list[tuple[object, ...]], now: str
    ) -> None:
        """Give a row some values of another row, its parents among them, but not its key."""
        mine, other = self.random.choice(rows), self.random.choice(rows)
        free = [name for name in table.column_names if name not in table.key]
        free = [name for name in free if name != table.cursor]
        if not free:
            return
        values = dict(zip(("rowid", *table.column_names), other, strict=True))
        chosen = self.random.sample(free, min(len(free), self.random.randint(1, 4)))
        sets = {name: values[name] for name in chosen} | self._stamp(table, now)
        words = ", ".join(f'"{name}" = ?' for name in sets)
        store.execute(
            f'update "{table.name}" set {words} where rowid = ?', [*sets.values(), mine[0]]
        )

    def _copy(
        self, store: sqlite3.Connection, table: Table, rows: list[tuple[object, ...]], now: str
    ) -> None:
        """Add a row like another one, now, under a key of its own."""
        row = dict(zip(("rowid", *table.column_names), self.random.choice(rows), strict=True))
        del row["rowid"]
        self._count += 1
        own = [name for name in table.key if name.endswith("_id") and name != "site_id"]
        row |= {own[-1]: f"N{self._count:04d}"} if own else {}
        row |= self._stamp(table, now)
        if "at" in row:
            row["at"] = now
        names = ", ".join(f'"{name}"' for name in row)
        store.execute(
            f'insert or ignore into "{table.name}" ({names}) values ({", ".join("?" * len(row))})',
            list(row.values()),
        )

    def _delete(
        self, store: sqlite3.Connection, table: Table, rows: list[tuple[object, ...]], _now: str
    ) -> None:
        store.execute(f'delete from "{table.name}" where rowid = ?', [self.random.choice(rows)[0]])

    @staticmethod
    def _stamp(table: Table, now: str) -> dict[str, object]:
        return {table.cursor: now} if table.cursor else {}

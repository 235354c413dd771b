"""Whatever happens in a store, the accounts balance and raw ends like a fresh pull."""

import random
from datetime import timedelta

import pytest
from pull_stores import Store, contents, open_warehouse, settings_for, ticket, utc

from assets.pull import balance_errors, pull

START = utc("2026-03-01 00:00:00")
BAD = ({"priority": "?"}, {"channel": "fax"}, {"reported_at": "soon"}, {"ticket_id": ""})


class History:
    """A store without constraints in which things happen, good and bad."""

    def __init__(self, url: str, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.store = Store(url, ["tickets"], keyed=False)
        self.hours = 0
        self.count = 0

    def step(self) -> None:
        """Let a few things happen, in order of time but for the late rows."""
        actions = (self.insert, self.insert, self.update, self.delete, self.spoil, self.repair)
        rare = (self.insert_late, self.copy, self.contradict)
        for _ in range(self.random.randint(1, 4)):
            self.hours += self.random.randint(0, 30)
            self.random.choice(actions + rare if self.random.random() < 0.4 else actions)()

    def _stamp(self, hours: int) -> str:
        return f"{START + timedelta(hours=hours + 8):%Y-%m-%d %H:%M:%S}"

    def _one(self) -> str:
        return f"T{self.random.randint(1, max(self.count, 1)):05d}"

    def _set(self, key: str, **values: str) -> None:
        texts = {"updated_at": self._stamp(self.hours), **values}
        sets = ", ".join(f"{name} = '{value}'" for name, value in texts.items())
        self.store.run(f"update tickets set {sets} where ticket_id = '{key}'")

    def insert(self) -> None:
        """A new ticket."""
        self._insert(self.hours)

    def insert_late(self) -> None:
        """A ticket that arrives behind the watermark."""
        self._insert(self.hours - self.random.randint(50, 500))

    def _insert(self, hours: int) -> None:
        self.count += 1
        self.store.add({"tickets": [ticket(self.count)]})
        self.store.run(
            f"update tickets set updated_at = '{self._stamp(hours)}' "
            f"where ticket_id = 'T{self.count:05d}'"
        )

    def update(self) -> None:
        """A change with its time stamp."""
        self._set(self._one(), title=str(self.random.random()))

    def delete(self) -> None:
        """A ticket vanishes."""
        self.store.run(f"delete from tickets where ticket_id = '{self._one()}'")

    def spoil(self) -> None:
        """A value that may not pass."""
        self._set(self._one(), **self.random.choice(BAD))

    def repair(self) -> None:
        """A ticket made good again."""
        self._set(self._one(), priority="P1", channel="phone", reported_at="2026-03-01 08:00:00")

    def copy(self) -> None:
        """A row twice."""
        key = self._one()
        self.store.run(
            f"insert into tickets select * from tickets where ticket_id = '{key}' limit 1"
        )

    def contradict(self) -> None:
        """A key twice, with different contents."""
        self.copy()
        self.store.run(
            "update tickets set description = 'other' "
            "where rowid = (select max(rowid) from tickets)"
        )


def serving(con) -> list[tuple]:
    """Return what raw serves, but for last good versions of rows that are held now."""
    held = con.execute("select row_key from raw.quarantine where status = 'held'").fetchall()
    keys = {key for (key,) in held}
    return [
        row for row in contents(con, "tickets") if not row[-1] and f"{row[0]}|{row[1]}" not in keys
    ]


def held(con) -> list[tuple]:
    return con.execute(
        "select row_key, reasons, row_json from raw.quarantine where status = 'held' order by all"
    ).fetchall()


@pytest.mark.parametrize("seed", [0, 3, 22, 25])
def test_any_history_balances_and_ends_like_a_fresh_pull(tmp_path, seed):
    history = History(f"sqlite:///{tmp_path / 'his.db'}", seed)
    history.insert()
    settings = settings_for(tmp_path / "home", history.store.url)
    con = open_warehouse(settings)
    for number in range(8):
        history.step()
        report = pull(con, settings)
        assert balance_errors(con, report.load_id) == [], f"step {number}"
    report = pull(con, settings, full=True)
    assert balance_errors(con, report.load_id) == []
    again = pull(con, settings, full=True)
    assert [load.accepted + load.deleted + load.released for load in again.loads] == [0]
    fresh_settings = settings_for(tmp_path / "fresh", history.store.url)
    fresh = open_warehouse(fresh_settings)
    pull(fresh, fresh_settings)
    assert serving(con) == serving(fresh)
    assert held(con) == held(fresh)

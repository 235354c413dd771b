"""The rows of a simulated site while they grow: one list per canonical table, with what changed.

Holds rows in the contract's column order and remembers which are new or changed since the last
``take_changes``. Instants are whole seconds since 1970 UTC, dates ``datetime.date``, money and
quantities ``float``. How they reach a store: ``ddl``, ``store``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assets.sources.contract import Table, tables

Value = object
Key = tuple[Value, ...]


@dataclass(frozen=True)
class Changes:
    """Rows of a table that a store does not have yet, and rows that it has in an older state."""

    table: Table
    added: list[list[Value]]
    updated: list[list[Value]]


class Rows:
    """Rows of one table of one site, by key, in order of their first appearance."""

    def __init__(self, table: Table, site_id: str) -> None:
        """Start empty; ``site_id`` is filled in by itself."""
        self.table = table
        self._site_id = site_id
        self._index = {name: place for place, name in enumerate(table.column_names)}
        self._key_places = tuple(self._index[name] for name in table.key)
        self._empty: list[Value] = [None] * len(self._index)
        self._rows: dict[Key, list[Value]] = {}
        self._added: dict[Key, None] = {}
        self._updated: dict[Key, None] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[list[Value]]:
        return iter(self._rows.values())

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def add(self, **values: Value) -> Key:
        """Add a row. KeyError for a column the contract lacks, ValueError for a key in use."""
        row = self._empty.copy()
        row[0] = self._site_id
        for name, value in values.items():
            row[self._index[name]] = value
        key = tuple(row[place] for place in self._key_places)
        if key in self._rows:
            raise ValueError(f"{self.table.name}: key {key} twice")
        self._rows[key] = row
        self._added[key] = None
        return key

    def change(self, key: Key, **values: Value) -> None:
        """Set columns of a row (none of the key)."""
        row = self._rows[key]
        for name, value in values.items():
            row[self._index[name]] = value
        if key not in self._added:
            self._updated[key] = None

    def remove(self, key: Key) -> None:
        """Take a row away that no store has yet."""
        del self._rows[key]
        self._added.pop(key, None)

    def get(self, key: Key, column: str) -> Value:
        """Return one value of a row."""
        return self._rows[key][self._index[column]]

    def clear(self) -> None:
        """Forget all rows. Only after ``take_changes``: what is new would be lost."""
        self._rows.clear()

    def records(self) -> Iterator[dict[str, Value]]:
        """Yield the rows as dictionaries (for truth and tests, not for bulk)."""
        names = self.table.column_names
        for row in self._rows.values():
            yield dict(zip(names, row, strict=True))

    def take_changes(self) -> Changes:
        """Return what is new or changed since the last call, and forget it."""
        changes = Changes(
            self.table,
            [self._rows[key] for key in self._added],
            [self._rows[key] for key in self._updated],
        )
        self._added.clear()
        self._updated.clear()
        return changes


# Tables whose rows never change and are never read again once written.
_WRITTEN_ONCE = (
    *("ticket_events", "stock_moves", "effort_logs", "engineer_time", "meter_readings"),
    *("knowledge_uses", "pm_readings", "department_activity", "complaints"),
)


class RowSet:
    """All canonical tables of one site."""

    def __init__(self, site_id: str) -> None:
        """Start with every contract table empty."""
        self.site_id = site_id
        self._by_name = {name: Rows(table, site_id) for name, table in tables().items()}

    def __getitem__(self, name: str) -> Rows:
        return self._by_name[name]

    def __iter__(self) -> Iterator[Rows]:
        return iter(self._by_name.values())

    def forget_written(self) -> None:
        """Let go of rows that a store has and that nothing will touch again (to save memory)."""
        for name in _WRITTEN_ONCE:
            self._by_name[name].clear()

    def take_changes(self) -> list[Changes]:
        """Return the changes of every table that has any."""
        found = [rows.take_changes() for rows in self._by_name.values()]
        return [change for change in found if change.added or change.updated]

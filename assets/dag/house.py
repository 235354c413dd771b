"""The run's own warehouse: opened once, held by one run, closed when the run ends.

Holds the resource that the asset factories ask for. It opens lazily, so a job that only reads
snapshots never locks the warehouse. How a warehouse is opened and locked lives in
``assets.warehouse``; who creates this object and when it is closed is decided in ``pipelines``.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import duckdb

from assets import rule_targets
from assets.increments import Refresh
from assets.rule_tables import RunContext
from assets.score.closing import require_open_months
from assets.warehouse import connect, lock
from config.errors import StateError
from config.rules import Rules, load_rules
from config.settings import Settings


class House:
    """One installation during one run: its settings, its rules and its only writing connection."""

    def __init__(self, settings: Settings) -> None:
        """Remember the settings; nothing is opened yet."""
        self.settings = settings
        self._stack = ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._rules: Rules | None = None
        self._refresh: Refresh | None = None

    @property
    def rules(self) -> Rules:
        """The rules in force, read once a run."""
        if self._rules is None:
            rules = load_rules(self.settings.rules_dir)
            rule_targets.check(rules, self.settings.rules_dir)
            require_open_months(
                rules.score_versions, self.settings.scores_path, self.settings.rules_dir
            )
            self._rules = rules
        return self._rules

    def warehouse(self) -> duckdb.DuckDBPyConnection:
        """Return the run's connection; the first call takes the lock and opens the file.

        Raises:
            StateError: another process writes, or the file cannot be opened.
        """
        if self._connection is None:
            self._stack.enter_context(lock(self.settings))
            self._connection = connect(self.settings.warehouse_path, self.settings)
            self._stack.callback(self._connection.close)
        return self._connection

    def context(self) -> RunContext:
        """Return the moment of the last load, the only clock after the pull, and whose data it is.

        Raises:
            StateError: nothing was ever loaded.
        """
        row = (
            self.warehouse()
            .execute(
                "select as_of, (select bool_or(is_demo) from raw.binding)"
                " from raw.loads order by load_id desc limit 1"
            )
            .fetchone()
        )
        if row is None:
            raise StateError("仓库里还没有任何数据。", "请先运行 opspulse run。")
        return RunContext(as_of=row[0], is_demo=bool(row[1]))

    def load_id(self) -> int:
        """Return the number of the last load; 0 when nothing was ever loaded."""
        row = self.warehouse().execute("select coalesce(max(load_id), 0) from raw.loads").fetchone()
        return int(row[0]) if row else 0

    def refresh(self) -> Refresh:
        """Return the run's following of changes: one for all layers."""
        if self._refresh is None:
            self._refresh = Refresh(self.warehouse())
        return self._refresh

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep writers away while the body attaches the warehouse read-only."""
        with lock(self.settings):
            yield

    def close(self) -> None:
        """Close the connection and give the lock back; harmless when nothing was opened."""
        self._stack.close()
        self._connection = self._refresh = None

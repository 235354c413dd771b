"""Dagster's event log in SQLite over connections that stay open.

Holds one storage class, named in `dagster.yaml`. Dagster's own opens an engine and a file for every
event, and the last one to close a file merges its log: half of what 350 events of a refresh cost.
Nothing else differs: the same files, tables and statements. ADR 0019.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData

# The index over all runs and the run at work; a daemon sees thousands of runs a day.
_OPEN_FILES = 2


class PooledEventLogStorage(SqliteEventLogStorage):
    """Dagster's SQLite event log, with the files last used kept open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open nothing yet beyond what Dagster opens."""
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        self._engines_lock = threading.RLock()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PooledEventLogStorage":
        """Make the storage that `dagster.yaml` asks for."""
        return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None = None) -> Any:
        """Return a transaction on the file of one run."""
        return self._pooled(str(run_id))

    def index_connection(self) -> AbstractContextManager[sa.Connection]:
        """Return a transaction on the index over all runs."""
        return self._pooled(INDEX_SHARD_NAME)

    def dispose(self) -> None:
        """Close the files."""
        with self._engines_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()
        super().dispose()

    @contextmanager
    def _pooled(self, shard: str) -> Iterator[sa.Connection]:
        with self._engines_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> sa.Engine:
        if shard not in self._engines:
            with self._connect(shard):
                pass  # Dagster creates the file's tables when it opens it for the first time.
            self._engines[shard] = sa.create_engine(
                self.conn_string_for_shard(shard),
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
        self._engines.move_to_end(shard)
        for other in [name for name in self._engines if name not in {INDEX_SHARD_NAME, shard}]:
            if len(self._engines) > _OPEN_FILES:
                self._engines.pop(other).dispose()
        return self._engines[shard]

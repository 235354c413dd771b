"""The snapshot that pages read: opened once, switched when a newer one is published.

Holds the open file and what was computed from it. A request that is at work keeps the file it began
with; a snapshot that cannot be opened is refused and the one before stays.
"""

import json
import logging
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import duckdb
from plotly.io.json import to_json_plotly

from assets import snapshots
from config.errors import OpsPulseError
from config.settings import Settings

# A reader's pages ask for some 150 readings; readers of one role and department share theirs.
_MOST_KEPT = 4096
_FASTEST = 1
_LOG = logging.getLogger(__name__)


class Reading:
    """One open snapshot and what was computed from it; closed when its last reader has left."""

    def __init__(self, snapshot: snapshots.Snapshot, settings: Settings) -> None:
        """Open the file, read-only."""
        self.id = snapshot.id
        self._stack = ExitStack()
        self.con = self._stack.enter_context(snapshots.opened(snapshot, settings))
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self.lock = threading.Lock()
        self.readers = 0
        self.is_stale = False

    def kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what was made for a key from this snapshot, making it the first time."""
        if key not in self._kept:
            self._kept[key] = make()
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def drawn(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what was drawn for a key as plain JSON; kept packed: pages repeat their words.

        Building and encoding the figures of a page takes ten times as long as unpacking it.
        """

        def packed() -> bytes:
            return zlib.compress(to_json_plotly(make()).encode(), _FASTEST)

        return json.loads(zlib.decompress(self.kept(("drawn", key), packed)))

    def close(self) -> None:
        """Close the file."""
        self._stack.close()


class Served:
    """The current snapshot; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Remember the installation; nothing is opened before the first request."""
        self._settings = settings
        self._lock = threading.Lock()
        self._open: Reading | None = None

    @contextmanager
    def reading(self) -> Iterator[Reading | None]:
        """Yield the current snapshot for the length of the block; None without any.

        One reader at a time: a page's numbers are small, and most of them are kept.

        Raises:
            OpsPulseError: there is a snapshot, but neither it nor one before it can be opened.
        """
        with self._lock:
            current = self._switched()
            if current is not None:
                current.readers += 1
        if current is None:
            yield None
            return
        try:
            with current.lock:
                yield current
        finally:
            with self._lock:
                current.readers -= 1
                if current.is_stale and not current.readers:
                    current.close()

    def _switched(self) -> Reading | None:
        snapshot = snapshots.current(self._settings)
        if snapshot is None or (self._open and self._open.id == snapshot.id):
            return self._open
        try:
            fresh = Reading(snapshot, self._settings)
        except (OpsPulseError, duckdb.Error, OSError) as error:
            if self._open is None:
                raise
            _LOG.error("snapshot refused: %s", type(error).__name__)
            return self._open
        old, self._open = self._open, fresh
        if old is not None:
            old.is_stale = True
            if not old.readers:
                old.close()
        return fresh

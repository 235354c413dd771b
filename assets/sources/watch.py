"""A watch over the connections of a reading: one that falls silent is cut.

Holds the time-out that neither scanner offers: libpq and the MySQL client wait for ever for bytes
that a firewall has swallowed. The server's own time-outs (see `engines`) end a slow statement; this
ends a silence. It needs what Linux tells about sockets; elsewhere the server's time-outs serve.
"""

import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_DESCRIPTORS = Path("/proc/self/fd")
# struct tcp_info: state, then eleven 32-bit fields behind eight bytes; milliseconds.
_LAST_RECEIVED = 52
_INFO_BYTES = 104
_CONNECTING = 2


class Watch:
    """Looks at the connections to one port that were opened since it began. Made by `watched`."""

    def __init__(self, port: int, seconds: float) -> None:
        """Remember the sockets that are not ours to cut."""
        self.seconds = seconds
        self.has_cut = False
        self._port = port
        self._known = set(_sockets())
        self._stop = threading.Event()
        self._ages: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="source-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(pause := min(1.0, self.seconds / 4)):
            sockets = {name: fd for name, fd in _sockets().items() if name not in self._known}
            # A connection attempt tells no age: count it here.
            self._ages = {name: self._ages.get(name, 0.0) + pause for name in sockets}
            silences = {
                fd: silence
                for name, fd in sockets.items()
                if (silence := _silence(fd, self._port, self._ages[name])) is not None
            }
            # One connection may rest while another works: only a common silence is a dead one.
            if silences and min(silences.values()) > self.seconds:
                self.has_cut = True
                for fd in silences:
                    _cut(fd)


@contextmanager
def watched(port: int, seconds: float) -> Iterator[Watch]:
    """Watch the connections that the body opens to a port.

    Args:
        port: of the server; connections to other ports are left alone.
        seconds: how long all of them may be silent before they are cut; ``Watch.seconds`` may be
            changed meanwhile. The body then sees broken connections, and ``has_cut`` is true.
    """
    watch = Watch(port, seconds)
    if sys.platform != "linux":
        yield watch
        return
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def _sockets() -> dict[str, int]:
    """Return this process's sockets: kernel name → descriptor."""
    found = {}
    with suppress(OSError):
        for entry in _DESCRIPTORS.iterdir():
            with suppress(OSError):
                name = str(entry.readlink())
                if name.startswith("socket:"):
                    found[name] = int(entry.name)
    return found


def _silence(fd: int, port: int, age: float) -> float | None:
    """Return for how many seconds nothing has come in; None for what is not ours to cut."""
    try:
        with socket.socket(fileno=os.dup(fd)) as peek:
            if peek.family not in (socket.AF_INET, socket.AF_INET6):
                return None
            info = peek.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
            if info[0] == _CONNECTING:
                return age
            if peek.getpeername()[1] != port:
                return None
    except OSError:
        return None
    last: int = struct.unpack_from("I", info, _LAST_RECEIVED)[0]
    return min(last / 1000, age)


def _cut(fd: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(fd)) as peek:
        peek.shutdown(socket.SHUT_RDWR)

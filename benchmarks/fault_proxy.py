"""A TCP proxy that spoils connections: delays them, cuts them, resets them, falls silent.

Holds the proxy and the faults it can do, each at a chosen byte of the server's answer. It runs in
threads of this process, between a reader and a real PostgreSQL or MariaDB. What is proved with it
is in `proxy_runs` and in the tests.
"""

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

KINDS = ("none", "delay", "cut", "reset", "refuse", "stall")
_CHUNK = 16_384
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """What happens once ``after`` bytes of the server's answers have passed.

    ``delay`` slows every further chunk by ``seconds``; ``cut`` ends the connection in order;
    ``reset`` breaks it; ``stall`` passes nothing more; ``refuse`` closes at once. ``times``
    connections are spoilt, later ones are not.
    """

    kind: str = "none"
    after: int = 0
    seconds: float = 0.0
    times: int = 1


def random_fault(generator: random.Random, most_bytes: int) -> Fault:
    """Return a fault at a random byte; early bytes, where handshakes are, are as likely as late."""
    after = int(most_bytes ** generator.random())
    kind = generator.choice(KINDS)
    return Fault(kind, after, generator.uniform(0.0, 0.05), generator.choice((1, 1, 2, 99)))


class FaultProxy:
    """Listens on a port of its own and forwards to a server. Made by `between`."""

    def __init__(self, host: str, port: int) -> None:
        """Listen; `between` starts and ends the forwarding."""
        self.fault = Fault()
        self.spoilt = 0
        self.passed = 0
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def set(self, fault: Fault) -> None:
        """Do this fault from now on; counters start again."""
        with self._lock:
            self.fault, self.spoilt, self.passed = fault, 0, 0

    def serve(self) -> None:
        """Accept until the listener is closed."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Stop listening and drop what is open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            still = list(self._open)
        for one in still:
            _drop(one)

    def _carry(self, client: socket.socket) -> None:
        fault = self.fault
        if fault.kind == "refuse" and self._spoil(fault):
            _drop(client, reset=True)
            return
        try:
            server = socket.create_connection(self._target, timeout=10)
        except OSError:
            _drop(client)
            return
        server.settimeout(None)
        with self._lock:
            self._open |= {client, server}
        upward = threading.Thread(target=_forward, args=(client, server), daemon=True)
        upward.start()
        self._answers(server, client, fault)
        _drop(server)
        _drop(client)
        with self._lock:
            self._open -= {client, server}

    def _answers(self, server: socket.socket, client: socket.socket, fault: Fault) -> None:
        with suppress(OSError):
            while data := server.recv(_CHUNK):
                with self._lock:
                    before, self.passed = self.passed, self.passed + len(data)
                if self.passed > fault.after and fault.kind not in ("none", "refuse"):
                    if fault.kind == "delay":
                        time.sleep(fault.seconds)
                    elif self._spoil(fault):
                        _end(client, data[: max(0, fault.after - before)], fault.kind)
                        return
                client.sendall(data)

    def _spoil(self, fault: Fault) -> bool:
        with self._lock:
            if self.spoilt >= fault.times:
                return False
            self.spoilt += 1
            return True


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _end(client: socket.socket, rest: bytes, kind: str) -> None:
    """Send what is left before the fault, then end as the fault says."""
    client.sendall(rest)
    if kind == "stall":
        # until the reader gives up
        while client.recv(_CHUNK):
            pass
    else:
        _drop(client, reset=kind == "reset")


def _drop(one: socket.socket, *, reset: bool = False) -> None:
    with suppress(OSError):
        if reset:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # wakes the thread that reads here, whose hold on the socket would keep it open
        one.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    one.close()


@contextmanager
def between(url: str) -> Iterator[tuple[FaultProxy, str]]:
    """Put a proxy before the server of a URL; yield it and the URL that leads through it."""
    parts = urlsplit(url)
    defaults = {"postgresql": 5432, "mysql": 3306}
    scheme = parts.scheme.partition("+")[0]
    proxy = FaultProxy(parts.hostname or "127.0.0.1", parts.port or defaults[scheme])
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    user = parts.netloc.rpartition("@")[0]
    place = f"{user}@127.0.0.1:{proxy.port}" if user else f"127.0.0.1:{proxy.port}"
    try:
        yield proxy, urlunsplit(parts._replace(netloc=place))
    finally:
        proxy.close()
        thread.join(timeout=5)

"""Serve the wall with waitress.

Holds listening and stopping. The app is made in `app`; who supervises this process is decided in
`pipelines`.
"""

import errno
import sys
from collections.abc import Callable
from typing import Any

from waitress import create_server

from assets.identity import screens
from config.errors import ConfigError
from config.settings import WALL_HOST, WALL_PORT, Settings, port_remedy
from dashboards.app import create_app

THREADS = 8
_TAKEN = (errno.EADDRINUSE, errno.EACCES)


def listen(settings: Settings) -> Any:
    """Return a waitress server that holds the port and is ready to run.

    Raises:
        ConfigError: the port is taken, or the address is not one of this machine.
    """
    host, port = settings.wall.host, settings.wall.port
    app = create_app(settings)
    try:
        return create_server(app.server, host=host, port=port, threads=THREADS, ident="OpsPulse")
    except OSError as error:
        if error.errno in _TAKEN:
            raise ConfigError(
                f"端口 {port} 已被占用或无权使用,大屏无法启动。",
                port_remedy(settings, WALL_PORT, "wall.port"),
            ) from error
        raise ConfigError(
            f"大屏无法在地址 {host} 上监听。",
            f"请把环境变量 {WALL_HOST} 或 opspulse.yml 的 wall.host 改为本机的地址,"
            "例如 127.0.0.1 或 0.0.0.0。",
        ) from error


def serve(settings: Settings, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve until interrupted.

    Args:
        settings: the installation.
        ready: told the address of this machine's own wall once the port is held; by default it is
            printed.

    Raises:
        ConfigError: the port is taken.
    """
    server = listen(settings)
    root = f"http://{settings.wall.host}:{settings.wall.port}/"
    (ready or _announce)(f"{root}wall/?screen={screens.local_token(settings.users_path)}")
    try:
        server.run()
    except KeyboardInterrupt:
        server.close()


def _announce(address: str) -> None:
    sys.stdout.write(f"大屏:{address}(Ctrl-C 结束)\n")
    sys.stdout.flush()

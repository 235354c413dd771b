"""Serve wall and pages with waitress, or with gunicorn where an installation says so.

Holds listening and stopping. The app is made in `app`; who supervises this process is decided in
`pipelines`.
"""

import errno
import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from waitress import create_server

from assets.identity import screens
from config.errors import ConfigError
from config.settings import WALL_HOST, WALL_PORT, Settings, port_remedy
from dashboards.app import create_app
from dashboards.pages.packs import Writers

# Readers of pages wait for one another while a new snapshot is first read; walls must not.
THREADS = 64
GRACE_SECONDS = 10
_TAKEN = (errno.EADDRINUSE, errno.EACCES)


def listen(settings: Settings, writers: Writers | None = None) -> Any:
    """Return a waitress server that holds the port and is ready to run.

    Raises:
        ConfigError: the port is taken, or the address is not one of this machine.
    """
    host, port = settings.wall.host, settings.wall.port
    app = create_app(settings, writers)
    try:
        # which proxies are believed is decided by `proxy`, for every engine alike
        return create_server(
            app.server, host=host, port=port, threads=THREADS, ident="OpsPulse",
            clear_untrusted_proxy_headers=False,
        )  # fmt: skip
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


def serve(
    settings: Settings,
    *,
    ready: Callable[[str], None] | None = None,
    writers: Writers | None = None,
) -> None:
    """Serve until interrupted or ended; the engine gives requests at work some seconds.

    Args:
        settings: the installation.
        ready: told the address of this machine's own wall once the port is held; by default it is
            printed.
        writers: who writes the files that pages offer; none are offered without.

    Raises:
        ConfigError: the port is taken, or the engine that is asked for is not installed.
    """
    logging.getLogger("opspulse.requests").setLevel(logging.INFO)
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
    told = ready or _announce
    root = f"http://{settings.wall.host}:{settings.wall.port}{settings.server.prefix}/"
    address = f"{root}wall/?screen={screens.local_token(settings.users_path)}"
    if settings.server.engine == "gunicorn":
        _serve_by_gunicorn(settings, writers, lambda: told(address))
        return
    server = listen(settings, writers)
    told(address)
    signal.signal(signal.SIGTERM, _interrupted)
    # waitress takes the interruption itself and waits for what is at work
    server.run()
    server.close()


def _serve_by_gunicorn(
    settings: Settings, writers: Writers | None, told: Callable[[], None]
) -> None:
    try:
        from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "设置了 server.engine: gunicorn,但没有安装 gunicorn。",
            "请安装 opspulse[gunicorn],或改回 waitress。",
        ) from error

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {
                "bind": f"{settings.wall.host}:{settings.wall.port}",
                "workers": settings.server.workers,
                "worker_class": "gthread",
                "threads": THREADS,
                "graceful_timeout": GRACE_SECONDS,
                "forwarded_allow_ips": "",
                "when_ready": lambda _server: told(),
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return create_app(settings, writers).server

    Application().run()


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _announce(address: str) -> None:
    sys.stdout.write(f"大屏:{address}(Ctrl-C 结束)\n")
    sys.stdout.flush()

"""Where the server stands: behind which proxies, under which prefix.

Holds what a request and an answer need on their way through a reverse proxy, and nothing that the
pages would have to know: inside, every path begins at the root.
"""

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

import flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config.serving import Network
from config.settings import Settings

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST",
              "HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_PORT", "HTTP_FORWARDED")  # fmt: skip
_CAME_BY_PROXY = "opspulse.by_proxy"


def register(server: flask.Flask, settings: Settings) -> None:
    """Believe the proxies that are trusted, nobody else; take the prefix off paths."""
    outer: Any = server
    outer.wsgi_app = _placed(server.wsgi_app, settings)
    prefix = settings.server.prefix
    if not prefix:
        return

    @server.after_request
    def add_prefix(response: flask.Response) -> flask.Response:
        target = response.headers.get("Location", "")
        if target.startswith("/") and not target.startswith("//"):
            response.headers["Location"] = f"{prefix}{target}"
        return response


def is_from(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether an address lies in one of the networks; what is no address lies in none."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)


def came_by_proxy() -> bool:
    """Tell whether this request went through a proxy, trusted or not."""
    return bool(flask.request.environ.get(_CAME_BY_PROXY))


def _placed(app: Wsgi, settings: Settings) -> Wsgi:
    trusted, prefix = settings.server.trusted_proxies, settings.server.prefix
    believed: Wsgi = ProxyFix(app, x_for=1, x_proto=1, x_host=1)

    def placed(environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ[_CAME_BY_PROXY] = any(name in environ for name in _FORWARDED)
        path = environ.get("PATH_INFO", "")
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        if is_from(environ.get("REMOTE_ADDR", ""), trusted):
            return believed(environ, start_response)
        for name in _FORWARDED:
            environ.pop(name, None)
        return app(environ, start_response)

    return placed

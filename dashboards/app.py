"""The server of an installation: wall, pages, sign-in and health under one roof.

Holds what they share: one Flask server, its health, its errors and what a browser may load. The
wall is in `wall_app`, the pages in `pages`, who may ask in `access`; listening is in `serve`.
"""

from pathlib import Path
from typing import Any

import flask
from dash import Dash

from config.errors import OpsPulseError
from config.settings import Settings
from dashboards import access, appeals, kept_views, observed, oidc, proxy, sign_in, wall_app
from dashboards.layout import page_style
from dashboards.pages import app as pages_app
from dashboards.pages.packs import Writers
from dashboards.wall_service import WallService

_ROOM = Path(__file__).resolve().parent
# Pages are counted by name, and what else is asked of this server.
_COUNTED = frozenset(
    {observed.name_of(page.PATH) for page in pages_app.PAGES}
    | {"wall", "login", "account", "appeal", "views", "static", "assets", "files", "_health",
       "_ready", "_metrics", "_dash-update-component", "_dash-component-suites"}
)  # fmt: skip
_OK, _NOT_FOUND, _UNAVAILABLE = 200, 404, 503


def create_app(settings: Settings, writers: Writers | None = None) -> Dash:
    """Return the app of one installation; its `server` is the WSGI application.

    Args:
        settings: where snapshots and accounts lie, how often walls ask, in which language.
        writers: who writes the files that pages offer; none are offered without.
    """
    server = flask.Flask(
        __name__,
        template_folder=str(_ROOM / "templates"),
        static_folder=str(_ROOM / "static" / "pages"),
        static_url_path="/static",
    )
    service = WallService(settings)
    proxy.register(server, settings)
    observed.register(server, settings, service, _COUNTED)
    access.register(server, settings)
    sign_in.register(server, settings)
    oidc.register(server, settings)
    appeals.register(server, settings)
    kept_views.register(server, settings, pages_app.is_page)
    wall = wall_app.register(server, settings, service)
    pages = pages_app.register(server, settings, writers)
    _register_routes(server, service)
    _register_policies(server, wall, pages)
    _warm(server, wall, pages)
    return pages


def _warm(server: flask.Flask, *apps: Any) -> None:
    """Render each first page: that registers what browsers may load, before anybody asks."""
    for app in apps:
        with server.test_request_context(app.config.routes_pathname_prefix):
            app._setup_server()
            app.index()


def _register_routes(server: flask.Flask, service: WallService) -> None:
    @server.get("/_health")
    def health() -> flask.Response:
        try:
            pair = service.pair()
        except OpsPulseError as error:
            return _json({"status": "error", "problem": str(error)}, _UNAVAILABLE)
        if pair is None:
            return _json({"status": "no_snapshot"}, _OK)
        return _json({"status": "ok", "snapshot": pair.snapshot.id, "live": pair.live.id}, _OK)

    @server.get("/_ready")
    def ready() -> flask.Response:
        """Tell a load balancer whether there is anything to show."""
        answer = health()
        is_ready = answer.status_code == _OK and answer.get_json()["status"] == "ok"
        answer.status_code = _OK if is_ready else _UNAVAILABLE
        return answer

    @server.get("/static/theme.css")
    def theme() -> flask.Response:
        return flask.Response(page_style(), mimetype="text/css")

    @server.errorhandler(500)
    def unknown_file(error: Exception) -> tuple[str, int]:
        """Dash answers unknown component files with an exception; they are simply not there."""
        if "/_dash-component-suites/" in flask.request.path:
            return "", _NOT_FOUND
        server.logger.error("request failed: %s", type(error).__name__)
        return "", 500


def _json(content: dict[str, Any], status: int) -> flask.Response:
    response = flask.jsonify(content)
    response.status_code = status
    return response


def _register_policies(server: flask.Flask, wall: Dash, pages: Dash) -> None:
    policies: dict[str, str] = {}

    @server.after_request
    def add_policy(response: flask.Response) -> flask.Response:
        app = wall if flask.request.path.startswith(access.WALL) else pages
        name = str(app.config.name)
        if name not in policies:
            policies[name] = _policy(app)
        response.headers["Content-Security-Policy"] = policies[name]
        return response


def _policy(app: Dash) -> str:
    """Return the content security policy: this server and nothing else.

    The hashes of inline scripts are complete once every callback is registered, so this is asked
    for by the first response, not when the app is made.
    """
    scripts = " ".join(f"'{digest}'" if not digest.startswith("'") else digest
                       for digest in app.csp_hashes())  # fmt: skip
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    )

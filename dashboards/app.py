"""The Dash app: page, document endpoint, health, and what a browser may load.

Holds routes, headers and the clientside callback of the timer. What the page shows is in `layout`,
what the document says in `wall_data`; starting a server is in `serve`.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
from dash import ClientsideFunction, Dash, Input, Output

from config.errors import OpsPulseError
from config.settings import Settings
from dashboards.layout import layout, root_style
from dashboards.wall_service import WallService

STATIC = Path(__file__).resolve().parent / "static"
PATHS = ("/", "/wall", "/api/wall.json", "/_health", "/_favicon.ico")
_PREFIXES = ("/_dash-", "/assets/")
_OK, _UNCHANGED, _NOT_FOUND, _UNAVAILABLE = 200, 304, 404, 503
_INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
<head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}<style>ROOT</style></head>
<body>{%app_entry%}<footer class="dash-entry">{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


def create_app(settings: Settings) -> Dash:
    """Return the app of one installation.

    Args:
        settings: where snapshots lie, how often browsers ask, in which language.
    """
    app = Dash(
        __name__,
        assets_folder=str(STATIC),
        assets_ignore=r".*\.(py|sql|md)$",
        serve_locally=True,
        title="OpsPulse 运维脉搏",
        update_title="",
        index_string=_INDEX.replace("ROOT", root_style()),
        enable_mcp=False,
    )
    app.layout = layout(settings.wall.refresh_seconds)
    _register_timer(app)
    _register_routes(app.server, WallService(settings))
    _register_headers(app)
    return app


def _register_timer(app: Any) -> None:
    app.clientside_callback(
        ClientsideFunction("wall", "onTick"), Output("asked", "data"), Input("tick", "n_intervals")
    )


def _register_routes(server: flask.Flask, service: WallService) -> None:
    @server.before_request
    def known_paths_only() -> None:
        path = flask.request.path
        if path not in PATHS and not path.startswith(_PREFIXES):
            flask.abort(_NOT_FOUND)

    @server.get("/api/wall.json")
    def wall_document() -> flask.Response:
        return _document_response(service)

    @server.get("/_health")
    def health() -> flask.Response:
        try:
            pair = service.pair()
        except OpsPulseError as error:
            return _json({"status": "error", "problem": str(error)}, _UNAVAILABLE)
        if pair is None:
            return _json({"status": "no_snapshot"}, _OK)
        return _json({"status": "ok", "snapshot": pair.snapshot.id, "live": pair.live.id}, _OK)

    @server.errorhandler(500)
    def unknown_file(error: Exception) -> tuple[str, int]:
        """Dash answers unknown component files with an exception; they are simply not there."""
        if flask.request.path.startswith("/_dash-component-suites/"):
            return "", _NOT_FOUND
        server.logger.error("request failed: %s", type(error).__name__)
        return "", 500


def _document_response(service: WallService) -> flask.Response:
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        answer = service.answer(flask.request.args.get("lang", ""), now)
    except OpsPulseError as error:
        return _json({"problem": error.problem, "remedy": error.remedy}, _UNAVAILABLE)
    if flask.request.if_none_match.contains(answer.etag):
        response = flask.Response(status=_UNCHANGED)
    else:
        response = flask.Response(answer.body, mimetype="application/json")
    response.set_etag(answer.etag)
    response.headers["X-OpsPulse-Now"] = str(int(answer.now.replace(tzinfo=UTC).timestamp() * 1000))
    response.headers["Cache-Control"] = "no-cache"
    return response


def _json(content: dict[str, Any], status: int) -> flask.Response:
    response = flask.jsonify(content)
    response.status_code = status
    return response


def _register_headers(app: Dash) -> None:
    policies: list[str] = []

    server: flask.Flask = app.server

    @server.after_request
    def add_headers(response: flask.Response) -> flask.Response:
        if not policies:
            policies.append(_policy(app))
        response.headers["Content-Security-Policy"] = policies[0]
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
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

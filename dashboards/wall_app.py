"""The wall as a Dash app of its own under `/wall/`: page, document, and what a browser may load.

Holds the routes of the wall and the clientside callback of its timer; there is no server callback.
What the page shows is in `layout`, what the document says in `wall_data`; who may see it in
`access`.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
from dash import ClientsideFunction, Dash, Input, Output

from config.errors import OpsPulseError
from config.settings import Settings
from dashboards.access import WALL
from dashboards.layout import layout, root_style
from dashboards.wall_service import WallService

STATIC = Path(__file__).resolve().parent / "static" / "wall"
_UNCHANGED, _NOT_FOUND, _UNAVAILABLE = 304, 404, 503
_DOCUMENT = f"{WALL}api/wall.json"
_KNOWN = (WALL, WALL.rstrip("/"), _DOCUMENT, f"{WALL}_favicon.ico")
_KNOWN_PREFIXES = (f"{WALL}_dash-", f"{WALL}assets/")
_INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
<head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}<style>ROOT</style></head>
<body>{%app_entry%}<footer class="dash-entry">{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


def register(server: flask.Flask, settings: Settings, service: WallService) -> Dash:
    """Add the wall to the server.

    Args:
        server: the one server of this process.
        settings: how often browsers ask.
        service: who makes the documents.
    """
    flask_server: Any = server
    app = Dash(
        __name__,
        server=flask_server,
        routes_pathname_prefix=WALL,
        requests_pathname_prefix=f"{settings.server.prefix}{WALL}",
        assets_folder=str(STATIC),
        assets_ignore=r".*\.(py|sql|md)$",
        serve_locally=True,
        title="OpsPulse 运维脉搏",
        update_title="",
        index_string=_INDEX.replace("ROOT", root_style()),
        enable_mcp=False,
    )
    app.layout = layout(settings.wall.refresh_seconds)
    timed: Any = app
    timed.clientside_callback(
        ClientsideFunction("wall", "onTick"), Output("asked", "data"), Input("tick", "n_intervals")
    )

    @server.before_request
    def known_paths_only() -> None:
        """Dash answers every path under its own with the page; here only the page's is one."""
        path = flask.request.path
        is_known = path in _KNOWN or path.startswith(_KNOWN_PREFIXES)
        if path.startswith(WALL) and not is_known:
            flask.abort(_NOT_FOUND)

    @server.get(_DOCUMENT)
    def wall_document() -> flask.Response:
        return _document_response(service)

    return app


def _document_response(service: WallService) -> flask.Response:
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        answer = service.answer(flask.request.args.get("lang", ""), now)
    except OpsPulseError as error:
        response = flask.jsonify({"problem": error.problem, "remedy": error.remedy})
        response.status_code = _UNAVAILABLE
        return response
    if flask.request.if_none_match.contains(answer.etag):
        response = flask.Response(status=_UNCHANGED)
    else:
        response = flask.Response(answer.body, mimetype="application/json")
    response.set_etag(answer.etag)
    response.headers["X-OpsPulse-Now"] = str(int(answer.now.replace(tzinfo=UTC).timestamp() * 1000))
    response.headers["Cache-Control"] = "no-cache"
    return response

"""The pages as one Dash app: its shell, and which page an address leads to.

Holds the frame (menu, person, language), the one callback that fills it and the refusal of what is
not open. Numbers are read by the pages, as `assets.viewers` lets them.
"""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import flask
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.dependencies import ALL

from assets import metrics
from assets.identity.views import kept
from config.errors import OpsPulseError, RefusedError
from config.settings import Settings
from dashboards import access, kept_views, observed
from dashboards.page_words import word
from dashboards.pages import (
    asset,
    circle,
    cost,
    definitions,
    department,
    downloads,
    grid,
    handover,
    manager,
    metric,
    overview,
    packs,
    parts,
    quality,
    reliability,
    repeats,
    row_files,
    scores,
    sla,
    start,
    stock,
    ticket,
    trend,
)
from dashboards.pages.ask import Ask, params_of
from dashboards.pages.served import Served

# In the order of the menu; the pages of one KPI, device or ticket are reached from the numbers.
_MENU: tuple[ModuleType, ...] = (
    overview, trend, reliability, sla, department, repeats, circle, scores, manager, stock, cost,
    handover, quality, definitions, downloads,
)  # fmt: skip
PAGES = (*_MENU, start, metric, asset, ticket)
# What these say follows from snapshot, reader and address alone: nothing that people decide or that
# is noted when somebody looks. They are drawn once.
DRAWN_ONCE = frozenset(
    (
        overview, trend, reliability, sla, department, repeats, stock, cost, quality, definitions,
        start, metric, asset, ticket,
    )
)  # fmt: skip
_STATIC = Path(__file__).resolve().parents[1] / "static" / "pages"
_BAD_REQUEST, _FORBIDDEN = 400, 403
# The one callback that the server answers; the others run in the browser.
_CALLBACKS, _SHOW = "/_dash-update-component", "..page.children...side.children.."
_INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
<head>{%metas%}<title>{%title%}</title>{%favicon%}
<link rel="stylesheet" href="PREFIX/static/theme.css">{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


def register(server: flask.Flask, settings: Settings, writers: packs.Writers | None) -> Dash:
    """Add the pages to the server.

    Args:
        server: the one server of this process; `access` has put its guard before it.
        settings: where snapshots and workbooks lie, and the language.
        writers: who writes the files that pages offer; none are offered without.
    """
    flask_server: Any = server
    app = Dash(
        __name__,
        server=flask_server,
        routes_pathname_prefix="/",
        requests_pathname_prefix=f"{settings.server.prefix}/",
        assets_folder=str(_STATIC),
        assets_ignore=r".*\.(py|sql|md)$",
        serve_locally=True,
        title="OpsPulse 运维脉搏",
        update_title="",
        index_string=_INDEX.replace("PREFIX", settings.server.prefix),
        suppress_callback_exceptions=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        csrf_token_name=access.CSRF_COOKIE,
        csrf_header_name=access.CSRF_HEADER,
        enable_mcp=False,
    )
    app.layout = _frame(settings)
    _refuse_malformed(server)
    served = Served(settings)
    _register_callbacks(app, settings, served)
    downloads.register(server, settings)
    packs.register(server, settings, writers)
    row_files.register(server, settings, served, writers)
    return app


def _refuse_malformed(server: flask.Flask) -> None:
    """Answer a body that no page of ours sends with 400, before Dash trips over it."""

    @server.before_request
    def refuse() -> None:
        if flask.request.path != _CALLBACKS or flask.request.method != "POST":
            return
        if not _is_shown(flask.request.get_json(silent=True)):
            flask.abort(_BAD_REQUEST)


def _is_shown(body: Any) -> bool:
    """Tell whether a body asks for what `_SHOW` gives: a page by path and query."""
    if not isinstance(body, dict) or body.get("output") != _SHOW or body.get("state"):
        return False
    places, asked = body.get("outputs"), body.get("inputs")
    if places != [{"id": name, "property": "children"} for name in ("page", "side")]:
        return False
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        return False
    named = [(one.get("id"), one.get("property")) for one in asked]
    texts = all(isinstance(one.get("value"), str | None) for one in asked)
    return texts and named == [("url", "pathname"), ("url", "search")]


def _frame(settings: Settings) -> Any:
    """Return what every page stands in; it says nothing before it is known who asks."""
    return html.Div(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            html.A(word("skip", settings.language), href="#page", className="skip"),
            html.Aside(id="side", className="side"),
            dcc.Loading(
                html.Main(id="page", className="page"),
                delay_show=400,
                overlay_style={"visibility": "visible", "opacity": 0.5},
            ),
        ],
        className="shell",
    )


def _register_callbacks(app: Any, settings: Settings, served: Served) -> None:
    @app.callback(  # type: ignore[untyped-decorator]
        Output("page", "children"),
        Output("side", "children"),
        Input("url", "pathname"),
        Input("url", "search"),
    )
    def show(pathname: str | None, search: str | None) -> tuple[Any, Any]:
        prefix = settings.server.prefix
        path = (pathname or "/").removeprefix(prefix) or "/"
        params = params_of(search)
        lang = params.get("lang", settings.language)
        page = _answer(settings, served, path, params, lang)
        return page, _placed(_side(settings, path, params, lang), prefix)

    app.clientside_callback(
        ClientsideFunction("pages", "onFilter"),
        Output("url", "search"),
        Input({"type": "filter", "name": ALL}, "value"),
        State({"type": "filter", "name": ALL}, "id"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("pages", "onExport"),
        Output(grid.GRID, "exportDataAsCsv"),
        Input(grid.EXPORT, "n_clicks"),
        prevent_initial_call=True,
    )


def _answer(
    settings: Settings, served: Served, path: str, params: dict[str, str], lang: str
) -> Sequence[Any]:
    """Return a page, or the sentence that says why it is not shown."""
    try:
        page: Sequence[Any] = _page(settings, served, path, params, lang)
    except RefusedError as error:
        access.note(settings, "refused", f"{access.viewer().role} {path}")
        return _told(word("refused", lang), str(error))
    except OpsPulseError as error:
        return _told(error.problem, error.remedy)
    return page


def _placed(parts_of_page: Sequence[Any], prefix: str) -> Sequence[Any]:
    """Put the prefix of a reverse proxy before every link; pages know paths of their own only."""
    if prefix:
        tree: Any = html.Div(list(parts_of_page))
        for one in tree._traverse():
            target = getattr(one, "href", None)
            if isinstance(target, str) and target.startswith("/"):
                one.href = f"{prefix}{target}"
    return parts_of_page


def _page(
    settings: Settings, served: Served, pathname: str, params: dict[str, str], lang: str
) -> Any:
    page, rest = _found(pathname)
    viewer = access.viewer()
    flask.g.page = observed.name_of(page.PATH) if page else None
    if page is None:
        return _told(word("not_found", lang), word("go_back", lang))
    if viewer.role not in page.ROLES:
        raise RefusedError("这个页面不对当前身份开放。", "请联系科室负责人。")
    with served.reading() as reading:
        if reading is None and page in (overview, start):
            return _placed(start.unpublished(viewer, settings, lang), settings.server.prefix)
        if reading is None:
            return _told(word("no_snapshot", lang), word("no_snapshot_why", lang))
        key = (viewer, pathname, tuple(sorted(params.items())), lang)
        ask = Ask(reading, viewer, settings, metrics.context(reading.con), rest, params, lang)

        def drawn() -> Sequence[Any]:
            return _placed(_rendered(page, ask), settings.server.prefix)

        return reading.drawn(key, drawn) if page in DRAWN_ONCE else drawn()


def _rendered(page: ModuleType, ask: Ask) -> list[Any]:
    title = f"{ask.settings.hospital_name} · {word(page.TITLE, ask.lang)}"
    return [html.P(title, className="printed title"), parts.as_of(ask), *page.render(ask)]


def is_page(pathname: str) -> bool:
    """Tell whether a path of this server is a page's."""
    return _found(pathname)[0] is not None


def _found(pathname: str) -> tuple[ModuleType | None, str]:
    """Return the page of an address and what follows its path."""
    for page in PAGES:
        if pathname == page.PATH:
            return page, ""
        if page.PATH != "/" and pathname.startswith(f"{page.PATH}/"):
            return page, pathname.removeprefix(f"{page.PATH}/")
    return None, ""


def _side(settings: Settings, pathname: str, params: dict[str, str], lang: str) -> Sequence[Any]:
    known = access.session()
    if known is None:
        flask.abort(_FORBIDDEN)
    user, suffix = known.user, "?lang=en" if lang == "en" else ""
    demo = [html.Span(word("demo", lang), className="demo")] if settings.is_embedded_demo else []
    links = [
        dcc.Link(
            word(page.TITLE, lang),
            href=f"{page.PATH}{suffix}",
            className="current" if pathname == page.PATH else "",
        )
        for page in _MENU
        if user.role in page.ROLES
    ]
    other = "zh" if lang == "en" else "en"
    return [
        html.H1([settings.hospital_name, *demo]),
        html.Nav(
            [*links, html.A(word("page_wall", lang), href=access.WALL)],
            **_labelled(word("menu", lang)),
        ),
        _views(settings, user.login, pathname, params, lang),
        html.Div(
            [
                html.Div(f"{user.name} · {word(f'role_{user.role}', lang)}"),
                html.A(word("account", lang), href="/account"),
                dcc.Link(word("language", lang), href=f"{pathname}?lang={other}"),
            ],
            className="who",
        ),
    ]


def _views(settings: Settings, login: str, pathname: str, params: dict[str, str], lang: str) -> Any:
    """Return the person's kept views, and the way to keep the page as it stands."""
    query = urlencode(list(reversed(params.items())))  # as `params_of` read them
    at = f"{pathname}{'?' if query else ''}{query}"
    return html.Div(
        [
            *(dcc.Link(one.name, href=one.target) for one in kept(settings.users_path, login)),
            html.A(word("save_view", lang), href=f"{kept_views.PATH}?{urlencode({'at': at})}"),
        ],
        className="views",
    )


def _labelled(text: str) -> dict[str, Any]:
    return {"aria-label": text}


def _told(problem: str, remedy: str) -> list[Any]:
    return [html.H1(problem), html.P(remedy)]

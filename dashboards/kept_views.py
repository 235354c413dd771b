"""我的视图: naming the page that one looks at, with its filters, and finding it again.

Holds the plain page with its form, which needs no script. Views are kept by `assets.identity.views`
and opened as any address is: under the rights of whoever opens it.
"""

from collections.abc import Callable

import flask
from werkzeug.wrappers import Response

from assets.identity import views
from assets.identity.sessions import Session
from config.errors import ConfigError
from config.settings import Settings
from dashboards import access, plain

PATH = "/views"
_UNAUTHORISED, _WRONG = 401, 400
_DIGITS = 19  # of SQLite's largest number


def register(server: flask.Flask, settings: Settings, is_page: Callable[[str], bool]) -> None:
    """Add the routes.

    Args:
        server: the one server.
        settings: where accounts lie.
        is_page: whether a path is a page's, so that a view leads nowhere else.
    """

    def target(given: str) -> str:
        local = access.local_target(given)
        return local if is_page(local.partition("?")[0]) else ""

    @server.get(PATH)
    def show() -> str:
        return _page(settings, target(flask.request.args.get("at", "")))

    @server.post(PATH)
    def change() -> Response | tuple[str, int]:
        form = flask.request.form
        at = target(form.get("at", ""))
        try:
            if "view" in form:
                return _forget(settings, form["view"])
            return _keep(settings, form.get("name", ""), at)
        except ConfigError as error:
            return _page(settings, at, str(error)), _WRONG


def _keep(settings: Settings, name: str, at: str) -> Response:
    if not at:
        raise ConfigError("这不是可以保存的页面。", "请从要保存的页面点「保存为视图」。")
    views.keep(settings.users_path, _session().user.login, name, at)
    return flask.redirect(at)


def _forget(settings: Settings, given: str) -> Response:
    # what is no number of a row is no view of anybody's
    number = int(given) if given.isascii() and given.isdigit() and len(given) < _DIGITS else 0
    views.forget(settings.users_path, _session().user.login, number)
    return flask.redirect(PATH)


def _session() -> Session:
    known = access.session()
    if known is None:
        flask.abort(_UNAUTHORISED)
    return known


def _page(settings: Settings, at: str, problem: str = "") -> str:
    known = _session()
    return plain.rendered(
        "views.html",
        settings,
        problem,
        views=views.kept(settings.users_path, known.user.login),
        at=at,
        longest=views.LONGEST_NAME,
    )

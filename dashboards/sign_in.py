"""Signing in and out, and replacing one's own password: plain pages that need no script.

Holds the forms and what becomes of them. Passwords and failures are judged by `assets.identity`.
"""

import flask
from werkzeug.wrappers import Response

from assets.identity import sessions, users
from config.errors import ConfigError
from config.settings import Settings
from dashboards import access, plain

_UNAUTHORISED, _FORBIDDEN, _TOO_MANY, _WRONG = 401, 403, 429, 400


def register(server: flask.Flask, settings: Settings) -> None:
    """Add the routes."""

    @server.get(access.SIGN_IN)
    def sign_in() -> str:
        return page(settings, flask.request.args.get("next", "/"))

    @server.post(access.SIGN_IN)
    def signed_in() -> Response | tuple[str, int]:
        return _sign_in(settings)

    @server.post("/logout")
    def sign_out() -> Response:
        access.note(settings, "signed_out")
        sessions.end(settings.users_path, flask.request.cookies.get(access.SESSION_COOKIE, ""))
        response = flask.redirect(access.SIGN_IN)
        for name in (access.SESSION_COOKIE, access.CSRF_COOKIE):
            response.delete_cookie(name, path="/")
        return response

    @server.get("/account")
    def account() -> str:
        return _account(settings)

    @server.post("/account")
    def changed() -> Response | tuple[str, int]:
        return _change(settings)


def _sign_in(settings: Settings) -> Response | tuple[str, int]:
    if not settings.sign_in.local:
        flask.abort(_FORBIDDEN)
    form = flask.request.form
    login, target = form.get("login", "").strip(), form.get("next", "/")
    try:
        user = users.authenticate(
            settings.users_path, login, form.get("password", ""), access.address()
        )
    except users.SignInError as error:
        access.note(settings, "sign_in_failed", login[:64])
        status = _TOO_MANY if isinstance(error, users.WaitError) else _UNAUTHORISED
        return page(settings, target, login, str(error)), status
    return begin(settings, user, access.local_target(target))


def begin(settings: Settings, user: users.User, target: str) -> Response:
    """Open a session for a person who has proved who they are, and send them on."""
    token = sessions.begin(settings.users_path, user)
    flask.g.session = sessions.find(settings.users_path, token)
    access.note(settings, "signed_in")
    response = flask.redirect("/account" if user.must_change else target)
    access.set_cookie(response, access.SESSION_COOKIE, token)
    access.set_cookie(response, access.CSRF_COOKIE, flask.g.session.csrf)
    return response


def _change(settings: Settings) -> Response | tuple[str, int]:
    known, form = access.session(), flask.request.form
    if known is None:
        flask.abort(_UNAUTHORISED)
    try:
        if form.get("new", "") != form.get("again", ""):
            raise ConfigError("两次输入的新密码不一致。", "请重新输入。")
        user = users.change_password(
            settings.users_path, known.user.login, form.get("old", ""), form.get("new", ""),
            access.address(),
        )  # fmt: skip
    except ConfigError as error:
        return _account(settings, str(error)), _WRONG
    access.note(settings, "password_changed")
    [user] = [one for one in users.everyone(settings.users_path) if one.login == known.user.login]
    return begin(settings, user, "/")


def page(settings: Settings, target: str, login: str = "", problem: str = "") -> str:
    """Return the sign-in page, with what went wrong."""
    oidc = settings.sign_in.oidc
    return plain.rendered(
        "sign_in.html",
        settings,
        problem,
        target=access.local_target(target),
        login=login,
        is_local=settings.sign_in.local,
        provider=oidc.title if oidc else "",
    )


def _account(settings: Settings, problem: str = "") -> str:
    known = access.session()
    if known is None:
        flask.abort(_UNAUTHORISED)
    return plain.rendered("account.html", settings, problem, user=known.user)

"""Who is asking: every request is refused unless it is known whose it is.

Holds cookies, the default refusal, the guard against requests that another site makes, and the
security headers. Accounts are kept by `assets.identity`; the pages on which people sign in are in
`sign_in`; which numbers a person may see is decided where data are read (`assets.viewers`).
"""

import hmac
from urllib.parse import quote

import flask
from werkzeug.wrappers import Response

from assets.identity import audit, screens, sessions
from assets.identity.sessions import Session
from assets.identity.users import User
from assets.viewers import Viewer
from config.settings import Settings

SESSION_COOKIE, SCREEN_COOKIE, CSRF_COOKIE = "opspulse_session", "opspulse_screen", "_csrf_token"
CSRF_HEADER, CSRF_FIELD = "X-CSRFToken", "csrf"
SIGN_IN = "/login"
WALL = "/wall/"
# Without anybody being known: the way in, whether the server lives, and the look of both; who may
# read the metrics is decided by address (`observed`).
_OPEN = (SIGN_IN, f"{SIGN_IN}/oidc", f"{SIGN_IN}/oidc/back", "/_health", "/_ready", "/_metrics",
         "/_favicon.ico", "/static/theme.css", "/static/pages.css")  # fmt: skip
_FORBIDDEN, _TOO_LARGE = 403, 413
_LARGEST_BODY = 64 * 1024
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# What may be asked before a first password has been replaced.
_BEFORE_CHANGE = ("/account", "/logout")


def register(server: flask.Flask, settings: Settings) -> None:
    """Put the guard before every request and the headers on every response."""
    server.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY

    @server.before_request
    def guard() -> Response | None:
        return _guard(settings)

    @server.after_request
    def add_headers(response: flask.Response) -> flask.Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if not flask.request.path.startswith(_shared_files()):
            response.headers.setdefault("Cache-Control", "no-store")
        if flask.request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def session() -> Session | None:
    """Return the session of this request; None outside one, or where nobody is signed in."""
    return flask.g.get("session") if flask.has_request_context() else None


def viewer() -> Viewer:
    """Return who asks, for the readers of data; aborts with 403 where nobody is signed in."""
    known = session()
    if known is None:
        flask.abort(_FORBIDDEN)
    user: User = known.user
    return Viewer(
        role=user.role,
        login=user.login,
        site_id=user.site_id,
        engineer_id=user.engineer_id,
        department_id=user.department_id,
    )


def address() -> str:
    """Return the address of the browser, as the server (or the proxy it trusts) tells it."""
    return flask.request.remote_addr or ""


def note(settings: Settings, action: audit.Action, subject: str = "") -> None:
    """Write a line of the audit log for whoever asks."""
    known = session()
    audit.note(
        settings.users_path,
        action,
        login=known.user.login if known else "",
        role=known.user.role if known else "",
        address=address(),
        subject=subject,
    )


def set_cookie(response: Response, name: str, value: str, *, days: int | None = None) -> None:
    """Set a cookie that scripts cannot read, sent to this server only; the CSRF one they can."""
    response.set_cookie(
        name,
        value,
        max_age=days * 86_400 if days else None,
        httponly=name != CSRF_COOKIE,
        secure=flask.request.is_secure,
        samesite="Lax",
        path="/",
    )


def local_target(target: str) -> str:
    """Return where to go after signing in: a path of this server, whatever a link says."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local and target.isprintable() and "\\" not in target else "/"


def _guard(settings: Settings) -> Response | None:
    request = flask.request
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and not _is_navigation():
        flask.abort(_FORBIDDEN)
    flask.g.session = sessions.find(settings.users_path, request.cookies.get(SESSION_COOKIE, ""))
    if request.method not in _SAFE_METHODS and request.path != SIGN_IN:
        _require_csrf()
    if request.path in _OPEN:
        return None
    if request.path.startswith(WALL) or request.path == WALL.rstrip("/"):
        return _guard_wall(settings)
    if flask.g.session is None:
        return _to_sign_in()
    is_first = flask.g.session.user.must_change and request.path not in _BEFORE_CHANGE
    return (
        flask.redirect("/account")
        if is_first and request.method == "GET"
        else (flask.abort(_FORBIDDEN) if is_first else None)
    )


def _guard_wall(settings: Settings) -> Response | None:
    """Let screens in by their token, people by their session."""
    given = flask.request.args.get("screen", "")
    token = given or flask.request.cookies.get(SCREEN_COOKIE, "")
    screen = screens.find(settings.users_path, token, address())
    if screen is None:
        return None if flask.g.session else _to_sign_in()
    if not given:
        return None
    # the token leaves the address bar, and so browser histories and logs of proxies
    rest = {name: value for name, value in flask.request.args.items() if name != "screen"}
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in rest.items())
    response = flask.redirect(f"{flask.request.path}{'?' if query else ''}{query}")
    set_cookie(response, SCREEN_COOKIE, token, days=400)
    return response


def _is_navigation() -> bool:
    return flask.request.headers.get("Sec-Fetch-Mode") == "navigate" and (
        flask.request.method in _SAFE_METHODS
    )


def _require_csrf() -> None:
    known = session()
    given = flask.request.headers.get(CSRF_HEADER) or flask.request.form.get(CSRF_FIELD, "")
    if known is None or not hmac.compare_digest(given.encode(), known.csrf.encode()):
        flask.abort(_FORBIDDEN)


def _to_sign_in() -> Response:
    """Send a person to the sign-in page; answer programs in their own language."""
    wants_page = flask.request.method == "GET" and (
        "text/html" in flask.request.headers.get("Accept", "")
    )
    if not wants_page:
        flask.abort(401)
    return flask.redirect(f"{SIGN_IN}?next={quote(flask.request.full_path.rstrip('?'), safe='')}")


def _shared_files() -> tuple[str, ...]:
    return ("/_dash-component-suites/", "/assets/", f"{WALL}_dash-component-suites/",
            f"{WALL}assets/", "/static/")  # fmt: skip

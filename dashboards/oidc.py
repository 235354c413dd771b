"""The hospital's own sign-in: to its OpenID provider and back.

Holds the two routes. The protocol (PKCE, state, nonce, signatures, times) is Authlib's; who a
person is here is decided by `assets.identity.provided`.
"""

import logging
import secrets
from pathlib import Path
from typing import Any

import flask
from authlib.integrations.base_client.errors import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.flask_client import OAuth  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from requests.exceptions import RequestException
from werkzeug.wrappers import Response

from assets.identity import provided
from assets.identity.users import SignInError
from config.serving import OidcSettings
from config.settings import Settings
from dashboards import access, sign_in

START, BACK = "/login/oidc", "/login/oidc/back"
_FLOW_COOKIE = "opspulse_flow"
_FLOW_MINUTES = 15
_TIMEOUT_SECONDS = 10
_UNAUTHORISED, _UNAVAILABLE = 401, 503
_LOG = logging.getLogger(__name__)


def register(server: flask.Flask, settings: Settings) -> None:
    """Add the routes, where the installation has a provider."""
    oidc = settings.sign_in.oidc
    if oidc is None:
        return
    server.secret_key = _flow_key(settings.home / "flow.key")
    server.config.update(
        SESSION_COOKIE_NAME=_FLOW_COOKIE,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.server.public_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=_FLOW_MINUTES * 60,
    )
    client = _client(server, oidc)

    @server.get(START)
    def to_provider() -> Response | tuple[str, int]:
        flask.session.clear()
        flask.session.permanent = True
        flask.session["next"] = access.local_target(flask.request.args.get("next", "/"))
        try:
            answer: Response = client.authorize_redirect(f"{settings.server.public_url}{BACK}")
        except (RequestException, OAuthError, ValueError) as error:
            return _unreachable(settings, error)
        return answer

    @server.get(BACK)
    def from_provider() -> Response | tuple[str, int]:
        return _back(settings, oidc, client)


def _client(server: flask.Flask, oidc: OidcSettings) -> Any:
    return OAuth(server).register(
        "hospital",
        client_id=oidc.client_id,
        client_secret=oidc.client_secret.get_secret_value(),
        server_metadata_url=f"{oidc.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": " ".join(oidc.scopes),
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT_SECONDS,
        },
    )


def _back(settings: Settings, oidc: OidcSettings, client: Any) -> Response | tuple[str, int]:
    target = access.local_target(flask.session.get("next", "/"))
    try:
        token = client.authorize_access_token()
    except RequestException as error:
        return _unreachable(settings, error)
    except (OAuthError, JoseError, ValueError, KeyError) as error:
        _LOG.warning("provider's answer refused: %s", type(error).__name__)
        access.note(settings, "sign_in_failed", "oidc")
        return sign_in.page(settings, target, problem=_NOT_PROVED), _UNAUTHORISED
    finally:
        flask.session.clear()
    claims = token.get("userinfo") or {}
    try:
        user = provided.keep(
            settings.users_path, oidc.issuer, str(claims["sub"]), provided.user_of(claims, oidc)
        )
    except SignInError as error:
        access.note(settings, "sign_in_refused", "oidc")
        return sign_in.page(settings, target, problem=str(error)), _UNAUTHORISED
    return sign_in.begin(settings, user, target)


_NOT_PROVED = "统一认证的答复无法核实,没有登录。请重新登录;仍然不行请找管理员。"
_NOT_THERE = "连接不到医院的统一认证服务。请稍后再试,或改用本地账号。"


def _unreachable(settings: Settings, error: Exception) -> tuple[str, int]:
    _LOG.warning("provider not reachable: %s", type(error).__name__)
    return sign_in.page(settings, "/", problem=_NOT_THERE), _UNAVAILABLE


def _flow_key(path: Path) -> str:
    """Return the key that seals a sign-in on its way; every process of an installation has one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")

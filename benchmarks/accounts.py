"""People who are signed in, for measurements that ask as a browser does.

Holds the way in and the asking of a page; what is measured of it stands in the measurements.
"""

from typing import Any

from flask.testing import FlaskClient

from assets.identity import sessions, users
from assets.identity.users import User
from config.settings import Settings
from dashboards import access

_WORDS = "a sentence of their own"


def session_of(settings: Settings, user: User) -> tuple[str, str]:
    """Add an account with a password of its owner; return its session's token and CSRF value."""
    first = users.add(settings.users_path, user)
    users.change_password(settings.users_path, user.login, first, _WORDS, "127.0.0.1")
    token = sessions.begin(settings.users_path, user)
    session = sessions.find(settings.users_path, token)
    if session is None:
        raise SystemExit(f"没有会话 No session: {user.login}")
    return token, session.csrf


def asked(client: FlaskClient, session: tuple[str, str], path: str, search: str) -> Any:
    """Ask for a page as the browser's one callback does; return its JSON."""
    client.set_cookie(access.SESSION_COOKIE, session[0])
    outputs = [{"id": name, "property": "children"} for name in ("page", "side")]
    values = {"pathname": path, "search": search}
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": "..page.children...side.children..",
            "outputs": outputs,
            "inputs": [{"id": "url", "property": name, "value": values[name]} for name in values],
            "changedPropIds": ["url.pathname"],
        },
        headers={access.CSRF_HEADER: session[1]},
    )
    if answer.status_code != 200:  # noqa: PLR2004 - HTTP's own number
        raise SystemExit(f"{path}: {answer.status_code}")
    return answer.get_json()

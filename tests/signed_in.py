"""People who are signed in, for the tests of the pages: a client that asks as a browser does.

Holds the way in and the asking of pages; what may be seen is asserted in the tests.
"""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assets.identity import users
from assets.identity.users import User
from config.settings import Settings
from dashboards import access
from dashboards.app import create_app

OWN_WORDS = "a sentence of their own"
PAGE = {"Accept": "text/html"}
_OUTPUTS = [{"id": "page", "property": "children"}, {"id": "side", "property": "children"}]


@dataclass
class Person:
    """A signed-in browser."""

    client: FlaskClient
    csrf: str

    def ask(self, pathname: str, search: str = "", *, csrf: str | None = None) -> TestResponse:
        """Ask for a page as the browser's one callback does."""
        return self.client.post(
            "/_dash-update-component",
            json={
                "output": "..page.children...side.children..",
                "outputs": _OUTPUTS,
                "inputs": [
                    {"id": "url", "property": "pathname", "value": pathname},
                    {"id": "url", "property": "search", "value": search},
                ],
                "changedPropIds": ["url.pathname"],
            },
            headers={access.CSRF_HEADER: self.csrf if csrf is None else csrf},
        )

    def page(self, pathname: str, search: str = "") -> str:
        """Return every text of a page, in order, without the menu."""
        answer = self.ask(pathname, search)
        assert answer.status_code == 200, answer.status_code
        return "\n".join(texts(answer.get_json()["response"]["page"]["children"]))


def texts(node: Any) -> list[str]:
    """Return the strings of a component tree that are shown, and the rows of grids."""
    if isinstance(node, str):
        return [node]
    if isinstance(node, list):
        return [text for child in node for text in texts(child)]
    if isinstance(node, dict):
        props = node.get("props", {})
        rows = [str(value) for row in props.get("rowData") or [] for value in row.values()]
        return texts(props.get("children")) + rows
    return []


def sign_in(settings: Settings, user: User) -> Person:
    """Add an account, sign in, and set a password as its owner would."""
    first = users.add(settings.users_path, user)
    users.change_password(settings.users_path, user.login, first, OWN_WORDS, "127.0.0.1")
    client = create_app(settings).server.test_client()
    answer = client.post("/login", data={"login": user.login, "password": OWN_WORDS})
    assert answer.status_code == 302, answer.status_code
    cookie = client.get_cookie(access.CSRF_COOKIE)
    assert cookie is not None
    return Person(client, cookie.value)

"""Who gets what of everything that the server has: each page, route and callback, by each role.

Holds the expectations, a line for each page, route and callback. What there is, the app itself is
asked: a new page or route without a line here fails. The guard's own tests are in `test_access`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import duckdb
import pytest
import tiny_pages
from flask.testing import FlaskClient
from signed_in import OWN_WORDS, PAGE, Person
from tiny_pages import person_of, told, viewer_of

from assets.identity import screens, sessions, users
from assets.identity.users import User
from assets.viewers import Viewer
from config.settings import Settings
from dashboards import access
from dashboards.app import create_app
from dashboards.pages import app as pages_app
from exports.requested import WRITERS

EVERYBODY = {"head", "finance", "engineer", "qcc", "department", "admin"}
# Whose pages they are; a page of one thing is asked for in `THINGS`.
PAGES = {
    "/": EVERYBODY,
    "/start": EVERYBODY,
    "/definitions": EVERYBODY,
    "/trend": EVERYBODY - {"admin"},
    "/reliability": {"head", "finance", "qcc", "engineer"},
    "/sla": {"head", "qcc", "engineer", "department"},
    "/department": {"head", "department"},
    "/repeats": {"head", "qcc", "engineer"},
    "/circle": {"head", "qcc"},
    "/scores": {"head", "engineer"},
    "/manager": {"head"},
    "/stock": {"head", "finance", "engineer"},
    "/cost": {"head", "finance"},
    "/handover": {"head", "engineer"},
    "/quality": EVERYBODY - {"department"},
    "/downloads": {"head", "finance", "qcc"},
    "/kpi": EVERYBODY,
    "/asset": EVERYBODY - {"admin"},
    "/ticket": {"head", "qcc", "engineer", "department"},
}
# Pages that are about one thing only.
OF_A_THING = {"/kpi", "/asset", "/ticket"}
# Who opens anybody's page of a thing, and who their own only; the others open none.
THINGS = {
    "/department": ({"head"}, {"department"}),
    "/asset": ({"head", "finance", "qcc", "engineer"}, {"department"}),
    "/ticket": ({"head", "qcc"}, {"engineer", "department"}),
    "/handover": ({"head"}, {"engineer"}),
    "/scores": ({"head"}, {"engineer"}),
}
# Amounts that are for head and finance; training_need is for quality circles too.
MONEY = {
    "asset_tco", "book_value", "cost_of_service_ratio", "replacement_candidates", "service_cost",
    "dead_stock", "parts_abc_xyz", "stock_turnover", "missed_warranty_claims", "page_cost",
    "print_bills", "training_need",
}  # fmt: skip
# What answers without anybody being known; everything else is refused.
OPEN = {"/login", "/_health", "/_ready", "/_metrics", "/_favicon.ico", "/static/theme.css"}
CLOSED = {
    "/", "/<path:path>", "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
    "/_dash-dependencies", "/_dash-layout", "/_dash-update-component", "/_reload-hash",
    "/account", "/appeal", "/assets/<path:filename>", "/files/<name>", "/logout",
    "/packs/<kind>/<path:subject>", "/rows/<name>.<kind>", "/static/<path:filename>",
    "/views", "/wall/", "/wall/<path:path>", "/wall/_dash-dependencies", "/wall/_dash-layout",
    "/wall/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
    "/wall/_dash-update-component", "/wall/_favicon.ico", "/wall/_reload-hash",
    "/wall/api/wall.json", "/wall/assets/<path:filename>",
}  # fmt: skip
CALLBACKS = {"..page.children...side.children..", "rows-grid.exportDataAsCsv", "url.search"}
NOBODYS_CODE = "Z99-none"


@dataclass(frozen=True)
class Thing:
    """Addresses behind a page's path: one's own, somebody else's."""

    own: str
    other: str


class Hospital:
    """One server with one person of each role: what is kept for one must not reach another."""

    def __init__(self, settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
        self.settings, self.con = settings, con
        self.app = create_app(settings, WRITERS)
        self.users = {role: person_of(con, role) for role in sorted(EVERYBODY)}
        self.people = {role: self._signed_in(user) for role, user in self.users.items()}
        self.engineers: dict[str, str] = dict(
            con.execute("select engineer_id, name from kpi.dim_engineers").fetchall()
        )

    def client(self) -> FlaskClient:
        """A browser that nobody has used."""
        return self.app.server.test_client()

    def _signed_in(self, user: User) -> Person:
        path = self.settings.users_path
        users.change_password(path, user.login, users.add(path, user), OWN_WORDS, "127.0.0.1")
        token, client = sessions.begin(path, user), self.client()
        client.set_cookie(access.SESSION_COOKIE, token)
        known = sessions.find(path, token)
        assert known is not None
        return Person(client, known.csrf)

    def viewer(self, role: str) -> Viewer:
        """The account as the readers of data know it."""
        return viewer_of(self.users[role])

    def things(self, role: str) -> dict[str, Thing]:
        """What a person's own page of each thing is, and another's; for the head any two."""
        ward, engineer = (
            self.users[one].department_id if one == "department" else self.users[one].engineer_id
            for one in ("department", "engineer")
        )
        is_ward = role == "department"
        held = (
            "select distinct ticket_id from kpi.fact_holder_spans where engineer_id "
            f"{{}} '{engineer}'"
        )
        own_ticket = (
            f"department_id = '{ward}'" if is_ward else f"ticket_id in ({held.format('=')})"
        )
        return {
            "/department": Thing(str(ward), self._one("dim_departments", "department_id",
                                                      f"department_id != '{ward}'")),
            "/asset": Thing(
                self._one("dim_assets", "asset_id", f"department_id = '{ward}'"),
                self._one("dim_assets", "asset_id", f"department_id != '{ward}'"),
            ),
            "/ticket": Thing(
                self._one("fact_tickets", "ticket_id", own_ticket),
                self._one("fact_tickets", "ticket_id", f"not ({own_ticket})"),
            ),
            "/handover": Thing(str(engineer), self._stranger()),
            "/scores": Thing(str(engineer), self._stranger()),
        }  # fmt: skip

    def _one(self, table: str, column: str, where: str) -> str:
        found = self.con.execute(f"select min({column}) from kpi.{table} where {where}").fetchone()
        assert found is not None
        return str(found[0])

    def partners(self) -> set[str]:
        """Who gives to or takes from the engineer: their names are known to one another."""
        own = self.users["engineer"].engineer_id
        rows = self.con.execute(
            "select from_engineer_id, engineer_id from kpi.fact_staff_handovers"
        ).fetchall()
        return {one for row in rows if own in row for one in row if one}

    def _stranger(self) -> str:
        known = self.partners() | {self.users["engineer"].engineer_id}
        return min(set(self.engineers) - known)

    def leaks(self, role: str, answer: str) -> set[str]:
        """Return what an answer says that this role may not know."""
        if role == "head":
            return set()
        words = set(re.findall(r"[A-Za-z0-9_\-]+", answer))
        known = self.partners() | {self.users[role].engineer_id} if role == "engineer" else set()
        hidden = {code: name for code, name in self.engineers.items() if code not in known}
        found = {f"engineer {code}" for code, name in hidden.items()
                 if code in words or name in answer}  # fmt: skip
        closed = MONEY - {"finance": MONEY, "qcc": {"training_need"}}.get(role, set())
        figures = set(re.findall(r'"data-(?:figure|kpi)": "(\w+)', answer))
        found |= {f"amounts of {name}" for name in closed & figures}
        return found | (self._foreign(answer, words) if role == "department" else set())

    def _foreign(self, answer: str, words: set[str]) -> set[str]:
        """Return the tickets, devices and wards that are not the ward's."""
        own = self.users["department"].department_id
        found: set[str] = set()
        for table, column in (("fact_tickets", "ticket_id"), ("fact_tickets", "ticket_no"),
                              ("dim_assets", "asset_id"), ("dim_assets", "asset_tag")):  # fmt: skip
            others = self.con.execute(
                f"select distinct {column} from kpi.{table} where department_id != ? "
                f"and {column} not in (select {column} from kpi.{table} "
                f"where department_id = ? and {column} is not null)", [own, own]
            ).fetchall()  # fmt: skip
            found |= {name for (name,) in others if name in words}
        wards = self.con.execute(
            "select department_id, name from kpi.dim_departments where department_id != ?", [own]
        ).fetchall()
        return found | {code for code, name in wards if code in words or f'"{name}"' in answer}


@pytest.fixture(scope="module")
def settings(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return tiny_pages.home_of(tiny_hospital, tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def hospital(settings: Settings) -> Iterator[Hospital]:
    with tiny_pages.opened(settings) as con:
        yield Hospital(settings, con)


def is_shown(person: Person, path: str, search: str = "") -> bool:
    """Tell whether a page answers with itself; a refusal is a heading and a sentence."""
    children = person.ask(path, search).get_json()["response"]["page"]["children"]
    return bool([one["type"] for one in children] != ["H1", "P"])


def searches(hospital: Hospital, role: str) -> list[str]:
    """Filters as a page writes them, and forged ones that reach for what is another's."""
    things = hospital.things(role)
    plain = "?month=2026-10&span=12&by=engineer&chapter=people"
    forged = (
        f"?month=2026-10&by=engineer&engineer={things['/scores'].other}&chapter=cost&lang=en"
        f"&department={things['/department'].other}&find={things['/asset'].other}"
        f"&kpi={','.join(sorted(MONEY))}"
    )
    return [plain, forged] if role in ("engineer", "department") else [forged]


def echoed(hospital: Hospital, role: str) -> list[str]:
    """What a forged address names itself: saying it back tells nothing."""
    things = hospital.things(role)
    return [things[path].other for path in ("/scores", "/department", "/asset")]


def test_every_page_and_callback_has_its_line_here(hospital: Hospital) -> None:
    assert {page.PATH for page in pages_app.PAGES} == set(PAGES)
    assert {page.PATH: set(page.ROLES) for page in pages_app.PAGES} == PAGES
    hospital.client().get("/login")
    assert set(hospital.app.callback_map) == CALLBACKS


def test_every_route_has_its_line_here_and_tells_nobody_anything(hospital: Hospital) -> None:
    rules = list(hospital.app.server.url_map.iter_rules())
    assert {rule.rule for rule in rules} == OPEN | CLOSED
    for rule in rules:
        path = re.sub(r"<[^>]*>", "x", rule.rule)
        client = hospital.client()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = client.open(path, method=method)
            if rule.rule in CLOSED:
                assert answer.status_code in (401, 403, 404), (method, path)
            assert b"2026-10" not in answer.data, path


def test_a_screen_gets_the_wall_only_whatever_it_calls(hospital: Hospital) -> None:
    token = screens.local_token(hospital.settings.users_path)
    client = hospital.client()
    assert client.get(f"/wall/?screen={token}").status_code == 302
    assert client.get("/wall/api/wall.json").status_code == 200
    for path in PAGES:
        assert client.get(path).status_code == 401, path
        assert Person(client, "").ask(path).status_code == 403, path
    for path in ("/files/x.xlsx", "/packs/answer/D1?month=2026-10", "/_dash-layout", "/account"):
        assert client.get(path).status_code == 401, path
    assert client.post("/wall/_dash-update-component", json={}).status_code == 403
    document = client.get("/wall/api/wall.json").get_data(as_text=True)
    assert not [name for name in hospital.engineers.values() if name in document]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_role_sees_its_pages_and_nothing_that_is_anothers_on_them(
    hospital: Hospital, role: str
) -> None:
    person = hospital.people[role]
    for path, roles in PAGES.items():
        # the shell that a GET brings says nothing about anybody
        shell = person.client.get(path, headers=PAGE).get_data(as_text=True)
        assert hospital.leaks(role, shell) == set(), path
        asked = "/kpi/reports" if path == "/kpi" else path
        for search in searches(hospital, role):
            if path not in OF_A_THING - {"/kpi"}:
                answer = told(person, asked, search)
                for code in echoed(hospital, role):
                    answer = answer.replace(code, "") if f"={code}" in search else answer
                assert hospital.leaks(role, answer) == set(), (path, search)
                is_scoreless = path == "/scores" and "还没有评分" in answer
                assert is_scoreless or is_shown(person, asked, search) == (role in roles), path


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_somebody_elses_thing_is_as_a_thing_that_there_is_not(
    hospital: Hospital, role: str
) -> None:
    person, things = hospital.people[role], hospital.things(role)
    for path, (everything, own) in THINGS.items():
        thing = things[path]
        asked = {thing.own: role in everything | own, thing.other: role in everything}
        for code, is_open in (asked | {NOBODYS_CODE: False}).items():
            address = f"{path}/{quote(code)}"
            for search in ("?month=2026-10&site=H01", ""):
                answer = told(person, address, search)
                assert hospital.leaks(role, answer.replace(code, "")) == set(), address
                if "还没有评分" not in answer and path != "/scores":
                    assert is_shown(person, address, search) == is_open, address
        if role not in everything:
            refused = [told(person, f"{path}/{code}").replace(code, "")
                       for code in (thing.other, NOBODYS_CODE)]  # fmt: skip
            assert refused[0] == refused[1], path


@pytest.mark.parametrize(
    "changed",
    [
        {"output": "url.search", "outputs": {"id": "url", "property": "search"}},
        {"output": "..page.children...side.children.._", "outputs": []},
        {"output": "asked.data", "outputs": {"id": "asked", "property": "data"}},
        {"inputs": []},
        {"inputs": [{"id": "url", "property": "pathname", "value": ["/manager"]}] * 2},
        {"inputs": [{"id": "url", "property": "pathname", "value": {"role": "head"}}] * 2},
        {"inputs": [{"id": "url", "property": "pathname", "value": "/manager"},
                    {"id": "url", "property": "search", "value": "?role=head&viewer=head"}]},
        {"outputs": [{"id": "side", "property": "children"}]},
        {"state": [{"id": "viewer", "property": "role", "value": "head"}]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("role", ["department", "engineer"])
def test_a_forged_body_yields_nothing_that_the_page_would_not(
    hospital: Hospital, role: str, changed: dict[str, Any]
) -> None:
    person = hospital.people[role]
    body = {
        "output": "..page.children...side.children..",
        "outputs": [{"id": name, "property": "children"} for name in ("page", "side")],
        "inputs": [{"id": "url", "property": "pathname", "value": "/manager"},
                   {"id": "url", "property": "search", "value": ""}],
        "changedPropIds": ["url.pathname"],
    }  # fmt: skip
    answer = person.client.post("/_dash-update-component", json=body | changed,
                                headers={access.CSRF_HEADER: person.csrf})  # fmt: skip
    text = answer.get_data(as_text=True)
    assert hospital.leaks(role, text) == set()
    assert "Traceback" not in text
    if answer.status_code != 200:
        assert answer.status_code == 400
    else:
        assert "当前身份无权查看" in str(answer.get_json())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b'{"inputs": {}}', b"\xff"])
def test_a_body_that_is_none_is_refused_and_no_fault_of_the_server(
    hospital: Hospital, body: bytes
) -> None:
    person = hospital.people["head"]
    answer = person.client.post(
        "/_dash-update-component", data=body, content_type="application/json",
        headers={access.CSRF_HEADER: person.csrf},
    )  # fmt: skip
    assert answer.status_code == 400


def test_the_value_of_one_session_is_nothing_in_anothers(hospital: Hospital) -> None:
    ward, head = hospital.people["department"], hospital.people["head"]
    assert ward.ask("/", csrf=head.csrf).status_code == 403
    assert Person(hospital.client(), head.csrf).ask("/").status_code == 403

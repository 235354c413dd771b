"""Who gets in and who does not: the guard before every request, whatever page or callback."""

import re
from collections.abc import Iterator

import pytest
import wall_hospital
from signed_in import OWN_WORDS, PAGE, Person, sign_in

from assets.identity import audit, screens, sessions, users
from assets.identity.users import User
from config.settings import Settings
from dashboards import access
from dashboards.app import create_app

HEAD = User("wang", "head", "王主任")


@pytest.fixture(scope="module")
def home(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return wall_hospital.copied(wall_store, tmp_path_factory.mktemp("access"))


@pytest.fixture
def settings(home: Settings) -> Iterator[Settings]:
    yield home
    for path in home.home.glob("users.db*"):
        path.unlink()
    (home.home / "screen.token").unlink(missing_ok=True)


@pytest.mark.parametrize(
    "path",
    ["/", "/kpi/use_failure_rate", "/files/x.xlsx", "/account", "/assets/pages.js", "/quality",
     "/_dash-layout", "/_dash-dependencies", "/wall/", "/wall/api/wall.json",
     "/wall/assets/wall.js", "/wall/_dash-layout", "/../opspulse.yml", "/static/pages.js"],
)  # fmt: skip
def test_without_a_sign_in_nothing_is_served(settings: Settings, path: str) -> None:
    client = create_app(settings).server.test_client()
    assert client.get(path).status_code == 401
    sent = client.get(path, headers=PAGE)
    assert (sent.status_code, sent.headers["Location"][:12]) == (302, "/login?next=")


def test_without_a_sign_in_no_callback_answers(settings: Settings) -> None:
    stranger = Person(create_app(settings).server.test_client(), "")
    assert stranger.ask("/").status_code == 403


def test_the_way_in_and_health_are_open_to_everybody(settings: Settings) -> None:
    client = create_app(settings).server.test_client()
    for path in ("/login", "/_health", "/static/pages.css", "/static/theme.css"):
        assert client.get(path).status_code == 200


def test_a_person_signs_in_and_out(settings: Settings) -> None:
    person = sign_in(settings, HEAD)
    assert person.client.get("/").status_code == 200
    out = person.client.post("/logout", data={"csrf": person.csrf})
    assert out.headers["Location"] == "/login"
    assert person.client.get("/").status_code == 401
    assert person.ask("/").status_code == 403


def test_cookies_are_for_this_server_alone_and_hidden_from_scripts(settings: Settings) -> None:
    first = users.add(settings.users_path, HEAD)
    client = create_app(settings).server.test_client()
    answer = client.post("/login", data={"login": "wang", "password": first},
                         base_url="https://ops.example/")  # fmt: skip
    kept = {line.split("=", 1)[0]: line for line in answer.headers.getlist("Set-Cookie")}
    assert set(kept) == {access.SESSION_COOKIE, access.CSRF_COOKIE}
    assert "HttpOnly" in kept[access.SESSION_COOKIE]
    for line in kept.values():
        assert "Secure" in line
        assert "SameSite=Lax" in line
        assert "Domain" not in line


def test_a_first_password_leads_nowhere_but_to_its_change(settings: Settings) -> None:
    first = users.add(settings.users_path, HEAD)
    client = create_app(settings).server.test_client()
    answer = client.post("/login", data={"login": "wang", "password": first, "next": "/quality"})
    assert answer.headers["Location"] == "/account"
    assert client.get("/", headers=PAGE).headers["Location"] == "/account"
    csrf = client.get_cookie(access.CSRF_COOKIE)
    assert csrf is not None
    assert Person(client, csrf.value).ask("/").status_code == 403
    form = {"csrf": csrf.value, "old": first, "new": OWN_WORDS, "again": OWN_WORDS}
    assert client.post("/account", data={**form, "again": "another"}).status_code == 400
    assert client.post("/account", data=form).headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_a_session_from_before_the_sign_in_is_worth_nothing_after_it(settings: Settings) -> None:
    client = create_app(settings).server.test_client()
    client.set_cookie(access.SESSION_COOKIE, "planted-by-somebody")
    first = users.add(settings.users_path, HEAD)
    client.post("/login", data={"login": "wang", "password": first})
    cookie = client.get_cookie(access.SESSION_COOKIE)
    assert cookie is not None
    assert cookie.value != "planted-by-somebody"
    assert sessions.find(settings.users_path, "planted-by-somebody") is None


@pytest.mark.parametrize("csrf", ["", "guessed"])
def test_a_change_without_the_value_of_the_session_is_refused(
    settings: Settings, csrf: str
) -> None:
    person = sign_in(settings, HEAD)
    assert person.ask("/", csrf=csrf).status_code == 403
    assert person.client.post("/logout", data={"csrf": csrf}).status_code == 403
    assert person.client.get("/").status_code == 200


def test_what_another_site_sends_is_refused(settings: Settings) -> None:
    person = sign_in(settings, HEAD)
    sent = {"Sec-Fetch-Site": "cross-site"}
    assert person.client.get("/_dash-layout", headers=sent).status_code == 403
    navigation = {**sent, "Sec-Fetch-Mode": "navigate"}
    assert person.client.get("/", headers=navigation).status_code == 200
    posted = person.client.post("/login", data={"login": "x"}, headers=navigation)
    assert posted.status_code == 403


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil",
     "/a\\b", "/\tx"],
)  # fmt: skip
def test_signing_in_leads_to_this_server_only(settings: Settings, target: str) -> None:
    first = users.add(settings.users_path, HEAD)
    users.change_password(settings.users_path, "wang", first, OWN_WORDS, "127.0.0.1")
    client = create_app(settings).server.test_client()
    form = {"login": "wang", "password": OWN_WORDS, "next": target}
    assert client.post("/login", data=form).headers["Location"] == "/"


def test_a_forged_host_is_not_repeated_anywhere(settings: Settings) -> None:
    client = create_app(settings).server.test_client()
    answer = client.get("/quality", headers={**PAGE, "Host": "evil.example"})
    assert answer.headers["Location"].startswith("/login")
    assert b"evil.example" not in client.get("/login", headers={"Host": "evil.example"}).data


def test_a_name_with_markup_is_shown_as_text(settings: Settings) -> None:
    client = create_app(settings).server.test_client()
    name = "<script>alert(1)</script>"
    page = client.post("/login", data={"login": name, "password": "x", "next": '"><b>'})
    assert page.status_code == 401
    assert b"<script>" not in page.data
    assert b'"><b>' not in page.data


def test_guessing_ends_in_a_wait_and_stands_in_the_log(settings: Settings) -> None:
    users.add(settings.users_path, HEAD)
    client = create_app(settings).server.test_client()
    for _ in range(users.FAILURES_OF_A_LOGIN):
        assert client.post("/login", data={"login": "wang", "password": "no"}).status_code == 401
    answer = client.post("/login", data={"login": "wang", "password": "no"})
    assert (answer.status_code, "尝试次数过多" in answer.get_data(as_text=True)) == (429, True)
    actions = [entry.action for entry in audit.read(settings.users_path)]
    assert actions.count("sign_in_failed") == users.FAILURES_OF_A_LOGIN + 1


def test_an_endless_body_is_refused(settings: Settings) -> None:
    client = create_app(settings).server.test_client()
    form = {"login": "x" * 200_000, "password": "x"}
    assert client.post("/login", data=form).status_code == 413


def test_a_screen_sees_the_wall_and_nothing_else(settings: Settings) -> None:
    client = wall_hospital.screen(settings)
    assert client.get("/wall/").status_code == 200
    assert client.get("/wall/api/wall.json").status_code == 200
    for path in ("/", "/_dash-layout", "/files/x.xlsx", "/account"):
        assert client.get(path).status_code == 401


def test_a_screens_token_leaves_the_address_and_is_bound_to_its_addresses(
    settings: Settings,
) -> None:
    token = screens.add(settings.users_path, "走廊", ["10.1.2.0/24"])
    client = create_app(settings).server.test_client()
    there = {"REMOTE_ADDR": "10.1.2.9"}
    answer = client.get(f"/wall/?screen={token}&lang=en", environ_overrides=there)
    assert answer.headers["Location"] == "/wall/?lang=en"
    assert client.get("/wall/api/wall.json", environ_overrides=there).status_code == 200
    assert client.get("/wall/api/wall.json").status_code == 401


def test_every_answer_tells_the_browser_what_it_may_not_do(settings: Settings) -> None:
    person = sign_in(settings, HEAD)
    for path in ("/", "/login", "/wall/"):
        headers = person.client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert re.search(r"https?:", policy) is None
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["../users.db", "..%2fusers.db", "/etc/passwd", ".hidden.xlsx", "月报_v1.txt"]
)
def test_a_file_is_looked_up_and_never_joined(settings: Settings, name: str) -> None:
    settings.exports_dir.mkdir(exist_ok=True)
    for made in (".hidden.xlsx", "月报_v1.txt"):
        (settings.exports_dir / made).write_bytes(b"root:x")
    person = sign_in(settings, HEAD)
    answer = person.client.get(f"/files/{name}")
    # what is no file name at all is an address of the pages: their shell, which tells nothing
    assert answer.status_code == 404 or answer.mimetype == "text/html"
    assert "Content-Disposition" not in answer.headers
    for content in (b"SQLite format", b"root:x"):
        assert content not in answer.data


def test_each_role_fetches_its_own_editions_only(settings: Settings) -> None:
    settings.exports_dir.mkdir(exist_ok=True)
    names = ["院_科_运维月报_2026-02_v1.xlsx", "院_科_运维月报_2026-02_财务版_v1.xlsx",
             "院_科_奖金发放_2026-02_v1.xlsx", "院_科_重复故障_全部_v1.xlsx"]  # fmt: skip
    for name in names:
        (settings.exports_dir / name).write_bytes(b"PK")
    roles = {
        HEAD: names,
        User("cai", "finance", "财务"): names[1:3],
        User("quan", "qcc", "圈长"): names[3:],
        User("li", "engineer", "李工", engineer_id="E1"): [],
    }
    for user, allowed in roles.items():
        person = sign_in(settings, user)
        found = [name for name in names if person.client.get(f"/files/{name}").status_code == 200]
        assert found == allowed, user.role
    assert "downloaded" in {entry.action for entry in audit.read(settings.users_path)}

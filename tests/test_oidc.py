"""Signing in through a hospital's own OpenID provider, a process of its own on loopback."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import wall_hospital
from flask.testing import FlaskClient
from pydantic import SecretStr
from signed_in import PAGE, Person
from werkzeug.test import TestResponse

from assets.identity import audit, users
from assets.identity.provided import user_of
from assets.identity.users import SignInError, User
from config.errors import ConfigError
from config.serving import OidcSettings, ServerSettings, SignInSettings
from config.settings import Settings, load_settings
from dashboards import access
from dashboards.app import create_app

PUBLIC = "http://localhost/ops"
PEOPLE: list[dict[str, Any]] = [
    {"sub": "1", "preferred_username": "wang", "name": "王主任", "roles": ["it-head", "staff"]},
    {"sub": "2", "preferred_username": "li", "name": "李工", "roles": ["it-eng"], "no": "E1"},
    {"sub": "3", "preferred_username": "guest", "name": "访客", "roles": ["visitor"]},
    {"sub": "4", "preferred_username": "zhao", "name": "赵工", "roles": ["it-eng"]},
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = [part for one in PEOPLE for part in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "-n", "true"]
    with subprocess.Popen([*command, *told], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True) as provider:  # fmt: skip
        assert provider.stderr is not None
        # it says where it listens once it does
        for line in provider.stderr:
            if str(port) in line:
                break
        yield f"http://127.0.0.1:{port}"
        provider.terminate()


@pytest.fixture(scope="module")
def home(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return wall_hospital.copied(wall_store, tmp_path_factory.mktemp("oidc"))


def oidc_of(issuer: str) -> OidcSettings:
    return OidcSettings(
        issuer=issuer,
        client_id="opspulse",
        client_secret=SecretStr("geheim"),
        roles={"it-head": "head", "it-eng": "engineer"},
        engineer_claim="no",
    )


@pytest.fixture
def settings(home: Settings, issuer: str) -> Iterator[Settings]:
    yield home.model_copy(
        update={
            "server": ServerSettings(public_url=PUBLIC),
            "sign_in": SignInSettings(oidc=oidc_of(issuer)),
        }
    )
    for path in home.home.glob("users.db*"):
        path.unlink()


def client_of(settings: Settings) -> FlaskClient:
    return create_app(settings).server.test_client()


def consent(client: FlaskClient, subject: str, following: str = "/quality") -> str:
    """Go to the provider as a person and return where it sends the browser back to."""
    out = client.get(f"/ops/login/oidc?next={following}")
    assert out.status_code == 302, out.text
    sent = requests.post(
        out.headers["Location"], data={"sub": subject}, allow_redirects=False, timeout=20
    )
    assert sent.status_code == 302, sent.text
    return str(sent.headers["Location"])


def signed_in(client: FlaskClient, subject: str) -> TestResponse:
    return client.get(consent(client, subject).removeprefix("http://localhost"))


def test_a_person_of_the_hospital_comes_in_with_their_role_and_lands_where_they_meant_to(
    settings: Settings,
) -> None:
    client = client_of(settings)
    assert "医院统一认证" in client.get("/ops/login", headers=PAGE).text
    answer = signed_in(client, "1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/ops/quality")
    [account] = users.everyone(settings.users_path)
    assert account == User("wang", "head", "王主任")
    cookie = client.get_cookie(access.CSRF_COOKIE)
    assert cookie is not None
    assert "收支与缺口" in Person(client, cookie.value).page("/ops/quality")
    assert [line.action for line in audit.read(settings.users_path)][:1] == ["signed_in"]


def test_the_way_to_the_provider_carries_a_challenge_a_nonce_and_a_state(
    settings: Settings,
) -> None:
    out = client_of(settings).get("/ops/login/oidc")
    query = parse_qs(urlsplit(out.headers["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"{PUBLIC}/login/oidc/back"]
    assert all(len(query[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))
    assert "HttpOnly" in out.headers["Set-Cookie"]


def test_an_engineer_is_linked_by_the_claim_that_says_who_they_are(settings: Settings) -> None:
    signed_in(client_of(settings), "2")
    [account] = users.everyone(settings.users_path)
    assert (account.role, account.engineer_id) == ("engineer", "E1")


@pytest.mark.parametrize(("subject", "why"), [("3", "没有本系统的角色"), ("4", "资料不全")])
def test_without_a_role_or_its_link_nobody_gets_in(
    settings: Settings, subject: str, why: str
) -> None:
    answer = signed_in(client_of(settings), subject)
    assert answer.status_code == 401
    assert why in answer.text
    assert users.everyone(settings.users_path) == []
    assert audit.read(settings.users_path)[0].action == "sign_in_refused"


def test_an_answer_that_was_not_asked_for_or_comes_twice_is_refused(settings: Settings) -> None:
    client = client_of(settings)
    back = consent(client, "1").removeprefix("http://localhost")
    # another browser has not asked
    assert client_of(settings).get(back).status_code == 401
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 401
    forged = client.get("/ops/login/oidc/back?code=x&state=y")
    assert forged.status_code == 401
    assert "无法核实" in forged.text
    assert "Traceback" not in forged.text


def test_an_account_of_the_provider_gets_no_password_here(settings: Settings) -> None:
    signed_in(client_of(settings), "1")
    with pytest.raises(ConfigError, match="统一认证"):
        users.reset(settings.users_path, "wang")
    with pytest.raises(SignInError):
        users.authenticate(settings.users_path, "wang", "oidc:", "127.0.0.1")


def test_a_closed_account_stays_closed_and_a_local_one_is_not_taken_over(
    settings: Settings,
) -> None:
    signed_in(client_of(settings), "1")
    users.set_active(settings.users_path, "wang", is_active=False)
    assert "已停用" in signed_in(client_of(settings), "1").text
    users.add(settings.users_path, User("li", "head", "另一位"))
    refused = signed_in(client_of(settings), "2")
    assert refused.status_code == 401
    assert "已属于另一个账号" in refused.text


def test_a_new_role_at_the_provider_ends_what_was_open_under_the_old_one(
    settings: Settings, issuer: str
) -> None:
    before = client_of(settings)
    signed_in(before, "1")
    assert before.get("/ops/", headers=PAGE).status_code == 200
    changed = oidc_of(issuer).model_copy(update={"roles": {"staff": "finance"}})
    later = settings.model_copy(update={"sign_in": SignInSettings(oidc=changed)})
    signed_in(client_of(later), "1")
    assert [one.role for one in users.everyone(settings.users_path)] == ["finance"]
    assert before.get("/ops/", headers=PAGE).status_code == 302


def test_a_provider_that_is_not_there_is_told_in_a_sentence(settings: Settings) -> None:
    gone = SignInSettings(oidc=oidc_of("http://127.0.0.1:9"))
    answer = client_of(settings.model_copy(update={"sign_in": gone})).get("/ops/login/oidc")
    assert answer.status_code == 503
    assert "连接不到医院的统一认证服务" in answer.text


def test_local_accounts_can_be_switched_off(settings: Settings, issuer: str) -> None:
    only = SignInSettings(local=False, oidc=oidc_of(issuer))
    client = client_of(settings.model_copy(update={"sign_in": only}))
    assert 'name="password"' not in client.get("/ops/login").text
    assert client.post("/ops/login", data={"login": "a", "password": "b"}).status_code == 403


def test_roles_inside_an_object_and_in_one_string_are_found() -> None:
    oidc = oidc_of("http://127.0.0.1:1").model_copy(update={"role_claim": "realm_access.roles"})
    claims = {"preferred_username": "wang", "realm_access": {"roles": "staff it-head"}}
    assert user_of(claims, oidc).role == "head"
    with pytest.raises(SignInError):
        user_of({"preferred_username": "wang", "realm_access": "it-head"}, oidc)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("sign_in: {local: false}", 2, "oidc"),
        ("sign_in: {oidc: {issuer: 'http://sso.cn', client_id: a, client_secret: b, "
         "roles: {x: head}}}", 2, "https"),
        ("server: {public_url: ops.hospital.cn}", 2, "完整的地址"),
        ("sign_in: {oidc: {issuer: 'https://sso.cn', client_id: a, client_secret: b, "
         "roles: {x: engineer}}}", 2, "engineer_claim"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_with_its_line_and_without_the_secret(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    config = tmp_path / "opspulse.yml"
    config.write_text(f"sources: [{{url: 'sqlite:///x'}}]\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load_settings({"OPSPULSE_CONFIG": str(config)})
    assert f"opspulse.yml:{line}" in str(told.value)
    assert said in str(told.value)

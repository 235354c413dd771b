"""Accounts, sessions, screens and the audit log: what holds whatever a page does."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from assets.identity import audit, screens, sessions, store, users
from assets.identity.users import SignInError, User, WaitError
from config.errors import ConfigError, StateError

HERE = "10.1.2.3"
HEAD = User("wang", "head", "王主任")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.db"


def test_a_first_password_signs_in_once_it_is_known_and_must_be_changed(path: Path) -> None:
    first = users.add(path, HEAD)
    assert users.authenticate(path, "wang", first, HERE).must_change
    users.change_password(path, "wang", first, "a sentence of mine", HERE)
    assert not users.authenticate(path, "wang", "a sentence of mine", HERE).must_change
    with pytest.raises(SignInError):
        users.authenticate(path, "wang", first, HERE)


def test_neither_passwords_nor_tokens_stand_in_the_file(path: Path) -> None:
    first = users.add(path, HEAD)
    token = sessions.begin(path, HEAD)
    screen = screens.add(path, "走廊", ["10.1.2.0/24"])
    kept = b"".join(one.read_bytes() for one in path.parent.iterdir())
    for secret in (first, token, screen):
        assert secret.encode() not in kept
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("login", ["wang", "nobody"])
def test_a_wrong_password_and_an_unknown_account_are_told_alike(path: Path, login: str) -> None:
    users.add(path, HEAD)
    with pytest.raises(SignInError) as told:
        users.authenticate(path, login, "wrong password", HERE)
    assert str(told.value) == "账号或密码不对。 请核对后重试;忘记密码请找管理员重置。"


def test_after_five_failures_even_the_right_password_waits(path: Path) -> None:
    first = users.add(path, HEAD)
    for _ in range(users.FAILURES_OF_A_LOGIN):
        with pytest.raises(SignInError):
            users.authenticate(path, "wang", "wrong password", HERE)
    with pytest.raises(WaitError):
        users.authenticate(path, "wang", first, "10.9.9.9")
    assert users.authenticate(path, "wang", users.reset(path, "wang"), HERE).login == "wang"


def test_the_wait_ends_when_the_failures_are_old(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = users.add(path, HEAD)
    for _ in range(users.FAILURES_OF_A_LOGIN):
        with pytest.raises(SignInError):
            users.authenticate(path, "wang", "wrong password", HERE)
    later = store.now() + users.WINDOW + timedelta(seconds=1)
    monkeypatch.setattr(users, "now", lambda: later)
    assert users.authenticate(path, "wang", first, HERE).login == "wang"


def test_an_address_that_tries_many_accounts_waits_too(path: Path) -> None:
    first = users.add(path, HEAD)
    for number in range(users.FAILURES_OF_AN_ADDRESS):
        with pytest.raises(SignInError):
            users.authenticate(path, f"guess{number}", "wrong password", HERE)
    with pytest.raises(WaitError):
        users.authenticate(path, "wang", first, HERE)
    assert users.authenticate(path, "wang", first, "10.9.9.9").login == "wang"


def test_closing_or_resetting_an_account_ends_its_sessions(path: Path) -> None:
    users.add(path, HEAD)
    for end in (lambda: users.reset(path, "wang"),
                lambda: users.set_active(path, "wang", is_active=False)):  # fmt: skip
        token = sessions.begin(path, HEAD)
        assert sessions.find(path, token)
        end()
        assert sessions.find(path, token) is None
    with pytest.raises(SignInError):
        users.authenticate(path, "wang", users.reset(path, "wang"), HERE)


def test_a_session_ends_unused_after_two_hours_and_anyway_after_twelve(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.add(path, HEAD)
    start = store.now()

    def found_at(token: str, hours: float) -> bool:
        monkeypatch.setattr(sessions, "now", lambda: start + timedelta(hours=hours))
        return sessions.find(path, token) is not None

    idle = sessions.begin(path, HEAD)
    assert not found_at(idle, 2.1)
    monkeypatch.setattr(sessions, "now", lambda: start)
    used = sessions.begin(path, HEAD)
    assert all(found_at(used, hours) for hours in (1.5, 3, 4.5, 6, 7.5, 9, 10.5, 11.9))
    assert not found_at(used, 12.1)


def test_every_sign_in_has_a_token_and_a_csrf_value_of_its_own(path: Path) -> None:
    users.add(path, HEAD)
    found = [sessions.find(path, sessions.begin(path, HEAD)) for _ in range(2)]
    assert len({one.csrf for one in found if one}) == 2


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (User("e1", "engineer", "x"), "须说明是谁"),
        (User("", "head", "x"), "账号名为空"),
        (User("x\n", "head", "x"), "账号名为空"),
        (User("x", "root", "x"), "没有角色「root」"),
        (User("d1", "department", "x"), "须说明是谁"),
    ],
)
def test_an_unfit_account_is_refused_in_a_sentence(path: Path, user: User, words: str) -> None:
    with pytest.raises(ConfigError) as told:
        users.add(path, user)
    assert words in str(told.value)


@pytest.mark.parametrize("password", ["short", "wangwangwa" * 30, "aaaaaaaaaaaa"])
def test_a_weak_or_endless_password_is_refused(path: Path, password: str) -> None:
    first = users.add(path, HEAD)
    with pytest.raises(ConfigError):
        users.change_password(path, "wang", first, password, HERE)
    assert users.authenticate(path, "wang", first, HERE)


def test_a_screen_token_is_good_from_its_own_addresses_only(path: Path) -> None:
    token = screens.add(path, "走廊", ["10.1.2.0/24", "fd00::/8"])
    assert screens.find(path, token, "10.1.2.250")
    assert screens.find(path, token, "::ffff:10.1.2.250")
    assert screens.find(path, token, "fd00::1")
    for address in ("10.1.3.1", "127.0.0.1", "", "nonsense"):
        assert screens.find(path, token, address) is None
    screens.remove(path, "走廊")
    assert screens.find(path, token, "10.1.2.250") is None


def test_the_machines_own_screen_keeps_its_token_over_restarts(path: Path) -> None:
    token = screens.local_token(path)
    assert screens.local_token(path) == token
    assert screens.find(path, token, "127.0.0.1")
    assert screens.find(path, token, "10.1.2.3") is None
    screens.remove(path, screens.LOCAL)
    assert screens.local_token(path) != token


def test_the_audit_log_cannot_be_changed_even_by_sql(path: Path) -> None:
    audit.note(path, "signed_in", login="wang", role="head", address=HERE)
    with sqlite3.connect(path) as db:
        for statement in ("update audit set login = 'x'", "delete from audit"):
            with pytest.raises(sqlite3.DatabaseError):
                db.execute(statement)
    [entry] = audit.read(path)
    assert (entry.login, entry.action, entry.address) == ("wang", "signed_in", HERE)


def test_a_file_of_somebody_else_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("create table theirs (x)")
    with pytest.raises(StateError):
        users.add(path, HEAD)

"""Accounts of people: adding, resetting, locking out, and proving a password.

Holds roles, the rules of passwords (argon2id) and of failed attempts. Who is signed in is in
`sessions`; nobody's password is ever read back, only replaced.
"""

import secrets
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assets.identity.store import now, opened, text
from config.errors import ConfigError
from config.serving import Role

ROLES: tuple[str, ...] = get_args(Role)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
# After so many failures of one account it waits; after so many from one address, that address does.
FAILURES_OF_A_LOGIN, FAILURES_OF_AN_ADDRESS = 5, 30
WINDOW = timedelta(minutes=15)
# Before the mark of a person whom the hospital's provider signs in, in place of a password.
PROVIDED = "oidc:"
_LONGEST_LOGIN = 64
# OWASP's second choice of argon2id: 19 MiB a check, so that eight at once stay small.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Checked where there is no such account: the answer takes as long as for one that exists.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(24))
_COLUMNS = (
    "login, role, name, site_id, engineer_id, department_id, must_change, is_active, changed_at"
)


@dataclass(frozen=True)
class User:
    """An account: who signs in, in which role, and which engineer or department that is."""

    login: str
    role: str
    name: str
    site_id: str | None = None
    engineer_id: str | None = None
    department_id: str | None = None
    must_change: bool = False
    is_active: bool = True


class SignInError(ConfigError):
    """Name or password are wrong, or the account must wait: told alike, so that nothing leaks."""


class WaitError(SignInError):
    """Too many failures: nothing is checked for a while."""


def add(path: Path, user: User, password: str | None = None) -> str:
    """Add an account and return its first password, which must be changed on signing in.

    Raises:
        ConfigError: the name is taken or unfit, the role unknown, its link missing.
    """
    check(user)
    first = password or new_password()
    _check_password(first, user.login)
    moment = text(now())
    with opened(path) as db:
        if db.execute("select 1 from users where login = ?", [user.login]).fetchone():
            raise ConfigError(f"账号「{user.login}」已存在。", "请换一个账号名,或用 users reset。")
        db.execute(
            "insert into users values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [user.login, user.role, user.name, user.site_id, user.engineer_id,
             user.department_id, _HASHER.hash(first), 1, 1, moment, moment],
        )  # fmt: skip
    return first


def reset(path: Path, login: str) -> str:
    """Give an account a new first password, end its sessions, and return the password.

    Raises:
        ConfigError: there is no such account, or the hospital's provider signs it in.
    """
    first = new_password()
    with opened(path) as db:
        if _known(db, login).startswith(PROVIDED):
            raise ConfigError(f"账号「{login}」由医院统一认证登录,这里没有密码。",
                              "请在统一认证处重置;要停用请用 users close。")  # fmt: skip
        _set_password(db, login, first, must_change=True)
        db.execute("delete from failures where login = ?", [login])
    return first


def change_password(path: Path, login: str, old: str, new: str, address: str) -> User:
    """Replace a password by its owner; every session of the account ends.

    Raises:
        SignInError: the old password is wrong, or the account must wait.
        ConfigError: the new one is too short, or the old one again.
    """
    user = authenticate(path, login, old, address)
    _check_password(new, login)
    if new == old:
        raise ConfigError("新密码与旧密码相同。", "请换一个。")
    with opened(path) as db:
        _set_password(db, login, new, must_change=False)
    return replace(user, must_change=False)


def set_active(path: Path, login: str, *, is_active: bool) -> None:
    """Open or close an account; closing it ends its sessions.

    Raises:
        ConfigError: there is no such account.
    """
    with opened(path) as db:
        _known(db, login)
        db.execute(
            "update users set is_active = ?, changed_at = ? where login = ?",
            [int(is_active), text(now()), login],
        )
        if not is_active:
            db.execute("delete from sessions where login = ?", [login])


def everyone(path: Path) -> list[User]:
    """Return every account by name; a missing file has none."""
    if not path.exists():
        return []
    with opened(path) as db:
        return [of_row(row) for row in db.execute(f"select {_COLUMNS} from users order by login")]


def authenticate(path: Path, login: str, password: str, address: str) -> User:
    """Return the account whose password this is.

    Failures are counted by account and by address for `WINDOW`; a success forgets the account's.

    Raises:
        SignInError: no such account, a closed one, or a wrong password.
        WaitError: too many failures of late.
    """
    moment = now()
    with opened(path) as db:
        _refuse_haste(db, login, address, moment)
        row = db.execute(
            f"select {_COLUMNS}, password_hash from users where login = ?", [login]
        ).fetchone()
    is_right = _matches(row["password_hash"] if row else _NOBODY, password)
    with opened(path) as db:
        if not (row and row["is_active"] and is_right):
            db.execute(
                "insert into failures values (?, ?, ?)",
                [text(moment), login[:_LONGEST_LOGIN], address],
            )
        else:
            db.execute("delete from failures where login = ?", [login])
            if _HASHER.check_needs_rehash(row["password_hash"]):
                db.execute(
                    "update users set password_hash = ? where login = ?",
                    [_HASHER.hash(password), login],
                )
    if not (row and row["is_active"] and is_right):
        raise SignInError("账号或密码不对。", "请核对后重试;忘记密码请找管理员重置。")
    return of_row(row)


def new_password() -> str:
    """Return a password that can be read out over the telephone: five groups of four."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))
    return "-".join(groups)


def _refuse_haste(db: sqlite3.Connection, login: str, address: str, moment: datetime) -> None:
    since = text(moment - WINDOW)
    db.execute("delete from failures where at < ?", [since])
    for column, value, most in (
        ("login", login[:_LONGEST_LOGIN], FAILURES_OF_A_LOGIN),
        ("address", address, FAILURES_OF_AN_ADDRESS),
    ):
        [count] = db.execute(
            f"select count(*) from failures where {column} = ?", [value]
        ).fetchone()
        if count >= most:
            minutes = int(WINDOW.total_seconds() // 60)
            raise WaitError(f"尝试次数过多,请 {minutes} 分钟后再试。", "或请管理员重置密码。")


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


def _set_password(db: sqlite3.Connection, login: str, password: str, *, must_change: bool) -> None:
    _known(db, login)
    db.execute(
        "update users set password_hash = ?, must_change = ?, changed_at = ? where login = ?",
        [_HASHER.hash(password), int(must_change), text(now()), login],
    )
    db.execute("delete from sessions where login = ?", [login])


def _known(db: sqlite3.Connection, login: str) -> str:
    """Return what stands in place of an account's password."""
    row = db.execute("select password_hash from users where login = ?", [login]).fetchone()
    if row is None:
        raise ConfigError(f"没有账号「{login}」。", "请用 opspulse users list 查看。")
    return str(row["password_hash"])


def of_row(row: sqlite3.Row) -> User:
    """Return the account that a row of `users` holds."""
    return User(
        login=row["login"],
        role=row["role"],
        name=row["name"],
        site_id=row["site_id"],
        engineer_id=row["engineer_id"],
        department_id=row["department_id"],
        must_change=bool(row["must_change"]),
        is_active=bool(row["is_active"]),
    )


def check(user: User) -> None:
    """Refuse an account whose name, role or link is unfit.

    Raises:
        ConfigError: says which.
    """
    login = user.login
    if not (0 < len(login) <= _LONGEST_LOGIN and login.isprintable() and login.strip() == login):
        raise ConfigError("账号名为空、过长或含有空白。", "请用工号或拼音,例如 zhangsan。")
    if user.role not in ROLES:
        raise ConfigError(f"没有角色「{user.role}」。", f"可选:{'、'.join(ROLES)}。")
    for role, link, option in (
        ("engineer", user.engineer_id, "--engineer 工号"),
        ("department", user.department_id, "--department 科室编号"),
    ):
        if user.role == role and not link:
            raise ConfigError(f"角色 {role} 的账号须说明是谁。", f"请加 {option}。")


def _check_password(password: str, login: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ConfigError(
            f"密码须有 {SHORTEST_PASSWORD} 到 {LONGEST_PASSWORD} 个字符。", "可以用一句话当密码。"
        )
    if password.casefold() == login.casefold() or len(set(password)) == 1:
        raise ConfigError("密码与账号相同或只有一种字符。", "请换一个。")

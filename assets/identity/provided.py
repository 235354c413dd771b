"""Accounts that the hospital's own provider vouches for: made and kept up at every sign-in.

Holds how a person of the provider becomes an account here. Such an account has no password of its
own; an administrator can close it, and a local account of the same name is never taken over.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from assets.identity.store import now, opened, text
from assets.identity.users import PROVIDED, SignInError, User, check, of_row
from config.errors import ConfigError
from config.serving import OidcSettings


def user_of(claims: Mapping[str, Any], oidc: OidcSettings) -> User:
    """Return the account that a person's claims describe.

    Args:
        claims: of an identity token whose signature, audience and time have been proved.
        oidc: what they mean here.

    Raises:
        SignInError: no role of theirs is one here, or a claim that is needed is missing.
    """
    held = _values(_claim(claims, oidc.role_claim))
    roles = [role for value, role in oidc.roles.items() if value in held]
    if not roles:
        raise SignInError("您的统一认证账号没有本系统的角色。", "请联系本科室的系统管理员。")
    login = str(_claim(claims, oidc.login_claim) or "")
    user = User(
        login=login,
        role=roles[0],
        name=str(_claim(claims, oidc.name_claim) or login),
        site_id=_text(claims, oidc.site_claim),
        engineer_id=_text(claims, oidc.engineer_claim) if roles[0] == "engineer" else None,
        department_id=_text(claims, oidc.department_claim) if roles[0] == "department" else None,
    )
    try:
        check(user)
    except ConfigError as error:
        raise SignInError(
            f"统一认证给出的资料不全:{error.problem}", "请联系本科室的系统管理员。"
        ) from error
    return user


def keep(path: Path, issuer: str, subject: str, user: User) -> User:
    """Add or renew the account of a person of the provider and return it as it is kept.

    Args:
        path: `Settings.users_path`.
        issuer: the provider.
        subject: who this is there, for ever.
        user: as their claims say today.

    Raises:
        SignInError: the account is closed, or its name belongs to somebody else.
    """
    mark = PROVIDED + sha256(f"{issuer}\n{subject}".encode()).hexdigest()
    moment = text(now())
    with opened(path) as db:
        row = db.execute("select * from users where password_hash = ?", [mark]).fetchone()
        if row is not None and not row["is_active"]:
            raise SignInError("这个账号已停用。", "请联系本科室的系统管理员。")
        login = row["login"] if row is not None else user.login
        if row is None and db.execute("select 1 from users where login = ?", [login]).fetchone():
            raise SignInError(f"账号名「{login}」已属于另一个账号。", "请联系本科室的系统管理员。")
        kept = replace(user, login=login)
        links = [kept.role, kept.name, kept.site_id, kept.engineer_id, kept.department_id]
        if row is None:
            db.execute(
                "insert into users values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [login, *links, mark, 0, 1, moment, moment],
            )
        elif of_row(row) != kept:
            db.execute(
                "update users set role = ?, name = ?, site_id = ?, engineer_id = ?, "
                "department_id = ?, changed_at = ? where login = ?",
                [*links, moment, login],
            )
            # what was open under other rights ends with them
            db.execute("delete from sessions where login = ?", [login])
    return kept


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim; a dot goes into an object, unless a claim has that very name."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _values(claim: Any) -> set[str]:
    if isinstance(claim, str):
        return {claim, *claim.split()}
    return {str(one) for one in claim} if isinstance(claim, list | tuple) else set()


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    found = _claim(claims, name) if name else None
    return None if found in (None, "") else str(found)

"""Screens on walls: tokens that show the wall, read-only, from one range of addresses.

Holds the tokens and the question whether one is good here. A screen has no account, and what it may
see is the wall: its role is ``wall`` wherever data are read.
"""

import ipaddress
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.identity.sessions import digest
from assets.identity.store import now, opened, text
from config.errors import ConfigError


@dataclass(frozen=True)
class Screen:
    """A wall's name and the networks from which its token is good."""

    name: str
    networks: tuple[str, ...]


def add(path: Path, name: str, networks: Sequence[str]) -> str:
    """Make a screen's token, replacing the one that this screen had, and return it.

    Args:
        path: `Settings.users_path`.
        name: where it hangs.
        networks: addresses or ranges, such as ``10.1.2.0/24``.

    Raises:
        ConfigError: a range cannot be read, or there is none.
    """
    if not name.strip():
        raise ConfigError("大屏没有名字。", "请写上挂在哪里,例如 信息科走廊。")
    known = ",".join(str(_network(one)) for one in networks)
    if not known:
        raise ConfigError("没有说明大屏的地址范围。", "请加 --from,例如 --from 10.1.2.0/24。")
    token = secrets.token_urlsafe(24)
    with opened(path) as db:
        db.execute("delete from screens where name = ?", [name])
        db.execute(
            "insert into screens values (?, ?, ?, ?)", [name, digest(token), known, text(now())]
        )
    return token


def remove(path: Path, name: str) -> None:
    """Take a screen's token away.

    Raises:
        ConfigError: there is no such screen.
    """
    with opened(path) as db:
        if not db.execute("delete from screens where name = ?", [name]).rowcount:
            raise ConfigError(f"没有大屏「{name}」。", "请用 opspulse screens list 查看。")


def everyone(path: Path) -> list[Screen]:
    """Return every screen by name."""
    if not path.exists():
        return []
    with opened(path) as db:
        rows = db.execute("select name, networks from screens order by name").fetchall()
    return [Screen(row["name"], tuple(row["networks"].split(","))) for row in rows]


def find(path: Path, token: str, address: str) -> Screen | None:
    """Return the screen of a token, None where it is unknown or asked from elsewhere."""
    if not token or not path.exists():
        return None
    with opened(path) as db:
        row = db.execute(
            "select name, networks from screens where token_hash = ?", [digest(token)]
        ).fetchone()
    if row is None:
        return None
    screen = Screen(row["name"], tuple(row["networks"].split(",")))
    return screen if _is_within(address, screen.networks) else None


def _is_within(address: str, networks: Sequence[str]) -> bool:
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(place, "ipv4_mapped", None)
    return any((mapped or place) in ipaddress.ip_network(one) for one in networks)


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(value.strip(), strict=False)
    except ValueError as error:
        raise ConfigError(
            f"「{value}」不是地址或地址范围。", "请写成 10.1.2.15 或 10.1.2.0/24。"
        ) from error


LOCAL = "本机"
_LOCAL_NETWORKS = ("127.0.0.0/8", "::1/128")


def local_token(path: Path) -> str:
    """Return the token of a screen on this very machine, kept in a file beside the accounts.

    The same one after every restart, so that the machine's own wall stays on; made anew when the
    file is lost or the screen was removed.
    """
    kept = path.with_name("screen.token")
    if kept.exists():
        token = kept.read_text(encoding="ascii").strip()
        if find(path, token, "127.0.0.1"):
            return token
    token = add(path, LOCAL, _LOCAL_NETWORKS)
    part = kept.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(token)
        file.flush()
        os.fsync(file.fileno())
    part.replace(kept)
    return token

"""Who is signed in: opaque tokens, of which only a digest is kept.

Holds sessions of people. A token is made anew at every sign-in (nothing to fixate), ends after a
time without use or at the latest after a working day, and ends at once when the account is closed
or its password replaced. What a session may see is decided where data are read.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from assets.identity.store import now, opened, text
from assets.identity.users import User, of_row

IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
# Seen less often than asked: one write a minute is enough to know who is idle.
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """A person who is signed in; ``csrf`` must come back with every change."""

    user: User
    csrf: str


def digest(token: str) -> str:
    """Return what is kept of a token: whoever reads the file cannot sign in with it."""
    return sha256(token.encode()).hexdigest()


def begin(path: Path, user: User) -> str:
    """Sign a person in and return the token; sessions that are over are swept away."""
    token, moment = secrets.token_urlsafe(32), now()
    with opened(path) as db:
        db.execute(
            "delete from sessions where seen_at < ? or created_at < ?",
            [text(moment - IDLE), text(moment - LONGEST)],
        )
        db.execute(
            "insert into sessions values (?, ?, ?, ?, ?)",
            [digest(token), user.login, secrets.token_urlsafe(24), text(moment), text(moment)],
        )
    return token


def find(path: Path, token: str) -> Session | None:
    """Return the session of a token, None where it is unknown, over, or its account closed."""
    if not token or not path.exists():
        return None
    moment = now()
    with opened(path) as db:
        row = db.execute(
            "select s.csrf, s.created_at, s.seen_at, u.* from sessions as s "
            "inner join users as u on s.login = u.login where s.token_hash = ? and u.is_active",
            [digest(token)],
        ).fetchone()
        if row is None:
            return None
        seen, created = (datetime.fromisoformat(row[name]) for name in ("seen_at", "created_at"))
        if moment - seen > IDLE or moment - created > LONGEST:
            db.execute("delete from sessions where token_hash = ?", [digest(token)])
            return None
        if moment - seen > _NOTED_EVERY:
            db.execute(
                "update sessions set seen_at = ? where token_hash = ?",
                [text(moment), digest(token)],
            )
    return Session(of_row(row), row["csrf"])


def end(path: Path, token: str) -> None:
    """Sign a person out."""
    with opened(path) as db:
        db.execute("delete from sessions where token_hash = ?", [digest(token)])

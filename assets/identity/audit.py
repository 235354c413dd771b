"""Who looked at personal data, signed in or out, or changed an account: appended, never changed.

Holds the log of `users.db`. Subjects are ids, never names or contents.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from assets.identity.store import now, opened, text

Action = Literal[
    "signed_in", "sign_in_failed", "sign_in_refused", "signed_out", "password_changed",
    "account_added", "account_reset", "account_closed", "account_opened",
    "screen_added", "screen_removed", "viewed_engineer", "viewed_rows", "downloaded", "refused",
    "appealed", "appeal_step",
]  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line: when (UTC, naive), who, from where, did what, to whom or what."""

    at: datetime
    login: str
    role: str
    address: str
    action: str
    subject: str


def note(
    path: Path, action: Action, *, login: str, role: str = "", address: str = "", subject: str = ""
) -> None:
    """Append one line."""
    with opened(path) as db:
        db.execute(
            "insert into audit (at, login, role, address, action, subject) "
            "values (?, ?, ?, ?, ?, ?)",
            [text(now()), login[:64], role, address, action, subject[:200]],
        )


def read(path: Path, *, last: int = 200) -> list[Entry]:
    """Return the newest lines, newest first."""
    if not path.exists():
        return []
    with opened(path) as db:
        rows = db.execute(
            "select at, login, role, address, action, subject from audit "
            "order by audit_id desc limit ?",
            [last],
        ).fetchall()
    return [Entry(datetime.fromisoformat(row["at"]), *tuple(row)[1:]) for row in rows]

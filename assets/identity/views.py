"""Views that people keep: a name for the address of a page with its filters, each one's own.

Holds the list and nothing about what a view shows: it is opened under the rights of whoever opens
it, where data are read.
"""

from dataclasses import dataclass
from pathlib import Path

from assets.identity.store import now, opened, text
from config.errors import ConfigError

LONGEST_NAME, LONGEST_TARGET, MOST = 40, 2000, 30


@dataclass(frozen=True)
class View:
    """One view of one person; ``target`` is a path of this server with its query."""

    view_id: int
    name: str
    target: str


def keep(path: Path, login: str, name: str, target: str) -> None:
    """Keep a view; one of the same name is replaced.

    Args:
        path: `Settings.users_path`.
        login: whose it is.
        name: what they call it.
        target: the address, checked by the caller to be one of this server's.

    Raises:
        ConfigError: the name is unfit, the address too long, or there are too many.
    """
    called = name.strip()
    if not (0 < len(called) <= LONGEST_NAME and called.isprintable()):
        raise ConfigError("视图的名称为空或过长。", f"请用 1 到 {LONGEST_NAME} 个字。")
    if len(target) > LONGEST_TARGET:
        raise ConfigError("这个页面的条件太长,无法保存。", "请减少筛选条件。")
    with opened(path) as db:
        db.execute("delete from views where login = ? and name = ?", [login, called])
        [count] = db.execute("select count(*) from views where login = ?", [login]).fetchone()
        if count >= MOST:
            raise ConfigError(f"已有 {MOST} 个视图。", "请先删除不用的。")
        db.execute(
            "insert into views (login, name, target, created_at) values (?, ?, ?, ?)",
            [login, called, target, text(now())],
        )


def kept(path: Path, login: str) -> list[View]:
    """Return a person's views by name; nobody else's."""
    if not path.exists():
        return []
    with opened(path) as db:
        rows = db.execute(
            "select view_id, name, target from views where login = ? order by name", [login]
        ).fetchall()
    return [View(*row) for row in rows]


def forget(path: Path, login: str, view_id: int) -> None:
    """Delete a person's view; one that is not theirs stays.

    Raises:
        ConfigError: they have no such view.
    """
    with opened(path) as db:
        deleted = db.execute(
            "delete from views where login = ? and view_id = ?", [login, view_id]
        ).rowcount
    if not deleted:
        raise ConfigError("没有这个视图。", "请刷新页面后重试。")

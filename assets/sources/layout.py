"""What a system's folder of SELECTs says about the tables it reads.

Holds the reading of `columns.yml` (the foreign tables and columns that the SELECTs use, with their
kinds, and the options a hospital may set) and of the header of each `.sql` file. How that becomes
SQL against an attached store is in `foreign`; the folder `opspulse` has no `columns.yml`, because
its tables are the contract's own. The hospital's own folders are proved in `own_system` first.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assets.sources.systems import DESCRIPTION, is_own
from config.errors import ConfigError
from config.plain_yaml import headed, plain

KINDS = ("int", "ref", "text", "instant", "day", "amount")
# What may stand beside the kinds of a foreign table.
NAMED = "named"
ENTRIES = (NAMED,)
# In a SELECT: the foreign (or canonical) table that a subquery will stand for.
PLACEHOLDER = re.compile(r"\bsource\.(\w+)")


@dataclass(frozen=True)
class Recent:
    """How a SELECT is cut to what is new: see ``since`` in the folder's README.

    Attributes:
        table, column: the foreign table and the instant or day that tells what is new.
        key: what names a thing in that table; None: the rows themselves are cut, and no more.
        related: foreign table → its column with that key; each is cut to the things that changed.
    """

    table: str
    column: str
    key: str | None
    related: dict[str, str]


@dataclass(frozen=True)
class Statement:
    """One `.sql` file.

    Attributes:
        needs: foreign tables it cannot do without.
        needs_one_of: one of these is enough; empty: no such rule.
        since: its increment; None: it is always read whole.
    """

    needs: tuple[str, ...]
    needs_one_of: tuple[str, ...]
    since: Recent | None
    sql: str


@dataclass(frozen=True)
class Option:
    """One setting of the hospital for this system. ``values`` allowed; ``default`` among them."""

    values: tuple[str, ...]
    default: str


@dataclass(frozen=True)
class Layout:
    """One folder.

    Attributes:
        columns: foreign table → column → kind.
        named: foreign table → its name in the store, where no identifier could spell it.
        options: what the hospital may choose.
        statements: by canonical table.
    """

    columns: dict[str, dict[str, str]]
    named: dict[str, str]
    options: dict[str, Option]
    statements: dict[str, Statement]

    def chosen(self, given: dict[str, str], source: str) -> dict[str, str]:
        """Return every option with the hospital's choice or the default.

        Raises:
            ConfigError: an unknown option, or a value that is not allowed.
        """
        for name, value in given.items():
            option = self.options.get(name)
            if option is None:
                raise ConfigError(
                    f"数据源 {source} 的选项 {name} 不存在。",
                    f"可用的选项:{'、'.join(self.options) or '无'}。",
                )
            if value not in option.values:
                raise ConfigError(
                    f"数据源 {source} 的选项 {name} 不能是 {value or '空'}。",
                    f"可以写:{'、'.join(option.values)}。",
                )
        return {name: given.get(name, option.default) for name, option in self.options.items()}


def layout(folder: Path) -> Layout:
    """Return what a folder of SELECTs over another system's tables says; see `systems.folder`.

    Raises:
        ValueError: an unknown kind: a mistake in the folder.
    """
    return _read(folder) if is_own(folder) else _ours(folder)


@cache
def _ours(folder: Path) -> Layout:
    return _read(folder)


def _read(folder: Path) -> Layout:
    data = plain((folder / DESCRIPTION).read_text(encoding="utf-8"))
    statements = {path.stem: parse(path) for path in sorted(folder.glob("*.sql"))}
    columns = {name: _columns(name, kinds) for name, kinds in data["tables"].items()}
    options = {
        name: Option(tuple(option["values"]), option["default"])
        for name, option in (data.get("options") or {}).items()
    }
    named = {name: str(kinds[NAMED]) for name, kinds in data["tables"].items() if NAMED in kinds}
    return Layout(columns, named, options, statements)


def _columns(table: str, kinds: dict[str, str | list[str]]) -> dict[str, str]:
    """Return column → kind. Names stand in a text parted by blanks, or in a list as they are."""
    unknown = set(kinds) - {*KINDS, *ENTRIES}
    if unknown:
        raise ValueError(f"{DESCRIPTION}: {table} has unknown kinds {sorted(unknown)}")
    return {
        str(name): kind
        for kind, names in kinds.items()
        if kind in KINDS
        for name in (names if isinstance(names, list) else str(names).split())
    }


def parse(path: Path) -> Statement:
    """Read one `.sql` file: leading `-- ` lines are a YAML mapping, the rest is one SELECT.

    A header that does not say what it needs needs every table that the SELECT reads.
    """
    header, sql = headed(path)
    needs, one_of = tuple(header.get("needs", ())), tuple(header.get("needs_one_of", ()))
    if not needs and not one_of:
        needs = tuple(dict.fromkeys(PLACEHOLDER.findall(sql)))
    since = header.get("since")
    recent = (
        Recent(since["table"], since["column"], since.get("key"), since.get("related", {}))
        if since
        else None
    )
    return Statement(needs, one_of, recent, sql)

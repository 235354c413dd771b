"""What a system's folder of SELECTs says about the tables it reads.

Holds the reading of `columns.yml` (the foreign tables and columns that the SELECTs use, with their
kinds, and the options a hospital may set) and of the header of each `.sql` file. How that becomes
SQL against an attached store is in `foreign`; the folder `opspulse` has no `columns.yml`, because
its tables are the contract's own.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.errors import ConfigError
from config.plain_yaml import headed, plain

_ROOM = Path(__file__).parent
_FILE = "columns.yml"
KINDS = ("int", "ref", "text", "instant", "day", "amount")


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
    """One folder: foreign table → column → kind, the options, and the statements by table."""

    columns: dict[str, dict[str, str]]
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


def has_layout(system: str) -> bool:
    """Tell whether the system's tables are its own, described by a `columns.yml`."""
    return (_ROOM / system / _FILE).is_file()


@cache
def layout(system: str) -> Layout:
    """Return what a system's folder says.

    Raises:
        ValueError: an unknown kind, or a header without what it needs: a mistake in the folder.
    """
    folder = _ROOM / system
    data = plain((folder / _FILE).read_text(encoding="utf-8"))
    statements = {path.stem: parse(path) for path in sorted(folder.glob("*.sql"))}
    columns = {name: _columns(name, kinds) for name, kinds in data["tables"].items()}
    options = {
        name: Option(tuple(option["values"]), option["default"])
        for name, option in (data.get("options") or {}).items()
    }
    return Layout(columns, options, statements)


def _columns(table: str, kinds: dict[str, str]) -> dict[str, str]:
    unknown = set(kinds) - set(KINDS)
    if unknown:
        raise ValueError(f"{_FILE}: {table} has unknown kinds {sorted(unknown)}")
    return {name: kind for kind, names in kinds.items() for name in names.split()}


def parse(path: Path) -> Statement:
    """Read one `.sql` file: leading `-- ` lines are a YAML mapping, the rest is one SELECT.

    Raises:
        ValueError: the header does not say what it needs.
    """
    header, sql = headed(path)
    needs, one_of = tuple(header.get("needs", ())), tuple(header.get("needs_one_of", ()))
    if not needs and not one_of:
        raise ValueError(f"{path}: the header says neither needs nor needs_one_of")
    since = header.get("since")
    recent = (
        Recent(since["table"], since["column"], since.get("key"), since.get("related", {}))
        if since
        else None
    )
    return Statement(needs, one_of, recent, sql)

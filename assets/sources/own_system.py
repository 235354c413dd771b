"""A folder of SELECTs that the hospital wrote for a vendor's database: is it right?

Holds what is refused before anything is read, each with file and line: tables or columns that the
contract does not know, SQL that is no SELECT or reads more than the declared tables. How such a
folder is found is in `systems`, how it is read in `layout` and `foreign`.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assets.sources import contract
from assets.sources.layout import ENTRIES, KINDS, NAMED, Layout, layout
from assets.sources.systems import DESCRIPTION
from config.errors import ConfigError
from config.plain_yaml import header_lines, plain

_IDENTIFIER = re.compile(r"\w+")
_EXAMPLE = "可以照 config/examples/sources/vendor 的样子写。"


def check(folder: Path) -> None:
    """Refuse a folder that cannot be read.

    Raises:
        ConfigError: with file and line.
    """
    files = tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.iterdir()))
    _checked(folder, files)


# One process opens a source several times; parsing its SQL once is enough until a file changes.
@lru_cache(maxsize=16)
def _checked(folder: Path, files: tuple[tuple[str, int], ...]) -> None:
    _check_description(folder / DESCRIPTION)
    selects = [folder / name for name, _ in files if name.endswith(".sql")]
    if not selects:
        raise ConfigError(f"目录 {folder} 里没有一条 SELECT(*.sql)。", _EXAMPLE)
    for path in selects:
        if path.stem not in contract.tables():
            raise ConfigError(
                f"{path}:1 文件名 {path.stem} 不是接口约定的表。"
                f"{_near(path.stem, contract.tables())}",
                f"可以是:{'、'.join(contract.tables())}。",
            )
        _check_header(path)
    declared = layout(folder)
    for path in selects:
        _check_select(path, declared)
        _check_since(path, declared)


def _check_description(path: Path) -> None:
    if not path.is_file():
        raise ConfigError(f"找不到 {path}:它写明要读厂家的哪些表、哪些列。", _EXAMPLE)
    try:
        data = plain(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{path}:{line} 不是能读懂的 YAML(UTF-8)。", _EXAMPLE) from None
    for name, reason in _faults(data):
        raise ConfigError(f"{path}:{_line_of(path, name)} {reason}。", _EXAMPLE)


def _faults(data: Any) -> Iterator[tuple[str, str]]:
    """Yield (what to look for, what is wrong) of a `columns.yml`."""
    tables = data.get("tables") if isinstance(data, dict) else None
    if not isinstance(tables, dict) or not tables:
        yield "tables", "应当有 tables:厂家的表名,其下是「类型: 列名」"
        return
    for name, kinds in tables.items():
        if not isinstance(kinds, dict) or not set(kinds) - set(ENTRIES):
            yield str(name), f"表 {name} 下应当是「类型: 列名」"
            continue
        for kind in set(kinds) - {*KINDS, *ENTRIES}:
            yield str(kind), f"表 {name} 的类型 {kind} 不存在,可以写 {'、'.join(KINDS)}"
        if not _IDENTIFIER.fullmatch(str(name)):
            yield (
                str(name),
                f"表名 {name} 不能直接写在 SQL 里:请另起一个名字,在它下面写 {NAMED}: {name}",
            )


def _check_header(path: Path) -> None:
    text = _text(path)
    lines = text.splitlines()
    header = "\n".join(line[3:] for line in lines[: header_lines(lines)])
    try:
        found = plain(header)
    except yaml.YAMLError:
        found = ""
    is_form = found is None or (
        isinstance(found, dict)
        and all(isinstance(found.get(name, []), list) for name in ("needs", "needs_one_of"))
        and _is_since(found.get("since"))
    )
    if not is_form:
        raise ConfigError(
            f"{path}:1 开头的「-- 」行应是 YAML:needs: [表]、since: {{table: 表, column: 列}}。",
            f"说明文字请写成 -- description: 说明,或移到 SELECT 里面。{_EXAMPLE}",
        )


def _is_since(given: Any) -> bool:
    return given is None or (
        isinstance(given, dict)
        and {"table", "column"} <= set(given) <= {"table", "column", "key", "related"}
        and isinstance(given.get("related", {}), dict)
    )


def _check_since(path: Path, declared: Layout) -> None:
    """Refuse an increment over tables or columns that nobody declared."""
    recent = declared.statements[path.stem].since
    if recent is None:
        return
    wanted = [(recent.table, recent.column), *recent.related.items()]
    if recent.key is not None:
        wanted.append((recent.table, recent.key))
    for table, column in wanted:
        if column not in declared.columns.get(table, {}):
            raise ConfigError(
                f"{path}:1 since 写的 {table}.{column} 不在 columns.yml 里。", _EXAMPLE
            )
    if declared.columns[recent.table][recent.column] not in ("instant", "day"):
        raise ConfigError(f"{path}:1 since 的列 {recent.column} 应是 instant 或 day。", _EXAMPLE)


def _check_select(path: Path, declared: Layout) -> None:
    import sqlglot  # noqa: PLC0415 - a second's import that only own folders and writers need
    from sqlglot import exp  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    first = header_lines(_text(path).splitlines())
    statement = declared.statements[path.stem]
    try:
        found = [one for one in sqlglot.parse(statement.sql, dialect="duckdb") if one is not None]
    except SqlglotError as error:
        line = first + int((getattr(error, "errors", None) or [{}])[0].get("line") or 1)
        raise ConfigError(f"{path}:{line} 不是能读懂的 SQL。", _EXAMPLE) from None
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise ConfigError(f"{path}:{first + 1} 应当正好有一条 SELECT。", _EXAMPLE)
    tree = found[0]
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        is_declared = table.db == "source" and table.name in declared.columns
        is_declared &= not getattr(table.this, "quoted", False)
        if not is_declared and (table.db or table.name not in named):
            raise ConfigError(
                f"{path}:{first + _line(table)} 只能读 columns.yml 写明的表,写成 source.表名;"
                f"没有「{table.sql(dialect='duckdb')}」(不加引号)。"
                f"{_near(table.name, declared.columns)}",
                f"可以读:{'、'.join(f'source.{name}' for name in declared.columns)}。",
            )
    _check_columns(path, first, [one.alias_or_name for one in tree.selects])


def _check_columns(path: Path, first: int, given: list[str]) -> None:
    names = contract.tables()[path.stem].column_names
    for name in given:
        if name not in names:
            what = "不能写 *,请逐列写出" if name in ("*", "") else f"没有「{name}」"
            raise ConfigError(
                f"{path}:{first + 1} 表 {path.stem} 的列以接口约定为准:{what}。"
                f"{_near(name, names)}",
                f"可以是:{'、'.join(names)}。",
            )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}:1 不是 UTF-8 编码。", "请另存为 UTF-8。") from None


def _line(node: Any) -> int:
    """Return the line of a node within the SQL: its own, or its first part's that knows one."""
    return next((int(part.meta["line"]) for part in node.walk() if "line" in part.meta), 1)


def _line_of(path: Path, name: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, 1) if f"{name}:" in line), 1)


def _near(name: str, known: Any) -> str:
    found = get_close_matches(name, list(known), n=1)
    return f"是不是想写 {found[0]}?" if found else ""

"""SQL that a hospital brings: a model file beside a definition, and the snippets in it.

Holds what is refused: more than one statement, anything that is no SELECT over `core` and `kpi`,
and whatever `sql_lint` does not know. Faults name file and line.
"""

from collections.abc import Collection
from pathlib import Path

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError

from assets.models import TableSpec, discover, parse
from assets.sql_lint import refused
from config.errors import ConfigError
from config.plain_yaml import header_lines

_RETRY = "请改正后重新运行;其他指标不受影响。"


def read_model(path: Path) -> TableSpec | None:
    """Return the model in a file, None where there is no file.

    Raises:
        ConfigError: the header is no YAML mapping or lacks a field, or the SQL cannot be parsed.
    """
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    first = header_lines(lines)
    try:
        statements = sqlglot.parse("\n".join(lines[first:]), dialect="duckdb")
    except SqlglotError as error:
        line = _error_line(error)
        raise ConfigError(f"{path}:{first + line} 不是能读懂的 SQL。", _RETRY) from None
    if len([one for one in statements if one is not None]) != 1:
        raise ConfigError(f"{path}:{first + 1} 应当正好有一条 SELECT。", _RETRY)
    try:
        return parse(path, "kpi")
    except (ValueError, TypeError, AttributeError, yaml.YAMLError):
        raise ConfigError(
            f"{path}:1 的开头不完整。",
            "开头的「-- 」行应是 YAML,写明 description、grain 和 columns。",
        ) from None


def _error_line(error: SqlglotError) -> int:
    found = getattr(error, "errors", None) or [{}]
    return int(found[0].get("line") or 1)


def check_model(path: Path, spec: TableSpec) -> None:
    """Refuse a model that reads or does anything but SELECT from `core` and `kpi`.

    Raises:
        ConfigError: with file and line.
    """
    first = header_lines(path.read_text(encoding="utf-8", errors="replace").splitlines())
    tree = sqlglot.parse_one(spec.sql, dialect="duckdb")

    def wrong(node: exp.Expr, reason: str) -> ConfigError:
        return ConfigError(f"{path}:{first + _line(node)} {reason}。", _RETRY)

    if not isinstance(tree, exp.Select | exp.Union):
        raise wrong(tree, "不是 SELECT")
    for node, text in refused(tree, spec.name):
        raise wrong(node, f"用了不允许的写法({text.partition(': ')[2]})")
    known = {one.key for one in discover()}
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        key = f"{table.db}.{table.name}" if table.db else table.name
        if key not in known and not (not table.db and table.name in named):
            raise wrong(table, f"只能读 core 与 kpi 的表,没有「{key}」")
    if not spec.grain or not set(spec.grain) <= set(spec.columns):
        raise ConfigError(f"{path}:1 的 grain 不全在 columns 里。", _RETRY)
    given = [column.alias_or_name for column in tree.selects]
    if given != list(spec.columns):
        raise wrong(tree, f"SELECT 的列({'、'.join(given)})与开头 columns 写的不一样")


def _line(node: exp.Expr) -> int:
    """Return the line of a node within the SQL: its own, or its first part's that knows one."""
    for part in node.walk():
        if "line" in part.meta:
            return int(part.meta["line"])
    return _line(node.parent) if node.parent is not None and node.parent is not node else 1


def check_expression(text: str, columns: Collection[str]) -> str:
    """Return why a snippet over the fact ``f`` is refused, empty when it is not."""
    try:
        tree = sqlglot.parse_one(f"select {text}", dialect="duckdb")
    except SqlglotError:
        return "不是能读懂的 SQL"
    if not isinstance(tree, exp.Select) or len(tree.selects) != 1:
        return "应当是一个式子"
    if len(list(tree.find_all(exp.Select))) > 1 or tree.find(exp.Table):
        return "不能再查别的表"
    for _, reason in refused(tree, "snippet"):
        return f"用了不允许的写法({reason.partition(': ')[2]})"
    for column in tree.find_all(exp.Column):
        if column.table not in ("", "f") or column.name not in columns:
            return f"用到了没有的列「{column.sql()}」"
    return ""

"""Which files, and which sheets of a workbook, a sheet of the mapping means.

Holds the search in the source's folder, and what is left aside there: the lock files that Excel and
WPS put beside an open workbook, hidden files, and hidden sheets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from assets.sources.files.mapping import Sheet
from config.errors import ConfigError, SourceError

_ASIDE = ("~$", ".", "._")


@dataclass(frozen=True)
class Chosen:
    """The sheets to read, and the hidden ones that fit the pattern too and are left unread."""

    names: tuple[str, ...]
    hidden: tuple[str, ...]


def paths_of(folder: Path, sheet: Sheet, default: str | None) -> list[Path]:
    """Return the files of a sheet, by name.

    Raises:
        ConfigError: the mapping names no file although the source is a folder.
        SourceError: there is none.
    """
    pattern = sheet.file or default
    if pattern is None:
        raise ConfigError(
            f"列对应关系里没有写文件名,而数据源 {folder} 是一个目录。",
            "请在该表下写 file: 文件名,例如 file: 报修*.csv。",
        )
    if (folder / pattern).is_file():
        # A name such as 报修[1].xls is a name, not a pattern.
        return [folder / pattern]
    try:
        found = sorted(folder.glob(pattern))
    except (ValueError, NotImplementedError):
        raise ConfigError(
            f"列对应关系里的文件名 {pattern} 写得不对。", "请写目录内的文件名,可以用 * 和 **。"
        ) from None
    paths = [path for path in found if path.is_file() and not path.name.startswith(_ASIDE)]
    if not paths:
        raise SourceError(f"目录 {folder} 里没有文件 {pattern}。", "请检查数据源地址和文件名。")
    return paths


def sheets_of(path: Path, sheets: Mapping[str, bool], meant: Sheet) -> Chosen:
    """Return the sheets that the mapping's name or pattern means; without, the first visible one.

    Args:
        path: the workbook, for the message.
        sheets: every sheet's name → whether people see it, in the workbook's order.
        meant: a sheet's own name goes before its reading as a pattern. That fits visible sheets;
            ``with_hidden`` takes the others in.

    Raises:
        ConfigError: none has that name.
    """
    pattern = meant.sheet
    visible = [name for name, is_visible in sheets.items() if is_visible]
    hidden: list[str] = []
    if pattern is None:
        chosen = visible[:1]
    elif pattern in sheets:
        chosen = [pattern]
    else:
        fitting = [name for name in sheets if fnmatchcase(name, pattern)]
        chosen = fitting if meant.with_hidden else [one for one in fitting if sheets[one]]
        hidden = [one for one in fitting if one not in chosen]
    if not chosen and hidden:
        raise ConfigError(
            f"文件 {path.name} 里符合 {pattern} 的工作表都是隐藏的:{'、'.join(hidden)}。",
            "要读它们,请在列对应关系的该表下写 with_hidden: true,或在 sheet 里写出全名。",
        )
    if not chosen:
        raise ConfigError(
            f"文件 {path.name} 里没有工作表 {pattern or '(可见的)'}。",
            f"请检查列对应关系里的 sheet;文件里的工作表:{'、'.join(sheets) or '无'}。",
        )
    return Chosen(tuple(chosen), tuple(hidden))

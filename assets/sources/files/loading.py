"""Files → temporary tables of text: csv in UTF-8, UTF-16 or GB18030, and xlsx.

Holds the reading of files and nothing about their meaning. Every value stays text; headers lose
surrounding blanks; empty rows are dropped; the mapping's null values become NULL.
"""

import codecs
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from assets.conversions import identifier, quoted
from assets.sources.files.mapping import Sheet
from assets.warehouse import load_extension
from config.errors import ConfigError, SourceError

_CHUNK = 1 << 20
_DELIMITERS = (",", "\t", ";", "|")
_CSV_LINE = re.compile(r"CSV Error on Line: (\d+)")


def load_sheet(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    sheet: Sheet,
    *,
    headers: Collection[str],
    nulls: Collection[str],
    name: str,
) -> None:
    """Load the wanted columns of every file of a sheet into the temporary table ``name``.

    ``headers`` are the columns that the mapping reads, ``nulls`` the texts that mean unknown.

    Raises:
        SourceError: a file cannot be read (with the line).
        ConfigError: a file lacks a wanted column or the sheet.
    """
    for index, path in enumerate(paths):
        part = f"{name}__part"
        with _relation(con, path, sheet) as relation:
            _load(con, path, relation, part, headers=headers, nulls=nulls)
        before = f"from {name} union all by name " if index else ""
        con.execute(f"create or replace temp table {name} as {before}from {part}")
        con.execute(f"drop table {part}")


def _load(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    relation: str,
    name: str,
    *,
    headers: Collection[str],
    nulls: Collection[str],
) -> None:
    """Copy the wanted columns: headers stripped, null values NULL, empty rows left out."""
    try:
        given = [row[0] for row in con.execute(f"describe from {relation}").fetchall()]
        found = {header.strip(): header for header in given}
        missing = next((header for header in headers if header not in found), None)
        if missing is not None:
            raise ConfigError(
                f"文件 {path.name} 里没有列「{missing}」。",
                f"请改正列对应关系;文件里的列:{'、'.join(found)}。",
            )
        unknown = ", ".join(quoted(text) for text in ["", *nulls])
        columns = ", ".join(
            f"case when trim({identifier(found[header])}) not in ({unknown}) "
            f"then {identifier(found[header])} end as {identifier(header)}"
            for header in sorted(headers)
        )
        filled = " or ".join(f"{identifier(header)} is not null" for header in sorted(headers))
        con.execute(
            f"create or replace temp table {name} as "
            f"select * from (select {columns} from {relation}) where {filled}"
        )
    except duckdb.Error as error:
        line = _CSV_LINE.search(str(error))
        where = f"第 {line[1]} 行" if line else "的内容"
        raise SourceError(
            f"文件 {path.name} {where}读不出来。", "请检查该行的引号和列数,或重新导出。"
        ) from None


def paths_of(folder: Path, sheet: Sheet, default: str | None) -> list[Path]:
    """Return the files of a sheet, by name.

    Raises:
        ConfigError: the mapping names no file although the source is a folder.
        SourceError: there is none, or it is in the old xls format.
    """
    pattern = sheet.file or default
    if pattern is None:
        raise ConfigError(
            f"列对应关系里没有写文件名,而数据源 {folder} 是一个目录。",
            "请在该表下写 file: 文件名,例如 file: 报修*.csv。",
        )
    paths = sorted(folder.glob(pattern))
    if not paths:
        raise SourceError(f"目录 {folder} 里没有文件 {pattern}。", "请检查数据源地址和文件名。")
    old = next((path for path in paths if path.suffix.lower() == ".xls"), None)
    if old is not None:
        raise SourceError(f"不能读取旧格式的文件 {old.name}。", "请用 Excel 或 WPS 另存为 xlsx。")
    return paths


@contextmanager
def _relation(con: duckdb.DuckDBPyConnection, path: Path, sheet: Sheet) -> Iterator[str]:
    """Yield the SQL relation of one file, all columns text, headers as they stand."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        yield _workbook(con, path, sheet)
        return
    with _as_utf8(path) as readable:
        yield (
            f"read_csv({quoted(str(readable))}, all_varchar = true, header = true, "
            f"skip = {sheet.skip_rows}, delim = {quoted(_delimiter(readable, sheet))}, "
            "quote = '\"', escape = '\"')"
        )


def _delimiter(path: Path, sheet: Sheet) -> str:
    """Return what parts the header; guessing from all rows would follow a broken one."""
    with path.open(encoding="utf-8") as lines:
        header = next(islice(lines, sheet.skip_rows, None), "")
    return max(_DELIMITERS, key=header.count)


@contextmanager
def _as_utf8(path: Path) -> Iterator[Path]:
    """Yield the file, or a temporary copy of it in UTF-8 when it is in another encoding."""
    encoding = _encoding(path)
    if encoding == "utf-8":
        yield path
        return
    with TemporaryDirectory(prefix="opspulse-") as folder:
        copy = Path(folder) / "utf8.csv"
        try:
            with (
                path.open(encoding=encoding, newline="") as old,
                copy.open("w", encoding="utf-8", newline="") as new,
            ):
                while chunk := old.read(_CHUNK):
                    new.write(chunk)
        except UnicodeDecodeError:
            raise SourceError(
                f"文件 {path.name} 的编码既不是 UTF-8 也不是 GB18030。", "请另存为 UTF-8 编码。"
            ) from None
        yield copy


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            start = file.read(2)
            if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                return "utf-16"
            file.seek(0)
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    except OSError as error:
        raise SourceError(
            f"无法读取文件 {path.name}。", "请检查读权限,或文件是否被占用。"
        ) from error
    return "utf-8"


def _workbook(con: duckdb.DuckDBPyConnection, path: Path, sheet: Sheet) -> str:
    """Return the relation of a sheet, as wide as its header: an open range takes minutes."""
    load_extension(con, "excel")
    top = sheet.skip_rows + 1
    chosen = f", sheet = {quoted(sheet.sheet)}" if sheet.sheet else ""

    def reading(cells: str, header: str) -> str:
        return (
            f"read_xlsx({quoted(str(path))}, all_varchar = true, header = {header}, "
            f"range = '{cells}', stop_at_empty = false{chosen})"
        )

    try:
        cursor = con.execute(f"from {reading(f'A{top}:ZZ{top}', 'false')}")
    except duckdb.BinderException:
        raise ConfigError(
            f"文件 {path.name} 里没有工作表 {sheet.sheet}。", "请检查列对应关系里的 sheet。"
        ) from None
    except duckdb.Error:
        raise SourceError(
            f"文件 {path.name} 不是有效的 xlsx。", "请用 Excel 或 WPS 另存。"
        ) from None
    names = [column[0].rstrip("0123456789") for column in cursor.description or ()]
    values = cursor.fetchone() or ()
    filled = [name for name, value in zip(names, values, strict=False) if value is not None]
    if not filled:
        raise SourceError(
            f"文件 {path.name} 第 {top} 行没有表头。", "请在列对应关系里写对 skip_rows。"
        )
    return reading(f"A{top}:{filled[-1]}", "true")

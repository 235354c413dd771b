"""Files → temporary tables of text.

Holds the reading of a sheet's rows and nothing about their meaning. Every value stays text; headers
lose needless blanks; blank rows, totals and repeated headers are left out and counted; the
mapping's null values become NULL; a damaged line stands in ``_unread``.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.conversions import identifier, quoted
from assets.sources.files import origins
from assets.sources.files.accounts import FileAccount, note, unread
from assets.sources.files.csv_body import PLACE, UNREAD, CsvBody
from assets.sources.files.mapping import FILE, ROW_KEY, VIRTUAL, Sheet
from assets.sources.files.opening import Body, opened
from assets.sources.files.placing import Placed, placed
from config.errors import ConfigError, SourceError

_FATE = "_fate"
_ORDINAL = "_ordinal"
# A column without a header is called after its letter.
_NAMELESS = re.compile(r"列[A-Z]+")
# DuckDB quotes the line in its message and may cut it within a character.
_REFUSED = (duckdb.Error, UnicodeDecodeError)


@dataclass(frozen=True)
class Wanted:
    """What to read of a sheet.

    Attributes:
        source: the source's name, for the books.
        headers: the columns that the mapping reads.
        nulls: texts that mean unknown.
        shown: columns that hold nothing personal.
    """

    source: str
    headers: Collection[str]
    nulls: Collection[str]
    shown: Collection[str] = ()

    @property
    def real(self) -> list[str]:
        """The columns that are to stand in the files."""
        return sorted(set(self.headers) - set(VIRTUAL))


def load_sheet(
    con: duckdb.DuckDBPyConnection, paths: Sequence[Path], sheet: Sheet, wanted: Wanted, name: str
) -> tuple[dict[str, ConfigError], set[str]]:
    """Load the wanted columns of every file of a sheet into the temporary table ``name``.

    Returns:
        Each wanted column that a file lacks, with the error to raise or to tell; its values are
        NULL, and no table may be made of it. A file without the sheet lacks all of them. And the
        headers of the files that nobody wanted.

    Raises:
        SourceError: a file cannot be read.
    """
    nothing = ", ".join(f"null::varchar as {identifier(one)}" for one in wanted.headers)
    con.execute(
        f"create or replace temp table {name} as "
        f"select {nothing}, null::varchar as {UNREAD}, null::bigint as {PLACE} where false"
    )
    lost: dict[str, ConfigError] = {}
    spare: set[str] = set()
    for path in paths:
        try:
            with opened(con, path, sheet) as found:
                for hidden in found.hidden:
                    note(con, unread(wanted.source, path.name, hidden))
                for body in found.bodies:
                    place = placed(body, sheet, wanted.real, path.name)
                    lost = _missing(place, path.name) | lost
                    spare |= {one for one in place.names if not _NAMELESS.fullmatch(one)}
                    _load(con, path, body, (sheet, place), wanted, name)
        except ConfigError as error:
            # The file lacks the sheet, and with it all of its columns.
            lost = dict.fromkeys(wanted.headers, error) | lost
    return lost, spare - set(wanted.headers)


def _missing(place: Placed, file: str) -> dict[str, ConfigError]:
    there = "、".join(place.names[:60])
    return {
        header: ConfigError(
            f"文件 {file} 里没有列「{header}」。", f"请改正列对应关系;文件里的列:{there}。"
        )
        for header in place.missing
    }


def _load(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    body: Body,
    where: tuple[Sheet, Placed],
    wanted: Wanted,
    name: str,
) -> None:
    """Add the rows of a sheet to the table."""
    sheet, place = where
    part = f"{name}__part"
    shape = _shaper(path, body.sheet, sheet, wanted, place)
    is_repaired = _strictly(con, path, body, part, (place.skip, len(place.names)), shape)
    _account(con, path, body, wanted.source, part)
    first = origins.note(
        con,
        origins.Part(
            wanted.source, path, sheet.sheet, body.sheet, place.skip, place.names,
            tuple(wanted.shown), is_repaired,
        ),
    )  # fmt: skip
    # A table's own count of its rows is the file's, unless a window has turned them round.
    ordinal, helpers = "rowid", [_FATE, "_hash"]
    if ROW_KEY in wanted.headers:
        ordinal, helpers = _ORDINAL, [*helpers, _ORDINAL]
    con.execute(
        f"insert into {name} by name select * exclude ({', '.join(helpers)}), "
        f"{first} + {ordinal} as {PLACE} from {part} where {_FATE} = 'row'"
    )
    con.execute(f"drop table {part}")


def _strictly(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    body: Body,
    part: str,
    place: tuple[int, int],
    shape: "_Shaper",
) -> bool:
    """Create the part's table by the strict reading, else by the tolerant one; tell if by that."""
    swallowed = body.swallowed(place[1]) if isinstance(body, CsvBody) else "false"
    create = f"create or replace temp table {part} as "
    if isinstance(body, CsvBody) and body.is_mixed(place[0]):
        return _tolerantly(con, path, body, part, place, shape)
    try:
        con.execute(create + shape.select(body.rows(*place), swallowed))
        row = con.execute(f"select count(*) from {part} where _is_swallowed").fetchone()
        if row is not None and row[0] == 0:
            con.execute(f"alter table {part} drop column _is_swallowed")
            return False
    except duckdb.OutOfMemoryException:
        raise SourceError(
            f"文件 {path.name} 太大,内存限额内读不下({place[1]} 列)。",
            "请分月导出、去掉不用的列,或在 opspulse.yml 里调大 memory_limit。",
        ) from None
    except _REFUSED:
        pass
    return _tolerantly(con, path, body, part, place, shape)


def _tolerantly(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    body: Body,
    part: str,
    place: tuple[int, int],
    shape: "_Shaper",
) -> bool:
    repaired = body.repaired(*place)
    if repaired is None:
        raise SourceError(
            f"文件 {path.name} 的内容读不出来:文件不完整或已损坏。",
            "请重新导出,或用 Excel 或 WPS 另存。",
        )
    try:
        select = shape.select(repaired, "false")
        con.execute(f"create or replace temp table {part} as {select}")
        con.execute(f"alter table {part} drop column _is_swallowed")
        return True
    except _REFUSED:
        raise SourceError(
            f"文件 {path.name} 的内容读不出来。", "请检查引号和列数,或重新导出。"
        ) from None


@dataclass(frozen=True)
class _Shaper:
    """Makes the SELECT of a part out of the rows of a body."""

    columns: str
    is_counted: bool
    hashed: str
    blank: str
    fate: str

    def select(self, rows: str, swallowed: str) -> str:
        """Return the SELECT: wanted columns, the row's hash, its fate, and whether it is whole."""
        if self.is_counted:
            rows = f"select *, row_number() over () - 1 as {_ORDINAL} from ({rows})"
        return (
            f"select {self.columns}, {self.hashed} as _hash, "
            f"case when {UNREAD} is not null then 'row' when {self.blank} then 'blank' "
            f"{self.fate} else 'row' end as {_FATE}, ({swallowed}) as _is_swallowed "
            f"from (select * exclude ({UNREAD}), nullif({UNREAD}, '') as {UNREAD} from "
            f"(select null::varchar as {UNREAD} limit 0) union all by name ({rows}))"
        )


def _shaper(path: Path, part: str, sheet: Sheet, wanted: Wanted, place: Placed) -> _Shaper:
    cells = [f"c{i}" for i in range(len(place.names))]
    at = dict(zip(place.names, cells, strict=True))
    unknown = ", ".join(quoted(text) for text in ["", *wanted.nulls])
    there = [header for header in wanted.real if header in at]
    columns = [
        f"case when trim({at[header]}) not in ({unknown}) then {at[header]} end "
        f"as {identifier(header)}"
        for header in there
    ]
    columns += [f"null::varchar as {identifier(header)}" for header in place.missing]
    values = ", ".join(cells)
    if FILE in wanted.headers:
        columns.append(f"{quoted(path.name)} as {identifier(FILE)}")
    if ROW_KEY in wanted.headers:
        content = f"md5(to_json([{values}, {UNREAD}])::varchar)[:16]"
        # Equal rows of two sheets are two; the name of the one sheet says nothing.
        several = [quoted(part)] if set(sheet.sheet or "") & set("*?[") else []
        columns.append(
            f"concat_ws(':', {', '.join([quoted(path.name), *several])}, {content}, "
            f"row_number() over (partition by {content})) as {identifier(ROW_KEY)}"
        )
    filled = "coalesce({})".format(", ".join(f"nullif(trim({cell}), '')" for cell in cells))
    return _Shaper(
        ", ".join([*columns, UNREAD, *([_ORDINAL] if ROW_KEY in wanted.headers else [])]),
        ROW_KEY in wanted.headers,
        f"hash({values}, {UNREAD})",
        f"{filled} is null",
        _fates(sheet, place.names, at, there, filled),
    )


def _fates(
    sheet: Sheet, names: Sequence[str], at: dict[str, str], real: Sequence[str], filled: str
) -> str:
    """Return the WHENs of rows that are none: totals and footers, and the header once more."""
    fates = ""
    if sheet.leave_out:
        words = "|".join(_escaped(word) for word in sheet.leave_out)
        text = f"regexp_replace({filled}, '[\\s\\x{{3000}}]+', '', 'g')"
        # a colon of either width
        begins = quoted(rf"({words})([:\x{{FF1A}}].*)?")
        fates += f"when regexp_full_match({text}, {begins}, 's') "
        fates += "then 'left_out' "
    shown = [header for header in real if not header.startswith("列")] or list(names[:1])
    same = " and ".join(f"trim({at[header]}) = {quoted(header)}" for header in shown)
    return fates + f"when {same} then 'header' "


def _escaped(word: str) -> str:
    return "".join(f"\\{one}" if one in r"\.+*?()|[]{}^$" else one for one in "".join(word.split()))


def _account(
    con: duckdb.DuckDBPyConnection, path: Path, body: Body, source: str, part: str
) -> None:
    row = con.execute(
        f"select count(*), count(*) filter ({_FATE} = 'blank'), "
        f"count(*) filter ({_FATE} = 'left_out'), count(*) filter ({_FATE} = 'header'), "
        f"count({UNREAD}), count(*) filter ({_FATE} = 'row') "
        f"- count(distinct _hash) filter ({_FATE} = 'row'), count(*) filter ({_FATE} = 'row') "
        f"from {part}"
    ).fetchone()
    note(con, FileAccount(source, path.name, body.sheet, *(row or (0,) * 7)))

"""The mapping assistant: one export in, a proposed mapping out.

Holds the order of work: find the table, load it as text, measure its columns, propose, write, and
read the file once by the proposal, so that what is written is known to work. What it says to the
user is in `pipelines`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml
from pydantic import SecretStr

from assets.conversions import identifier
from assets.sources.connect import reading
from assets.sources.contract import tables
from assets.sources.files import origins
from assets.sources.files.accounts import FileAccount, forget, fresh
from assets.sources.files.loading import Wanted, load_sheet
from assets.sources.files.mapping import Names, Sheet, load
from assets.sources.files.opening import opened
from assets.sources.files.sniff import kind
from assets.sources.profile import sheets
from assets.sources.profile.columns import Words, measure
from assets.sources.profile.pieces import Proposal
from assets.sources.profile.proposal import propose
from assets.sources.profile.together import pair
from assets.sources.profile.vocabulary import Vocabulary
from assets.staging import find_repeats, find_unfit, land
from config.errors import ConfigError, OpsPulseError, SourceError
from config.settings import Settings, SourceSettings

_HEAD = 30
_MOST_COLUMNS = 300
_LOADED = "profile__sheet"
_SOURCE = "map"
_INTRO = """\
# 由 opspulse sources map 根据 {file} 生成。请核对下面列出的疑问,再按需要修改。
# Proposed by `opspulse sources map`; please check the questions below.
"""


class _Plain(yaml.SafeDumper):
    """Writes a list again where it stands again: people do not read `&id001`."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out."""
        return True


@dataclass(frozen=True)
class Found:
    """What was found in a file.

    Attributes:
        sheet: chosen sheet or pattern; None where there are none.
        others: sheets that are not read.
        hidden: hidden sheets that would fit, and are not read either.
        account: what became of the rows, over all chosen sheets.
    """

    proposal: Proposal
    place: sheets.Place
    sheet: str | None
    others: tuple[str, ...]
    hidden: tuple[str, ...]
    accounts: tuple[FileAccount, ...]


@dataclass(frozen=True)
class Trial:
    """One canonical table as the mapping gives it: rows, and how many would be held, with why."""

    table: str
    rows: int
    held: int
    reasons: tuple[tuple[str, int], ...]


def examine(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    sheet: str | None,
    vocabulary: Vocabulary,
    known: Names | None = None,
) -> Found:
    """Propose a mapping for a file.

    Args:
        con: a connection for temporary tables.
        path: the export.
        sheet: the sheet to read; None: the one that looks most like tickets.
        vocabulary: the words.
        known: ids that the hospital's other mappings give to names.

    Raises:
        SourceError: the file cannot be read, or nothing in it looks like a table.
        ConfigError: no such sheet.
    """
    if not path.is_file():
        raise SourceError(f"找不到文件 {path}。", "请检查路径。")
    places, hidden = _places(con, path, sheet, vocabulary)
    if not places:
        raise SourceError(f"文件 {path.name} 里没有找到表头。", "请确认表里有一行是列名,再试一次。")
    group = sheets.same_form(places)[0]
    chosen, others = _chosen(group, list(places), asked=sheet)
    place = places[group[0]]
    if len(place.names) > _MOST_COLUMNS:
        raise SourceError(
            f"文件 {path.name} 有 {len(place.names)} 列,多得认不过来。",
            "请导出时只选需要的列,或手写列对应文件。",
        )
    where = Sheet(
        file=path.name, sheet=chosen, skip_rows=place.skip_rows, header_rows=place.header_rows
    )
    forget(con, _SOURCE)
    origins.forget(con, _SOURCE)
    load_sheet(con, [path], where, Wanted(_SOURCE, place.names, ()), _LOADED)
    try:
        footers = _footers(con, place.names, vocabulary)
        if footers:
            where = where.model_copy(update={"leave_out": footers})
            forget(con, _SOURCE)
            load_sheet(con, [path], where, Wanted(_SOURCE, place.names, ()), _LOADED)
        words = Words(vocabulary.formats, vocabulary.unknown, vocabulary.number_marks)
        columns = [measure(con, _LOADED, name, words) for name in place.names]
        columns = pair(con, _LOADED, columns, words)
    finally:
        con.execute(f"drop table if exists {_LOADED}")
    written = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in where.model_dump(exclude_defaults=True).items()
    }
    accounts = tuple(one for one in fresh(con, _SOURCE) if not one.is_hidden)
    forget(con, _SOURCE)
    proposal = propose(columns, written, vocabulary, known or Names())
    return Found(proposal, place, chosen, tuple(others), hidden, accounts)


def known_names(settings: Settings) -> Names:
    """Return the ids that the mappings of the installation's sources give to names.

    A mapping that cannot be read is told by `opspulse sources check`, not here.
    """
    engineers: dict[str, str] = {}
    departments: dict[str, str] = {}
    for source in settings.sources:
        if source.mapping is None:
            continue
        try:
            names = load(source).names
        except OpsPulseError:
            continue
        engineers = {**names.engineers, **engineers}
        departments = {**names.departments, **departments}
    return Names(engineers=engineers, departments=departments)


def _places(
    con: duckdb.DuckDBPyConnection, path: Path, sheet: str | None, vocabulary: Vocabulary
) -> tuple[dict[str, sheets.Place], tuple[str, ...]]:
    """Return where the table stands in each sheet that has one, and the hidden sheets."""
    every = None if kind(path) in ("csv", "html") else "*"
    with opened(con, path, Sheet(sheet=sheet or every)) as there:
        found = {body.sheet: sheets.find(body.head(_HEAD), vocabulary) for body in there.bodies}
    return {name: place for name, place in found.items() if place is not None}, there.hidden


def _chosen(
    group: Sequence[str], all_sheets: Sequence[str], *, asked: str | None
) -> tuple[str | None, list[str]]:
    """Return the sheet, or the pattern of several with one header; and those left aside."""
    if group[0] == "":
        return None, []
    others = [name for name in all_sheets if name not in group]
    if asked is not None:
        return asked, others
    if len(group) > 1:
        pattern = sheets.pattern(group, others)
        if pattern is not None:
            return pattern, others
    return group[0], [name for name in all_sheets if name != group[0]]


def _footers(
    con: duckdb.DuckDBPyConnection, names: Sequence[str], vocabulary: Vocabulary
) -> tuple[str, ...]:
    """Return the words for totals and footers that rows of this sheet begin with."""
    filled = ", ".join(f"nullif(trim({identifier(name)}), '')" for name in names)
    gaps = " + ".join(f"({identifier(name)} is null)::int" for name in names)
    rows = con.execute(
        f"select distinct regexp_replace(coalesce({filled}), '[\\s\\x{{3000}}]+', '', 'g') "
        f"from {_LOADED} where {gaps} >= {len(names)} / 2"
    ).fetchall()
    starts = {row[0] for row in rows if row[0]}
    return tuple(
        word
        for word in dict.fromkeys("".join(w.split()) for w in vocabulary.footers)
        if any(
            start == word or start.startswith((f"{word}:", f"{word}\N{FULLWIDTH COLON}"))
            for start in starts
        )
    )


def render(found: Found, file: str) -> str:
    """Return the mapping as YAML, the questions above it as comments."""
    lines = [_INTRO.format(file=file)]
    lines += [f"# {n}. {one.zh}\n" for n, one in enumerate(found.proposal.questions, start=1)]
    body = yaml.dump(
        found.proposal.mapping, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=100
    )
    return "".join([*lines, "\n", body])


def try_out(
    con: duckdb.DuckDBPyConnection, path: Path, mapping: Path, settings: Settings
) -> list[Trial]:
    """Read the file by the written mapping and count what would be held, table by table.

    Raises:
        ConfigError: the mapping is not accepted.
        SourceError: the file cannot be read.
    """
    source = SourceSettings(
        name=_SOURCE,
        system="files",
        url=SecretStr(str(path)),
        timezone=settings.timezone,
        mapping=mapping,
    )
    trials = []
    with reading(con, source, settings) as reader:
        for name in reader.tables():
            landed = land(con, source, tables()[name], reader.select(name))
            find_unfit(con, landed)
            find_repeats(con, landed)
            reasons = con.execute(
                f"select reason, count(*) from (select unnest(reasons) as reason "
                f"from {landed.unfit}) group by 1 order by 2 desc, 1"
            ).fetchall()
            held = con.execute(
                f"select count(*) from {landed.unfit} where reasons is not null"
            ).fetchone() or (0,)
            trials.append(Trial(name, reader.count(name), held[0], tuple(reasons)))
    return trials


def check_target(target: Path) -> None:
    """Refuse to write over a mapping that somebody may have corrected by hand.

    Raises:
        ConfigError: the file exists.
    """
    if target.exists():
        raise ConfigError(
            f"文件 {target} 已经存在,没有覆盖。", "请用 --out 换一个文件名,或先移走它。"
        )

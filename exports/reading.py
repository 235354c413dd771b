"""What a month's workbook is made of, read from one snapshot and from the archive of closed months.

Holds the reading that a draft and the signed workbook share. Which of them is written, and under
which name, is decided in ``exports.month`` and ``exports.closing``.
"""

from dataclasses import fields
from datetime import date

import duckdb

from assets import metrics
from assets.decisions import months
from assets.snapshots import Snapshot
from config.errors import ConfigError
from config.settings import Settings
from exports.restating import note
from exports.versions import stem_of
from exports.workbook import facts
from exports.workbook.closed import Closed
from exports.workbook.compose import Material
from exports.workbook.editions import Edition
from exports.workbook.facts import Month
from exports.workbook.numbers import Reading
from exports.workbook.words import Words

PLAIN_EDITION = "head"
_FIELDS = tuple(one.name for one in fields(Reading))


def month_in(con: duckdb.DuckDBPyConnection, text: str) -> Month:
    """Return a month that a snapshot tells something of.

    Raises:
        ConfigError: it has not begun, or holds no data.
    """
    known = metrics.context(con)
    month = facts.month_of(text, known)
    if month.start > known.as_of_on or month.begin_second >= month.end_second:
        raise ConfigError(
            f"{month.text} 还没有开始,无法导出。", f"数据截至 {known.as_of_on},请选择之前的月份。"
        )
    if month.end <= known.data_from:
        raise ConfigError(
            f"{month.text} 没有数据,无法导出。", f"数据自 {known.data_from} 起,请选择之后的月份。"
        )
    return month


def material_of(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    month: Month,
    edition: Edition,
) -> Material:
    """Return the rows and KPIs of a month; what later data make of the month before is noted."""
    words = Words(settings.language)
    closed = _closed(settings, con, snapshot, month)
    return Material(con, facts.read(con, month, edition, words), edition, words, closed)


def stem(known: metrics.Context, month: Month, edition: Edition) -> str:
    """Return the workbook's name without version: legal on every system."""
    parts = [known.hospital_name, known.department_name, "运维月报", month.text]
    if edition.key != PLAIN_EDITION:
        parts.append(edition.zh)
    return stem_of(*parts)


def _closed(
    settings: Settings, con: duckdb.DuckDBPyConnection, snapshot: Snapshot, month: Month
) -> Closed:
    path = settings.months_path
    known = months.acts(path)
    before = metrics.add_months(month.start, -1)
    act = _holding(known, before)
    year_ago = _holding(known, metrics.add_months(month.start, -12))
    if act is not None:
        note(settings, con, snapshot, act)
    return Closed(
        act,
        _readings(settings, act),
        months.restatements(path, act.act_id) if act else (),
        _readings(settings, year_ago),
        [one for one in known if one.month_on in (before, month.start)],
    )


def _holding(known: list[months.Act], month_on: date) -> months.Act | None:
    own = [one for one in known if one.month_on == month_on]
    return own[-1] if own and own[-1].is_closed else None


def _readings(settings: Settings, act: months.Act | None) -> dict[months.Figure, Reading]:
    if act is None:
        return {}
    frozen = months.figures(settings.months_path, act.act_id)
    return {key: Reading(*(one[name] for name in _FIELDS)) for key, one in frozen.items()}

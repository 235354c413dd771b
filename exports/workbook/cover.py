"""The first two sheets: 封面 with what the workbook rests on, 目录 with where things are.

Holds no figures of the month.
"""

from datetime import timedelta
from typing import Any

from config import theme
from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.sheet import Column, Formula, Link, Styled
from exports.workbook.styles import CENTRED, RIGHT, Look
from exports.workbook.words import MISSING

_BIG = Look(size=24, is_bold=True, colour=theme.PAPER_HEAD, align="centerContinuous",
            has_lines=False)  # fmt: skip
_MIDDLE = Look(size=14, colour=theme.PAPER_DIM, align="centerContinuous", has_lines=False)
_WARNING = Look(size=18, is_bold=True, colour=theme.PAPER_BAD, align="centerContinuous",
                has_lines=False)  # fmt: skip
_KEY = Look(size=10, colour=theme.PAPER_DIM, fill=theme.PAPER_BAND)
_VALUE = Look(size=10, is_wrapped=True)
# Where the cover says which version this is and from which snapshot: version, as-of, id, hash.
STAMP_CELLS = ("E7", "C9", "C10", "C11")


def write_cover(book: Book, *, holds: bool) -> None:
    """Write 封面: owner, period, version, what data it rests on, who signs."""
    w, facts = book.words, book.facts
    columns = [
        Column("margin", "", 6, styles.NOTE),
        Column("key", "", 22, _KEY),
        Column("value", "", 44, _VALUE),
        Column("key2", "", 18, _KEY),
        Column("value2", "", 34, _VALUE),
        Column("margin2", "", 6, styles.NOTE),
    ]
    sheet = book.sheet("cover", w("封面", "Cover"), columns)
    sheet.gap(36)
    centred = [""] * 6
    sheet.add([facts.known.hospital_name, *centred[1:]], _BIG, 44)
    sheet.add([facts.known.department_name, *centred[1:]], _MIDDLE, 28)
    sheet.add([book.report_name, *centred[1:]], _BIG, 48)
    sheet.add([book.period_text, *centred[1:]], _MIDDLE, 28)
    mark = f"「{theme.DEMO_WORDS[w.lang]}」" if book.snapshot.is_demo else ""
    sheet.add([mark, *centred[1:]], _WARNING, 36)
    for left, right in _facts(book, holds=holds):
        sheet.add([None, left[0], left[1], right[0], right[1]], height=26)
    sheet.gap(20)
    _signatures(book)
    sheet.ws.print_area = f"A1:F{sheet.row - 1}"
    sheet.ws.page_setup.fitToHeight = 1


def _facts(book: Book, *, holds: bool) -> list[tuple[tuple[str, Any], tuple[str, Any]]]:
    w, facts, snapshot = book.words, book.facts, book.snapshot
    good, bad = w("全部通过", "all hold"), w("有差异,不得定稿", "differences: do not finalise")
    as_of = facts.local(facts.known.as_of)
    month = facts.month
    return [
        ((w("统计期间", "Period"), f"{month.start} — {month.end - timedelta(days=1)}"),
         (w("版本", "Version"), f"v{book.version}")),
        ((w("状态", "Status"), book.signed or w("初稿", "Draft")),
         (w("适用", "Edition"), w(book.edition.zh, book.edition.en))),
        ((w("数据截至(快照时间)", "Data as of (snapshot)"), f"{as_of:%Y-%m-%d %H:%M:%S}"),
         (w("时区", "Time zone"), facts.known.timezone)),
        ((w("快照编号", "Snapshot"), snapshot.id),
         (w("规则版本", "Rules"), facts.known.rules_version)),
        ((w("快照内容校验值", "Snapshot hash"), snapshot.content_hash),
         (w("勾稽结论", "Reconciliation"), Formula("=勾稽_总结论", good if holds else bad))),
    ]  # fmt: skip


def _signatures(book: Book) -> None:
    w, sheet = book.words, book.sheets["cover"]
    heads = [w("签署", "Signatures"), w("签字", "Signature"), w("日期", "Date"), w("盖章", "Seal")]
    sheet.add([None, *[Styled(head, styles.HEAD) for head in heads]])
    for who in (w("编制人", "Prepared by"), w("审核人", "Reviewed by"), w("批准人", "Approved by")):
        sheet.add([None, who, "", Styled("", _VALUE), ""], height=34)


def write_contents(book: Book) -> None:
    """Write 目录: a link, the purpose and the rows of every sheet."""
    w = book.words
    columns = [
        Column("number", w("序号", "No."), 8, CENTRED),
        Column("sheet", w("工作表", "Sheet"), 28, styles.LINK),
        Column("purpose", w("用途", "Purpose"), 56),
        Column("rows", w("数据行数", "Rows"), 14, RIGHT.with_format(styles.COUNT)),
    ]
    sheet = book.sheet("contents", w("目录", "Contents"), columns)
    sheet.heading()
    rows: list[list[Any]] = []
    for number, (key, name) in enumerate(book.names.items(), start=1):
        count = book.sheets[key].data_count if key in book.sheets else 0
        rows.append([number, Link(name, name), book.purpose(key), count or MISSING])
    rows[1][3] = len(rows)
    sheet.data(rows, "")
    sheet.sign()

"""The approved bonus as a file for finance: who gets how much, and that it adds up; no points.

Holds which file and its cells. Amounts come from the approval (`assets.score.approval`), and an
approved period has one file for ever: it is written once and never again.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from assets.metrics import context
from config.errors import StateError
from config.settings import Settings
from exports.versions import publish, stem_of
from exports.workbook.writer import clean_text, save

_MONEY = "#,##0.00"


def write_bonus(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    *,
    period: str,
    pool: Decimal,
    amounts: Sequence[Mapping[str, Any]],
    approved_by: str,
    approved_at: datetime,
) -> Path:
    """Write an approved bonus for finance and return its file; the one that stands is kept.

    Args:
        settings: the installation.
        con: a snapshot, for the hospital's name.
        period: ``2026-09`` or ``2026-Q3``.
        pool: what was divided (yuan).
        amounts: rows of engineer_id, name and amount_cny, which add up to the pool.
        approved_by: account of who approved.
        approved_at: when (UTC, naive).

    Raises:
        StateError: the amounts do not add up to the pool, or the disk refuses.
    """
    total = sum((row["amount_cny"] for row in amounts), Decimal(0))
    if total != pool:
        raise StateError(
            f"{period} 的奖金合计 {total} 元,与总额 {pool} 元不符。", "请用备份恢复 decisions.db。"
        )
    known = context(con)
    stem = stem_of(known.hospital_name, known.department_name, "奖金发放", period)
    path = settings.exports_dir / f"{stem}.xlsx"
    part = settings.exports_dir / f".{stem}.{os.getpid()}.part"
    local = approved_at.replace(tzinfo=UTC).astimezone(ZoneInfo(settings.timezone))
    heads = [
        f"{known.hospital_name} {known.department_name} {period} 奖金发放表",
        f"批准人 {approved_by},批准时间 {local:%Y-%m-%d %H:%M}。"
        + ("演示数据,不得用于发放。" if known.is_demo else ""),
    ]
    try:
        settings.exports_dir.mkdir(parents=True, exist_ok=True)
        if path.exists():
            return path
        save(_book(heads, amounts, pool), part, approved_at)
        part.chmod(0o600)
        publish(part, path)
    except OSError as error:
        raise StateError(
            f"无法在 {settings.exports_dir} 中写入奖金文件({error.strerror})。",
            "请检查磁盘空间与权限后再查看一次奖金,文件会重新写出。",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _book(heads: Sequence[str], amounts: Sequence[Mapping[str, Any]], pool: Decimal) -> Workbook:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("奖金")
    for letter, width in zip("ABC", (16, 16, 18), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A4"
    for text in heads:
        sheet.append([_text(sheet, text, is_bold=text is heads[0])])
    sheet.append([_text(sheet, word, is_bold=True) for word in ("工号", "姓名", "金额(元)")])
    for row in amounts:
        sheet.append(
            [_text(sheet, row["engineer_id"]), _text(sheet, row["name"] or ""),
             _money(sheet, row["amount_cny"])]
        )  # fmt: skip
    total = sum((row["amount_cny"] for row in amounts), Decimal(0))
    sheet.append([_text(sheet, "合计", is_bold=True), None, _money(sheet, total)])
    sheet.append([_text(sheet, "总额"), None, _money(sheet, pool)])
    sheet.append([_text(sheet, "勾稽"), None, _text(sheet, "✔ 合计等于总额")])
    return book


def _text(sheet: Any, text: str, *, is_bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=clean_text(text))
    cell.data_type = "s"
    cell.font = Font(bold=is_bold)
    return cell


def _money(sheet: Any, amount: Decimal) -> Any:
    cell = WriteOnlyCell(sheet, value=amount)
    cell.number_format = _MONEY
    return cell

"""What a file really is, by its first bytes: names lie, above all in exports called `.xls`.

Holds the recognition and the refusals of what is no table. How each kind is read is in `csv_body`,
`workbook` and `old_formats`.
"""

import zipfile
from pathlib import Path
from typing import Literal

from config.errors import SourceError

Kind = Literal["xlsx", "xls", "html", "xml", "csv"]

_START = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A stream of this name inside an OLE file is a workbook behind a password.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BIFF = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHERS = {
    b"%PDF": "PDF",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"Rar!": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"\x1f\x8b": "压缩包",
    b"SQLite format 3": "SQLite 数据库",
    b"PAR1": "Parquet 文件",
}


def kind(path: Path) -> Kind:
    """Return what the file is, whatever its name says.

    Raises:
        SourceError: it cannot be opened, is empty, locked by a password, or no table at all.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError as error:
        raise SourceError(
            f"无法读取文件 {path.name}。", "请检查读权限,或文件是否被占用。"
        ) from error
    if not start.strip():
        raise SourceError(f"文件 {path.name} 是空的。", "请重新导出。")
    if start.startswith(b"PK"):
        return _archive(path)
    if start.startswith(_OLE):
        return _ole(path)
    if start[:2] in _BIFF:
        return "xls"
    for magic, word in _OTHERS.items():
        if start.startswith(magic):
            raise SourceError(f"文件 {path.name} 其实是{word},不是表格。", "请导出为 xlsx 或 csv。")
    if b"\x00" in start and not start.startswith(_UTF16):
        raise SourceError(
            f"文件 {path.name} 含有二进制内容,不是表格。", "请重新导出为 xlsx 或 csv。"
        )
    return _markup(start) or "csv"


def _archive(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise SourceError(
            f"文件 {path.name} 不是有效的 xlsx:文件不完整或已损坏。",
            "请重新导出,或用 Excel 或 WPS 另存。",
        ) from None
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise SourceError(
            f"不能读取 {path.name} 的格式(xlsb 或 ods)。", "请用 Excel 或 WPS 另存为 xlsx。"
        )
    raise SourceError(f"文件 {path.name} 是压缩包,不是表格。", "请先解压,再指向里面的文件。")


def _ole(path: Path) -> Kind:
    with path.open("rb") as file:
        is_locked = _ENCRYPTED in file.read(1 << 20)
    if is_locked:
        raise SourceError(f"文件 {path.name} 设了打开密码。", "请去掉密码后另存。")
    return "xls"


def _markup(start: bytes) -> Kind | None:
    """Tell HTML and the XML of Excel 2003 from text: both are exported under the name `.xls`."""
    for mark in (b"\xef\xbb\xbf", *_UTF16):
        start = start.removeprefix(mark)
    text = start.replace(b"\x00", b"").lstrip().lower()
    if not text.startswith(b"<"):
        return None
    if b"urn:schemas-microsoft-com:office:spreadsheet" in text and b"<html" not in text:
        return "xml"
    is_html = any(tag in text for tag in (b"<html", b"<table", b"<meta", b"<!doctype html"))
    return "html" if is_html else None

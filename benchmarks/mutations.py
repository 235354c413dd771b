"""Mutated exports from a fixed seed: what real files look like when something went wrong.

Holds the making of each file. What must hold for them is in `mutated_files`.
"""

import csv
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl

HEADER = ("工单号", "故障描述", "报修科室", "报修时间", "接单时间", "完成时间", "维修人", "费用")
_START = datetime(2026, 3, 1, 8)  # noqa: DTZ001 - a wall clock in a file
_ODD = (
    *("", "?", "三月底", "99/99/2026 25:61", "1e309", "-1", "=1+1", "a" * 40_000, "第一行\n第二行"),
    *('他说"好"', "'", "😀", "\u202e", "NaN", "1970-01-01", " 0001 "),
)


@dataclass(frozen=True)
class Case:
    """One file. ``rows`` are its data rows, None where the damage leaves that open."""

    number: int
    kind: str
    path: Path
    rows: int | None


def cases(folder: Path, seed: int, count: int) -> Iterator[Case]:
    """Make ``count`` files one after another; the caller may delete each after use."""
    makers = list(_MAKERS.items())
    for number in range(count):
        kind, make = makers[number % len(makers)]
        generator = random.Random(f"{seed}:{number}")  # noqa: S311 - repeatable, not secret
        path = folder / f"export{number}.{'xlsx' if kind.startswith('xlsx') else 'csv'}"
        yield Case(number, kind, path, make(generator, path))


def _rows(generator: random.Random, count: int = 0) -> list[list[str]]:
    found = []
    for number in range(count or generator.randint(3, 60)):
        at = _START + timedelta(minutes=37 * number)
        times = [f"{at + timedelta(minutes=m):%Y-%m-%d %H:%M}" for m in (0, 9, 95)]
        found.append(
            [f"{number:05}", f"打印机卡纸,{number}", "急诊科", *times, "张三", f"{number}.50"]
        )
    return found


def _text(rows: list[list[str]], delimiter: str = ",", header: tuple[str, ...] = HEADER) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows([header, *rows])
    return file.getvalue()


def _encoded(generator: random.Random, path: Path) -> int:
    rows = _rows(generator)
    encoding = generator.choice(("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"))
    path.write_bytes(_text(rows, generator.choice(",\t;|")).encode(encoding))
    return len(rows)


def _wrong_encoding(generator: random.Random, path: Path) -> None:
    path.write_bytes(_text(_rows(generator)).encode(generator.choice(("big5", "shift_jis", "utf-32",
                     "utf-16-le", "euc_kr")), "replace"))  # fmt: skip


def _broken_bytes(generator: random.Random, path: Path) -> None:
    content = bytearray(_text(_rows(generator)).encode(generator.choice(("utf-8", "gbk"))))
    for _ in range(generator.randint(1, 20)):
        content[generator.randrange(len(content))] = generator.randrange(256)
    path.write_bytes(bytes(content))


def _truncated(generator: random.Random, path: Path) -> None:
    content = _text(_rows(generator)).encode(generator.choice(("utf-8", "gbk", "utf-16")))
    path.write_bytes(content[: generator.randrange(len(content))])


def _wrong_types(generator: random.Random, path: Path) -> int:
    rows = _rows(generator)
    for _ in range(len(rows)):
        row = generator.choice(rows)
        row[generator.randrange(1, len(row))] = generator.choice(_ODD)
    path.write_bytes(_text(rows).encode())
    return len(rows)


def _broken_quotes(generator: random.Random, path: Path) -> int:
    rows = _rows(generator)
    lines = _text(rows).splitlines()
    for number in generator.sample(range(1, len(lines)), k=min(3, len(rows))):
        at = generator.randrange(len(lines[number]))
        lines[number] = lines[number][:at] + '"' + lines[number][at:]
    path.write_bytes("\r\n".join([*lines, ""]).encode())
    return len(rows)


def _uneven(generator: random.Random, path: Path) -> int:
    rows = _rows(generator)
    for row in generator.sample(rows, k=min(3, len(rows))):
        if generator.random() < 0.5:  # noqa: PLR2004 - half of them
            del row[generator.randrange(1, len(row)) :]
        else:
            row += ["多", "余"]
    path.write_bytes(_text(rows).encode())
    return len(rows)


def _huge_cell(generator: random.Random, path: Path) -> int:
    rows = _rows(generator)
    generator.choice(rows)[1] = "长" * generator.choice((40_000, 700_000, 3_000_000))
    path.write_bytes(_text(rows).encode())
    return len(rows)


def _many_columns(generator: random.Random, path: Path) -> None:
    width = generator.choice((100_000, 20_000, 10_000, 3_000))
    header = HEADER + tuple(f"x{n}" for n in range(width))
    rows = [[*row, *["1"] * width] for row in _rows(generator, 5)]
    path.write_bytes(_text(rows, header=header).encode())


def _newlines(generator: random.Random, path: Path) -> int:
    rows = _rows(generator)
    for row in rows:
        if generator.random() < 0.3:  # noqa: PLR2004 - some of them
            row[1] = f"第一行{generator.choice(chr(10) + chr(13))}第二行,有逗号\r\n\r\n第四行"
    path.write_bytes(_text(rows).encode(generator.choice(("utf-8", "gbk"))))
    return len(rows)


def _noise(generator: random.Random, path: Path) -> None:
    starts = (b"", b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"), b"<html><table><tr>", b"%PDF",
              b"\x09\x08\x10\x00", b"<?xml version='1.0'?>")  # fmt: skip
    path.write_bytes(generator.choice(starts) + generator.randbytes(generator.randint(0, 5000)))


def _html(generator: random.Random, path: Path) -> int:
    rows = _rows(generator)
    cells = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [HEADER, *rows]
    )
    encoding = generator.choice(("utf-8", "gbk"))
    path.write_bytes(
        f"<html><meta charset={encoding}><table>{cells}</table></html>".encode(encoding)
    )
    return len(rows)


def _workbook(path: Path, rows: list[list[object]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("工单")
    for row in [list(HEADER), *rows]:
        sheet.append(row)
    book.save(path)


def _xlsx_types(generator: random.Random, path: Path) -> int:
    rows: list[list[object]] = [list(row) for row in _rows(generator)]
    odd = (
        True,
        1e300,
        -5,
        _START,
        _START.date(),
        _START.time(),
        "#N/A",
        "a" * 32_767,
        "多\n行",
        None,
    )
    for row in rows:
        row[generator.randrange(1, len(row))] = generator.choice(odd)
    _workbook(path, rows)
    return len(rows)


def _xlsx_formulas(generator: random.Random, path: Path) -> None:
    rows: list[list[object]] = [list(row) for row in _rows(generator)]
    generator.choice(rows)[7] = "=SUM(1,2)"
    _workbook(path, rows)


def _xlsx_cut(generator: random.Random, path: Path) -> None:
    _workbook(path, [list(row) for row in _rows(generator)])
    content = path.read_bytes()
    path.write_bytes(content[: generator.randrange(len(content))])


def _xlsx_bytes(generator: random.Random, path: Path) -> None:
    _workbook(path, [list(row) for row in _rows(generator)])
    content = bytearray(path.read_bytes())
    for _ in range(generator.randint(1, 10)):
        content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
    path.write_bytes(bytes(content))


def _xlsx_parts(generator: random.Random, path: Path) -> None:
    """Damage the XML itself, in an archive that is whole."""
    _workbook(path, [list(row) for row in _rows(generator)])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = generator.choice([name for name in parts if name.endswith((".xml", ".rels"))])
    content = parts[name]
    how = generator.randrange(3)
    if how == 0:
        del parts[name]
    elif how == 1:
        parts[name] = content[: len(content) // 2]
    else:
        parts[name] = content.replace(b">", b"><", 1)
    _packed(path, parts)


def _packed(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _xlsx_bomb(generator: random.Random, path: Path) -> None:
    """Fill one part with what packs 1:1000, up to 400 MB."""
    _workbook(path, [list(row) for row in _rows(generator)])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    target = generator.choice(("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/bomb.bin"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name != target:
                archive.writestr(name, content)
        with archive.open(target, "w", force_zip64=True) as bomb:
            for _ in range(generator.choice((40, 200, 400))):
                bomb.write(b" " * (1 << 20))


_MAKERS: dict[str, Callable[[random.Random, Path], int | None]] = {
    "encoding": _encoded,
    "wrong types": _wrong_types,
    "truncated": _truncated,
    "broken quotes": _broken_quotes,
    "xlsx types": _xlsx_types,
    "huge cell": _huge_cell,
    "100 000 columns": _many_columns,
    "xlsx bomb": _xlsx_bomb,
    "xlsx formulas": _xlsx_formulas,
    "newlines": _newlines,
    "uneven rows": _uneven,
    "xlsx cut": _xlsx_cut,
    "xlsx bytes": _xlsx_bytes,
    "xlsx parts": _xlsx_parts,
    "wrong encoding": _wrong_encoding,
    "broken bytes": _broken_bytes,
    "html": _html,
    "noise": _noise,
}

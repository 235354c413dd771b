"""The parts of workbooks that stand alone: amounts in words, flows of tickets, the writer."""

import zipfile
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from exports.workbook.chinese_amount import chinese_amount
from exports.workbook.flows import flow_of, merged
from exports.workbook.sheet import text_width
from exports.workbook.writer import CachedWriter, FormulaCell, clean_text, save

INSTANT = datetime(2026, 11, 1, 8)  # noqa: DTZ001 - instants are naive UTC


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("0.004", "零元整"),
        ("0.005", "壹分"),
        ("10", "壹拾元整"),
        ("1005", "壹仟零伍元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("100000.00", "壹拾万元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("1000050.30", "壹佰万零伍拾元叁角整"),
        ("10010001", "壹仟零壹万零壹元整"),
        ("100000000", "壹亿元整"),
        ("100000005.06", "壹亿零伍元零陆分"),
        ("1234567890123.45", "壹万亿贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分"),
        ("-3.50", "负叁元伍角整"),
    ],
)
def test_an_amount_is_written_in_words_as_on_a_bill(amount: str, words: str) -> None:
    assert chinese_amount(Decimal(amount)) == words


def test_an_amount_beyond_all_places_is_refused() -> None:
    with pytest.raises(ValueError, match="out of range"):
        chinese_amount(Decimal("1e16"))


_DIGITS = {character: place for place, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
_UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def _read_group(words: str) -> int:
    total, digit = 0, 0
    for character in words:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total, digit = total + digit * _UNITS[character], 0
    return total + digit


def _read_amount(words: str) -> Decimal:
    """Read an amount in words back, by another way than it was written."""
    cents = 0
    yuan, _, rest = words.partition("元") if "元" in words else ("", "", words)
    for unit, worth in (("角", 10), ("分", 1)):
        if unit in rest:
            cents += _DIGITS[rest[rest.index(unit) - 1]] * worth
    total, above = 0, yuan.replace("万亿", "兆")
    for unit, worth in (("兆", 10**12), ("亿", 10**8), ("万", 10**4), ("", 1)):
        group, found, below = above.partition(unit) if unit else (above, "", "")
        if found or not unit:
            total += _read_group(group) * worth
            above = below
    return total + Decimal(cents) / 100


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_an_amount_in_words_reads_back_as_itself(cents: int) -> None:
    words = chinese_amount(Decimal(cents) / 100)
    assert _read_amount(words) == Decimal(cents) / 100
    assert "零零" not in words
    assert words.endswith(("整", "分"))


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[int, int | None]]:
    """States of one ticket while open: in order, some touching, the last one maybe lasting."""
    edges = sorted(draw(st.lists(st.integers(0, 60), min_size=2, max_size=12, unique=True)))
    spans: list[tuple[int, int | None]] = []
    for start, stop in pairwise(edges):
        if draw(st.booleans()):
            spans.append((start, stop))
    if draw(st.booleans()):
        spans.append((edges[-1], None))
    return spans


@given(lives(), st.integers(0, 60), st.integers(1, 40), st.booleans())
def test_every_ticket_balances_over_every_period(
    spans: list[tuple[int, int | None]], begin: int, length: int, is_void: bool
) -> None:
    flow = flow_of(spans, begin, begin + length, is_void=is_void)
    came = flow.opening + flow.entered + flow.reentered
    assert came - flow.left - flow.voided == flow.closing
    assert flow.opening in (0, 1)
    assert flow.closing in (0, 1)


@given(lives(), st.integers(0, 60), st.integers(1, 30), st.integers(1, 30))
def test_the_closing_of_a_period_is_the_opening_of_the_next(
    spans: list[tuple[int, int | None]], begin: int, first: int, second: int
) -> None:
    middle = begin + first
    one = flow_of(spans, begin, middle, is_void=False)
    two = flow_of(spans, middle, middle + second, is_void=False)
    both = flow_of(spans, begin, middle + second, is_void=False)
    assert one.closing == two.opening
    assert one.entered + two.entered == both.entered
    assert one.left + two.left == both.left


def test_states_that_touch_are_one_stretch_in_hand() -> None:
    assert merged([(5, 9), (1, 5), (12, None)]) == [(1, 9), (12, None)]


def test_a_text_that_xml_cannot_hold_loses_only_the_characters() -> None:
    assert clean_text("a\x00b\x0bc\ud800d\uffffe") == "abcde"
    assert clean_text("第一行\n第二行\t列") == "第一行\n第二行\t列"
    assert len(clean_text("长" * 40_000)) == 32_767


def test_a_text_that_excel_would_read_as_an_escape_is_escaped() -> None:
    assert clean_text("_x000D_") == "_x005F_x000D_"
    assert clean_text("max_x1_y") == "max_x1_y"


def test_a_chinese_character_is_two_digits_wide() -> None:
    assert text_width("急诊 ICU") == 8


def _workbook() -> Workbook:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("页")
    sheet._writer = CachedWriter(sheet)
    sheet._writer.write_top()
    cached = [Decimal("99900.00"), 0.1, "字<&", True, "", 7]
    sheet.append([FormulaCell(sheet, f"=A{number}", value) for number, value in enumerate(cached)])
    return book


def test_a_formula_carries_its_value_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    save(_workbook(), path, INSTANT)
    (row,) = openpyxl.load_workbook(path, data_only=True)["页"].iter_rows(values_only=True)
    assert row == (99900, 0.1, "字<&", True, None, 7)
    (row,) = openpyxl.load_workbook(path)["页"].iter_rows(values_only=True)
    assert row == ("=A0", "=A1", "=A2", "=A3", "=A4", "=A5")


def test_the_archive_holds_no_clock(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(_workbook(), tmp_path / name, INSTANT)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}

"""One workbook in the making: its sheets in order, styles, names and what every page says.

Holds what the sheets share. The order in which they are filled, and which there are, is decided in
`compose`; where the file goes, in `exports.month`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

from assets.snapshots import Snapshot
from config import theme
from exports.workbook.editions import SHEETS, Edition, sheet_names
from exports.workbook.facts import Facts
from exports.workbook.sheet import Column, Sheet, serial
from exports.workbook.styles import Styles
from exports.workbook.words import Words

MONTH_START = "期初日"
NEXT_MONTH = "次期初日"


@dataclass
class Book:
    """A write-only workbook with all its sheets created, empty, in order."""

    facts: Facts
    edition: Edition
    words: Words
    snapshot: Snapshot
    version: int
    # What the cover says of the month's closing; empty while the workbook is a draft.
    signed: str = ""
    workbook: Workbook = field(init=False)
    styles: Styles = field(init=False)
    sheets: dict[str, Sheet] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Create the sheets and the names of the period."""
        self.workbook = Workbook(write_only=True)
        self.styles = Styles(self.workbook)
        for name in self.names.values():
            self.workbook.create_sheet(name)
        month = self.facts.month
        self.workbook.defined_names[MONTH_START] = DefinedName(
            MONTH_START, attr_text=str(serial(month.start))
        )
        self.workbook.defined_names[NEXT_MONTH] = DefinedName(
            NEXT_MONTH, attr_text=str(serial(month.end))
        )
        properties = self.workbook.properties
        properties.creator = properties.lastModifiedBy = "OpsPulse 运维脉搏"
        properties.title = f"{self.owner} {self.report_name} {month.text}"
        properties.language = self.words("zh-CN", "en-US")

    @property
    def names(self) -> dict[str, str]:
        """Sheet names by key, in order."""
        return sheet_names(self.edition, self.words)

    @property
    def owner(self) -> str:
        """Hospital and department."""
        return f"{self.facts.known.hospital_name} {self.facts.known.department_name}"

    @property
    def report_name(self) -> str:
        """What the workbook is called."""
        return self.words("运维月报", "Monthly operations report")

    @property
    def period_text(self) -> str:
        """The month in words, with as-of where it is not over."""
        month = self.facts.month
        text = self.words(f"{month.start.year}年{month.start.month}月", month.text)
        if month.is_complete:
            return text
        as_of = self.facts.local(self.facts.known.as_of)
        return text + self.words(f"(截至 {as_of:%m-%d %H:%M})", f" (as of {as_of:%m-%d %H:%M})")

    @property
    def demo_mark(self) -> str:
        """What every page of a demo says, empty otherwise."""
        if not self.snapshot.is_demo:
            return ""
        return f" 「{theme.DEMO_WORDS[self.words.lang]}」"

    def has(self, key: str) -> bool:
        """Tell whether this edition holds a sheet."""
        return key in self.edition.sheets

    def sheet(self, key: str, title: str, columns: Sequence[Column]) -> Sheet:
        """Begin a sheet; columns outside the edition's allow-list are left out."""
        allowed = self.edition.columns.get(key)
        kept = [column for column in columns if allowed is None or column.key in allowed]
        self.sheets[key] = Sheet(self, self.names[key], title, kept)
        if self.signed:
            _protect(self.sheets[key].ws)
        return self.sheets[key]

    def define(self, name: str, reference: str) -> None:
        """Give a range or cell a name that formulas use."""
        self.workbook.defined_names[name] = DefinedName(name, attr_text=reference)

    def purpose(self, key: str) -> str:
        """Return what a sheet is for."""
        return self.words(SHEETS[key].purpose_zh, SHEETS[key].purpose_en)


def _protect(worksheet: Any) -> None:
    """Guard the cells of a signed sheet against slips; filters work on. It is no secret."""
    worksheet.protection.sheet = True
    worksheet.protection.autoFilter = False
    worksheet.protection.sort = False
    worksheet.protection.formatColumns = False

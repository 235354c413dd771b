"""In which order the sheets of a workbook are filled.

Holds the one function that turns a snapshot, a month and an edition into a workbook. Sheets with
rows come first, because formulas elsewhere name their ranges; the order on screen is the edition's.
"""

from dataclasses import dataclass

import duckdb
from openpyxl import Workbook

from assets.snapshots import Snapshot
from exports.workbook import (
    clocks,
    cost_summary,
    costs,
    cover,
    devices,
    numbers,
    parts_match,
    printing,
    reference,
    stock,
    summary,
    tickets,
)
from exports.workbook.book import Book
from exports.workbook.closed import Closed, with_frozen, write_closed
from exports.workbook.editions import Edition
from exports.workbook.facts import Facts
from exports.workbook.numbers import KpiRow
from exports.workbook.reconcile import write_reconcile
from exports.workbook.words import Words


class Material:
    """What a workbook is made of, read once and written as often as versions must be compared."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        facts: Facts,
        edition: Edition,
        words: Words,
        closed: Closed | None = None,
    ) -> None:
        """Read every KPI of the month; ``closed``: what the archive says of the one before."""
        self.facts, self.edition, self.words = facts, edition, words
        self.closed = closed or Closed()
        data_from = facts.known.data_from
        self.now: list[KpiRow] = numbers.read_all(con, facts.month, edition.role, data_from)
        self.rows = with_frozen(self.now, self.closed)
        self.opening_backlog = numbers.backlog_at_start(con, facts.month, edition.role)


@dataclass(frozen=True)
class Composed:
    """A workbook ready to be saved, and the checks of 90勾稽 that do not hold in it."""

    workbook: Workbook
    failed: list[str]


def compose(material: Material, snapshot: Snapshot, version: int, signed: str = "") -> Composed:
    """Return the workbook of a month.

    Args:
        material: what it is made of.
        snapshot: the snapshot that it was read from.
        version: of the file.
        signed: what the cover says of the closing; empty: the workbook is a draft.
    """
    book = Book(material.facts, material.edition, material.words, snapshot, version, signed)
    if book.has("tickets"):
        tickets.write_tickets(book)
        tickets.write_flows(book)
        clocks.write_clocks(book)
        clocks.write_sla(book)
    costs.write_costs(book)
    cost_summary.write_summary(book)
    stock.write_stock(book)
    further = [
        *parts_match.write_parts_match(book),
        *printing.write_printing(book),
        *devices.write_devices(book),
    ]
    cells = summary.write_summary(book, material.rows)
    further += write_closed(book, material.now, material.closed, cells)
    failed = write_reconcile(book, material.rows, cells, material.opening_backlog, further)
    reference.write_definitions(book, material.rows)
    reference.write_quality(book, material.rows)
    cover.write_cover(book, holds=not failed)
    cover.write_contents(book)
    return Composed(book.workbook, failed)

"""In which order the sheets of a workbook are filled.

Holds the one function that turns a snapshot, a month and an edition into a workbook. Sheets with
rows come first, because formulas elsewhere name their ranges; the order on screen is the edition's.
"""

import duckdb
from openpyxl import Workbook

from assets.snapshots import Snapshot
from exports.workbook import (
    clocks,
    cost_summary,
    costs,
    cover,
    numbers,
    reference,
    stock,
    summary,
    tickets,
)
from exports.workbook.book import Book
from exports.workbook.editions import Edition
from exports.workbook.facts import Facts
from exports.workbook.numbers import KpiRow
from exports.workbook.reconcile import write_reconcile
from exports.workbook.words import Words


class Material:
    """What a workbook is made of, read once and written as often as versions must be compared."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, facts: Facts, edition: Edition, words: Words
    ) -> None:
        """Read every KPI of the month."""
        self.facts, self.edition, self.words = facts, edition, words
        data_from = facts.known.data_from
        self.rows: list[KpiRow] = numbers.read_all(con, facts.month, edition.role, data_from)
        self.opening_backlog = numbers.backlog_at_start(con, facts.month, edition.role)


def compose(material: Material, snapshot: Snapshot, version: int) -> Workbook:
    """Return the workbook of a month, ready to be saved."""
    book = Book(material.facts, material.edition, material.words, snapshot, version)
    if book.has("tickets"):
        tickets.write_tickets(book)
        tickets.write_flows(book)
        clocks.write_clocks(book)
        clocks.write_sla(book)
    costs.write_costs(book)
    cost_summary.write_summary(book)
    stock.write_stock(book)
    cells = summary.write_summary(book, material.rows)
    holds = write_reconcile(book, material.rows, cells, material.opening_backlog)
    reference.write_definitions(book, material.rows)
    reference.write_quality(book, material.rows)
    cover.write_cover(book, holds=holds)
    cover.write_contents(book)
    return book.workbook

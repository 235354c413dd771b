"""One figure as each surface shows it: the command, a page, the workbook, the wall.

Holds the reading of surfaces, each through its own way in; that they agree is asserted in
`test_golden_surfaces`, and which KPI stands where on the wall in `wall_figures`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from signed_in import Person
from typer.testing import CliRunner
from workbook_reader import table

from assets import metrics
from config.settings import Settings
from pipelines.cli import app

Row = dict[str, Any]


class Command:
    """`opspulse kpi show`, as somebody types it, for one home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[tuple[str, ...], list[Row]] = {}

    def rows(self, metric_id: str, start: date, end: date, *more: str) -> list[Row]:
        """Return what the command prints as JSON for the days from start to before end."""
        asked = ("kpi", "show", metric_id, "--from", f"{start}", "--to", f"{end}",
                 "--format", "json", *more)  # fmt: skip
        if asked not in self._known:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("pipelines.cli_kpi.installed", lambda: self._settings)
                said = CliRunner().invoke(app, list(asked))
            assert said.exit_code == 0, said.output
            self._known[asked] = json.loads(said.stdout)
        return self._known[asked]

    def month(self, metric_id: str, month: date, *more: str) -> list[Row]:
        """Return the numbers of one month."""
        return self.rows(metric_id, month, metrics.add_months(month, 1), *more)


def written(row: Row) -> str:
    """Return a number as people read it."""
    metric = metrics.registry()[row["metric_id"]]
    return metrics.format_value(
        metric, row["statistic"], row["value"], state=row["state"], lo=row["lo"]
    )


@dataclass(frozen=True)
class Page:
    """What a page of one KPI shows: its figures, and how many rows it says and lists."""

    figures: dict[str, str]
    total: int | None
    listed: int


def nodes(tree: Any) -> Iterator[Row]:
    """Yield the properties of every component of an answer, in order."""
    if isinstance(tree, list):
        for child in tree:
            yield from nodes(child)
    elif isinstance(tree, dict):
        props = tree.get("props", {})
        yield props
        yield from nodes(props.get("children"))


def _words(props: Row) -> str:
    children = props.get("children")
    if isinstance(children, dict):
        return _words(children["props"])
    return str(children)


def page(person: Person, path: str, search: str) -> Page:
    """Return what a page answers to the callback of a browser."""
    answer = person.ask(path, search)
    assert answer.status_code == 200, path
    found = list(nodes(answer.get_json()["response"]["page"]["children"]))
    figures = {one["data-figure"]: _words(one) for one in found if "data-figure" in one}
    totals = [int(one["data-total"]) for one in found if one.get("id") == "rows-told"]
    listed = sum(len(one["rowData"]) for one in found if "rowData" in one)
    return Page(figures, totals[0] if totals else None, listed)


def cells(workbook: Path) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Return value and number of cases of each line of 汇总, by KPI and words of the statistic."""
    book = openpyxl.load_workbook(workbook, data_only=True)
    return {
        (line["标识"], line["口径(单位)"]): (line["本月"], line["样本 n"])
        for line in table(book["01汇总"])
        if line["标识"]
    }

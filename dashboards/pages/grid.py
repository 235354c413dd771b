"""Rows as a grid that sorts, filters, exports and leads on to the device or ticket of a row.

Holds the one grid of the pages. Which rows there are and who may see them is decided by readers;
the file of all rows behind a number, not only of those in a grid, is made in `row_files`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import dash_ag_grid as dag
from dash import html

from assets import device_card, ticket_card
from dashboards.page_words import column_word, grid_words
from dashboards.pages import parts
from dashboards.pages.ask import Ask

GRID, EXPORT = "rows-grid", "rows-export"
Key = Mapping[str, str | None]


class _Link(NamedTuple):
    """Which columns lead to a thing's own page, for the roles that may open it."""

    roles: Sequence[str]
    columns: Sequence[str]


_LINKS = {
    "asset": _Link(device_card.ROLES, ("asset_tag", "asset_id", "asset_name")),
    "ticket": _Link(ticket_card.ROLES, ("ticket_no", "ticket_id", "episode_id")),
}


def rows(
    ask: Ask, shown: Sequence[Mapping[str, Any]], keys: Sequence[Key], *, name: str
) -> list[Any]:
    """Return rows as a grid and the button that saves them as they stand, filtered and sorted.

    Texts are texts, never markup; in the file no text begins as a formula does.

    Args:
        ask: who asks, in which language.
        shown: what stands in the grid.
        keys: for each row its site, device and ticket, see `metric_rows.Rows`.
        name: what the file is called, without its ending.
    """
    kinds = [kind for kind, link in _LINKS.items() if ask.viewer.role in link.roles]
    leads = {column: kind for kind in kinds for column in _LINKS[kind].columns}
    table = dag.AgGrid(
        id=GRID,
        rowData=[
            {column: _plain(value) for column, value in row.items()} | _addresses(ask, kinds, key)
            for row, key in zip(shown, keys, strict=True)
        ],
        columnDefs=[_column(ask, column, leads.get(column)) for column in (shown or [{}])[0]],
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "minWidth": 110},
        columnSize="autoSize",
        dashGridOptions={"pagination": True, "paginationPageSize": 20,
                         "enableCellTextSelection": True, "localeText": grid_words(ask.lang)},
        csvExportParams={"fileName": f"{name}.csv",
                         "processCellCallback": {"function": "harmless(params)"}},
        style={"height": "420px"},
    )  # fmt: skip
    return [html.Button(ask.word("save_grid"), id=EXPORT, type="button", className="choice"), table]


def _column(ask: Ask, name: str, kind: str | None) -> dict[str, Any]:
    column: dict[str, Any] = {"field": name, "headerName": column_word(name, ask.lang)}
    if kind:
        column |= {"cellRenderer": "PageLink", "cellRendererParams": {"to": f"_{kind}"}}
    return column


def _addresses(ask: Ask, kinds: Sequence[str], key: Key) -> dict[str, str]:
    return {
        f"_{kind}": parts.address(ask, kind, name, key["site"])
        for kind in kinds
        if (name := key[kind])
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)

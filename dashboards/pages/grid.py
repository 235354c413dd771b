"""Rows as a grid that sorts, filters and leads on: to the device or the ticket that a row is about.

Holds the one grid of the pages. Which rows there are and who may see them is decided by readers.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import dash_ag_grid as dag

from assets import device_card, ticket_card
from dashboards.page_words import column_word, grid_words
from dashboards.pages import parts
from dashboards.pages.ask import Ask

Key = Mapping[str, str | None]


class _Link(NamedTuple):
    """Which columns lead to a thing's own page, for the roles that may open it."""

    roles: Sequence[str]
    columns: Sequence[str]


_LINKS = {
    "asset": _Link(device_card.ROLES, ("asset_tag", "asset_id", "asset_name")),
    "ticket": _Link(ticket_card.ROLES, ("ticket_no", "ticket_id", "episode_id")),
}


def rows(ask: Ask, shown: Sequence[Mapping[str, Any]], keys: Sequence[Key]) -> Any:
    """Return rows as a grid; texts are texts, never markup or formulas.

    Args:
        ask: who asks, in which language.
        shown: what stands in the grid.
        keys: for each row its site, device and ticket, see `metric_rows.Rows`.
    """
    kinds = [kind for kind, link in _LINKS.items() if ask.viewer.role in link.roles]
    leads = {column: kind for kind in kinds for column in _LINKS[kind].columns}
    return dag.AgGrid(
        id="rows-grid",
        rowData=[
            {name: _plain(value) for name, value in row.items()} | _addresses(ask, kinds, key)
            for row, key in zip(shown, keys, strict=True)
        ],
        columnDefs=[_column(ask, name, leads.get(name)) for name in (shown[0] if shown else ())],
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "minWidth": 110},
        columnSize="autoSize",
        dashGridOptions={"pagination": True, "paginationPageSize": 20,
                         "enableCellTextSelection": True, "localeText": grid_words(ask.lang)},
        style={"height": "420px"},
    )  # fmt: skip


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
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)

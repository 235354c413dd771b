"""What several pages show alike: tables, filters, lines of findings, definition lists.

Holds components made of values that are ready; numbers are read and worded by the pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from dash import dcc, html

from assets import device_card
from assets.metrics import Metric, dimensions
from dashboards.pages.ask import FILTERS, NARROWED, SPANS, Ask

Child = Any


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Child]],
    *,
    numbers: Sequence[int] = (),
    wide: Sequence[int] = (),
) -> Child:
    """Return a table; columns of ``numbers`` stand right, those of ``wide`` yield on a phone."""

    def names(place: int) -> str:
        return " ".join(
            name for name, places in (("number", numbers), ("wide", wide)) if place in places
        )

    return html.Div(
        html.Table(
            [
                html.Thead(
                    html.Tr(
                        [
                            html.Th(text, className=names(i), scope="col")
                            for i, text in enumerate(head)
                        ]
                    )
                ),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                cell
                                if isinstance(cell, html.Td)
                                else html.Td(cell, className=names(i))
                                for i, cell in enumerate(row)
                            ]
                        )
                        for row in rows
                    ]
                ),
            ]
        ),
        className="scroll",
    )


def pairs(fields: Iterable[tuple[str, Child]]) -> Child:
    """Return names and values as a definition list; empty values are left out."""
    shown = [(name, value) for name, value in fields if value]
    return html.Dl([part for name, value in shown for part in (html.Dt(name), html.Dd(value))])


def day(value: date | None) -> str:
    """Return a local day as text, empty for none."""
    return "" if value is None else f"{value:%Y-%m-%d}"


def findings(sentences: Iterable[str]) -> Child:
    """Return one paragraph per finding."""
    return html.Div([html.P(f"● {text}", className="find") for text in sentences])


def as_of(ask: Ask) -> Child:
    """Return the line that says of when the numbers are."""
    at = f"{ask.context.as_of_on:%Y-%m-%d}"
    parts = [
        ask.word("as_of", at=at),
        ask.word("snapshot", id=ask.reading.id),
        ask.word("rules", version=ask.context.rules_version),
    ]
    return html.P(" · ".join(parts), className="asof")


def filters(ask: Ask, names: Sequence[str] = FILTERS) -> Child:
    """Return the choices of month and places; a choice changes the URL and nothing else."""
    months = [{"label": f"{one:%Y-%m}", "value": f"{one:%Y-%m}"} for one in ask.months()]
    choices = [_choice(ask, "month", months, f"{ask.month:%Y-%m}")]
    if ask.viewer.role != "department":
        choices += [_choice(ask, name, _options(ask, name), ask.params.get(name)) for name in names]
    return html.Div([html.Div(choices, className="filters"), _printed(ask)])


def _printed(ask: Ask) -> Child:
    """Return what is chosen, in words for paper, where choices are left out."""
    chosen = [f"{ask.word('month')} {ask.month:%Y-%m}"]
    for name in FILTERS:
        code = ask.params.get(name)
        if code:
            names = dict(ask.choices(name))
            chosen.append(f"{ask.word(name)} {names.get(code, code)}")
    return html.P(" · ".join(chosen), className="printed")


def dropdown_words(ask: Ask) -> Child:
    """Return a dropdown's own words in the page's language."""
    names = ("select_all", "deselect_all", "selected_count", "search", "clear_search",
             "clear_selection", "no_options_found")  # fmt: skip
    return {name: ask.word(f"dropdown_{name}") for name in names}


def _choice(ask: Ask, name: str, options: list[dict[str, str]], value: str | None) -> Child:
    return html.Label(
        [
            ask.word(name),
            dcc.Dropdown(
                id={"type": "filter", "name": name},
                options=options,
                value=value,
                clearable=name != "month",
                placeholder=ask.word("all"),
                labels=dropdown_words(ask),
            ),
        ]
    )


def _options(ask: Ask, name: str) -> list[dict[str, str]]:
    return [{"label": text, "value": code} for code, text in ask.choices(name)]


def chosen_links(choices: Iterable[tuple[str, str, bool]]) -> Child:
    """Return links of which one is chosen: text, address and whether it is."""
    return html.Nav(
        [
            dcc.Link(text, href=href, className="choice chosen" if is_chosen else "choice")
            for text, href, is_chosen in choices
        ],
        className="choices",
    )


def spans(ask: Ask, path: str, usual: int = 1) -> Child:
    """Return the choice of how many months up to the chosen one are looked at."""
    kept = {**ask.narrowed(), "by": ask.params.get("by")}
    return chosen_links(
        (
            ask.word("span_months", n=months) if months > 1 else ask.word("span_month"),
            ask.link(path, **(kept | {"span": str(months)})),
            months == ask.span(usual),
        )
        for months in SPANS
    )


def narrowing(ask: Ask, path: str, metric: Metric) -> Child:
    """Return what the number is narrowed to beside the filters, each with a way to drop it."""
    known = [name for name in NARROWED if ask.params.get(name) and name in metric.dimensions]
    kept = {**ask.narrowed(), "by": ask.params.get("by")}
    return html.Div(
        [
            dcc.Link(
                f"{dimensions()[name].text(ask.lang)}: {ask.params[name]} ×",
                href=ask.link(path, **(kept | {name: None})),
                className="choice chosen",
            )
            for name in known
        ],
        className="choices",
    )


def address(ask: Ask, kind: str, name: str, site_id: str | None) -> str:
    """Return the address of the page of one thing: ``kind`` asset or ticket, by its id."""
    return ask.link(f"/{kind}/{quote(name, safe='')}", site=site_id, month=None)


def device(ask: Ask, asset_id: str | None, site_id: str | None, text: str | None = None) -> Child:
    """Return a device's number as a link to its card, for who may open cards."""
    shown = text or asset_id or ""
    if not asset_id or ask.viewer.role not in device_card.ROLES:
        return shown
    return dcc.Link(shown, href=address(ask, "asset", asset_id, site_id))


def ticket(ask: Ask, row: Mapping[str, Any]) -> Child:
    """Return a ticket's number as a link to its own page; ``row`` has its id, number and site."""
    shown = row["ticket_no"] or row["ticket_id"]
    return dcc.Link(shown, href=address(ask, "ticket", row["ticket_id"], row["site_id"]))

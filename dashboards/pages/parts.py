"""What several pages show alike: tables, filters, lines of findings, definition lists.

Holds components made of values that are ready; numbers are read and worded by the pages.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from dash import dcc, html

from assets import viewers
from dashboards.pages.ask import FILTERS, Ask

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
    return html.Div(choices, className="filters")


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
            ),
        ]
    )


def _options(ask: Ask, name: str) -> list[dict[str, str]]:
    def make() -> list[tuple[str, str]]:
        return viewers.choices(ask.con, ask.viewer, name, lang=ask.lang)

    rows: list[tuple[str, str]] = ask.reading.kept(("choices", ask.viewer, name, ask.lang), make)
    return [{"label": text, "value": code} for code, text in rows]

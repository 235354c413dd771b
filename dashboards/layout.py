"""The skeleton of the wall: which box stands where, and which part of the document fills it.

Holds Dash components without any text: `data-bind` names the path in the document whose text a box
shows, `data-rows` the path of its rows. `static/wall.js` fills them and touches only what changed;
`static/wall.css` says how they look.
"""

from typing import Any

from dash import dcc, html

from config import theme
from dashboards import figures

TILES = (
    "availability",
    "stability",
    "calls",
    "created",
    "completed",
    "engaged",
    "mean_time",
    "top_department",
)
# Shown only when the hospital has metrics of its own.
OWN = ("own_1", "own_2")
HEADLINES = ("availability", "stability")
PAGE_ROWS = 5


def root_style() -> str:
    """Return the wall's two themes as CSS custom properties; dark unless the page says light."""
    dark = "".join(f"--{name.lower()}:{getattr(theme, name)};" for name in theme.LIGHT)
    light = "".join(f"--{name.lower()}:{value};" for name, value in theme.LIGHT.items())
    font = f"--font:{theme.FONT_STACK}"
    return f":root{{{dark}{font}}}:root[data-theme=light]{{{light}}}"


def repainted() -> dict[str, str]:
    """Return each dark colour's light one: figures come painted for the dark wall."""
    return {str(getattr(theme, name)).upper(): light for name, light in theme.LIGHT.items()}


def page_style() -> str:
    """Return the theme of paper, for the pages, as a style sheet of custom properties."""
    names = [name for name in vars(theme) if name.startswith("PAPER_")]
    colours = "".join(
        f"--{name.removeprefix('PAPER_').lower()}:{getattr(theme, name)};" for name in names
    )
    return f":root{{--paper:{theme.PAPER};{colours}--font:{theme.FONT_STACK}}}"


def layout(refresh_seconds: int) -> Any:
    """Return the page.

    Args:
        refresh_seconds: how often the browser asks for news.
    """
    return html.Div(
        [
            html.Div(
                [_header(), _strip(), _main(), _cards(), _footer(), _message(), _alarm()],
                id="stage",
                className="stage",
            ),
            dcc.Interval(id="tick", interval=refresh_seconds * 1000),
            dcc.Store(id="asked"),
        ],
        id="wall",
    )


def _bound(path: str, class_name: str = "") -> Any:
    return html.Span(className=class_name, **data(bind=path))


def data(**values: str) -> dict[str, Any]:
    """Return `data-*` attributes, which Dash takes under names that are no identifiers."""
    return {f"data-{name}": value for name, value in values.items()}


def _header() -> Any:
    return html.Header(
        [
            html.Div(
                [
                    _bound("words.data_as_of"),
                    html.B(id="as-of"),
                    _bound("refresh", "refresh"),
                ],
                className="l",
            ),
            html.H1([html.Span(className="scene-title"), _bound("demo", "demo")]),
            html.Div([html.Span(id="date"), html.B(className="clock")], className="r"),
        ]
    )


def _strip() -> Any:
    return html.Section([_tile(name) for name in (*TILES, *OWN)], className="strip", id="strip")


def _tile(name: str) -> Any:
    path = f"tiles.{name}"
    wide = " head" if name in HEADLINES else " own" if name in OWN else ""
    return html.Div(
        [
            html.Div(
                [_bound(f"{path}.label"), _bound(f"{path}.caption", "caption")], className="k"
            ),
            html.Div(
                [_bound(f"{path}.value", "num"), _bound(f"{path}.unit", "unit")], className="v"
            ),
            html.Div(_bound(f"{path}.lines.0"), className="n"),
            html.Div(_bound(f"{path}.lines.1"), className="n"),
            html.Div(
                [_bound(f"{path}.note", "note"), html.Span(className="age")], className="foot"
            ),
        ],
        id=f"tile-{name}",
        className=f"tile{wide}",
        **data(tile=path),
    )


def _panel(name: str, *content: Any, legend: Any = None) -> Any:
    path = f"panels.{name}"
    note: list[Any] = [legend] if legend is not None else []
    heading = html.H2(
        [
            _bound(f"{path}.title", "title"),
            html.Span(
                [*note, _bound(f"{path}.note"), html.Span(className="age")], className="aside"
            ),
        ]
    )
    source = "live" if name in ("due", "queue") else "snapshot"
    return html.Div(
        [heading, *content, html.Div(_bound(f"{path}.find"), className="find")],
        id=f"panel-{name}",
        className="panel",
        **data(source=source, panel=path),
    )


def _rows(name: str, page: int = 0) -> Any:
    return html.Div(
        className=f"rows {name}",
        **data(rows=f"panels.{name}", page=str(page)),
    )


def _chart(name: str, size: tuple[int, int]) -> Any:
    width, height = size
    return dcc.Graph(
        id=f"figure-{name}",
        figure=figures.blank(size),
        config=figures.GRAPH_CONFIG,
        style={"width": f"{width}px", "height": f"{height}px"},
        className="chart",
    )


def _key(name: str) -> Any:
    path = f"panels.trend.keys.{name}"
    return html.Span([html.I(className=f"key {name}"), _bound(path)], className="legend")


def _main() -> Any:
    legend = html.Span([_key("reports"), _key("completions"), _key("limits")])
    left = [
        _panel("trend", _chart("trend", figures.TREND_SIZE), legend=legend),
        _panel("sla", _rows("sla")),
    ]
    centre = [_panel("due", _rows("due", PAGE_ROWS)), _panel("queue", _rows("queue"))]
    right = [
        _panel("departments", _rows("departments")),
        _panel("models", _chart("models", figures.MODELS_SIZE)),
    ]
    columns = (("left", left), ("centre", centre), ("right", right))
    return html.Section(
        [html.Div(panels, className=f"col {side}") for side, panels in columns], className="main"
    )


def _cards() -> Any:
    """The place of the further scenes; the browser fills it."""
    return html.Section(id="cards", className="cards")


def _alarm() -> Any:
    """The line that pre-empts the rotation."""
    return html.Div(id="alarm", className="alarm", hidden=True, role="alert")


def _footer() -> Any:
    return html.Footer([_bound("footer.quality"), _bound("footer.origin")])


def _message() -> Any:
    """The banner over the stage: no snapshot, no connection, old data."""
    return html.Div(html.Span(id="banner-text"), id="banner", className="banner", hidden=True)

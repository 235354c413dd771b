"""All rows behind a number as a file: what the grid of its page shows the first part of.

Holds the links and the route. Which rows these are and who may see them is decided by
`assets.viewers`; the file is written by `exports`, which is given to the server when it starts.
"""

import io
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask
from dash import html

from assets import metric_rows, metrics, viewers
from assets.metrics import Metric, registry
from config.errors import OpsPulseError
from config.settings import Settings
from dashboards import access
from dashboards.page_words import column_word
from dashboards.pages.ask import Ask, params_of
from dashboards.pages.packs import Writers
from dashboards.pages.served import Served

_KEY, _ROUTE = "opspulse_row_files", "/rows/"
_KINDS = {"xlsx": "Excel", "csv": "CSV"}
_NOT_FOUND = 404
# More than this nobody reads as one list, and it would be built in memory; the page then asks for
# a shorter time or one department.
_MOST = 200_000


def links(ask: Ask, metric: Metric, total: int) -> list[Any]:
    """Return the links to the file of all rows, nothing where this server cannot write it."""
    if not total or not flask.current_app.extensions.get(_KEY):
        return []
    if total > _MOST:
        return [html.P(ask.word("rows_too_many", most=_MOST))]
    return [
        html.A(
            ask.word("save_rows", total=f"{total:,}", kind=name),
            href=ask.link(f"{_ROUTE}{metric.id}.{kind}", **ask.narrowed()),
            className="choice",
        )
        for kind, name in _KINDS.items()
    ]


def rows_of(ask: Ask, metric: Metric, *, limit: int) -> metric_rows.Rows | None:
    """Return the rows behind the number that the URL asks for, at most ``limit`` of them.

    Raises:
        RefusedError: no number of this metric is for the reader.
        ConfigError: these rows are not open to the reader.
    """
    return viewers.rows_behind(
        ask.con,
        ask.viewer,
        metric.id,
        ask.month,
        months=ask.span(),
        where=ask.where(metric),
        limit=limit,
        lang=ask.lang,
    )


def register(
    server: flask.Flask, settings: Settings, served: Served, writers: Writers | None
) -> None:
    """Add the route that writes the rows of a number and hands them out."""
    server.extensions[_KEY] = writers is not None

    @server.get(f"{_ROUTE}<name>.<kind>")
    def rows(name: str, kind: str) -> flask.Response:
        metric = registry().get(name)
        if metric is None or kind not in _KINDS or writers is None:
            flask.abort(_NOT_FOUND)
        params = params_of(f"?{flask.request.query_string.decode(errors='replace')}")
        try:
            with served.reading() as reading:
                if reading is None:
                    flask.abort(_NOT_FOUND)
                ask = Ask(
                    reading,
                    access.viewer(),
                    settings,
                    metrics.context(reading.con),
                    name,
                    params,
                    params.get("lang", settings.language),
                )
                content = _file(ask, metric, kind, writers)
        except OpsPulseError:
            access.note(settings, "refused", f"rows {name}")
            flask.abort(_NOT_FOUND)
        access.note(settings, "downloaded", f"rows {name} {ask.month:%Y-%m}")
        called = f"{metric.code} {metric.names.text(ask.lang)} {ask.month:%Y-%m}.{kind}"
        return flask.send_file(io.BytesIO(content), as_attachment=True, download_name=called)


def _file(ask: Ask, metric: Metric, kind: str, writers: Writers) -> bytes:
    """Return the file's bytes; the table has the columns of the grid."""
    found = rows_of(ask, metric, limit=_MOST)
    if found is None or not 0 < found.total <= _MOST:
        flask.abort(_NOT_FOUND)
    names = list(found.shown[0])
    heads = [column_word(name, ask.lang) for name in names]
    table = (metric.code, heads, ([_cell(row[name]) for name in names] for row in found.shown))
    with tempfile.TemporaryDirectory() as folder:
        return writers.table(Path(folder) / f"rows.{kind}", [table]).read_bytes()


def _cell(value: Any) -> Any:
    """Return a cell: numbers stay numbers, a day or an instant is told as the grid tells it."""
    is_number = value is None or (
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    )
    return value if is_number else str(value)

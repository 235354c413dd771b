"""Workbooks that a page offers and that are written when somebody asks for them.

Holds the route that hands them out, and what the server is given to write with. They are written
by `exports`; who may have which is decided by the readers under it.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import flask
from dash import html

from assets.viewers import Viewer
from config.errors import OpsPulseError
from config.settings import Settings
from dashboards import access
from dashboards.pages.ask import Ask

Table = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


class Writers(Protocol):
    """Who writes files for the pages; `exports` has them, which this room may not import."""

    @property
    def packs(self) -> Mapping[str, Callable[[Settings, Viewer, str, date], Path]]:
        """Workbooks by kind: about one subject, in one month."""

    @property
    def table(self) -> Callable[[Path, Sequence[Table]], Path]:
        """Writes tables (name, heads, rows) to a path that ends in .xlsx or .csv."""


_KEY, _ROUTE = "opspulse_packs", "/packs/"
_NOT_FOUND = 404
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def link(ask: Ask, kind: str, subject: str, text: str) -> list[Any]:
    """Return the link to a workbook, nothing where this server cannot write it."""
    if kind not in flask.current_app.extensions.get(_KEY, ()):
        return []
    address = f"{_ROUTE}{kind}/{quote(subject)}?month={ask.month:%Y-%m}"
    return [html.A(text, href=address, className="choice")]


def register(server: flask.Flask, settings: Settings, writers: Writers | None) -> None:
    """Add the route that writes a workbook and hands it out."""
    kinds = writers.packs if writers else {}
    server.extensions[_KEY] = frozenset(kinds)
    # one at a time: two of a name would share their unfinished file
    lock = threading.Lock()

    @server.get(f"{_ROUTE}<kind>/<path:subject>")
    def pack(kind: str, subject: str) -> flask.Response:
        month = _month(flask.request.args.get("month", ""))
        if kind not in kinds or month is None:
            flask.abort(_NOT_FOUND)
        try:
            with lock:
                path = kinds[kind](settings, access.viewer(), subject, month)
        except OpsPulseError:
            access.note(settings, "refused", f"pack {kind} {subject}")
            flask.abort(_NOT_FOUND)
        access.note(settings, "downloaded", f"pack {kind} {subject}")
        return flask.send_file(path, as_attachment=True, download_name=path.name)


def _month(text: str) -> date | None:
    """Return the month of an address; None for none, or one that no hospital has data of."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if _FIRST_YEAR <= month.year <= _LAST_YEAR else None

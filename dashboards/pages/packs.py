"""Workbooks that a page offers and that are written when somebody asks for them.

Holds the route that hands them out. They are written by `exports`, which is given to the server
when it starts; who may have which is decided by the readers under it.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import flask
from dash import html

from assets.viewers import Viewer
from config.errors import OpsPulseError
from config.settings import Settings
from dashboards import access
from dashboards.pages.ask import Ask

Writer = Callable[[Settings, Viewer, str, date], Path]
_KEY, _ROUTE = "opspulse_packs", "/packs/"
_NOT_FOUND = 404
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def link(ask: Ask, kind: str, subject: str, text: str) -> list[Any]:
    """Return the link to a workbook, nothing where this server cannot write it."""
    if kind not in flask.current_app.extensions.get(_KEY, ()):
        return []
    address = f"{_ROUTE}{kind}/{quote(subject)}?month={ask.month:%Y-%m}"
    return [html.A(text, href=address, className="choice")]


def register(server: flask.Flask, settings: Settings, writers: Mapping[str, Writer]) -> None:
    """Add the route that writes a workbook and hands it out."""
    server.extensions[_KEY] = frozenset(writers)
    # one at a time: two of a name would share their unfinished file
    lock = threading.Lock()

    @server.get(f"{_ROUTE}<kind>/<path:subject>")
    def pack(kind: str, subject: str) -> flask.Response:
        month = _month(flask.request.args.get("month", ""))
        if kind not in writers or month is None:
            flask.abort(_NOT_FOUND)
        try:
            with lock:
                path = writers[kind](settings, access.viewer(), subject, month)
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

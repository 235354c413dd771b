"""导出中心: the workbooks that lie in the exports folder, for those whose edition it is.

Holds who may fetch which file and the route that hands it out. Files are written by `exports`.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import flask
from dash import html

from config.settings import Settings
from dashboards import access
from dashboards.pages import parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/downloads", "page_downloads"
ROLES = ("head", "finance", "qcc")
_ROUTE = "/files/"
# What a file's name says of its edition; a name with none of these is the head's.
_OF_ROLE = {"finance": ("财务版", "奖金发放"), "qcc": ("重复故障", "品管圈")}
_NOT_FOUND = 404


def render(ask: Ask) -> list[Any]:
    """Return the files that are open to the reader, newest first."""
    files = _open_to(ask.settings, ask.viewer.role)
    if not files:
        return [html.P(ask.word("no_files"))]
    head = [ask.word(name) for name in ("file", "size", "hash")]
    lines = [
        [
            html.A(path.name, href=f"{_ROUTE.lstrip('/')}{quote(path.name)}", download=path.name),
            f"{path.stat().st_size / 1024:,.0f} kB",
            html.Span(_digest(path, path.stat().st_mtime_ns), className="hash"),
        ]
        for path in files
    ]
    return [parts.table(head, lines, numbers=(1,), wide=(2,))]


def register(server: flask.Flask, settings: Settings) -> None:
    """Add the route that hands out a file."""

    @server.get(f"{_ROUTE}<name>")
    def file(name: str) -> flask.Response:
        found = {path.name: path for path in _open_to(settings, access.viewer().role)}
        if name not in found:
            access.note(settings, "refused", f"file {name}")
            flask.abort(_NOT_FOUND)
        access.note(settings, "downloaded", name)
        return flask.send_file(found[name], as_attachment=True, download_name=name)


def _open_to(settings: Settings, role: str) -> list[Path]:
    """Return the finished workbooks that a role may fetch: the name is looked up, never joined."""
    if role not in ROLES or not settings.exports_dir.is_dir():
        return []
    files = [
        path
        for path in settings.exports_dir.iterdir()
        if path.suffix == ".xlsx" and not path.name.startswith(".") and path.is_file()
    ]
    marks = _OF_ROLE.get(role)
    shown = [path for path in files if marks is None or any(mark in path.name for mark in marks)]
    return sorted(shown, key=lambda path: (-path.stat().st_mtime_ns, path.name))


@lru_cache(maxsize=512)
def _digest(path: Path, _written: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""How the command speaks: sentences, tables, JSON, progress, and errors without tracebacks.

Holds everything that prints. Results go to stdout, progress and errors to stderr, so that a program
may read the one while a person watches the other. What is said is decided by the commands.
"""

import errno
import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import typer
from rich.console import Console
from rich.table import Table

from config.errors import OpsPulseError, StateError

# How SQLite (Dagster's history) and DuckDB say that the disk is full.
_FULL_DISK = ("disk is full", "No space left on device")
Handler = TypeVar("Handler", bound=Callable[..., None])


def out() -> Console:
    """Return the console of results."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """Return the console of progress and errors."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(zh: str, en: str, language: str = "zh") -> None:
    """Print one sentence in the language of the installation."""
    out().print(zh if language == "zh" else en, markup=False)


def print_json(value: object) -> None:
    """Print a value as JSON for a program: UTF-8, two spaces, dates in ISO form."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write(f"{text}\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """Print rows as a table; None is shown as a dash."""
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("—" if value is None else str(value) for value in row))
    out().print(table)


def print_pairs(pairs: Mapping[str, object]) -> None:
    """Print names and values, one pair a line."""
    for name, value in pairs.items():
        out().print(f"{name}:{'—' if value is None else value}", markup=False)


@contextmanager
def progress(zh: str, en: str, language: str = "zh") -> Iterator[Callable[[str, float], None]]:
    """Show on stderr that something is going on while the body runs.

    Yields:
        What the body may call with a step's name and the share done (0 to 1); on a terminal it
        moves the line, elsewhere it is silent.
    """
    words = zh if language == "zh" else en
    console = err()
    if not console.is_terminal:
        console.print(words, markup=False)
        yield lambda _step, _share: None
        return
    with console.status(words) as status:
        yield lambda step, share: status.update(f"{words} {step} {share:.0%}")


def mark_demo(is_demo: bool, language: str = "zh", *, to_err: bool = False) -> None:
    """Say that what follows is the demo's; ``to_err`` keeps data formats clean."""
    if is_demo:
        words = "演示数据" if language == "zh" else "Demo data"
        (err() if to_err else out()).print(words, markup=False, style="bold")


def print_error(error: OpsPulseError) -> None:
    """Print a foreseen failure: what is wrong, then what to do."""
    console = err()
    console.print(error.problem, markup=False, style="bold")
    if error.remedy:
        console.print(error.remedy, markup=False)


def install_excepthook() -> None:
    """Turn an unforeseen exception into one sentence and a log file, instead of a traceback."""
    sys.excepthook = _unforeseen


def _unforeseen(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    full = _full_disk(error)
    if full is not None:
        print_error(full)
        return
    text = "".join(traceback.format_exception(kind, error, trace))
    file = _write_log(text)
    console = err()
    console.print(f"程序遇到了意外错误({kind.__name__})。", markup=False, style="bold")
    where = f"详情在 {file},请把它交给开发者。" if file else "磁盘不可写,没有留下日志。"
    console.print(where, markup=False)


def _full_disk(error: BaseException | None) -> StateError | None:
    """Tell a disk that ran full below a library, whose own error says so only in its text."""
    while error is not None:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if is_full or any(words in str(error) for words in _FULL_DISK):
            return StateError(
                "磁盘空间不足,本次运行没有完成。",
                "上一份快照继续服务;请清理磁盘,或把 OPSPULSE_HOME 移到空间更大的磁盘后重新运行。",
            )
        error = error.__cause__ or error.__context__
    return None


def _write_log(text: str) -> Path | None:
    """Write a traceback into the installation's logs, or where any user may write."""
    name = f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    for folder in (_logs_folder(), Path(tempfile.gettempdir())):
        if folder is None:
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        except OSError:
            continue
        return folder / name
    return None


def _logs_folder() -> Path | None:
    from config.settings import load_settings

    try:
        return load_settings().logs_dir
    except OpsPulseError:
        return None


def command(
    app: typer.Typer, zh: str, en: str, *, name: str | None = None
) -> Callable[[Handler], Handler]:
    """Return the decorator of one command; its help is Chinese first, English below."""
    return app.command(name, help=f"{zh}\n\n{en}", short_help=f"{zh}\n{en}")

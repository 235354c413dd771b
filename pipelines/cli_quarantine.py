"""The commands about the quarantine: what is held and why, one row, a file to fix from.

Holds options and words. The rows are read by ``assets.quarantine_view``, the file is written by
``exports.tables``. Personal values are hidden unless they are asked for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from config.errors import ConfigError, StateError
from pipelines import cli_outcome, cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    import duckdb

    from assets.quarantine_view import Held
    from config.settings import Settings
    from exports.tables import Sheet

app = typer.Typer(
    no_args_is_help=True, help="隔离区:哪些行没有进入计算,为什么。 Rows that were held back."
)

TableOption = Annotated[str | None, typer.Option(help="只看这张表。 Only this table.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
WithPersonal = Annotated[
    bool,
    typer.Option(
        "--with-personal",
        help="显示姓名、电话、账号与自由文本。 Show names, numbers, accounts and free text.",
    ),
]
_ID_LENGTH = 10
_MOST_SHOWN = 200


@command(
    app,
    "按表和原因列出隔离的行数,再逐行列出编号;--table 只看一张表。",
    "Count held rows by table and reason, and list them with their ids; --table: of one table.",
    name="list",
)
def list_held(table: TableOption = None, *, as_json: AsJson = False) -> None:
    """Count held rows by table and reason, and list them with their ids."""
    from assets import accounts, quarantine_view

    settings = installed()
    with _warehouse(settings, table) as con:
        counts = quarantine_view.counts(con, table)
        total = quarantine_view.total(con, table)
        held = list(islice(quarantine_view.rows(con, table), None if as_json else _MOST_SHOWN))
        books = accounts.latest(con, table)
    if as_json:
        found = [vars(one) for one in counts]
        cli_output.print_json(
            {
                "total": total,
                "counts": found,
                "rows": [_fields(one) for one in held],
                "books": books,
            }
        )
        return
    zh = settings.language == "zh"
    if books:
        line = {lang: cli_outcome.books(books, lang) for lang in ("zh", "en")}
        cli_output.say(
            f"各表最近一次拉取:{line['zh']}",
            f"Each table's last load: {line['en']}",
            settings.language,
        )
    if not counts:
        cli_output.say("隔离区是空的。", "The quarantine is empty.", settings.language)
        return
    cli_output.print_table(
        ["表", "原因", "行数", "最早"] if zh else ["table", "reason", "rows", "oldest"],
        [[one.table, one.reason, one.rows, _local(settings, one.oldest_at)] for one in counts],
    )
    cli_output.print_table(
        ["编号", "表", "主键", "原因"] if zh else ["id", "table", "key", "reasons"],
        [
            [one.quarantine_id[:_ID_LENGTH], one.table, one.row_key, ";".join(one.reasons)]
            for one in held
        ],
    )
    more = total - len(held)
    cli_output.say(
        f"共隔离 {total} 行" + (f",另有 {more} 行没有列出:加 --table,或导出。" if more else "。"),
        f"{total} rows are held" + (f"; {more} not listed: --table, or export." if more else "."),
        settings.language,
    )
    cli_output.say(
        "逐行查看:opspulse quarantine show 编号;导出给科室修改:opspulse quarantine export。"
        "来源改正后下次运行自动放行。",
        "One row: opspulse quarantine show ID; a file to fix from: opspulse quarantine export. "
        "Rows corrected at the source are released by the next run.",
        settings.language,
    )


@command(app, "显示一行:原始值与全部原因。", "Show one row: its original values, every reason.")
def show(
    row_id: Annotated[
        str, typer.Argument(metavar="ID", help="编号或其开头。 Id or its beginning.")
    ],
    *,
    with_personal: WithPersonal = False,
    as_json: AsJson = False,
) -> None:
    """Show one row: its original values, every reason."""
    from assets import quarantine_view

    settings = installed()
    with _warehouse(settings, None) as con:
        held = quarantine_view.row(con, row_id, is_open=with_personal)
    if as_json:
        places = [{**vars(one), "cells": dict(one.cells)} for one in held.origins]
        cli_output.print_json({**_fields(held), "values": held.values, "origins": places})
        return
    zh = settings.language == "zh"
    cli_output.print_pairs(
        {
            "编号" if zh else "id": held.quarantine_id,
            "数据源" if zh else "source": held.source,
            "表" if zh else "table": held.table,
            "主键" if zh else "key": held.row_key,
            "首次隔离" if zh else "held since": _local(settings, held.first_seen_at),
            "最近一次拉取" if zh else "last load": held.load_id,
        }
    )
    for reason in held.reasons:
        cli_output.out().print(f"· {reason}", markup=False)
    given = [[name, value] for name, value in held.values.items() if value is not None]
    cli_output.print_table(["列", "原始值"] if zh else ["column", "original value"], given)
    _print_origins(held, settings.language)


def _print_origins(held: "Held", language: str) -> None:
    """Say where a file's row stands, and show its cells as they are in the file."""
    if not held.origins:
        return
    zh = language == "zh"
    places = [one.text(language) for one in held.origins]
    cli_output.print_pairs({"文件中的位置" if zh else "in the file": "; ".join(places)})
    cells = [list(cell) for cell in held.origins[0].cells]
    if cells:
        head = ["文件中的列", "单元格原文"] if zh else ["column of the file", "cell as written"]
        cli_output.print_table(head, cells)


@command(
    app,
    "把隔离的行导出为 xlsx 或 csv,供科室在业务系统中改正。",
    "Export held rows as xlsx or csv for the department to correct them at the source.",
)
def export(
    table: TableOption = None,
    to: Annotated[
        Path | None, typer.Option(help="文件,.xlsx 或 .csv。 File, .xlsx or .csv.")
    ] = None,
    *,
    with_personal: WithPersonal = False,
    as_json: AsJson = False,
) -> None:
    """Export held rows as xlsx or csv."""
    from assets import quarantine_view
    from exports.tables import write_tables

    settings = installed()
    with _warehouse(settings, table) as con:
        held = list(quarantine_view.rows(con, table, is_open=with_personal))
    path = to or settings.exports_dir / f"quarantine-{datetime.now(UTC):%Y%m%dT%H%M%S}.xlsx"
    file = write_tables(path, _sheets(settings, held, is_one=path.suffix.lower() == ".csv"))
    if as_json:
        cli_output.print_json({"file": str(file), "rows": len(held)})
        return
    cli_output.say(
        f"已导出 {len(held)} 行:{file}" + ("(含个人信息,请妥善保管)" if with_personal else ""),
        f"{len(held)} rows exported: {file}"
        + (" (holds personal data, keep it safe)" if with_personal else ""),
        settings.language,
    )


def _sheets(settings: "Settings", held: list["Held"], *, is_one: bool) -> "list[Sheet]":
    """Return one sheet per table, or one for all; the original columns follow the reasons."""
    zh = settings.language == "zh"
    heads = [
        "编号",
        "表",
        "主键",
        "原因",
        "首次隔离",
        "拉取批次",
        "文件",
        "工作表",
        "行号",
        "单元格原文",
    ]
    english = ["id", "table", "key", "reasons", "held since", "load", "file", "sheet", "line",
               "cells as written"]  # fmt: skip
    groups: dict[str, list[Held]] = {}
    for one in held:
        groups.setdefault("quarantine" if is_one else one.table, []).append(one)
    sheets: list[Sheet] = []
    for name, rows in (groups or {"quarantine": []}).items():
        columns = list(dict.fromkeys(column for one in rows for column in one.values))
        cells = [
            [
                one.quarantine_id[:_ID_LENGTH],
                one.table,
                one.row_key,
                ";".join(one.reasons),
                _local(settings, one.first_seen_at),
                str(one.load_id),
                *_origin_cells(one),
                *(one.values.get(column) for column in columns),
            ]
            for one in rows
        ]
        sheets.append((name, [*(heads if zh else english), *columns], cells))
    return sheets


def _origin_cells(held: "Held") -> list[str]:
    """Return file, sheet, line and cells of a held row for the export; blank for a database's."""
    found = held.origins
    if not found:
        return ["", "", "", ""]
    return [
        "、".join(dict.fromkeys(one.file for one in found)),
        "、".join(dict.fromkeys(one.sheet for one in found)),
        "、".join(str(one.line) for one in found if one.line is not None),
        "; ".join(f"{header}={value}" for header, value in found[0].cells),
    ]


@contextmanager
def _warehouse(settings: "Settings", table: str | None) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open the warehouse to read, while no run writes it.

    Raises:
        ConfigError: there is no canonical table of that name.
        StateError: a run is writing, or nothing was ever pulled.
    """
    from assets.quarantine_view import exists
    from assets.sources.contract import tables
    from assets.warehouse import connect, lock

    if table is not None and table not in tables():
        raise ConfigError(f"没有名为「{table}」的表。", f"可选:{'、'.join(tables())}。")
    with lock(settings):
        con = connect(settings.warehouse_path, settings, read_only=True)
        try:
            if not exists(con):
                raise StateError("还没有拉取过任何数据,隔离区还不存在。", "请先运行 opspulse run。")
            yield con
        finally:
            con.close()


def _fields(held: "Held") -> dict[str, Any]:
    return {
        "id": held.quarantine_id,
        "source": held.source,
        "table": held.table,
        "key": held.row_key,
        "reasons": list(held.reasons),
        "load_id": held.load_id,
        "first_seen_at": held.first_seen_at,
    }


def _local(settings: "Settings", moment: datetime) -> str:
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(settings.timezone))
    return local.strftime("%Y-%m-%d %H:%M")

"""The commands about repeated faults: the problems in their order, and one with its failures.

Holds options and words. The rows are read by ``assets.recurrence``; what beats chance was
decided before the snapshot was published.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipelines import cli_output
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    import duckdb

    from assets.recurrence.words import Subjects
    from config.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="重复故障:哪些问题不是碰巧,值得解决。 Repeat problems that beat chance.",
)
Form = Annotated[
    Literal["table", "csv", "json"], typer.Option("--format", help="输出格式。 Format.")
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
_LIST = {
    "problem_rank": ("名次", "rank"),
    "problem": ("问题", "problem"),
    "repeats": ("再发/n", "repeats/n"),
    "expected_repeats": ("碰巧\n应有", "by\nchance"),
    "excess": ("超额\n(95 %)", "excess\n(95 %)"),
    "cost_cny": ("费用 ¥", "cost ¥"),
}
_FAILURES = {
    "reported_on": ("报修日", "reported"),
    "ticket_no": ("工单", "ticket"),
    "asset_id": ("设备", "device"),
    "gap_seconds": ("距上次 天", "gap d"),
    "cause_code": ("原因", "cause"),
    "cost_cny": ("费用 ¥", "cost ¥"),
}
_DAY = 86_400


@command(
    app,
    "按「超额 × 费用」列出不是碰巧的重复问题;--all 也列出碰巧可能的。",
    "List the problems that beat chance by excess times cost; --all: also what chance may give.",
    name="list",
)
def list_problems(
    kind: Annotated[
        str | None, typer.Option(help="只看一类:asset location lot model。 Only one kind.")
    ] = None,
    *,
    is_all: Annotated[
        bool, typer.Option("--all", help="也列出碰巧可能的。 Also the others.")
    ] = False,
    as_json: AsJson = False,
    form: Form = "table",
) -> None:
    """List the problems that beat chance by excess times cost."""
    from assets.recurrence import view

    settings = installed()
    with opened_snapshot(settings) as (snapshot, con):
        view.require(con)
        found = view.problems(con, kind=kind, is_all=is_all)
        sums = view.totals(con)
        subjects = _subjects(con, settings)
    form = "json" if as_json else form
    cli_output.mark_demo(snapshot.is_demo, settings.language, to_err=form != "table")
    if form == "json":
        cli_output.print_json({"totals": sums, "problems": found})
    elif form == "csv":
        _print_csv(found)
    else:
        _print_list(settings, found, subjects)
        _print_totals(settings, sums)


@command(
    app,
    "显示一个问题:编号或名次,连同它的每次故障。",
    "Show one problem by id or rank, with each of its failures.",
)
def show(
    problem: Annotated[str, typer.Argument(help="问题编号或名次。 Problem id or rank.")],
    *,
    as_json: AsJson = False,
    form: Form = "table",
) -> None:
    """Show one problem by id or rank, with each of its failures."""
    from assets.recurrence import view

    settings = installed()
    with opened_snapshot(settings) as (snapshot, con):
        view.require(con)
        found = view.problem(con, problem)
        subjects = _subjects(con, settings)
    form = "json" if as_json else form
    cli_output.mark_demo(snapshot.is_demo, settings.language, to_err=form != "table")
    if form == "json":
        cli_output.print_json({"problem": found.row, "failures": found.failures})
        return
    if form == "csv":
        _print_csv(found.failures)
        return
    cli_output.say(
        f"编号:{found.row['problem_id']}", f"id: {found.row['problem_id']}", settings.language
    )
    _print_list(settings, [found.row], subjects)
    place = 0 if settings.language == "zh" else 1
    shown = {key: words for key, words in _FAILURES.items() if key in found.failures[0]}
    cli_output.print_table(
        [words[place] for words in shown.values()],
        [[_cell(row, key) for key in shown] for row in found.failures],
    )
    cli_output.say(
        "关联不等于因果:这里说的是不是碰巧,不是为什么。",
        "This tells whether it is chance, not why.",
        settings.language,
    )


def _subjects(con: "duckdb.DuckDBPyConnection", settings: "Settings") -> "Subjects":
    from assets.causes.topic import Names
    from assets.recurrence.words import Subjects

    return Subjects(con, Names(con, settings.language))


def _print_list(settings: "Settings", rows: list[dict[str, Any]], subjects: "Subjects") -> None:
    """Print problems in a few lines each, so that a terminal of 80 columns holds them."""
    if not rows:
        cli_output.say("没有超出碰巧的重复问题。", "No repeats beyond chance.", settings.language)
        return
    place = 0 if settings.language == "zh" else 1
    told = [
        row | {
            "problem": f"{subjects.of(row)}\n{subjects.fault(row)} · {subjects.state(row)}",
            "repeats": f"{row['repeat_count']}/{row['index_count']}",
        }
        for row in rows
    ]  # fmt: skip
    cli_output.print_table(
        [words[place] for words in _LIST.values()],
        [[_cell(row, key) for key in _LIST] for row in told],
    )


def _cell(row: dict[str, Any], key: str) -> object:
    value = row[key]
    if value is None:
        return ""
    words: dict[str, Callable[[], object]] = {
        "expected_repeats": lambda: f"{value:.2f}",
        "excess": lambda: f"{value:.1f}\n({row['excess_lo']:.1f}–{row['excess_hi']:.1f})",
        "gap_seconds": lambda: f"{value / _DAY:.1f}",
    }
    return words[key]() if key in words else value


def _print_totals(settings: "Settings", sums: list[dict[str, Any]]) -> None:
    for row in sums:
        figures = (
            f"{row['repeat_count']} / {row['index_count']}",
            f"{row['expected_repeats']:.0f}",
            f"{row['excess']:.0f} ({row['excess_lo']:.0f}–{row['excess_hi']:.0f})",
        )
        cli_output.say(
            f"{row['site_id']}:{row['window_days']} 天内再发 {figures[0]},碰巧应有 {figures[1]},"
            f"超额 {figures[2]};问题 {row['problem_count']} 个,其中可能碰巧的不超过 5 %。",
            f"{row['site_id']}: {figures[0]} back within {row['window_days']} days, by chance "
            f"{figures[1]}, excess {figures[2]}; {row['problem_count']} problems, "
            "at most 5 % of them by chance.",
            settings.language,
        )
        _print_usual(settings, row)


def _print_usual(settings: "Settings", row: dict[str, Any]) -> None:
    """Print the repeat rate that others show, beside what chance gives."""
    if row["back_share"] is None or row["chance_share"] is None:
        return
    share, chance = f"{row['back_share']:.1%}", f"{row['chance_share']:.1%}"
    days = row["window_days"]
    cli_output.say(
        f"常见算法:同一设备 {days} 天内又有任何报修 {share}(n={row['report_count']});"
        f"设备都一样、全凭碰巧也有 {chance},所以不用它评价维修质量。",
        f"The usual rate: any report on the same device within {days} days {share} "
        f"(n={row['report_count']}); equal devices show {chance} by chance alone.",
        settings.language,
    )


def _print_csv(rows: list[dict[str, Any]]) -> None:
    import csv
    import sys

    if rows:
        writer = csv.DictWriter(sys.stdout, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

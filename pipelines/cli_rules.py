"""The commands about the measurement rules: what is in force, is it right, what would change.

Holds options and words. Rules are read by ``config.rules``, two sets are compared by
``config.rule_sources`` (values) and ``assets.rule_diff`` (tickets).
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.rule_diff import Change, Difference
    from config.rule_files import Section
    from config.rule_sources import Changed
    from config.rules import Rules
    from config.settings import Settings

app = typer.Typer(no_args_is_help=True, help="统计规则:现行、检查、比较。 The measurement rules.")

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
Which = Annotated[
    str,
    typer.Argument(
        help="current(现行)、defaults(默认)、目录,或一个规则文件。 A folder or one rule file."
    ),
]
_MOST_SHOWN = 50


@command(
    app,
    "现行规则:文件、版本、生效时间;写上文件名(如 sla)逐项列出值和出处。",
    "The rules in force: files, versions, dates; with a file's name every value and its line.",
)
def show(
    section: Annotated[
        str | None, typer.Argument(help="规则文件,如 sla。 One rule file, such as sla.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the rules in force."""
    from config.rule_files import SECTIONS
    from config.rules import load_rules, sections_of

    settings = installed()
    rules = load_rules(settings.rules_dir)
    sections = sections_of(settings.rules_dir)
    if section is not None:
        if section not in SECTIONS:
            raise ConfigError(f"没有名为「{section}」的规则文件。", f"可选:{'、'.join(SECTIONS)}。")
        _show_section(settings, sections[section], as_json=as_json)
        return
    rows = [_section_fields(one) for one in sections.values()]
    if as_json:
        cli_output.print_json(
            {"version": rules.version, "fingerprint": rules.fingerprint, "files": rows}
        )
        return
    zh = settings.language == "zh"
    cli_output.print_pairs({"规则版本" if zh else "Rules": rules.version})
    heads = ["规则", "版本", "本院文件", "本院项数", "分期生效"]
    english = ["rules", "edition", "own file", "own values", "takes effect"]
    cells = [[row[key] for key in ("section", "version", "own", "own_values")] for row in rows]
    cli_output.print_table(
        heads if zh else english,
        [
            [*cell, " · ".join(f"{name} {moment}" for name, moment in row["versions"].items())]
            for cell, row in zip(cells, rows, strict=True)
        ],
    )


@command(
    app,
    "检查本院的规则文件,逐条指出文件和行号。",
    "Check the hospital's rule files; every fault with file and line.",
)
def check(which: Which = "current", *, as_json: AsJson = False) -> None:
    """Check a set of rules; exit code 2 when something is wrong."""
    from config.rule_sources import rule_source

    settings = installed()
    source = rule_source(which, settings.rules_dir)
    found = source.findings() or _closed_months(settings, source.rules())
    if as_json:
        cli_output.print_json([{"problem": one.problem, "remedy": one.remedy} for one in found])
    elif not found:
        version = source.rules().version
        cli_output.say(
            f"规则没有问题(版本 {version})。",
            f"The rules are right ({version}).",
            settings.language,
        )
    else:
        for one in found:
            cli_output.out().print(f"✘ {one.problem} {one.remedy}", markup=False)
    if found:
        raise typer.Exit(ConfigError.exit_code)


@command(
    app,
    "用两套规则各算一遍历史,列出结果不同的工单;不改动数据仓。",
    "Derive history under two sets of rules and list the tickets that change; writes nothing.",
)
def diff(
    before: Which,
    after: Which,
    month: Annotated[
        str | None, typer.Option(help="月份,如 2026-10;不写则为全部。 Month; all if left out.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="另存为 csv。 Write a csv as well.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the tickets whose clocks or flags change between two sets of rules."""
    from assets.rule_diff import compare
    from assets.warehouse import lock
    from config.rule_sources import differences, rule_source

    settings = installed()
    first, second = (rule_source(text, settings.rules_dir) for text in (before, after))
    rules = first.rules(), second.rules()
    changed = list(differences(first, second))
    span = _month(month) if month else None
    with (
        cli_output.progress(
            "正在用两套规则推算历史……", "Deriving history under both …", settings.language
        ),
        lock(settings),
    ):
        found = compare(settings, *rules, span)
    if csv is not None:
        _write_csv(settings, csv, found)
    if as_json:
        cli_output.print_json(_diff_fields(settings, month, changed, found))
        return
    _tell(settings, changed, found)
    if csv is not None:
        cli_output.say(f"已写入 {csv}。", f"Written: {csv}.", settings.language)


def _closed_months(settings: "Settings", rules: "Rules") -> list[ConfigError]:
    """Return why these rules would change a month whose scores are closed."""
    from assets.score.closing import require_open_months

    try:
        require_open_months(rules.score_versions, settings.scores_path, settings.rules_dir)
    except ConfigError as error:
        return [error]
    return []


def _month(text: str) -> tuple[date, date]:
    from assets.metric_periods import add_months

    try:
        start = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a local month
    except ValueError:
        raise ConfigError(f"月份「{text}」不对。", "请写成 YYYY-MM,如 2026-10。") from None
    return start, add_months(start, 1)


def _section_fields(section: "Section") -> dict[str, Any]:
    """Tell where a section comes from and from when its versions count."""
    from config.rule_files import EFFECTIVE_FROM, VERSIONS_KEY

    blocks = section.data.get(VERSIONS_KEY) or {}
    own = section.own
    return {
        "section": section.name,
        "version": section.data["version"],
        "own": str(own.path) if own else None,
        "own_values": sum(where.startswith(f"{own.path}:") for *_, where in section.leaves())
        if own
        else 0,
        "versions": {name: str(block[EFFECTIVE_FROM]) for name, block in blocks.items()},
    }


def _show_section(settings: "Settings", section: "Section", *, as_json: bool) -> None:
    rows = [
        {"key": ".".join(map(str, at)), "value": value, "at": where}
        for at, value, where in section.leaves()
    ]
    if as_json:
        cli_output.print_json({**_section_fields(section), "values": rows})
        return
    heads = ["项", "值", "出处"] if settings.language == "zh" else ["key", "value", "from"]
    cli_output.print_table(heads, [[row["key"], _text(row["value"]), row["at"]] for row in rows])


def _tell(settings: "Settings", changed: Sequence["Changed"], found: "Difference") -> None:
    zh = settings.language == "zh"
    cli_output.mark_demo(found.is_demo, settings.language)
    cli_output.print_table(
        ["规则", "项", "原", "新", "出处"] if zh else ["rules", "key", "before", "after", "at"],
        [
            [one.section, one.key, one.before, one.after, one.after_at or one.before_at]
            for one in changed
        ],
        "规则的差异" if zh else "Values that differ",
    )
    cli_output.print_table(
        ["指标", "项", "原", "新", "工单"] if zh else ["KPI", "item", "before", "after", "tickets"],
        [
            [one.code, one.item, _share(one.before), _share(one.after), one.tickets]
            for one in found.tallies
            if one.tickets or one.before != one.after
        ],
        "指标的变化(分子/分母)" if zh else "KPIs that change (part/whole)",
    )
    rows = _rows(settings, found)
    cli_output.print_table(
        _heads(settings),
        rows[:_MOST_SHOWN],
        f"变化的工单:{found.tickets} 张" if zh else f"Tickets that change: {found.tickets}",
    )
    if len(rows) > _MOST_SHOWN:
        cli_output.say(
            f"只显示前 {_MOST_SHOWN} 行,共 {len(rows)} 行;加 --csv 文件 得到全部。",
            f"{_MOST_SHOWN} of {len(rows)} rows; --csv FILE writes all.",
            settings.language,
        )


def _share(counts: tuple[int, int]) -> str:
    return f"{counts[0]}/{counts[1]}"


def _heads(settings: "Settings") -> list[str]:
    if settings.language == "zh":
        return ["院区", "工单", "时限", "项", "原", "新"]
    return ["site", "ticket", "clock", "column", "before", "after"]


def _rows(settings: "Settings", found: "Difference") -> list[list[str | None]]:
    """Return one row per ticket, clock and column that differs."""
    return [
        [
            one.site_id,
            one.ticket_no or one.ticket_id,
            one.clock,
            name,
            _text(_side(settings, one.before, name)),
            _text(_side(settings, one.after, name)),
        ]
        for one in found.changes
        for name in (one.after if one.before is None else one.before) or {}
    ]


def _side(settings: "Settings", values: dict[str, Any] | None, name: str) -> Any:
    return None if values is None else _local(settings, values.get(name))


def _local(settings: "Settings", value: Any) -> Any:
    """Return an instant (UTC, naive) on the hospital's clock, anything else as it is."""
    if isinstance(value, datetime):
        local = value.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(settings.timezone))
        return local.isoformat(sep=" ", timespec="seconds")
    return str(value) if isinstance(value, date) else value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _write_csv(settings: "Settings", path: Path, found: "Difference") -> None:
    from exports.tables import write_tables

    if path.suffix.lower() != ".csv":
        raise ConfigError(f"文件名 {path} 不以 .csv 结尾。", "请改成 .csv。")
    write_tables(path, [("rules-diff", _heads(settings), _rows(settings, found))])


def _change_fields(settings: "Settings", one: "Change") -> dict[str, Any]:
    def side(values: dict[str, Any] | None) -> dict[str, Any] | None:
        return values and {name: _local(settings, value) for name, value in values.items()}

    return {
        "site_id": one.site_id,
        "ticket_id": one.ticket_id,
        "ticket_no": one.ticket_no,
        "reported_at": _local(settings, one.reported_at),
        "clock": one.clock,
        "before": side(one.before),
        "after": side(one.after),
    }


def _diff_fields(
    settings: "Settings", month: str | None, changed: Sequence["Changed"], found: "Difference"
) -> dict[str, Any]:
    return {
        "month": month,
        "as_of": _local(settings, found.as_of),
        "is_demo": found.is_demo,
        "rules": [vars(one) for one in changed],
        "kpis": [vars(one) for one in found.tallies],
        "tickets": found.tickets,
        "changes": [_change_fields(settings, one) for one in found.changes],
    }

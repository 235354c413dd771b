"""The command that proposes a mapping for an export.

Holds the options and the words. How the proposal is found is ``assets.sources.profile``.
"""

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.sources.files.accounts import FileAccount
    from assets.sources.profile.assistant import Found, Trial
    from config.settings import Settings

_SHOWN_REASONS = 3
_SOURCE = """\
sources:
  - name: {name}
    system: files
    url: {folder}
    mapping: {mapping}
    timezone: {timezone}"""


def register(app: typer.Typer) -> None:
    """Add the command to the group of the sources."""
    command(
        app,
        "读一份导出的表格(xlsx、xls、csv、网页表),猜出列的含义,写成列对应文件。",
        "Read an export (xlsx, xls, csv, HTML), propose what its columns mean, write a mapping.",
        name="map",
    )(map_file)


def map_file(
    file: Annotated[Path, typer.Argument(help="导出的文件。 The export.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="写到哪里。 The mapping to write.")
    ] = Path("mapping.yml"),
    sheet: Annotated[
        str | None,
        typer.Option(help="工作表名,可以用 *;不写则自动选。 Sheet name or pattern."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """Read an export, propose what its columns mean, and write a mapping."""
    from assets.sources.profile import assistant
    from assets.sources.profile.vocabulary import load_vocabulary
    from assets.warehouse import connect

    settings = installed()
    assistant.check_target(out)
    vocabulary = load_vocabulary(settings.rules_dir)
    con = connect(":memory:", settings)
    try:
        with cli_output.progress("正在辨认表格……", "Reading the export …", settings.language):
            known = assistant.known_names(settings)
            found = assistant.examine(con, file, sheet, vocabulary, known)
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(assistant.render(found, file.name), encoding="utf-8")
            trials = assistant.try_out(con, file, out, settings)
    finally:
        con.close()
    if as_json:
        cli_output.print_json(_fields(found, trials, out))
        return
    _tell(found, trials, settings.language)
    _tell_next(found, file, out, settings)


def _tell(found: "Found", trials: list["Trial"], language: str) -> None:
    for account in found.accounts:
        _tell_rows(account, language)
    if found.others:
        names = "、".join(found.others)
        cli_output.say(f"没有读的工作表:{names}。", f"Sheets not read: {names}.", language)
    if found.hidden:
        names = "、".join(found.hidden)
        cli_output.say(
            f"隐藏的工作表没有读:{names}。要读请写 --sheet 全名,"
            "或在列对应文件的该表下写 with_hidden: true。",
            f"Hidden sheets were not read: {names}. --sheet with the full name reads one, "
            "with_hidden: true in the mapping all that fit.",
            language,
        )
    _, zh, en = _shape(found)
    cli_output.say(f"形式:{zh}。", f"Shape: {en}.", language)
    cli_output.print_table(["含义 meaning", "列 column"], list(found.proposal.roles.items()))
    if found.proposal.unused:
        names = "、".join(found.proposal.unused)
        cli_output.say(f"没有用到的列:{names}。", f"Columns not used: {names}.", language)
    if found.proposal.questions:
        cli_output.say("请核对:", "Please check:", language)
    for number, one in enumerate(found.proposal.questions, start=1):
        cli_output.say(f"{number}. {one.zh}", f"{number}. {one.en}", language)
    for trial in trials:
        _tell_trial(trial, language)


def _shape(found: "Found") -> tuple[str, str, str]:
    """Return what the export is: for a program, in Chinese, in English."""
    if found.proposal.is_register:
        return "register", "设备台账(一行一台设备)", "a register, one row per device"
    if found.proposal.is_log:
        return "log", "变更日志(一行一次变更)", "a log, one row per change"
    return "wide", "宽表(一行一张工单)", "a wide table, one row per ticket"


def _tell_rows(account: "FileAccount", language: str) -> None:
    sheet = f"「{account.sheet}」" if account.sheet else ""
    zh = f"{account.file}{sheet}:表头下 {account.found} 行"
    en = f"{account.file} {account.sheet}: {account.found} rows below the header"
    parts = (
        (account.blank, "空行", "blank"),
        (account.left_out, "合计或页脚", "totals or footers"),
        (account.headers, "重复的表头", "repeated headers"),
        (account.damaged, "已损坏,将进入隔离区", "damaged, will be held"),
        (account.repeated, "与前面的行完全相同,保留并计数", "exact copies of an earlier row, kept"),
    )
    for rows, words_zh, words_en in parts:
        if rows:
            zh += f",{rows} 行{words_zh}"
            en += f", {rows} {words_en}"
    cli_output.say(f"{zh}。", f"{en}.", language)


def _tell_trial(trial: "Trial", language: str) -> None:
    zh = f"试读 {trial.table}:{trial.rows} 行"
    en = f"Tried {trial.table}: {trial.rows} rows"
    if trial.held:
        why = ";".join(f"{reason} {count}" for reason, count in trial.reasons[:_SHOWN_REASONS])
        zh += f",其中 {trial.held} 行会进入隔离区({why})"
        en += f", {trial.held} of them would be held ({why})"
    cli_output.say(f"{zh}。", f"{en}.", language)


def _tell_next(found: "Found", file: Path, out: Path, settings: "Settings") -> None:
    language = settings.language
    cli_output.say(
        f"已写入 {out}。核对后,在 opspulse.yml 里写上:",
        f"Written to {out}. After checking it, put this into opspulse.yml:",
        language,
    )
    source = _SOURCE.format(
        name=_free_name("assets" if found.proposal.is_register else "main", out, settings),
        folder=file.resolve().parent,
        mapping=out.resolve(),
        timezone=settings.timezone,
    )
    cli_output.say(source, source)
    if found.proposal.is_register:
        cli_output.say(
            "台账里没有工单:它与工单来源并列写在 sources 下,site_id 须相同。",
            "A register has no tickets: list it beside the source that has, with the same site_id.",
            language,
        )
    cli_output.say(
        "每月的新文件放进同一目录时,请把 file 改成带 * 的写法(如 报修*.xlsx)。下一步输入:",
        "For new files each month write file with a * (报修*.xlsx). Then type:",
        language,
    )
    cli_output.say("opspulse sources check", "opspulse sources check")


def _free_name(wanted: str, mapping: Path, settings: "Settings") -> str:
    """Return a name that no other source of the installation has."""
    others = {one.name for one in settings.sources if one.mapping != mapping.resolve()}
    if settings.is_embedded_demo or wanted not in others:
        return wanted
    return next(name for n in count(2) if (name := f"{wanted}{n}") not in others)


def _fields(found: "Found", trials: list["Trial"], out: Path) -> dict[str, object]:
    return {
        "mapping": str(out),
        "shape": _shape(found)[0],
        "sheet": found.sheet,
        "not_read": list(found.others),
        "hidden": list(found.hidden),
        "roles": found.proposal.roles,
        "unused": found.proposal.unused,
        "questions": [{"zh": one.zh, "en": one.en} for one in found.proposal.questions],
        "files": [vars(account) for account in found.accounts],
        "tables": [
            {"table": t.table, "rows": t.rows, "held": t.held, "reasons": dict(t.reasons)}
            for t in trials
        ],
    }

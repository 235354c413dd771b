"""Closing a month's workbook: what was signed stands, and a later change has to be told.

Holds `close` and `reopen`. What a closing freezes lies in `assets.months`; how later data are told
is in ``exports.restating``; when a month is closed by the clock is decided in ``pipelines``.
"""

import os
from dataclasses import asdict
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import duckdb

from assets import metrics, snapshots
from assets.decisions import months
from assets.snapshots import Snapshot
from config.errors import ConfigError, StateError
from config.settings import Settings
from exports.frozen import subjects_of
from exports.month import current_snapshot, require_month, restore
from exports.reading import material_of, month_in, stem
from exports.versions import told_disk, versions
from exports.workbook import numbers
from exports.workbook.compose import Material, compose
from exports.workbook.editions import EDITIONS, Edition
from exports.workbook.facts import Month, first_day
from exports.workbook.words import Words
from exports.workbook.writer import save

RIPE_WORKDAYS = 3
_SHOWN, _SATURDAY = 5, 5


def close(settings: Settings, month: str, actor: str, reason: str = "") -> tuple[months.Act, bool]:
    """Close a month: freeze its figures and the workbook of every edition.

    Args:
        settings: the installation.
        month: `2026-10`.
        actor: who closes it.
        reason: why it is closed another time; empty the first time.

    Returns:
        The closing that holds, and whether it held before.

    Raises:
        ConfigError: no such month, or it is not over.
        StateError: a check of 90勾稽 does not hold, there is no snapshot, or the disk refuses.
    """
    require_month(month)
    path, first = settings.months_path, first_day(month)
    held = months.state(path, first)
    if held is None:
        snapshot = current_snapshot(settings)
        with snapshots.opened(snapshot, settings) as con, told_disk(settings):
            period = month_in(con, month)
            _require_over(period, con)
            draft = _draft(settings, con, snapshot, period, actor, reason)
        act = _added(path, draft)
        _tell_what_moved(path, act, draft)
    else:
        act = held
    with told_disk(settings):
        for edition in EDITIONS:
            file = months.file_of(path, act.act_id, edition)
            if file is not None:
                restore(settings, file)
    return act, held is not None


def reopen(settings: Settings, month: str, actor: str, reason: str) -> months.Act:
    """Open a closed month again, with a reason; its closings and files stay archived.

    Raises:
        ConfigError: no such month, it is not closed, or there is no reason.
    """
    require_month(month)
    if not reason.strip():
        raise ConfigError("重开月结必须写明理由。", "请用 --reason 写一句话,审计时要看。")
    path, first = settings.months_path, first_day(month)
    held = months.state(path, first)
    if held is None:
        raise ConfigError(f"{month} 没有月结,不需要重开。", "请用 opspulse month list 查看。")
    with months.adding(path) as db:
        last = months.acts_of(db, first)[-1]
        if not last.is_closed:
            raise ConfigError(f"{month} 已被重开。", "请用 opspulse month list 查看。")
        return months.add(
            db,
            months.Draft(actor, months.REOPEN, first, reason.strip(), last.as_of, last.snapshot_id,
                  last.snapshot_hash, last.rule_version, {}),
        )  # fmt: skip


def ripe_on(con: duckdb.DuckDBPyConnection, month: str) -> date:
    """Return the third working day after a month, by the hospital's calendar.

    Days of which no holidays are known yet count as working days from Monday to Friday.
    """
    end = metrics.add_months(first_day(month), 1)
    rows = metrics.detail_rows(
        con, "dim_workdays", role="head", where="on_date >= ?", parameters=[end],
        order_by="on_date", limit=RIPE_WORKDAYS,
    )  # fmt: skip
    days: list[date] = [row["on_date"] for row in rows]
    day = days[-1] if days else end - timedelta(days=1)
    while len(days) < RIPE_WORKDAYS:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            days.append(day)
    return max(days)


def is_ripe(settings: Settings, month: str) -> bool:
    """Tell whether the schedule should close a month: its day has come, and nobody reopened it."""
    if months.acts(settings.months_path, first_day(month)):
        return False
    snapshot = snapshots.current(settings)
    if snapshot is None:
        return False
    with snapshots.opened(snapshot, settings) as con:
        known = metrics.context(con)
        has_data = metrics.add_months(first_day(month), 1) > known.data_from
        return has_data and known.as_of_on >= ripe_on(con, month)


def _require_over(month: Month, con: duckdb.DuckDBPyConnection) -> None:
    if not month.is_complete:
        raise ConfigError(
            f"{month.text} 还没有结束,不能月结。",
            f"数据截至 {metrics.context(con).as_of_on};月末之后再运行。",
        )


def _draft(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    month: Month,
    actor: str,
    reason: str,
) -> months.Draft:
    before = months.acts(settings.months_path, month.start)
    if before and not reason:
        reason = before[-1].reason
    number = sum(one.is_closed for one in before) + 1
    words = Words(settings.language)
    signed = words(f"定稿 · 第 {number} 次月结 · 经办 {actor}",
                   f"Final · closing no. {number} · by {actor}")  # fmt: skip
    files: list[months.FrozenFile] = []
    subjects: list[months.Subject] = []
    for edition in EDITIONS.values():
        file, material = _file(settings, con, snapshot, month, edition, signed)
        files.append(file)
        if not subjects and "tickets" in edition.sheets:
            subjects = subjects_of(material.facts)
    readings = {key: asdict(one) for key, one in numbers.figures_of(con, month).items()}
    return months.Draft(
        actor, months.CLOSE, month.start, reason, snapshot.as_of, snapshot.id,
        snapshot.content_hash, metrics.context(con).rules_version, readings, subjects, files,
    )  # fmt: skip


def _file(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    month: Month,
    edition: Edition,
    signed: str,
) -> tuple[months.FrozenFile, Material]:
    """Return the signed workbook of one edition, and what it was made of."""
    folder = settings.exports_dir
    folder.mkdir(parents=True, exist_ok=True)
    name = stem(metrics.context(con), month, edition)
    version = max(versions(folder, name), default=0) + 1
    material = material_of(settings, con, snapshot, month, edition)
    made = compose(material, snapshot, version, signed)
    part = folder / f".{name}.{os.getpid()}.part"
    try:
        save(made.workbook, part, snapshot.as_of)
        body = part.read_bytes()
    finally:
        part.unlink(missing_ok=True)
    if made.failed:
        told = "、".join(made.failed[:_SHOWN])
        more = f"等 {len(made.failed)} 项" if len(made.failed) > _SHOWN else ""
        raise StateError(
            f"{month.text}「{edition.zh}」的勾稽未通过,不能定稿:{told}{more}。",
            "请导出初稿,按 90勾稽 表查明差额后再月结。",
        )
    return months.FrozenFile(
        edition.key, f"{name}_v{version}.xlsx", sha256(body).hexdigest(), body
    ), material


def _added(path: Path, draft: months.Draft) -> months.Act:
    """Add the closing, or return the one of whoever was first."""
    with months.adding(path) as db:
        known = months.acts_of(db, draft.month_on)
        if known and known[-1].is_closed:
            return known[-1]
        return months.add(db, draft)


def _tell_what_moved(path: Path, act: months.Act, draft: months.Draft) -> None:
    """Note against the closing before what a month closed another time says otherwise."""
    before = [one for one in months.acts(path, act.month_on) if one.is_closed][:-1]
    if not before:
        return
    old = months.figures(path, before[-1].act_id)
    months.restate(
        path,
        before[-1].act_id,
        [
            months.Restatement(
                *key, reading["value"], draft.figures[key]["value"], (),
                f"重开后再次月结:{draft.reason}", draft.as_of, draft.snapshot_id,
            )
            for key, reading in old.items()
            if key in draft.figures
        ],
    )  # fmt: skip

"""Running a job in this process: what the command, the tests and `make run` call.

Holds ``execute`` and what it returns. It runs the very jobs that the schedules run, turns what went
wrong inside a step back into our own errors, and reads what was done from the run's own events.
Which assets a job makes is in ``jobs``; what people are shown of an outcome is the command's.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dagster as dg

from assets.dag.schema import LIVE, LOADS, SNAPSHOT
from config.errors import CheckFailedError, ConfigError, OpsPulseError
from config.settings import Settings, ensure_home
from pipelines.build import build_defs
from pipelines.hooks import note_failure
from pipelines.instance import PID_TAG, close_dead_runs, open_instance, own_tags
from pipelines.jobs import MONTH_CLOSE, MONTH_EXPORT, MONTH_SIGN, RECONCILE, REFRESH
from pipelines.schedules import FIRST_MONTH, months

# Dagster prints a step's traceback at ERROR; people get the sentence, the log file the traceback.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# What DuckDB raises when Ctrl-C meets a running query.
_INTERRUPTED = "Query interrupted"
WORKBOOK = dg.AssetKey(["export", "workbook"])
CIRCLE = dg.AssetKey(["export", "circle"])
# Of a pull, over its tables: pulled + released = accepted + unchanged + quarantined, and
# source_count = present + held_at_source.
BOOKS = ("pulled", "released", "accepted", "unchanged", "quarantined", "source_count", "present",
         "held_at_source", "deleted")  # fmt: skip

__all__ = ["PID_TAG", "RunOutcome", "execute"]


@dataclass(frozen=True)
class RunOutcome:
    """What one run did.

    Attributes:
        success: always True when returned; a failed run raises.
        as_of: moment of the data, UTC and naive; None when the job has no data of its own.
        snapshot_id: the published snapshot or live file; None when nothing was published.
        pulled: rows read from the sources.
        accepted: rows that were new or had changed.
        quarantined: rows of this load that went into quarantine.
        held: rows that stand in quarantine now.
        books: what the two balances are made of; empty when the job pulled nothing.
        refused: one plain sentence for each reason of refusal, and for each warning.
        noted: what changed at the sources and stops nothing, in Chinese and English.
        is_demo: whether the data are the simulated hospital's.
        files: names of the files that were written, such as a workbook.
        seconds: how long it took.
        is_kept: the workbook in ``files`` is an earlier one, which reports the same.
    """

    success: bool
    as_of: datetime | None
    snapshot_id: str | None
    pulled: int
    accepted: int
    quarantined: int
    held: int
    refused: tuple[str, ...]
    is_demo: bool
    files: tuple[str, ...]
    seconds: float
    is_kept: bool = False
    noted: tuple[tuple[str, str], ...] = ()
    books: Mapping[str, int] = field(default_factory=dict)


def execute(
    settings: Settings,
    job_name: str,
    *,
    partition: str | None = None,
    ephemeral: bool = False,
    tags: Mapping[str, str] | None = None,
    full: bool = False,
    config: Mapping[str, Mapping[str, Any]] | None = None,
) -> RunOutcome:
    """Run one job to its end in this process.

    Args:
        settings: the installation.
        job_name: ``refresh_live``, ``refresh``, ``reconcile``, ``month_export``,
            ``month_close``, ``month_sign``, ``circle_export`` or ``prune``.
        partition: the month ``YYYY-MM`` of ``month_export``, ``month_close`` and ``month_sign``.
        ephemeral: keep no history (tests, one-off runs).
        tags: further tags of the run.
        full: compare every key with the sources; makes ``reconcile`` of ``refresh``.
        config: what steps are told, by their names.

    Raises:
        CheckFailedError: a blocking check stopped publication.
        OpsPulseError: whatever foreseen failure a step met, as it was raised.
    """
    started = time.monotonic()
    ensure_home(settings)
    name = RECONCILE if full and job_name == REFRESH else job_name
    defs = build_defs(settings=settings)
    run_id = str(uuid.uuid4())
    with _instance(settings, ephemeral=ephemeral) as instance:
        try:
            result = defs.resolve_job_def(name).execute_in_process(
                run_config={
                    **_QUIET,
                    "ops": {op: {"config": dict(told)} for op, told in (config or {}).items()},
                },
                instance=instance,
                partition_key=_partition_key(settings, name, partition),
                run_id=run_id,
                tags={**own_tags(), **(tags or {})},
            )
        except (dg.DagsterError, OpsPulseError) as error:
            plain = _plain(error, instance, run_id)
            if name in (REFRESH, RECONCILE):
                note_failure(settings, plain)
            raise plain from (None if plain is error else error)
        except RuntimeError as error:
            if str(error) != _INTERRUPTED:
                raise
            raise KeyboardInterrupt from error
    return _outcome(result, time.monotonic() - started)


@contextmanager
def _instance(settings: Settings, *, ephemeral: bool) -> Iterator[dg.DagsterInstance]:
    instance = dg.DagsterInstance.ephemeral() if ephemeral else open_instance(settings)
    try:
        close_dead_runs(instance)
        yield instance
    finally:
        instance.dispose()


def _partition_key(settings: Settings, job_name: str, month: str | None) -> str | None:
    """Return Dagster's key of a month; Dagster spells a month ``YYYY-MM-01``."""
    if job_name not in (MONTH_EXPORT, MONTH_CLOSE, MONTH_SIGN):
        return None
    try:
        start = datetime.strptime(month or "", "%Y-%m")  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise ConfigError(f"月份「{month}」写法不对。", "请写成 2026-10 这样的形式。") from None
    key = start.strftime("%Y-%m-01")
    if not months(settings.timezone).has_partition_key(key):
        raise ConfigError(
            f"{month} 还没有开始,或早于 {FIRST_MONTH[:7]}。", "请选择已经开始的月份。"
        )
    return key


def _plain(error: Exception, instance: dg.DagsterInstance, run_id: str) -> BaseException:
    """Return the error that a person should meet instead of Dagster's own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OpsPulseError):
            return cause
        cause = cause.__cause__ or cause.__context__
    sentences = _failed_blocking_checks(instance, run_id)
    if sentences:
        return CheckFailedError(
            f"阻断性校验未通过,没有发布新快照:{' '.join(sentences)}",
            "上一份快照继续服务;请处理来源中的问题后重新运行。",
        )
    return error


def _failed_blocking_checks(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    records = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = []
    for record in records:
        if record.dagster_event is None:
            continue
        check = record.dagster_event.asset_check_evaluation_data
        if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
            found.append(f"{'.'.join(check.asset_key.path)}:{check.description}。")
    return found


def _outcome(result: dg.ExecuteInProcessResult, seconds: float) -> RunOutcome:
    made = _metadata(result)
    loads = made.get(LOADS, {})
    published = made.get(SNAPSHOT) or made.get(LIVE) or {}
    as_of = published.get("as_of") or loads.get("as_of")
    return RunOutcome(
        success=result.success,
        as_of=datetime.fromisoformat(as_of) if as_of else None,
        snapshot_id=published.get("snapshot_id"),
        pulled=loads.get("pulled", 0),
        accepted=loads.get("accepted", 0),
        quarantined=loads.get("quarantined", 0),
        held=loads.get("held", 0),
        refused=(*loads.get("refused", ()), *published.get("refused", ()), *_warnings(result)),
        is_demo=bool(published.get("is_demo") or loads.get("is_demo")),
        files=tuple(made[key]["file"] for key in (SNAPSHOT, LIVE, WORKBOOK, CIRCLE) if key in made),
        seconds=round(seconds, 2),
        is_kept=bool(made.get(WORKBOOK, {}).get("is_kept")),
        noted=tuple((zh, en) for zh, en in loads.get("noted", ())),
        books={name: loads[name] for name in BOOKS if name in loads},
    )


def _metadata(result: dg.ExecuteInProcessResult) -> dict[dg.AssetKey, dict[str, Any]]:
    return {
        event.asset_key: {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }


def _warnings(result: dg.ExecuteInProcessResult) -> list[str]:
    return [
        f"{'.'.join(check.asset_key.path[1:])}:{check.description}"
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity is dg.AssetCheckSeverity.WARN
    ]

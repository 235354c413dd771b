"""What Dagster is told: the whole graph, when things run, and what is kept.

The graph is compared with `tests/snapshots/definitions.json`, so that every change of a key, an
edge, a check, a job or a schedule shows in a diff. `OPSPULSE_UPDATE_SNAPSHOTS=1` writes it anew.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from assets.dag.schema import LIVE, LOADS, SNAPSHOT, model_key, raw_key
from assets.models import discover
from assets.sources.contract import tables
from config.settings import Settings
from pipelines.build import build_defs
from pipelines.event_log import PooledEventLogStorage
from pipelines.instance import PID_TAG, close_dead_runs, open_instance, write_home
from pipelines.prune import (
    LIVE_RUNS_KEPT,
    RUNS_KEPT,
    SNAPSHOTS_KEPT,
    prune_history,
    prune_snapshots,
)
from pipelines.run import execute

ROOT = Path(__file__).resolve().parent.parent
STORED = Path(__file__).parent / "snapshots" / "definitions.json"
JOBS = (
    "refresh_live", "refresh", "reconcile", "month_export", "month_close", "month_sign",
    "circle_export", "prune",
)  # fmt: skip


@pytest.fixture
def settings(settings_factory: Any) -> Settings:
    made: Settings = settings_factory("sqlite:///nowhere.sqlite")
    return made


@pytest.fixture
def defs(settings: Settings) -> dg.Definitions:
    return build_defs(settings=settings)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def described(defs: dg.Definitions) -> dict[str, Any]:
    """The definitions as plain data, without words and hashes that change with every edit."""
    repository = defs.get_repository_def()
    graph = defs.resolve_asset_graph()
    return {
        "assets": {
            key.to_user_string(): {
                "deps": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
                "group": graph.get(key).group_name,
                "kinds": sorted(graph.get(key).kinds),
                "partitions": type(graph.get(key).partitions_def).__name__,
                "freshness": bool(graph.get(key).freshness_policy),
                "pools": sorted(graph.get(key).pools or []),
            }
            for key in sorted(graph.materializable_asset_keys)
        },
        "checks": {
            check.to_user_string(): graph.get_check_spec(check).blocking
            for check in sorted(graph.asset_check_keys)
        },
        "jobs": {
            name: {
                "tags": dict(defs.resolve_job_def(name).tags),
                "steps": sorted(node.name for node in defs.resolve_job_def(name).nodes),
            }
            for name in JOBS
        },
        "schedules": {
            schedule.name: [schedule.cron_schedule, schedule.execution_timezone, schedule.job_name]
            for schedule in sorted(repository.schedule_defs, key=lambda one: one.name)
        },
        "sensors": {
            sensor.name: [sensor.minimum_interval_seconds, sensor.job_name]
            for sensor in repository.sensor_defs
        },
    }


def test_the_graph_is_the_one_that_was_agreed(defs: dg.Definitions) -> None:
    found = json.loads(json.dumps(described(defs)))
    if os.environ.get("OPSPULSE_UPDATE_SNAPSHOTS"):
        STORED.parent.mkdir(exist_ok=True)
        STORED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert found == json.loads(STORED.read_text(encoding="utf-8"))


def test_every_contract_table_and_every_model_is_an_asset(defs: dg.Definitions) -> None:
    keys = set(defs.resolve_asset_graph().materializable_asset_keys)
    assert {raw_key(table) for table in tables()} <= keys
    assert {model_key(spec) for spec in discover()} <= keys
    assert {LOADS, SNAPSHOT, LIVE} <= keys


def test_every_asset_says_what_it_is_and_lists_its_columns(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        assert graph.get(key).description, key
        if key.path[0] in ("core", "kpi") or key.path[-1] in tables():
            schema = graph.get(key).metadata["dagster/column_schema"]
            assert schema.columns, key


def test_lineage_reaches_from_the_snapshot_back_to_the_tickets(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    ancestors, todo = set(), {SNAPSHOT}
    while todo:
        parents = {parent for key in todo for parent in graph.get(key).parent_keys}
        todo = parents - ancestors
        ancestors |= parents
    assert {raw_key("tickets"), raw_key("ticket_events"), raw_key("asset_states")} <= ancestors


def test_only_balances_laws_and_critical_rules_across_rows_block(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    blocking = {
        check.to_user_string(): graph.get_check_spec(check).blocking
        for check in graph.asset_check_keys
    }
    assert {name for name, is_blocking in blocking.items() if is_blocking} == {
        "kpi/run_context:laws",
        "raw/loads:balances",
        "raw/tickets:critical",
    }
    assert len(blocking) == 2 + 2 * len(tables())


def test_every_job_resolves_and_runs_its_steps_in_this_process(defs: dg.Definitions) -> None:
    for name in JOBS:
        job = defs.resolve_job_def(name)
        assert job.executor_def.name == "in_process", name


def test_schedules_run_in_the_hospitals_zone(settings: Settings) -> None:
    there = build_defs(settings=settings.model_copy(update={"timezone": "Asia/Urumqi"}))
    zones = {one.execution_timezone for one in there.get_repository_def().schedule_defs}
    assert zones == {"Asia/Urumqi"}


def test_on_the_first_of_a_month_the_month_before_is_exported(
    defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    repository = defs.get_repository_def()
    schedule = repository.get_schedule_def("month_export_monthly")
    # 02:30 on 1 November in Shanghai is still October in UTC
    tick = datetime(2026, 10, 31, 18, 30, tzinfo=UTC)
    with dg.build_schedule_context(
        instance=instance, scheduled_execution_time=tick, repository_def=repository
    ) as context:
        [request] = schedule.evaluate_tick(context).run_requests or []
    assert request.partition_key == "2026-10-01"


def tick_of(
    settings: Settings, defs: dg.Definitions, instance: dg.DagsterInstance
) -> tuple[int, str]:
    repository = defs.get_repository_def()
    sensor = repository.get_sensor_def("refresh_live_sensor")
    with dg.build_sensor_context(
        instance=instance, repository_def=repository, resources={"settings": settings}
    ) as context:
        data = sensor.evaluate_tick(context)
    return len(data.run_requests or []), data.skip_message or ""


def test_the_light_path_waits_for_the_first_full_run(
    settings: Settings, defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    requests, reason = tick_of(settings, defs, instance)
    assert requests == 0
    assert "第一次" in reason


def test_the_light_path_skips_while_a_writer_runs_and_starts_otherwise(
    settings: Settings, defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    settings.warehouse_path.touch()
    assert tick_of(settings, defs, instance) == (1, "")
    run = instance.create_run_for_job(
        defs.resolve_job_def("refresh"), status=dg.DagsterRunStatus.STARTED
    )
    requests, reason = tick_of(settings, defs, instance)
    assert (requests, "refresh" in reason) == (0, True)
    instance.report_run_failed(run)
    assert tick_of(settings, defs, instance) == (1, "")


def test_dagsters_home_sends_nothing_out_and_lets_one_run_write(settings: Settings) -> None:
    instance = open_instance(settings)
    try:
        assert instance.telemetry_enabled is False
        pools = instance.get_concurrency_config().pool_config
        assert (pools.default_pool_limit, pools.pool_granularity.value) == (1, "run")
    finally:
        instance.dispose()


def test_a_changed_dagster_yaml_is_written_anew(settings: Settings) -> None:
    file = write_home(settings) / "dagster.yaml"
    written = file.read_text(encoding="utf-8")
    file.write_text("telemetry:\n  enabled: true\n", encoding="utf-8")
    write_home(settings)
    assert file.read_text(encoding="utf-8") == written
    assert "enabled: false" in written


def test_history_written_over_open_connections_reads_in_plain_dagster(settings: Settings) -> None:
    @dg.asset
    def thing() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"rows": 7})

    instance = open_instance(settings)
    assert isinstance(instance.event_log_storage, PooledEventLogStorage)
    try:
        runs = [dg.materialize([thing], instance=instance).run_id for _ in range(3)]
        counts = [len(instance.all_logs(run)) for run in runs]
        instance.delete_run(runs[0])
    finally:
        instance.dispose()
    (settings.dagster_home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    plain = dg.DagsterInstance.from_config(str(settings.dagster_home))
    try:
        assert type(plain.event_log_storage) is SqliteEventLogStorage
        assert [len(plain.all_logs(run)) for run in runs] == [0, *counts[1:]]
        event = plain.get_latest_materialization_event(dg.AssetKey("thing"))
        assert event is not None
        assert event.run_id == runs[-1]
        assert event.asset_materialization.metadata["rows"].value == 7
    finally:
        plain.dispose()


def test_a_run_whose_process_died_frees_the_warehouse(
    defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    job = defs.resolve_job_def("refresh")
    started = dg.DagsterRunStatus.STARTED
    dead, own = (
        instance.create_run_for_job(job, status=started, tags={PID_TAG: str(pid)})
        for pid in (child.pid, os.getpid())
    )
    assert close_dead_runs(instance) == 1
    states = [instance.get_run_by_id(run.run_id) for run in (dead, own)]
    assert [run.status for run in states if run] == [dg.DagsterRunStatus.FAILURE, started]


def test_old_snapshots_go_young_and_current_ones_stay(settings: Settings) -> None:
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    for number in range(60):
        file = settings.snapshots_dir / f"{number:02}.duckdb"
        file.touch()
        hours = 60 - number
        os.utime(file, (now.timestamp() - hours * 3600 - 1,) * 2)
    pointer = {
        "id": "00", "path": "00.duckdb", "as_of": "2026-10-30T00:00:00",
        "published_at": "2026-10-30T00:00:00", "content_hash": "", "is_demo": False,
        "hospital_name": "", "rules_version": "",
    }  # fmt: skip
    (settings.snapshots_dir / "current.json").write_text(json.dumps(pointer), encoding="utf-8")
    young = settings.live_dir / "young.duckdb"
    for number in range(30):
        (settings.live_dir / f"{number:02}.duckdb").touch()
        os.utime(settings.live_dir / f"{number:02}.duckdb", (now.timestamp() - 7200,) * 2)
    young.touch()
    os.utime(young, (now.timestamp() - 60,) * 2)

    removed = prune_snapshots(settings, now)

    left = sorted(file.name for file in settings.snapshots_dir.glob("*.duckdb"))
    assert left == ["00.duckdb", *(f"{number:02}.duckdb" for number in range(12, 60))]
    assert list(settings.live_dir.glob("*.duckdb")) == [young]
    assert len(removed) == 11 + 30
    assert not any(file.exists() for file in removed)


def test_the_prune_job_cleans_the_files_of_its_installation(settings: Settings) -> None:
    for number in range(60):
        file = settings.snapshots_dir / f"{number:02}.duckdb"
        file.touch()
        os.utime(file, (1_700_000_000 + number,) * 2)
    half = settings.snapshots_dir / "60.duckdb.1.part"
    half.touch()
    os.utime(half, (1_700_000_000,) * 2)
    outcome = execute(settings, "prune", ephemeral=True)
    assert (outcome.success, outcome.snapshot_id) == (True, None)
    assert len(list(settings.snapshots_dir.iterdir())) == SNAPSHOTS_KEPT


def test_dagsters_history_is_bounded(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    for name, count in (("refresh_live", LIVE_RUNS_KEPT + 3), ("prune", RUNS_KEPT + 2)):
        job = defs.resolve_job_def(name)
        for _ in range(count):
            instance.create_run_for_job(job, status=dg.DagsterRunStatus.SUCCESS)
    running = instance.create_run_for_job(
        defs.resolve_job_def("refresh"), status=dg.DagsterRunStatus.STARTED
    )
    assert prune_history(instance) == 5
    assert instance.get_runs_count() == RUNS_KEPT + LIVE_RUNS_KEPT + 1
    assert instance.get_run_by_id(running.run_id)


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"],
        ["-m", "dagster_dg_cli.cli", "check", "defs"],
    ],
)
def test_dagsters_own_commands_accept_the_definitions(command: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "OPSPULSE_HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr

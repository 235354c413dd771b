"""The command: what it prints, which exit code it ends with, and that nobody meets a traceback."""

import csv
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from assets import metrics
from assets.metric_registry import registry
from assets.snapshots import current, opened
from assets.sources import retry
from assets.sources.contract import tables
from config.settings import Settings, SourceSettings, ensure_home
from demo import store
from demo.spec import DemoSpec
from pipelines.cli import last_closed_month
from pipelines.demo_store import keep_current
from pipelines.supervisor import children

ROOT = Path(__file__).resolve().parent.parent


class Said(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


def environment(**values: str) -> dict[str, str]:
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("OPSPULSE")}
    return {**inherited, "PYTHONPATH": str(ROOT), **values}


def command(*arguments: str, cwd: Path, **values: str) -> Said:
    """The command as a process of its own; ``call`` is the same within this one."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        cwd=cwd,
        env=environment(**values),
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def of(settings: Settings) -> dict[str, str]:
    """The environment that describes an installation."""
    return {
        "OPSPULSE_HOME": str(settings.home),
        "OPSPULSE_SOURCE_URL": settings.sources[0].url.get_secret_value(),
        "OPSPULSE_HOSPITAL_NAME": settings.hospital_name,
    }


def refused(said: Said, code: int, *words: str) -> None:
    """Assert a foreseen failure: its exit code, two lines that say it, nothing technical."""
    assert said.code == code, said.err
    assert "Traceback" not in said.err + said.out
    lines = [
        line
        for line in said.err.splitlines()
        # progress, and tries that are told while they wait
        if not line.startswith("正在") and "秒后重试" not in line
    ]
    assert len(lines) == 2, said.err
    for word in words:
        assert word in said.err


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    """``call(settings, "kpi", "list")`` runs ``main`` here; settings or environment variables."""
    from pipelines.cli import main  # noqa: PLC0415

    def run_main(place: Settings | dict[str, str], *arguments: str) -> Said:
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        monkeypatch.setattr(sys, "argv", ["opspulse", *arguments])
        monkeypatch.chdir(tmp_path)
        for name, text in (of(place) if isinstance(place, Settings) else place).items():
            monkeypatch.setenv(name, text)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, said.out, said.err)

    return run_main


# --- asking for help ------------------------------------------------------------------------------


def test_help_lists_every_command_in_chinese_and_english(tmp_path: Path) -> None:
    done = command("--help", cwd=tmp_path)
    assert done.code == 0
    for name in ("run", "export", "serve", "up", "start", "kpi", "explain", "doctor", "demo",
                 "sources"):  # fmt: skip
        assert f" {name} " in done.out
    assert "拉取、校验、计算、发布一次" in done.out
    assert "Pull, check, compute and publish once" in done.out


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, pipelines.cli;"
        "heavy = {'dagster', 'duckdb', 'pandas', 'pydantic', 'dash', 'sqlglot', 'numpy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"


# --- input that cannot work -----------------------------------------------------------------------


def test_broken_yaml_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "opspulse.yml").write_text("sources:\n  - name: main\n   url: x\n", "utf-8")
    refused(command("run", cwd=tmp_path), 2, "opspulse.yml:3")


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    home = tmp_path / "file" / "home"
    refused(command("run", cwd=tmp_path, OPSPULSE_HOME=str(home)), 2, str(home))


def test_an_unreachable_store_ends_with_three_and_the_last_snapshot_stays(
    call: Call, tiny_copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry.patiently, "__kwdefaults__", {"sleep": lambda seconds: None})
    before = current(tiny_copy)
    values = of(tiny_copy) | {"OPSPULSE_SOURCE_URL": "postgresql://reader:geheim@127.0.0.1:1/his"}
    said = call(values, "run")
    refused(said, 3, "127.0.0.1")
    assert "geheim" not in said.err
    assert current(tiny_copy) == before


def store_copy(settings: Settings, folder: Path, *statements: str) -> dict[str, str]:
    """A changed copy of the store that the copied home believes to be its own."""
    source = Path(settings.sources[0].url.get_secret_value().removeprefix("sqlite:///"))
    target = folder / "changed.sqlite"
    shutil.copy(source, target)
    with sqlite3.connect(target) as con:
        for statement in statements:
            con.execute(statement)
    return of(settings) | {"OPSPULSE_SOURCE_URL": f"sqlite:///{target}"}


def test_a_missing_column_is_named_before_anything_is_kept(
    call: Call, tiny_hospital: Settings, tmp_path: Path
) -> None:
    drop = "alter table tickets rename column reported_at to reported"
    values = store_copy(tiny_hospital, tmp_path, drop) | {"OPSPULSE_HOME": str(tmp_path / "home")}
    refused(call(values, "run"), 2, "tickets", "reported_at")
    assert not (tmp_path / "home" / "snapshots" / "current.json").exists()


def test_a_column_that_vanishes_later_stops_its_table_and_the_run_says_so(
    call: Call, tiny_hospital: Settings, tmp_path: Path
) -> None:
    values = store_copy(tiny_hospital, tmp_path) | {"OPSPULSE_HOME": str(tmp_path / "home")}
    assert call(values, "run").code == 0
    store = values["OPSPULSE_SOURCE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(store) as con:
        con.execute("alter table tickets rename column reported_at to reported")
    said = call(values, "run")
    assert said.code == 0, said.err
    assert "tickets:数据停在上一次,缺少原有的列 reported_at" in said.out + said.err


def test_an_empty_store_publishes_nothing(
    call: Call, tiny_hospital: Settings, tmp_path: Path
) -> None:
    empty = [f'delete from "{table}"' for table in tables()]
    values = store_copy(tiny_hospital, tmp_path, *empty)
    values["OPSPULSE_HOME"] = str(tmp_path / "home")
    refused(call(values, "run"), 1, "没有任何有效工单")
    assert not (tmp_path / "home" / "snapshots" / "current.json").exists()


@pytest.mark.parametrize(
    ("month", "words"),
    [("2019-01", "没有数据"), ("2099-01", "还没有开始"), ("October", "2026-10")],
)
def test_a_month_without_data_cannot_be_exported(
    month: str, words: str, call: Call, tiny_copy: Settings
) -> None:
    code, _, said = call(tiny_copy, "export", "--month", month)
    assert code == 2
    assert words in said


def test_what_nobody_foresaw_is_one_sentence_and_a_log_file(
    tiny_copy: Settings, tmp_path: Path
) -> None:
    pointer = tiny_copy.snapshots_dir / "current.json"
    pointer.write_text('{"id": 1}', encoding="utf-8")
    done = command("kpi", "show", "reports", cwd=tmp_path, **of(tiny_copy))
    refused(done, 1, "意外错误")
    [log] = tiny_copy.logs_dir.glob("error-*.log")
    assert str(log) in done.err
    assert "Traceback" in log.read_text(encoding="utf-8")


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence", "asked"),
    [
        ("run --nonsense", "没有选项 --nonsense。", "opspulse run"),
        ("export", "缺少选项 --month:月份,如 2026-10。", "opspulse export"),
        ("export --month", "选项 --month 用法不对,多半是少了值。", "opspulse"),
        ("explain", "缺少参数 METRIC:指标编号或代码。", "opspulse explain"),
        ("explan", "没有命令 explan。是不是 explain?", "opspulse"),
        ("run more", "多出了参数 more。", "opspulse run"),
        ("kpi show reports --format xml", "选项 --format 的值不能用。", "opspulse kpi show"),
        ("run --ful", "没有选项 --ful。相近的:--full。", "opspulse run"),
    ],
)
def test_wrong_use_is_said_in_a_sentence_with_the_way_to_the_help(
    call: Call, tiny_hospital: Settings, arguments: str, sentence: str, asked: str
) -> None:
    code, out, said = call(tiny_hospital, *arguments.split())
    assert (code, out) == (2, "")
    told, help_line = said.splitlines()
    assert told.startswith(sentence)
    assert help_line == f"用法见 {asked} --help。 Type {asked} --help."


def test_the_list_holds_every_metric_by_its_code(call: Call, tiny_hospital: Settings) -> None:
    code, out, _ = call(tiny_hospital, "kpi", "list", "--json")
    assert code == 0
    rows = json.loads(out)
    assert sorted(row["id"] for row in rows) == sorted(registry())
    codes = [row["code"] for row in rows]
    assert codes[:9] == [*["K01"] * 5, "K02", "K03", "K03", "K03b"]


def test_a_shown_number_is_the_readers_number_in_every_format(
    call: Call, tiny_hospital: Settings
) -> None:
    ask = ("kpi", "show", "reports", "--from", "2026-10-01", "--to", "2026-11-01")
    snapshot = current(tiny_hospital)
    assert snapshot
    with opened(snapshot, tiny_hospital) as con:
        frame = metrics.read(con, "reports", start=date(2026, 10, 1), end=date(2026, 11, 1))
    [expected] = frame["value"].tolist()

    _, as_json, _ = call(tiny_hospital, *ask, "--format", "json")
    _, as_csv, _ = call(tiny_hospital, *ask, "--format", "csv")
    _, as_table, _ = call(tiny_hospital, *ask)

    assert expected > 0
    assert [row["value"] for row in json.loads(as_json)] == [expected]
    assert [float(row["value"]) for row in csv.DictReader(io.StringIO(as_csv))] == [expected]
    assert f" {expected:.0f} " in as_table


def test_a_metric_is_cut_by_a_dimension_and_found_by_its_code(
    call: Call, tiny_hospital: Settings
) -> None:
    ask = ("--grain", "total", "--by", "asset_class", "--format", "json")
    code, by_id, _ = call(tiny_hospital, "kpi", "show", "mtbf", *ask)
    assert code == 0
    rows = json.loads(by_id)
    assert len({row["asset_class"] for row in rows}) > 1
    _, by_code, _ = call(tiny_hospital, "kpi", "show", "K02", *ask)
    assert json.loads(by_code) == rows


def test_a_code_shows_all_its_metrics_that_can_be_cut_so(
    call: Call, tiny_hospital: Settings
) -> None:
    days = ("--from", "2026-10-01", "--to", "2026-11-01")
    code, out, _ = call(tiny_hospital, "kpi", "show", "K01", *days)
    assert code == 0
    for name in ("报修率", "使用故障率", "固有故障率", "标化故障比", "收缩后故障率"):
        assert f"K01 {name}\n" in out
    _, as_csv, _ = call(tiny_hospital, "kpi", "show", "K14", *days, "--format", "csv")
    of = {row["metric_id"] for row in csv.DictReader(io.StringIO(as_csv))}
    assert of == {"rating_response", "satisfaction", "satisfaction_aspects", "satisfaction_bounds"}
    _, cut, _ = call(tiny_hospital, "kpi", "show", "K14", *days, "--by", "department")
    assert "K14 满意度\n" in cut
    assert "未列出的指标:satisfaction_bounds。" in cut


def test_beside_a_rate_stands_its_interval(call: Call, tiny_hospital: Settings) -> None:
    ask = ("kpi", "show", "report_rate", "--from", "2026-10-01", "--to", "2026-11-01")
    _, out, _ = call(tiny_hospital, *ask)
    _, as_json, _ = call(tiny_hospital, *ask, "--format", "json")
    row = json.loads(as_json)[0]
    assert "95% 区间" in out
    assert f"{row['lo']:,.2f}–{row['hi']:,.2f}" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("no_such_metric",),
        ("K01", "--by", "shoe_size"),
        ("reports", "--by", "shoe_size"),
        ("reports", "--grain", "fortnight"),
        ("reports", "--from", "yesterday"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_plain_words(
    arguments: tuple[str, ...], call: Call, tiny_hospital: Settings
) -> None:
    code, out, said = call(tiny_hospital, "kpi", "show", *arguments)
    assert (code, out) == (2, "")
    assert len(said.splitlines()) == 2


def test_before_the_first_run_the_remedy_is_told(call: Call, settings_factory: Any) -> None:
    code, _, said = call(settings_factory("sqlite:///nowhere.sqlite"), "kpi", "show", "reports")
    assert code == 1
    assert "opspulse run" in said


def test_days_in_the_wrong_order_are_refused(call: Call, tiny_hospital: Settings) -> None:
    for words in (("kpi", "show", "reports"), ("explain", "reports")):
        days = ("--from", "2026-10-02", "--to", "2026-10-02")
        code, _, said = call(tiny_hospital, *words, *days)
        assert (code, "没有一天" in said) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("kpi", "show", "reports"),
        ("kpi", "show", "reports", "--format", "csv"),
        ("explain", "reports"),
        ("doctor",),
        ("sources", "check"),
    ],
)
def test_every_command_that_shows_the_demo_says_so(
    call: Call, tiny_hospital: Settings, words: tuple[str, ...]
) -> None:
    _, out, said = call(tiny_hospital, *words)
    assert "演示数据" in out + said
    if "csv" in words:
        assert "演示数据" not in out


def test_a_number_is_explained_by_formula_tables_and_snapshot(
    call: Call, tiny_hospital: Settings
) -> None:
    code, out, _ = call(tiny_hospital, "explain", "report_rate")
    assert code == 0
    for word in (registry()["report_rate"].formula.zh, "kpi.fact_tickets", "2026-10-31"):
        assert word in out
    _, as_json, _ = call(tiny_hospital, "explain", "report_rate", "--json")
    assert json.loads(as_json)["numbers"]


# --- the installation -----------------------------------------------------------------------------


def test_the_doctor_finds_a_healthy_installation_usable(
    call: Call, tiny_hospital: Settings
) -> None:
    code, out, _ = call(tiny_hospital, "doctor", "--json")
    found = {one["topic"]: one["state"] for one in json.loads(out)}
    assert code == 0
    assert set(found) == {"home", "extensions", "source", "snapshot", "quarantine", "books",
                          "checks", "calendars"}  # fmt: skip
    assert "bad" not in found.values()


def test_the_doctor_names_what_is_missing(call: Call, settings_factory: Any) -> None:
    code, out, _ = call(settings_factory("sqlite:///nowhere.sqlite"), "doctor")
    assert code == 1
    assert "nowhere.sqlite" in out
    assert "opspulse run" in out


def test_sources_check_counts_rows_and_names_what_is_not_connected(
    call: Call, tiny_hospital: Settings
) -> None:
    code, out, _ = call(tiny_hospital, "sources", "check", "--json")
    told = json.loads(out)
    [found] = told["sources"]
    assert code == 0
    assert told["kpis"]["not_connected"] == {}
    assert found["is_demo"] is True
    assert found["rows"]["tickets"] > 100
    assert set(found["rows"]) | set(found["missing"]) == set(tables())


def test_a_run_tells_what_it_did_and_what_it_refused(
    call: Call, settings_factory: Any, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'dirty.sqlite'}"
    store.create(url, DemoSpec(size="tiny", days=5, until=date(2026, 11, 1)))
    with sqlite3.connect(tmp_path / "dirty.sqlite") as con:
        con.execute("update tickets set urgency = 'sofort' where rowid <= 2")
        con.execute("update tickets set asset_id = ' ' || asset_id || ' ' where rowid = 3")
    settings = settings_factory(url)
    code, out, _ = call(settings, "run", "--json")
    did = json.loads(out)
    assert code == 0
    assert (did["quarantined"], did["held"]) == (3, 3)
    refusals = [line for line in did["refused"] if line.startswith("tickets:")]
    assert any("2 行隔离" in line and "urgency" in line for line in refusals)
    assert any("1 行隔离" in line and "asset_id" in line for line in refusals)
    assert "sofort" not in " ".join(did["refused"])

    code, out, _ = call(settings, "export", "--month", "2026-10", "--json")
    assert code == 0
    assert Path(json.loads(out)["file"]).stat().st_size > 0

    with sqlite3.connect(tmp_path / "dirty.sqlite") as con:
        con.execute("update tickets set urgency = 'low' where rowid <= 2")
        con.execute("delete from ratings where rowid = 1")
    code, out, _ = call(settings, "run", "--full")
    assert code == 0
    assert "隔离区:1" in out


def test_start_computes_exports_and_tells_where_everything_is(
    call: Call, tiny_copy: Settings
) -> None:
    code, out, _ = call(tiny_copy, "start", "--no-serve")
    assert code == 0
    snapshot = current(tiny_copy)
    assert snapshot
    [workbook] = tiny_copy.exports_dir.glob("*运维月报*2026-10*.xlsx")
    for place in (snapshot.path, workbook, "opspulse up"):
        assert str(place) in out


def test_the_embedded_demo_store_catches_up_with_the_present(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    settings = Settings(
        home=tmp_path,
        sources=(SourceSettings(url=f"sqlite:///{file}"),),
        is_embedded_demo=True,
    )
    ensure_home(settings)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    store.create(f"sqlite:///{file}", DemoSpec(size="tiny", days=3, until=yesterday))
    keep_current(settings)
    with sqlite3.connect(file) as con:
        [[now_at]] = con.execute("select now_at from demo_clock").fetchall()
    local = datetime.fromisoformat(now_at).replace(tzinfo=UTC) - timedelta(hours=8)
    assert abs((datetime.now(UTC) - local).total_seconds()) < 120


@pytest.mark.parametrize(
    ("as_of", "month"),
    [
        ("2026-10-31T15:59:59", "2026-09"),
        ("2026-10-31T16:00:00", "2026-10"),
        ("2026-01-01T00:00:00", "2025-12"),
    ],
)
def test_the_last_closed_month_is_told_in_the_hospitals_zone(as_of: str, month: str) -> None:
    assert last_closed_month(datetime.fromisoformat(as_of), "Asia/Shanghai") == month


# --- the supervisor -------------------------------------------------------------------------------

SUPERVISED = """
import sys
from pathlib import Path
from config.settings import Settings, SourceSettings
from pipelines.supervisor import Child, supervise
home = Path(sys.argv[1])
settings = Settings(home=home, sources=(SourceSettings(url="sqlite:///nowhere"),))
write = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} ');"
lasting = Child("lasting", "长命", [sys.executable, "-c", write + "time.sleep(600)", "lasting"])
says = write + "sys.exit('端口 1 已被占用。' + chr(10) + '请换一个端口。')"
dying = Child("dying", "短命", [sys.executable, "-c", says, "dying"])
supervise(settings, [lasting, dying])
"""


def test_only_the_embedded_demo_keeps_its_store_alive(settings_factory: Any) -> None:
    settings = settings_factory("sqlite:///nowhere.sqlite")
    names = [child.name for child in children(settings)]
    assert names == ["dagster-daemon", "dagster-webserver", "wall"]
    embedded = settings.model_copy(update={"is_embedded_demo": True})
    assert [child.name for child in children(embedded)] == [*names, "demo-live"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_told_before_anything_runs(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        for name in ("OPSPULSE_WALL_PORT", "OPSPULSE_TASKS_PORT"):
            # the other one is not looked at, or looked at first and free
            values = {"OPSPULSE_WALL_PORT": str(free_port()), name: port}
            values["OPSPULSE_HOME"] = str(tmp_path / "home")
            refused(command("start", cwd=tmp_path, **values), 2, f"端口 {port} 已被占用", name)


def pids(file: Path) -> list[int]:
    return [int(pid) for pid in file.read_text("utf-8").split()] if file.exists() else []


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_supervisor_revives_a_dead_child_and_ends_all_of_them(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, str(tmp_path / "home")],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert parent.stderr
    told = [parent.stderr.readline(), parent.stderr.readline()]
    assert all("dying 已退出(代码 1):端口 1 已被占用。 请换一个端口。" in line for line in told)
    [lasting] = pids(tmp_path / "lasting")
    assert is_alive(lasting)
    parent.send_signal(signal.SIGTERM)
    out, _ = parent.communicate(timeout=30)
    assert parent.returncode == 0
    assert "长命" in out
    assert len(pids(tmp_path / "dying")) >= 2
    assert not is_alive(lasting)

"""Metrics that a hospital drops into its home: everywhere when good, refused alone when bad."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from handmade import local, warehouse_of
from workbook_month import AS_OF, ROWS

from assets import metric_registry, metrics, own_metrics, own_metrics_build, snapshots
from assets.metric_context import own_refusals
from config.settings import Settings, load_settings
from dashboards import wall_data
from exports.month import write_month
from pipelines import cli

EXAMPLE = Path(__file__).resolve().parent.parent / "config" / "examples" / "metrics"
DEFINITION = (EXAMPLE / "long_repairs.yml").read_text(encoding="utf-8")
MODEL = (EXAMPLE / "long_repairs.sql").read_text(encoding="utf-8")
TARGETS = "targets:\n  long_repairs: {share: 0.05}\n"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No test leaves its own metrics to the next."""
    yield
    metric_registry.learn({})


def dropped(home: Path, **files: str) -> Path:
    """Write files into the home's folder of own metrics: name_yml → name.yml."""
    folder = home / "config" / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8")
    return home / "config"


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The month written by hand, published with one good definition and one bad."""
    home = tmp_path_factory.mktemp("own")
    rules_dir = dropped(home, long_repairs_yml=DEFINITION, long_repairs_sql=MODEL,
                        bad_one_yml="kind: guess\n")  # fmt: skip
    (rules_dir / "thresholds.yml").write_text(TARGETS, encoding="utf-8")
    late = {"event_id": "T5-3", "ticket_id": "T5", "seq": 3, "type": "restored",
            "at": local("2026-11-02 09:00"), "engineer_id": "E1"}  # fmt: skip
    rows = {**ROWS, "ticket_events": [*ROWS["ticket_events"], late]}
    con = warehouse_of(rows, local(AS_OF), rules_dir=rules_dir, home=home)
    settings = load_settings({"OPSPULSE_HOME": str(home)})
    own_metrics_build.build(con, settings.rules_dir)
    snapshots.publish(con, settings)
    con.close()
    return settings


@pytest.fixture
def command(
    hospital: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["opspulse", *arguments])
        monkeypatch.setattr("sys.excepthook", None)
        monkeypatch.setenv("OPSPULSE_HOME", str(hospital.home))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return (ended.value.code if isinstance(ended.value.code, int) else 0), said.out, said.err

    return run


def test_it_is_listed_shown_and_explained_like_any_other(command: Command) -> None:
    """October: T1 took two days, T2 and T3 hours: 1 of 3."""
    code, listed, told = command("kpi", "list", "--json")
    assert code == 0
    assert [one["id"] for one in json.loads(listed) if one["is_own"]] == ["long_repairs"]
    assert told == ""
    days = ("--from", "2026-10-01", "--to", "2026-11-01")
    _, shown, _ = command("kpi", "show", "long_repairs", *days, "--format", "json")
    [row] = json.loads(shown)
    assert (row["numerator"], row["denominator"], row["value"]) == (1, 3, 0.333333)
    assert (row["state"], row["lo"]) == ("small_sample", pytest.approx(0.061492, abs=1e-6))
    _, story, _ = command("explain", "long_repairs", *days)
    assert "超过 24 小时恢复的单 ÷ 恢复的单" in story
    assert "2026 年 10 月 超一天维修占比·占比 33.3%(n = 3),目标 5.0%" in story
    assert "long_repairs,共 3 行" in story
    _, cut, _ = command("kpi", "show", "long_repairs", "--by", "department", *days)
    assert "急诊科" in cut


def test_the_bad_one_beside_it_is_told_with_file_and_line(command: Command) -> None:
    code, _, told = command("kpi", "list")
    assert code == 0
    assert "metrics/bad_one.yml:1 的「names」缺少必填项" in told


def test_the_wall_has_a_tile_for_it(hospital: Settings) -> None:
    snapshot = snapshots.current(hospital)
    assert snapshot
    history = wall_data.history_of(snapshot, hospital, "zh")
    day = date(2026, 11, 10)
    tiles = wall_data.document(hospital, snapshot, snapshot, history, day, "zh")["tiles"]
    assert tiles["own_1"]["label"] == "超一天维修…"
    assert (tiles["own_1"]["value"], tiles["own_1"]["unit"]) == ("100.0", "%")
    assert tiles["own_1"]["lines"] == ["区间 20.7%–100.0%", "上月 33.3% ▲上升 差"]
    assert (tiles["own_1"]["state"], tiles["own_1"]["note"]) == ("no_data", "样本不足")
    assert "own_2" not in tiles


def test_the_workbook_has_its_row_with_the_target_and_its_definition(hospital: Settings) -> None:
    book = openpyxl.load_workbook(write_month(hospital, "2026-10"), data_only=True)
    found = [row for row in book["01汇总"].iter_rows(values_only=True) if "long_repairs" in row]
    assert len(found) == 1
    assert {"超一天维修占比", 0.333333, 0.05, "不作判断", "样本不足"} <= set(found[0])
    defined = [row for row in book["91口径说明"].iter_rows(values_only=True)
               if any("超一天维修占比" in str(cell) for cell in row)]  # fmt: skip
    assert len(defined) == 1


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


GOOD = {"long_repairs_yml": DEFINITION, "long_repairs_sql": MODEL}
READS_RAW = changed(MODEL, "kpi.fact_tickets", "raw.tickets")
READS_FILE = changed(MODEL, "kpi.fact_tickets", "read_csv('/etc/passwd')")
BAD: dict[str, tuple[dict[str, str], str, str]] = {
    "an unknown key": (
        GOOD | {"long_repairs_yml": changed(DEFINITION, "kind: share", "kindd: share")},
        "long_repairs.yml:5", "不是已知的配置项"),
    "a statistic without a formula": (
        GOOD | {"long_repairs_yml": changed(DEFINITION, "{share: count_if", "{part: count_if")},
        "long_repairs.yml:11", "没有计算式"),
    "a column that there is not": (
        GOOD | {"long_repairs_yml": changed(DEFINITION, "f.is_long", "f.is_longer")},
        "long_repairs.yml:9", "f.is_longer"),
    "a dimension that there is not": (
        GOOD | {"long_repairs_yml": changed(DEFINITION, "[department]", "[departement]")},
        "long_repairs.yml:15", "是否应为「department」"),
    "broken YAML": (
        GOOD | {"long_repairs_yml": changed(DEFINITION, "kind: share", "kind: [share")},
        "long_repairs.yml:", "不是有效的 YAML"),
    "another query in a snippet": (
        GOOD | {"long_repairs_yml": changed(DEFINITION, "count_if(f.is_long)",
                                            "(select max(1) from kpi.dim_engineers)")},
        "long_repairs.yml:9", "不能再查别的表"),
    "personal tables": (GOOD | {"long_repairs_sql": READS_RAW}, "long_repairs.sql:15",
                        "raw.tickets"),
    "files": (GOOD | {"long_repairs_sql": READS_FILE}, "long_repairs.sql:", "不允许的写法"),
    "a star": (
        GOOD | {"long_repairs_sql": changed(MODEL, "t.site_id,\n", "t.*,\n")},
        "long_repairs.sql:", "a star means other columns"),
    "two statements": (
        GOOD | {"long_repairs_sql": f"{MODEL};\ndrop table kpi.fact_tickets"},
        "long_repairs.sql:9", "正好有一条 SELECT"),
    "SQL that nobody can read": (
        GOOD | {"long_repairs_sql": changed(MODEL, "where t.", "where where t.")},
        "long_repairs.sql:16", "不是能读懂的 SQL"),
    "a header without a grain": (
        GOOD | {"long_repairs_sql": changed(MODEL, "-- grain: [site_id, ticket_id]\n", "")},
        "long_repairs.sql:1", "开头不完整"),
    "a grain that is not unique": (
        GOOD | {"long_repairs_sql": changed(MODEL, "[site_id, ticket_id]", "[site_id]")},
        "long_repairs.sql:1", "不唯一"),
    "a cast that fails on somebody's data": (
        GOOD | {"long_repairs_sql": changed(
            MODEL, "t.restore_seconds > 86400", "cast(t.ticket_no as date) > t.restored_on")},
        "long_repairs.sql:1", "不能建成表"),
    "the name of a built-in metric": (
        {"mtbf_yml": DEFINITION}, "mtbf.yml:1", "同名"),
    "SQL without a definition": (
        {"alone_sql": MODEL}, "alone.sql:1", "没有对应的定义"),
    "a kind that is about one fact": (
        GOOD | {"long_repairs_yml": changed(DEFINITION, "kind: share", "kind: completion")},
        "long_repairs.yml:5", "不能用于自定义指标"),
}  # fmt: skip
FINE = changed(DEFINITION, "超一天维修占比", "另一个")
FINE_FILES = {"fine_one_yml": changed(FINE, "fact: long_repairs", "fact: fine_one"),
              "fine_one_sql": MODEL}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_one_is_refused_with_its_place_and_the_rest_goes_on(
    name: str, tmp_path: Path, month: "Month"
) -> None:
    files, place, reason = BAD[name]
    rules_dir = dropped(tmp_path, **files, **FINE_FILES)
    refused = own_metrics_build.build(month.con, rules_dir)
    assert [one.metric_id for one in refused] == [next(iter(files)).rpartition("_")[0]]
    assert place in refused[0].problem
    assert reason in refused[0].problem
    assert "WX-T" not in refused[0].problem  # nobody's data in the sentence
    metrics.context(month.con)
    assert [one.id for one in metrics.registry().values() if one.is_own] == ["fine_one"]
    assert own_refusals(month.con) == [(one.metric_id, one.problem, one.remedy) for one in refused]
    [row] = metrics.read_rows(month.con, "fine_one", start=date(2026, 10, 1), end=date(2026, 11, 1))
    assert (row["numerator"], row["denominator"]) == (1, 3)


class Month:
    """The month's warehouse, built once: own metrics come and go in it."""

    def __init__(self, home: Path) -> None:
        self.con = warehouse_of(ROWS, local(AS_OF), home=home)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    return Month(tmp_path_factory.mktemp("month"))


def test_what_is_taken_away_is_gone(month: Month, tmp_path: Path) -> None:
    rules_dir = dropped(tmp_path, **GOOD)
    assert own_metrics_build.build(month.con, rules_dir) == []
    assert month.con.execute("select count(*) from kpi.long_repairs").fetchone() == (3,)
    for file in (rules_dir / "metrics").iterdir():
        file.unlink()
    assert own_metrics_build.build(month.con, rules_dir) == []
    tables = month.con.execute(
        "select table_name from duckdb_tables() where table_name in ('long_repairs', 'fine_one')"
    ).fetchall()
    assert tables == []
    metrics.context(month.con)
    assert "long_repairs" not in metrics.registry()


def test_a_metric_over_our_own_facts_needs_no_sql(month: Month, tmp_path: Path) -> None:
    text = """names: {zh: 高紧急报修, en: Critical reports}
purpose: {zh: 紧急程度最高的报修, en: Reports of the highest urgency}
formula: {zh: 紧急程度为 critical 的报修数, en: reports of urgency critical}
kind: count
fact: fact_tickets
on: reported_on
where: f.urgency = 'critical'
measures: {count: count(*)}
statistics: {count: {zh: 数量, en: count, format: count, precision: 0}}
direction: lower
cohort: reported_in
interval: null
sources: [tickets]
dimensions: [department, urgency]
"""
    assert own_metrics_build.build(month.con, dropped(tmp_path, critical_yml=text)) == []
    rows = metrics.read_rows(month.con, "critical", start=date(2026, 9, 1), end=date(2026, 11, 1))
    assert [row["value"] for row in rows] == [0, 1]


def test_no_folder_means_no_own_metrics(tmp_path: Path) -> None:
    assert own_metrics.read(tmp_path) == own_metrics.Own((), ())
    assert own_metrics.read(None) == own_metrics.Own((), ())

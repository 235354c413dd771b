"""Repeat problems as they are read: what is called, ranked, shown and told of a month."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest
from conftest import build_settings
from rich.cells import cell_len
from typer.testing import CliRunner

from assets import models, rule_tables, warehouse
from assets.causes.topic import Names
from assets.pull import pull
from assets.recurrence import chances, view
from assets.recurrence.words import Subjects
from assets.snapshots import current, opened
from config.errors import ConfigError
from config.rules import load_rules
from config.settings import Settings
from demo import store
from demo.spec import DemoSpec
from pipelines.cli import app
from pipelines.cli_recurrence import _print_list

START, END = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A tiny hospital of eight months with four planted problems; only what problems need."""
    folder = tmp_path_factory.mktemp("problems")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    settings = build_settings(folder / "home", url)
    spec = DemoSpec(END, size="tiny", days=240, problems=4, chance="equal")
    store.create(url, spec, truth_path=folder / "truth.json")
    con = warehouse.connect(":memory:", settings)
    report = pull(con, settings)
    with warehouse.transaction(con):
        context = rule_tables.RunContext(report.as_of, report.is_demo)
        rule_tables.load(con, load_rules(None), settings, context)
        models.build(con, models.discover())
    chances.build(con)
    con.execute("create table truth as select unnest($1::json[]) as problem", [_truth(folder)])
    yield con
    con.close()


def _truth(folder: object) -> list[str]:
    text = (folder / "truth.json").read_text(encoding="utf-8")  # type: ignore[operator]
    [site] = json.loads(text)["sites"].values()
    return [json.dumps(one) for one in site["problems"]]


def test_planted_problems_are_called_and_nothing_else(planted: duckdb.DuckDBPyConnection) -> None:
    found = {(row["asset_id"], row["fault_family"]) for row in view.problems(planted, kind="asset")}
    truth = planted.execute(
        "select problem->>'asset_id', problem->>'fault_family_code' from truth"
    ).fetchall()
    assert len(truth) == 4
    assert len(found & set(truth)) >= 3
    assert len(found - set(truth)) <= 1


def test_the_rank_is_by_excess_times_cost_of_a_failure(planted: duckdb.DuckDBPyConnection) -> None:
    rows = view.problems(planted)
    worth = [max(row["excess"], 0) * float(row["cost_cny"]) / row["failure_count"] for row in rows]
    assert worth == sorted(worth, reverse=True)
    assert [row["problem_rank"] for row in rows] == list(range(1, len(rows) + 1))


def test_the_excess_is_what_was_seen_less_what_chance_gives(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    for row in view.problems(planted, is_all=True):
        assert row["excess"] == pytest.approx(row["repeat_count"] - row["expected_repeats"])
        assert row["excess_lo"] < row["excess"] < row["excess_hi"]
    [total] = view.totals(planted)
    chances = planted.execute(
        "select sum(medium_chance_ppb)::double / 1e9 from kpi.recurrence_chances"
    ).fetchone()
    assert chances is not None
    assert total["expected_repeats"] == pytest.approx(chances[0], rel=1e-4)
    assert total["excess_lo"] < total["excess"] < total["excess_hi"]


def test_the_usual_rate_stands_beside_what_chance_gives_equal_devices(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    [total] = view.totals(planted)
    reports, days = planted.execute(
        "select (select count(*) from kpi.fact_tickets where not is_planned), "
        "(select sum(to_second - from_second) / 86400 from kpi.fact_exposure)"
    ).fetchone()  # type: ignore[misc]
    by_chance = 1 - math.exp(-30 * reports / days)
    assert total["chance_share"] == pytest.approx(by_chance, abs=0.01)
    # what is more: classes that report more, outages, and the four planted problems
    assert 0.02 < total["back_share"] - total["chance_share"] < 0.12
    assert total["back_count"] == round(total["back_share"] * total["report_count"])
    with pytest.raises(ConfigError):
        view.totals(planted, role="wall")


def test_a_problem_comes_with_its_failures(planted: duckdb.DuckDBPyConnection) -> None:
    best = view.problem(planted, "1")
    assert len(best.failures) == best.row["failure_count"]
    assert view.problem(planted, best.row["problem_id"]) == best
    with pytest.raises(ConfigError, match="没有名为"):
        view.problem(planted, "no such")
    with pytest.raises(ConfigError, match="这种问题"):
        view.problems(planted, kind="no such")


def test_who_may_not_see_engineers_sees_problems_without_them(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    found = view.problem(planted, "1", role="qcc")
    assert all("engineer_id" not in row for row in found.failures)
    with pytest.raises(ConfigError):
        view.problems(planted, role="wall")


def test_a_month_tells_its_problems_and_knows_what_is_new_only_of_the_last(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    month = view.month_report(planted, START, END)
    assert month.knows_new
    assert len(month.top) <= 10
    assert all(row["is_problem"] and row["last_reported_on"] >= START for row in month.top)
    before = view.month_report(planted, date(2026, 9, 1), START)
    assert not before.knows_new
    assert before.new_fleet == []


def test_a_problem_takes_at_most_three_lines_of_80_columns_and_says_what_it_is_in_words(
    planted: duckdb.DuckDBPyConnection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = view.problems(planted, is_all=True)
    subjects = Subjects(planted, Names(planted))
    for kind in {row["problem_kind"] for row in rows}:
        some = [row for row in rows if row["problem_kind"] == kind][:5]
        _print_list(build_settings(tmp_path, "sqlite://"), some, subjects)
        lines = capsys.readouterr().out.splitlines()
        assert max(cell_len(line) for line in lines) <= 80
        # three rules, two lines of head, two a problem, one more where a device's name is long
        assert len(lines) <= 5 + 3 * len(some), "\n".join(lines)
        assert subjects.of(some[0]).split()[0] in lines[4]
        assert f"{some[0]['repeat_count']}/{some[0]['index_count']}" in lines[4]


def test_a_place_a_lot_and_a_model_are_told_in_words(planted: duckdb.DuckDBPyConnection) -> None:
    site, part, name = planted.execute(
        "select site_id, part_id, name from kpi.dim_parts order by part_id"
    ).fetchall()[0]
    ward = planted.execute(
        "select department_id, name from kpi.dim_departments where site_id = $1 order by 1", [site]
    ).fetchall()[0]
    row = {"site_id": site, "asset_class": "黑白打印机", "model": "YJ-P1", "part_id": part,
           "lot_no": "L7", "department_id": ward[0]}  # fmt: skip
    zh, en = (Subjects(planted, Names(planted, lang)) for lang in ("zh", "en"))
    assert zh.of(row | {"problem_kind": "model"}) == "黑白打印机 YJ-P1 同型号"
    assert zh.of(row | {"problem_kind": "lot"}) == f"{name} 批次 L7"
    assert zh.of(row | {"problem_kind": "location"}) == f"{ward[1]} 黑白打印机 同一位置"
    assert en.of(row | {"problem_kind": "lot"}) == f"{name} lot L7"
    device = row | {"problem_kind": "asset", "asset_id": "A1", "asset_tag": "T1",
                    "asset_name": None}  # fmt: skip
    assert zh.of(device) == "T1"
    assert zh.of(device | {"asset_tag": None}) == "A1"


@pytest.fixture
def told(tiny_hospital: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("OPSPULSE_HOME", str(tiny_hospital.home))
    monkeypatch.setenv("OPSPULSE_SOURCE_URL", tiny_hospital.sources[0].url.get_secret_value())

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["recurrence", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


@contextmanager
def snapshot_of(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    snapshot = current(settings)
    assert snapshot is not None
    with opened(snapshot, settings) as con:
        yield con


def test_the_command_says_what_the_snapshot_holds(
    told: Callable[..., str], tiny_hospital: Settings
) -> None:
    with snapshot_of(tiny_hospital) as con:
        rows = view.problems(con, is_all=True)
    assert rows
    listed = json.loads(told("list", "--all", "--json"))
    assert [row["problem_id"] for row in listed["problems"]] == [row["problem_id"] for row in rows]
    assert listed["totals"][0]["window_days"] == 30
    shown = json.loads(told("show", rows[0]["problem_id"], "--json"))
    assert len(shown["failures"]) == rows[0]["failure_count"]
    lines = list(csv.DictReader(io.StringIO(told("list", "--all", "--format", "csv"))))
    assert len(lines) == len(rows)
    assert "碰巧应有" in told("list", "--all")
    assert rows[0]["problem_id"] not in told("list", "--all")
    assert f"编号:{rows[0]['problem_id']}" in told("show", rows[0]["problem_id"])
    assert "再发" in told("show", rows[0]["problem_id"])

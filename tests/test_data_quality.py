"""The books of the checks: one row a day and rule, the score K31, KPIs that nobody may trust."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import openpyxl
import pytest
from handmade import warehouse_of
from pull_stores import Store, open_warehouse, settings_for, ticket
from workbook_reader import table

from assets import metrics, models, warehouse
from assets.live import pull_live
from assets.pull import PullReport, pull
from assets.snapshots import publish
from config.settings import Settings
from dashboards.wall_service import WallService
from data_checks.dag import LoadChecks
from data_checks.results import RuleResult, store, store_states
from data_checks.row_rules import Moment
from data_checks.table_rules import refused, states
from exports.month import write_month

AS_OF = datetime.fromisoformat("2026-03-01 16:00")
ZONE = "Asia/Shanghai"


def result(rule: str, checked: int, failed: int, **more: Any) -> RuleResult:
    values = {"table": "tickets", "severity": "warning", "zh": "中", "en": "en", **more}
    return RuleResult(rule=rule, checked=checked, failed=failed, **values)


@pytest.fixture
def con() -> Any:
    with warehouse_of({"tickets": []}, AS_OF) as made:
        yield made


def keep(con: duckdb.DuckDBPyConnection, load: int, *results: RuleResult, hours: int = 0) -> None:
    report = PullReport(AS_OF + timedelta(hours=hours), False, (), load)
    with warehouse.transaction(con):
        store(con, report, [one for one in results if not one.is_state], ZONE)
    store_states(con, report, [one for one in results if one.is_state], ZONE)


def books(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    return con.execute(
        "select on_date::text, rule, checked, failed, load_id from raw.check_results order by all"
    ).fetchall()


def test_a_days_loads_add_up_and_a_state_is_that_of_the_last_one(con) -> None:
    state = {"is_state": True}
    keep(con, 1, result("a", 10, 1), result("s", 50, 2, **state), result("gone", 5, 5, **state))
    keep(con, 2, result("a", 10, 3), result("s", 51, 0, **state), result("silent", 0, 0))
    # a load at local midnight still belongs to the day that ends
    assert books(con) == [("2026-03-01", "a", 20, 4, 2), ("2026-03-01", "s", 51, 0, 2)]
    keep(con, 3, result("a", 1, 1), hours=1)
    assert ("2026-03-02", "a", 1, 1, 3) in books(con)


def test_the_score_is_the_weighted_mean_of_pass_rates_by_day_and_aspect(con) -> None:
    con.execute("insert into raw.connected_tables values ('main', 'tickets')")
    keep(
        con,
        1,
        result("a", 10, 1, severity="critical"),
        result("b", 4, 1, aspect="complete"),
        result("c", 1000, 0, aspect="complete", table="assets"),
        hours=-24,
    )
    keep(con, 2, result("a", 3, 3))
    models.build(con, [spec for spec in models.discover() if spec.schema == "kpi"])
    frame = metrics.read(
        con, "data_quality_score", grain="day", start=date(2026, 2, 28), end=date(2026, 3, 2)
    )
    # (3 × 0.9 + 0.75 + 1) / 5, then 0
    assert frame["value"].tolist() == [0.89, 0.0]
    parts = metrics.read(
        con,
        "data_quality_score",
        grain="total",
        by=["aspect", "source_table"],
        start=date(2026, 2, 28),
        end=date(2026, 3, 1),
    )
    found = {(r.aspect, r.source_table): r.value for r in parts.itertuples()}
    assert found == {
        ("完整", "assets"): 1.0,
        ("完整", "tickets"): 0.75,
        ("有效", "tickets"): 0.9,
    }


@pytest.mark.parametrize(
    ("checked", "failed", "is_over"),
    [
        (100, 6, True),
        (100, 5, False),
        (20, 5, False),
        (1000, 51, True),
        (1, 1, True),
        (1, 0, False),
    ],
)
def test_few_failing_rows_are_slips_whatever_their_share(checked, failed, is_over) -> None:
    assert result("held", checked, failed, is_state=True, tolerance=0.05).is_over is is_over
    assert not result("held", checked, failed, is_state=True).is_over


def test_only_kpis_of_the_failed_check_are_not_to_be_trusted(con) -> None:
    for name in ("tickets", "ticket_events", "assets", "parts", "stock_moves"):
        con.execute("insert into raw.connected_tables values ('main', ?)", [name])
    over = {"is_state": True, "tolerance": 0.05}
    keep(con, 1, result("asset_id_unknown", 100, 60, **over))
    kpi = [spec for spec in models.discover() if spec.schema == "kpi"]
    models.build(con, kpi)
    known = metrics.context(con)
    doubted = {m.id for m in metrics.registry().values() if metrics.distrusted(m, known)}
    assert {"report_rate", "mtbf", "availability"} <= doubted
    assert not doubted & {"reports", "backlog", "stock_on_hand", "data_quality_score"}
    keep(con, 2, result("held", 100, 60, **over))
    models.build(con, kpi)
    known = metrics.context(con)
    doubted = {m.id for m in metrics.registry().values() if metrics.distrusted(m, known)}
    assert {"reports", "backlog", "report_rate"} <= doubted
    assert "stock_on_hand" not in doubted
    frame = metrics.read(con, "reports", grain="total", start=date(2026, 2, 1))
    assert [(row.state, row.value) for row in frame.itertuples()] == [("unreliable", None)]
    text = metrics.distrusted(metrics.registry()["reports"], known)
    assert text == ["tickets:中(60 / 100)"]


def test_the_pulls_own_refusals_and_the_share_in_quarantine_are_counted(tmp_path) -> None:
    made = Store(f"sqlite:///{tmp_path / 'his.db'}", ("tickets", "ticket_events"), keyed=False)
    rows = [ticket(number) for number in range(100)]
    rows += [ticket(200, priority="?", channel="?"), ticket(201, urgency="?"), ticket(1, title="x")]
    made.add({"tickets": rows})
    settings = settings_for(tmp_path / "home", made.url)
    con = open_warehouse(settings)
    report = pull(con, settings)
    moment = Moment(report.as_of, report.load_id, ZONE)
    found = {
        (one.rule): (one.checked, one.failed)
        for one in [*refused(con, moment), *states(con, moment)]
        if one.table == "tickets"
    }
    assert found == {
        "types": (103, 0),
        "required": (103, 0),
        "lists": (103, 2),
        "keys": (103, 2),
        "parents": (103, 0),
        "held": (103, 4),
        "shrunk": (1, 0),
    }
    made.run("delete from tickets where ticket_id > 'T00060'")
    report = pull(con, settings)
    shrunk = states(con, Moment(report.as_of, report.load_id, ZONE))
    assert [one.failed for one in shrunk if (one.table, one.rule) == ("tickets", "shrunk")] == [1]
    con.close()
    made.close()


def test_a_load_that_begins_anew_counts_its_rows_once_and_tells_no_value(tmp_path) -> None:
    made = Store(f"sqlite:///{tmp_path / 'his.db'}", ("tickets",), keyed=False)
    bad = ticket(2, department_id=" 张三", requester_ref="李四")
    made.add({"tickets": [ticket(1), bad]})
    settings = settings_for(tmp_path / "home", made.url)
    con = open_warehouse(settings)
    checks = LoadChecks(AS_OF)
    report = pull(con, settings, validate=checks, on_restart=checks.restart, on_merged=checks.keep)
    told = checks.results(con, report)
    rows = con.execute("select * from raw.check_results").fetchall()
    [counted] = con.execute(
        "select checked, failed from raw.check_results where rule = 'department_id_trimmed'"
    ).fetchall()
    assert counted == (2, 1)
    for secret in ("张三", "李四"):
        assert secret not in repr(told) + repr(rows)
    con.close()
    made.close()


def test_a_load_without_news_adds_nothing_to_the_days_counts(tmp_path) -> None:
    made = Store(f"sqlite:///{tmp_path / 'his.db'}", ("tickets",), keyed=False)
    made.add({"tickets": [ticket(1), ticket(2, priority="P3")]})
    made.run("update tickets set priority = '?' where ticket_id = 'T00002'")
    settings = settings_for(tmp_path / "home", made.url)
    con = open_warehouse(settings)
    counted = []
    for _ in range(3):
        checks = LoadChecks(AS_OF)
        pull(con, settings, validate=checks, on_restart=checks.restart, on_merged=checks.keep)
        counted.append(
            con.execute(
                "select rule, checked, failed from raw.check_results "
                "where not is_state and rule in ('lists', 'required') order by all"
            ).fetchall()
        )
    assert counted == [[("lists", 2, 1), ("required", 2, 0)]] * 3
    con.close()
    made.close()


def test_wall_workbook_and_command_say_that_a_number_is_not_to_be_trusted(
    tiny_copy: Settings,
) -> None:
    con = warehouse.connect(tiny_copy.warehouse_path, tiny_copy)
    con.execute(
        "update raw.check_results set failed = checked, is_over = true "
        "where table_name = 'tickets' and rule = 'held'"
    )
    with warehouse.transaction(con):
        models.build(con, [spec for spec in models.discover() if spec.schema == "kpi"])
    snapshot = publish(con, tiny_copy)
    con.close()
    wall = WallService(tiny_copy).answer("zh", snapshot.published_at)
    assert "不可信" in wall.body
    [score] = re.findall(r"数据质量 ([0-9.]+)%", wall.body)
    assert 90 < float(score) < 100
    book = openpyxl.load_workbook(write_month(tiny_copy, "2026-10"), data_only=True)
    cells = {(row["标识"], row["口径(单位)"]): row["本月"] for row in table(book["01汇总"])}
    assert cells["reports", "数量"] == "不可信"
    told = [cell.value for row in book["92数据质量"].iter_rows() for cell in row]
    assert "在隔离区、未进入计算的行" in told
    assert {value for (name, _), value in cells.items() if name == "stock_on_hand"} != {"不可信"}
    light = warehouse.connect(":memory:", tiny_copy)
    pull_live(light, tiny_copy.warehouse_path, tiny_copy)
    [found] = light.execute(
        "select failed = checked from raw.check_results where table_name = 'tickets' and is_over"
    ).fetchall()
    assert found == (True,)
    light.close()

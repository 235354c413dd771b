"""Real work orders without numbers: every cost to the cent, every odd row where it belongs."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pull_stores import open_warehouse, settings_for

from assets import quarantine_view
from assets.pull import balance_errors, pull
from assets.sources.files import accounts
from data_checks.suites import RULES
from data_checks.validate import SuiteValidator

MAPPING = Path(__file__).parents[1] / "config" / "examples" / "excavators.yml"
AS_OF = datetime(2013, 1, 1)  # noqa: DTZ001 - naive UTC, as all of raw


@pytest.fixture(scope="module")
def pulled(real_data, tmp_path_factory):
    home = tmp_path_factory.mktemp("excavators")
    settings = settings_for(
        home, str(real_data / "excavators"), system="files", mapping=MAPPING, timezone="UTC"
    )
    con = open_warehouse(settings)
    validator = SuiteValidator([rule for rule in RULES if rule.table == "ticket_costs"], AS_OF)
    report = pull(con, settings, validate=validator)
    yield con, report, validator, settings
    con.close()


def test_cost_by_asset_is_right_to_the_cent(pulled):
    con, *_ = pulled
    rows = con.execute(
        "select asset_id, sum(amount_cny), count(*) from raw.tickets "
        "join raw.ticket_costs using (site_id, ticket_id) group by 1 order by 1"
    ).fetchall()
    assert [(asset, cost) for asset, cost, _ in rows] == [
        ("A", Decimal("77567.19")),
        ("B", Decimal("1312088.61")),
        ("C", Decimal("6229217.28")),
        ("D", Decimal("5128534.49")),
        ("E", Decimal("4758660.56")),
    ]
    # B lost its shifted line to the quarantine.
    assert [count for *_, count in rows] == [151, 1016, 992, 2374, 951]


def test_costs_have_the_figures_found_by_hand(pulled):
    con, *_ = pulled
    found = con.execute(
        "select sum(amount_cny), count(*), count(*) filter (amount_cny = 0), max(amount_cny) "
        "from raw.ticket_costs"
    ).fetchone()
    assert found == (Decimal("17506068.13"), 5484, 1288, Decimal("1026684.20"))


def test_the_shifted_line_is_held_with_its_reasons_and_all_of_its_values(pulled):
    con, *_ = pulled
    held = con.execute(
        "select table_name, reasons, row_json from raw.quarantine order by 1"
    ).fetchall()
    by_table = {table: (reasons, json.loads(row)) for table, reasons, row in held}
    assert len(held) == len(by_table) == 2
    reasons, row = by_table["ticket_costs"]
    assert reasons == ["类型不符:列 amount_cny 的值不是数字,或者超出范围"]
    assert (row["amount_cny"], row["occurred_on"]) == ("PM01", "2003-12-31")
    reasons, row = by_table["tickets"]
    assert reasons[0].startswith("不在值列表中:列 work_class")
    assert (row["title"], row["work_class"]) == ("won", "t swing")


def test_the_shifted_line_says_where_it_stands_in_the_file_and_what_is_written_there(pulled):
    con, *_ = pulled
    for held in quarantine_view.rows(con, is_open=True):
        [origin] = held.origins
        assert origin.text("en") == "excavators.csv line 3454"
        assert origin.text("zh") == "excavators.csv 第 3454 行"
        assert dict(origin.cells) == {
            "BscStartDate": "2003-12-31",
            "Asset": "B",
            "OriginalShorttext": "won",
            "PMType": "t swing",
            "Cost": "PM01",
        }


def test_exact_duplicates_are_reported_and_kept(pulled):
    con, report, *_ = pulled
    account = accounts.kept(con)
    assert [(one.file, one.found, one.repeated, one.kept) for one in account] == [
        ("excavators.csv", 5485, 358, 5485)
    ]
    present = {one.table: one.present for one in report.loads}
    assert present["ticket_costs"] == present["tickets"] == 5484


def test_the_six_negative_costs_are_flagged_and_kept(pulled):
    con, _, validator, _ = pulled
    flagged = {one.rule: (one.severity, one.checked, one.failed) for one in validator.results}
    assert flagged["amount_cny_not_negative"] == ("warning", 5484, 6)
    kept = con.execute("select count(*) from raw.ticket_costs where amount_cny < 0").fetchone()
    assert kept == (6,)


def test_both_balances_hold_and_a_second_pull_changes_nothing(pulled):
    con, report, _, settings = pulled
    assert balance_errors(con, report.load_id) == []
    loads = {
        one.table: (one.pulled, one.accepted, one.quarantined, one.source_count)
        for one in report.loads
    }
    assert loads["ticket_costs"] == loads["tickets"] == (5485, 5484, 1, 5485)
    again = pull(con, settings)
    assert balance_errors(con, again.load_id) == []
    assert {one.table: one.accepted for one in again.loads}["tickets"] == 0

"""A quarter closes from what its months were closed with, and follows their corrections."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copyfile

import duckdb
import pytest

from assets import warehouse
from assets.score import (
    appeals,
    archive,
    carried,
    closing,
    corrections,
    quarters,
    reading,
    tables,
)
from assets.score.desk import Desk
from assets.score.periods import MONTH, QUARTER
from assets.score.reading import Viewer
from config.errors import ConfigError
from config.rules import load_rules
from config.settings import Settings

JULY, AUGUST, OCTOBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 10, 1)
HEAD, E02 = Viewer("head"), Viewer("engineer", "E02")
PERSON = ("H01", "E02")
_EARLIER = (
    ("fact_score_cases", "counted_on"), ("fact_engineer_months", "month_on"),
    ("fact_article_reuses", "used_on"),
)  # fmt: skip


@pytest.fixture(scope="module")
def rules():
    return load_rules(None)


@pytest.fixture(scope="module")
def house(tiny_hospital: Settings, rules) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tiny hospital in memory, its two months two months earlier: July and August, ripe."""
    con = warehouse.connect(":memory:", tiny_hospital)
    con.execute(f"attach '{tiny_hospital.warehouse_path}' as w (read_only)")
    con.execute("create schema kpi; create schema core")
    con.execute("create table core.run_context as from w.core.run_context")
    for (name,) in con.execute(
        "select table_name from duckdb_tables() where database_name = 'w' and schema_name = 'kpi'"
    ).fetchall():
        con.execute(f"create table kpi.{name} as from w.kpi.{name}")
    con.execute("detach w")
    for table, day in _EARLIER:
        con.execute(f"update kpi.{table} set {day} = ({day} - interval 2 months)::date")
    tables.build(con, rules)
    yield con
    con.close()


@pytest.fixture(scope="module")
def shut_months(house, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("months") / "scores.db"
    for month in (JULY, AUGUST):
        closing.close(house, path, month, "U07")
    return path


@pytest.fixture(scope="module")
def shut(house, rules, shut_months: Path, tmp_path_factory) -> Path:
    """The months and with them the quarter, closed once."""
    path = tmp_path_factory.mktemp("quarter") / "scores.db"
    copyfile(shut_months, path)
    assert not quarters.close(house, path, rules.score_versions, JULY, "U07").is_kept
    return path


@pytest.fixture
def desk(tiny_hospital: Settings, rules, tmp_path: Path) -> Desk:
    settings = tiny_hospital.model_copy(update={"home": tmp_path})
    return Desk.of(settings, rules, ())


def uphold(desk: Desk) -> dict:
    """Uphold an appeal on what cost E02 most in July; return the row."""
    rows = archive.ledger(desk.settings.scores_path, 1, PERSON)
    worst = min((row for row in rows if row["ticket_id"]), key=lambda row: row["points"])
    one = appeals.submit(desk, E02, JULY, [worst["ledger_id"]], "停电,不应计为超时")
    appeals.accept(desk, HEAD, one.appeal_id, "U08")
    appeals.settle(desk, HEAD, one.appeal_id, "U08", is_upheld=True, reason="属实")
    return worst


def scores_of(path: Path, kind: str, first: date) -> dict[str, tuple[int, float, str]]:
    return {
        total["engineer_id"]: (one.version, total["points"], total["band"])
        for one, total, _ in archive.scores(path, (kind, first))
    }


def part_of(path: Path, period: tuple[str, date], component: str) -> dict:
    """Return a component of E02's closed period."""
    return next(
        part
        for _, total, parts in archive.scores(path, period)
        for part in parts
        if (total["engineer_id"], part["component"]) == ("E02", component)
    )


def test_a_closed_quarter_is_what_its_months_make_of_it_with_a_ledger_of_its_own(
    house, shut: Path
) -> None:
    quarter = scores_of(shut, QUARTER, JULY)
    assert {
        row["engineer_id"]: (1, row["points"], row["band"])
        for row in reading.totals(house, HEAD, QUARTER, JULY)
    } == quarter
    assert len(quarter) == 3
    [one] = archive.closings(shut, JULY, QUARTER)
    for engineer, (_, points, _) in quarter.items():
        rows = archive.ledger(shut, one.closing_id, ("H01", engineer))
        assert abs(float(sum(row["points"] for row in rows)) - points) < 1e-9
        assert {(row["period"], row["period_on"]) for row in rows} == {(QUARTER, JULY)}
        assert any(row["evidence"] for row in rows)
    assert archive.verify(shut) == 3


def test_closing_a_quarter_again_writes_nothing(house, rules, shut: Path) -> None:
    again = quarters.close(house, shut, rules.score_versions, JULY, "U09")
    assert again.is_kept
    assert again.closing.actor == "U07"
    assert archive.verify(shut) == 3


def test_a_quarter_that_lasts_or_has_an_open_month_is_not_closed(
    house, rules, tmp_path: Path
) -> None:
    path = tmp_path / "scores.db"
    with pytest.raises(ConfigError, match="2026-Q3 的 2026-07、2026-08 还没有关账"):
        quarters.close(house, path, rules.score_versions, JULY, "U07")
    with pytest.raises(ConfigError, match="2026-Q4 还没有结束"):
        quarters.close(house, path, rules.score_versions, OCTOBER, "U07")
    with pytest.raises(ConfigError, match="2026-Q2 没有评分"):
        quarters.close(house, path, rules.score_versions, date(2026, 4, 1), "U07")
    assert not path.exists()


def test_cases_too_few_for_their_month_are_kept_for_the_quarter(house, shut_months: Path) -> None:
    [(count,)] = house.execute("select count(*) from kpi.fact_score_cases").fetchall()
    assert len(archive.cases(shut_months, [JULY, AUGUST])) == count
    shown = sum(
        row["subject_id"] is not None
        for one, total, _ in archive.scores(shut_months)
        for row in archive.ledger(
            shut_months, one.closing_id, (total["site_id"], total["engineer_id"])
        )
    )
    assert 0 < shown < count, "some component had too few cases: they stand in no ledger"


def test_what_came_after_its_months_were_closed_is_in_no_quarter_and_all_read_the_closed_one(
    house, rules, shut_months: Path, shut: Path, tmp_path: Path
) -> None:
    path = tmp_path / "scores.db"
    copyfile(shut_months, path)
    house.execute("begin")
    try:
        house.execute("delete from kpi.fact_score_cases where hash(subject_id) % 3 = 0")
        quarters.close(house, path, rules.score_versions, JULY, "U07")
        assert scores_of(path, QUARTER, JULY) == scores_of(shut, QUARTER, JULY)
        tables.build(house, rules, path)
        rows = reading.totals(house, HEAD, QUARTER, JULY)
        ledger = reading.ledger_rows(house, E02, QUARTER, JULY, "E02", closed=path)
    finally:
        house.execute("rollback")
    assert {
        row["engineer_id"]: (row["closed_version"], row["points"], row["band"]) for row in rows
    } == scores_of(shut, QUARTER, JULY)
    assert all(row["ledger_id"] for row in ledger)


def test_a_correction_of_a_month_becomes_the_next_version_of_its_quarter(
    desk: Desk, shut: Path
) -> None:
    path = desk.settings.scores_path
    copyfile(shut, path)
    before = scores_of(path, QUARTER, JULY)
    row = uphold(desk)
    after = scores_of(path, QUARTER, JULY)
    month, quarter = (part_of(path, one, row["component"]) for one in
                      ((MONTH, JULY), (QUARTER, JULY)))  # fmt: skip
    gained = -float(row["points"]) * quarter["case_factor"] / month["case_factor"]
    assert {engineer: version for engineer, (version, *_) in after.items()} == {
        "E01": 1, "E02": 2, "E03": 1,
    }  # fmt: skip
    assert after["E02"][1] - before["E02"][1] == pytest.approx(gained, abs=1e-9)
    assert after["E01"] == before["E01"]
    second = archive.closings(path, JULY, QUARTER)[-1]
    assert (second.version, second.appeal) == (2, "2026-07-E02-1")
    rows = archive.ledger(path, second.closing_id, PERSON)
    assert abs(float(sum(row["points"] for row in rows)) - after["E02"][1]) < 1e-9
    assert corrections.apply(path, desk.settings.decisions_path) == []
    assert archive.verify(path) == 5


def test_a_correction_before_the_quarter_closes_stands_in_it_at_once(
    house, desk: Desk, rules, shut_months: Path, shut: Path
) -> None:
    path = desk.settings.scores_path
    copyfile(shut_months, path)
    uphold(desk)
    assert archive.closings(path, JULY, QUARTER) == []
    quarters.close(house, path, rules.score_versions, JULY, "U07")
    assert [one.version for one in archive.closings(path, JULY, QUARTER)] == [1, 2]
    usual, found = (scores_of(one, QUARTER, JULY)["E02"] for one in (shut, path))
    assert found[0] == 2
    assert found[1] > usual[1]


def test_a_case_moves_in_the_quarter_as_far_from_the_mean_and_a_rule_by_its_share() -> None:
    base = {"kind": "base", "component": "quality", "ledger_id": 9}
    rows = [
        base | {"subject_id": "T1", "rule_row": None, "points": Decimal("-0.5")},
        base | {"subject_id": None, "rule_row": "base", "points": Decimal(12)},
    ]
    month = {"quality": {"case_factor": 4.0, "share": 0.25, "case_count": 20}}
    quarter = {"quality": {"case_factor": 1.0, "share": 0.5, "case_count": 80}}
    ticket = {"component": "quality", "subject_id": "T1", "rule_row": None, "points": Decimal(2)}
    rule = {**ticket, "subject_id": None, "rule_row": "base"}

    def found(row: dict) -> Decimal | None:
        made = carried._carried(row, rows, month, quarter, "A-1")
        return made and Decimal(made["points"])

    # a quarter of the month's factor; a rule: twice the share, a quarter of the cases
    assert found(ticket) == Decimal("0.5")
    assert found(rule) == Decimal(1)
    assert found(ticket | {"subject_id": "T2"}) is None

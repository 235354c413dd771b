"""A bonus is divided in three ways, approved by the head, and frozen: to the cent, amounts only."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from assets import snapshots, warehouse
from assets.score import appeals, approval, archive, bonus, closing, reading, tables
from assets.score.desk import Desk
from assets.score.reading import Viewer
from assets.score.simulate import moves
from config.errors import ConfigError, StateError
from config.rules import load_rules
from config.settings import Settings
from exports.bonus import write_bonus

SEPTEMBER = date(2026, 9, 1)
HEAD, FINANCE, E02 = Viewer("head"), Viewer("finance"), Viewer("engineer", "E02")
POOL = 5_000_001


@pytest.fixture(scope="module")
def closed(tiny_hospital: Settings, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("bonus") / "scores.db"
    con = warehouse.connect(tiny_hospital.warehouse_path, tiny_hospital, read_only=True)
    closing.close(con, path, SEPTEMBER, "U07")
    con.close()
    return path


@pytest.fixture(scope="module")
def con(tiny_hospital: Settings, closed: Path):
    """What the next snapshot shows: September closed."""
    built = warehouse.connect(":memory:", tiny_hospital)
    built.execute(f"attach '{tiny_hospital.warehouse_path}' as w (read_only)")
    built.execute("create schema kpi")
    for (name,) in built.execute(
        "select table_name from duckdb_tables() where database_name = 'w' and schema_name = 'kpi'"
    ).fetchall():
        built.execute(f"create table kpi.{name} as from w.kpi.{name}")
    built.execute("detach w")
    tables.build(built, load_rules(None), closed)
    yield built
    built.close()


@pytest.fixture
def desk(closed: Path, tiny_hospital: Settings, tmp_path: Path) -> Desk:
    settings = tiny_hospital.model_copy(update={"home": tmp_path})
    settings.scores_path.write_bytes(closed.read_bytes())
    at = archive.closings(closed)[0].at + timedelta(days=20)
    return Desk(settings, load_rules(None), (), at)


def ruled(con, mode: str):
    """Return the tables with the bonus divided by another mode."""
    return con.execute(
        "update kpi.score_rules set content = json_merge_patch(content, "
        f'\'{{"bonus": {{"mode": "{mode}"}}}}\')'
    )


def test_a_correction_of_a_closed_month_is_no_move_of_the_rules(con) -> None:
    con.execute("begin")
    try:
        con.execute(
            "update kpi.score_totals set points = points - 3 "
            "where period_on = $1 and engineer_id = 'E02'", [SEPTEMBER],
        )  # fmt: skip
        found = moves(con, load_rules(None), "month", SEPTEMBER)
    finally:
        con.execute("rollback")
    assert len(found) >= 3
    assert [one.engineer_id for one in found if one.after != one.before] == []


@pytest.mark.parametrize("mode", ["base_plus_score", "share", "tier"])
def test_each_mode_divides_the_pool_to_the_cent(con, mode: str) -> None:
    con.execute("begin")
    try:
        ruled(con, mode)
        rows = bonus.allotted(con, HEAD, "month", SEPTEMBER, POOL)
        bands = {row["engineer_id"]: row["band"] for row in rows}
    finally:
        con.execute("rollback")
    amounts = {row["engineer_id"]: int(row["amount_cny"] * 100) for row in rows}
    assert sum(amounts.values()) == POOL
    standing = {
        row["engineer_id"]: row["grade_factor"] * Decimal(row["attendance"]) for row in rows
    }
    points = {row["engineer_id"]: row["points"] for row in rows}
    if mode == "share":
        wanted = {who: standing[who] * points[who] for who in points}
    elif mode == "tier":
        tiers = {"above": Decimal("1.2"), "below": Decimal("0.8")}
        wanted = {who: standing[who] * tiers.get(bands[who], 1) for who in points}
    else:
        f = {who: min(max(Decimal(points[who]) / 70, Decimal("0.8")), Decimal("1.2"))
             for who in points}  # fmt: skip
        whole = sum(standing[who] * f[who] for who in points)
        wanted = {
            who: Decimal("0.6") * standing[who] / sum(standing.values())
            + Decimal("0.4") * standing[who] * f[who] / whole
            for who in points
        }
    for who, amount in amounts.items():
        assert abs(amount - POOL * wanted[who] / sum(wanted.values())) < 1


def test_a_draft_is_the_heads_and_becomes_money_only_when_approved(con, desk: Desk) -> None:
    made = approval.draft(con, desk, HEAD, "month", SEPTEMBER, pool_cents=POOL, actor="U08")
    assert (made.approved_by, made.pool_cny) == (None, Decimal("50000.01"))
    assert sum(one["amount_cny"] for one in made.amounts) == made.pool_cny
    for viewer in (FINANCE, E02):
        assert approval.current(desk, viewer, "month", SEPTEMBER) is None
        with pytest.raises(ConfigError):
            approval.approve(desk, viewer, "month", SEPTEMBER, "F01")
        with pytest.raises(ConfigError):
            approval.draft(con, desk, viewer, "month", SEPTEMBER, pool_cents=1, actor="F01")
    done = approval.approve(desk, HEAD, "month", SEPTEMBER, "U07")
    assert done.approved_by == "U07"
    seen = approval.current(desk, FINANCE, "month", SEPTEMBER)
    assert seen is not None
    assert {name for one in seen.amounts for name in one} == {
        "site_id", "engineer_id", "amount_cny",
    }  # fmt: skip
    own = approval.current(desk, E02, "month", SEPTEMBER)
    assert [one["engineer_id"] for one in own.amounts] == ["E02"]


def test_what_is_approved_is_frozen(con, desk: Desk) -> None:
    first = approval.draft(con, desk, HEAD, "month", SEPTEMBER, pool_cents=100, actor="U08")
    made = approval.draft(con, desk, HEAD, "month", SEPTEMBER, pool_cents=POOL, actor="U08")
    assert made.draft_id > first.draft_id
    approval.approve(desk, HEAD, "month", SEPTEMBER, "U07")
    with pytest.raises(ConfigError, match="已冻结"):
        approval.draft(con, desk, HEAD, "month", SEPTEMBER, pool_cents=1, actor="U08")
    with pytest.raises(ConfigError, match="已冻结"):
        approval.approve(desk, HEAD, "month", SEPTEMBER, "U07")
    assert approval.current(desk, HEAD, "month", SEPTEMBER).amounts == made.amounts


def test_nothing_is_approved_while_engineers_may_object_or_wait(con, desk: Desk) -> None:
    early = replace(desk, now=desk.now - timedelta(days=20))
    with pytest.raises(ConfigError, match="还没有奖金草案"):
        approval.approve(desk, HEAD, "month", SEPTEMBER, "U07")
    approval.draft(con, desk, HEAD, "month", SEPTEMBER, pool_cents=POOL, actor="U08")
    with pytest.raises(ConfigError, match="申诉期"):
        approval.approve(early, HEAD, "month", SEPTEMBER, "U07")
    rows = archive.ledger(desk.settings.scores_path, 1, ("H01", "E02"))
    worst = min((row for row in rows if row["ticket_id"]), key=lambda row: row["points"])
    one = appeals.submit(early, E02, SEPTEMBER, [worst["ledger_id"]], "供电未恢复")
    with pytest.raises(ConfigError, match="还没有裁决"):
        approval.approve(desk, HEAD, "month", SEPTEMBER, "U07")
    appeals.accept(early, HEAD, one.appeal_id, "U08")
    appeals.settle(early, HEAD, one.appeal_id, "U08", is_upheld=True, reason="属实")
    with pytest.raises(ConfigError, match="起草之后有更正"):
        approval.approve(desk, HEAD, "month", SEPTEMBER, "U07")
    with pytest.raises(ConfigError, match="还没有刷新"):
        approval.draft(con, desk, HEAD, "month", SEPTEMBER, pool_cents=POOL, actor="U08")


def test_an_open_month_is_no_ground_for_money(con, desk: Desk) -> None:
    with pytest.raises(ConfigError, match="2026-10 还没有关账"):
        approval.draft(con, desk, HEAD, "month", date(2026, 10, 1), pool_cents=POOL, actor="U08")
    with pytest.raises(ConfigError, match="2026-Q3 还没有关账"):
        approval.draft(con, desk, HEAD, "quarter", date(2026, 7, 1), pool_cents=1, actor="U08")


def test_finance_gets_a_file_of_amounts_that_is_written_once(con, desk: Desk) -> None:
    approval.draft(con, desk, HEAD, "month", SEPTEMBER, pool_cents=POOL, actor="U08")
    done = approval.approve(desk, HEAD, "month", SEPTEMBER, "U07")

    def written(pool: Decimal = done.pool_cny) -> Path:
        return write_bonus(
            desk.settings, con, period=done.period, pool=pool, approved_by="U07",
            amounts=[one | {"name": "某工"} for one in done.amounts],
            approved_at=done.approved_at,
        )  # fmt: skip

    with pytest.raises(StateError, match="不符"):
        written(done.pool_cny + 1)
    path = written()
    content = path.read_bytes()
    sheet = openpyxl.load_workbook(path).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[2] == ["工号", "姓名", "金额(元)"]
    amounts = [Decimal(str(row[2])) for row in rows[3:6]]
    assert amounts == [one["amount_cny"] for one in done.amounts]
    assert [Decimal(str(row[2])) for row in rows[6:8]] == [Decimal("50000.01")] * 2
    assert rows[8][2].startswith("✔")
    assert not any("分" in str(cell) and "得" in str(cell) for row in rows for cell in row)
    assert written() == path
    assert path.read_bytes() == content
    assert [one.name for one in desk.settings.exports_dir.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o077 == 0


def test_half_a_file_is_never_seen(con, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("exports.bonus.publish", full)
    with pytest.raises(StateError, match="奖金文件"):
        write_bonus(
            desk.settings, con, period="2026-09", pool=Decimal(0), amounts=[],
            approved_by="U07", approved_at=datetime(2026, 11, 20),  # noqa: DTZ001
        )  # fmt: skip
    assert list(desk.settings.exports_dir.iterdir()) == []


# Who may see what, over every reader of the scores


def test_no_reader_of_points_answers_finance(con, closed: Path) -> None:
    for read in (
        lambda: reading.totals(con, FINANCE, "month", SEPTEMBER),
        lambda: reading.components(con, FINANCE, "month", SEPTEMBER, "E01"),
        lambda: reading.distribution(con, FINANCE, "month", SEPTEMBER, "E01"),
        lambda: reading.ledger_rows(con, FINANCE, "month", SEPTEMBER, "E01", closed=closed),
    ):
        with pytest.raises(ConfigError, match="财务"):
            read()
    rows = bonus.allotted(con, FINANCE, "month", SEPTEMBER, POOL)
    assert {name for row in rows for name in row} == {
        "site_id", "engineer_id", "name", "amount_cny",
    }  # fmt: skip


def test_an_engineer_reads_no_word_of_another_in_a_closed_month(con, closed: Path) -> None:
    said = [
        reading.totals(con, E02, "month", SEPTEMBER),
        reading.components(con, E02, "month", SEPTEMBER, "E02"),
        reading.ledger_rows(con, E02, "month", SEPTEMBER, "E02", closed=closed),
        bonus.allotted(con, E02, "month", SEPTEMBER, POOL),
    ]
    found = {row["engineer_id"] for rows in said for row in rows}
    assert found == {"E02"}
    assert reading.totals(con, Viewer("engineer", "E02", "elsewhere"), "month", SEPTEMBER) == []
    for read in (
        lambda: reading.components(con, E02, "month", SEPTEMBER, "E01"),
        lambda: reading.distribution(con, E02, "month", SEPTEMBER, "E01"),
        lambda: reading.ledger_rows(con, E02, "month", SEPTEMBER, "E01", closed=closed),
    ):
        with pytest.raises(ConfigError, match="自己"):
            read()


def test_the_wall_and_its_files_hold_no_score(tiny_hospital: Settings) -> None:
    live = snapshots.current_live(tiny_hospital)
    if live is not None:
        with snapshots.opened(live, tiny_hospital) as con:
            names = con.execute("select table_name from duckdb_tables()").fetchall()
        assert not [name for (name,) in names if name.startswith("score_")]
    folder = Path(__file__).parent.parent / "dashboards"
    words = ("score_totals", "score_components", "assets.score", "fact_score_cases")
    for file in folder.glob("wall*.py"):
        text = file.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], file.name


def test_no_metric_reads_a_score() -> None:
    folder = Path(__file__).parent.parent / "assets" / "metrics"
    for file in folder.glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        for word in ("score_totals", "score_components", "fact_score_cases"):
            assert word not in text, file.name

"""Bonus and trial of rules: to the cent, for those who may see it, and never beyond a draft."""

import json
import random
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.analysis.bonus import Terms, base_plus_score, divided
from assets.score import reading
from assets.score.bonus import allotted, cents
from assets.score.reading import Viewer
from assets.score.simulate import moves, tried, untried
from assets.snapshots import current, opened
from config.errors import ConfigError
from config.rules import load_rules
from pipelines import cli

OCTOBER = date(2026, 10, 1)
TERMS = Terms(Decimal("0.6"), Decimal(70), Decimal("0.8"), Decimal("1.2"))


@pytest.fixture(scope="module")
def snapshot(tiny_hospital):
    found = current(tiny_hospital)
    assert found is not None
    with opened(found, tiny_hospital) as con:
        yield con


def test_ten_thousand_random_pools_add_up_to_the_cent() -> None:
    chance = random.Random(2026)  # noqa: S311 - no secret
    for _ in range(10_000):
        size = chance.randint(1, 12)
        standing = [Fraction(chance.randint(1, 400), 100) for _ in range(size)]
        points = [chance.randint(0, 100) for _ in range(size)]
        pool = chance.randint(0, 10_000_000)
        amounts = divided(pool, base_plus_score(standing, points, TERMS))
        assert sum(amounts) == pool
        assert min(amounts) >= 0


def test_a_pool_by_hand() -> None:
    # three of equal standing: 60 % in equal parts of 200, 40 % by f = 1.2, 1, 0.8 of 3
    shares = base_plus_score([Fraction(1)] * 3, [90, 70, 40], TERMS)
    assert shares == [Fraction(9, 25), Fraction(1, 3), Fraction(23, 75)]
    assert divided(100_000, shares) == [36_000, 33_333, 30_667]


def test_equal_remainders_go_to_the_first() -> None:
    assert divided(100, [Fraction(1)] * 3) == [34, 33, 33]


@pytest.mark.parametrize("shares", [[], [Fraction(0)], [Fraction(2), Fraction(-1)]])
def test_nothing_is_divided_by_nothing(shares) -> None:
    with pytest.raises(ValueError, match="pool"):
        divided(100, shares)


@pytest.mark.parametrize("text", ["-1", "10.001", "abc", "NaN", "Infinity"])
def test_a_pool_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="奖金总额"):
        cents(text)


def test_the_amounts_of_a_month_add_up_and_finance_sees_nothing_else(snapshot) -> None:
    pool = cents("50000.01")
    rows = allotted(snapshot, Viewer("head"), "month", OCTOBER, pool)
    assert sum(row["amount_cny"] for row in rows) == Decimal("50000.01")
    assert len(rows) == 3
    seen = allotted(snapshot, Viewer("finance"), "month", OCTOBER, pool)
    assert [row["amount_cny"] for row in seen] == [row["amount_cny"] for row in rows]
    assert {name for row in seen for name in row} == {
        "site_id", "engineer_id", "name", "amount_cny",
    }  # fmt: skip


def test_an_engineer_sees_their_own_amount_only(snapshot) -> None:
    rows = allotted(snapshot, Viewer("engineer", "E02"), "month", OCTOBER, cents("30000"))
    assert [row["engineer_id"] for row in rows] == ["E02"]


def test_leave_lowers_the_share(snapshot) -> None:
    rows = allotted(snapshot, Viewer("head"), "month", OCTOBER, cents("30000"))
    attended = {row["engineer_id"]: row["attendance"] for row in rows}
    # E03 was on leave for 72 000 of 756 000 s of roster
    assert attended["E03"] == pytest.approx(1 - 72_000 / 756_000)
    assert attended["E01"] == 1


def test_the_same_rules_move_nobody(snapshot) -> None:
    found = moves(snapshot, load_rules(None), "month", OCTOBER)
    assert len(found) == 3
    assert all(one.before == one.after and one.band_before == one.band_after for one in found)
    assert not any(one.is_beyond_chance for one in found)


def test_other_weights_tell_who_moves_and_whether_beyond_chance(snapshot, tmp_path: Path) -> None:
    file = tmp_path / "score.yml"
    file.write_text(
        "weights: {volume: 100, timeliness: 0, quality: 0, satisfaction: 0, records: 0, "
        "prevention: 0}\ncredit: {helpers: 0.2}\n",
        encoding="utf-8",
    )
    rules = load_rules(tmp_path)
    found = {one.engineer_id: one for one in moves(snapshot, rules, "month", OCTOBER)}
    volume = {
        row["engineer_id"]: row["points"]
        for engineer in found
        for row in reading.components(snapshot, Viewer("head"), "month", OCTOBER, engineer)
        if row["component"] == "volume"
    }
    assert {engineer: one.after for engineer, one in found.items()} == pytest.approx(volume)
    for one in found.values():
        assert one.is_beyond_chance == (not one.low <= one.after <= one.high)
    assert untried(snapshot, rules.score, "month", OCTOBER) == ["credit"]


def test_rules_that_take_effect_later_are_tried_on_a_month_before(snapshot, tmp_path: Path) -> None:
    other = "weights: {volume: 15, quality: 35}"
    (tmp_path / "now").mkdir()
    (tmp_path / "later").mkdir()
    (tmp_path / "now" / "score.yml").write_text(other, encoding="utf-8")
    (tmp_path / "later" / "score.yml").write_text(
        f"versions: {{y2099: {{effective_from: 2099-01-01, {other}}}}}", encoding="utf-8"
    )
    later = load_rules(tmp_path / "later")
    found = moves(snapshot, later, "month", OCTOBER)
    assert found == moves(snapshot, load_rules(tmp_path / "now"), "month", OCTOBER)
    assert any(one.after != one.before for one in found)
    assert tried(later) == ("y2099", datetime(2099, 1, 1))  # noqa: DTZ001 - a local moment


@pytest.fixture
def run(tiny_hospital, monkeypatch):
    monkeypatch.setenv("OPSPULSE_HOME", str(tiny_hospital.home))
    monkeypatch.delenv("OPSPULSE_CONFIG", raising=False)
    monkeypatch.chdir(tiny_hospital.home)
    url = tiny_hospital.sources[0].url.get_secret_value()
    monkeypatch.setenv("OPSPULSE_SOURCE_URL", url)
    return lambda *words: CliRunner().invoke(cli.app, ["score", *words], catch_exceptions=False)


def test_the_command_shows_explains_tries_and_divides(run, tmp_path: Path) -> None:
    shown = run("show", "--month", "2026-10")
    assert shown.exit_code == 0
    assert "±" in shown.stdout
    assert "演示数据" in shown.stdout
    told = json.loads(run("explain", "E02", "--month", "2026-10", "--json").stdout)
    total = sum(Decimal(row["points"]) for row in told["ledger"])
    scores = json.loads(run("show", "--month", "2026-10", "--json").stdout)["scores"]
    [own] = [row for row in scores if row["engineer_id"] == "E02"]
    assert abs(float(total) - own["points"]) < 1e-9
    english = run("explain", "E02", "--month", "2026-10", "--lang", "en")
    assert "ledger rows add up to" in english.stdout
    file = tmp_path / "new.yml"
    file.write_text("volume: {goal_share: 1.2}\n", encoding="utf-8")
    assert run("simulate", "--rules", str(file), "--month", "2026-10").exit_code == 0
    divided_ = run("bonus", "--pool", "50000", "--month", "2026-10", "--as", "finance")
    assert "50000.00" in divided_.stdout
    assert "得分" not in divided_.stdout


def test_the_command_refuses_what_a_role_may_not_see(run) -> None:
    with pytest.raises(ConfigError):
        run("show", "--as", "finance")
    with pytest.raises(ConfigError):
        run("explain", "E01", "--as", "engineer:E02")
    with pytest.raises(ConfigError, match="没有评分"):
        run("show", "--month", "1999-01")

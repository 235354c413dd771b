"""The engineer's score: points add up, trace to tickets, and tell people apart only when sure."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest
from handmade import life, local, warehouse_of

from assets import warehouse
from assets.analysis.scoring import Cases, Strength, anchored, case_factor, prior, shrunk
from assets.score import ledger, reading, tables
from assets.score.compute import score
from assets.score.periods import periods
from assets.score.reading import Viewer
from assets.score.sentences import why
from assets.snapshots import current
from benchmarks.synthetic_scores import department
from config.errors import ConfigError, StateError
from config.rules import load_rules
from config.score_models import ScoreRules
from config.settings import Settings

OCTOBER = date(2026, 10, 1)
HEAD = Viewer("head")


@pytest.fixture(scope="module")
def rules() -> ScoreRules:
    return load_rules(None).score


@pytest.fixture(scope="module")
def scored(tiny_hospital: Settings) -> duckdb.DuckDBPyConnection:
    """The tiny hospital's facts and scores in memory, to be written to."""
    snapshot = current(tiny_hospital)
    assert snapshot is not None
    con = warehouse.connect(":memory:", tiny_hospital)
    con.execute(f"attach '{snapshot.path}' as snap (read_only)")
    con.execute("create schema kpi")
    for (name,) in con.execute(
        "select table_name from duckdb_tables() where database_name = 'snap'"
    ).fetchall():
        con.execute(f"create table kpi.{name} as from snap.kpi.{name}")
    return con


def ledger_read(*asked):
    return reading.ledger_rows(*asked, closed=Path("nothing-closed"))


def rows_of(con, rules, kind="month", first=OCTOBER):
    return ledger.rows(con, rules, kind, first)


def by_engineer(rows) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        found[row["engineer_id"]] = found.get(row["engineer_id"], Decimal(0)) + row["points"]
    return found


def test_the_ledger_adds_up_to_the_score_for_every_engineer_month_and_quarter(
    scored, rules
) -> None:
    checked = 0
    for kind in ("month", "quarter"):
        for first in reading.periods(scored, kind):
            points = {
                row["engineer_id"]: row["points"]
                for row in reading.totals(scored, HEAD, kind, first)
            }
            sums = by_engineer(rows_of(scored, rules, kind, first))
            assert sums.keys() == points.keys()
            for engineer, total in sums.items():
                assert abs(float(total) - points[engineer]) < 1e-9
                checked += 1
    assert checked >= 9


def test_every_ledger_row_names_a_ticket_a_preventive_job_or_a_rule(scored, rules) -> None:
    rows = rows_of(scored, rules)
    for row in rows:
        assert (row["subject_id"] is None) != (row["rule_row"] is None)
        assert row["ticket_id"] or row["rule_row"] or row["component"] == "prevention"
        assert row["rule_hash"]
        assert row["snapshot_hash"]
        # an open month's rows name what they rest on as a closed month's do
        if row["ticket_id"] and row["component"] in ("volume", "timeliness", "quality"):
            assert row["evidence"]
        for lang in ("zh", "en"):
            assert why(row, lang)


def test_deleting_a_ticket_removes_its_rows_and_rescales_its_components_by_one_factor(
    scored, rules
) -> None:
    before = rows_of(scored, rules)
    victim = next(
        row
        for row in before
        if row["component"] == "timeliness" and row["ticket_id"] and row["points"] < 0
    )["ticket_id"]
    touched = {
        (row["engineer_id"], row["component"]) for row in before if row["ticket_id"] == victim
    }
    scored.execute("begin")
    try:
        scored.execute("delete from kpi.fact_score_cases where ticket_id = $1", [victim])
        tables.build(scored, load_rules(None))
        after = rows_of(scored, rules)
    finally:
        scored.execute("rollback")
    assert not [row for row in after if row["ticket_id"] == victim]
    assert len(touched) >= 3
    left = {
        (row["engineer_id"], row["component"], row["subject_id"]): row["points"]
        for row in after
        if row["rule_row"] is None
    }
    factors: dict[tuple[str, str], list[float]] = {}
    for row in before:
        if row["rule_row"] is not None or row["ticket_id"] == victim:
            continue
        place = (row["engineer_id"], row["component"])
        now = left[(*place, row["subject_id"])]
        if place not in touched:
            assert now == row["points"]
        elif abs(row["points"]) > Decimal("1e-4"):
            factors.setdefault(place, []).append(float(now / row["points"]))
    assert factors.keys() == touched
    # the rules' own rows: the start stands everywhere, cap and floor move only where the ticket was
    of_rules = {
        (row["engineer_id"], row["component"], row["rule_row"]): row["points"]
        for row in after
        if row["rule_row"] is not None
    }
    for row in before:
        place = (row["engineer_id"], row["component"])
        if row["rule_row"] == "base" or (row["rule_row"] and place not in touched):
            assert of_rules[(*place, row["rule_row"])] == row["points"]
    for place, found in factors.items():
        assert max(found) - min(found) < 1e-6
        if place[1] == "volume":
            assert found[0] == pytest.approx(1, abs=1e-9)


def test_the_same_facts_give_the_same_scores_and_hashes(scored) -> None:
    def hashes() -> list[tuple[str, float]]:
        found = "select snapshot_hash, points, low, high, band from kpi.score_totals order by all"
        return scored.execute(found).fetchall()

    before = hashes()
    tables.build(scored, load_rules(None))
    assert hashes() == before


def test_a_month_s_points_by_hand() -> None:
    cases = Cases(*(np.array([x]) for x in (20.0, 20.0, 20.0, 16.0, 16.0)))
    # (16 + 20 · 0.9) / (20 + 20) = 0.85: halfway from 0.70 to 0.95 and a tenth more
    value = shrunk(cases, np.array([0.9]), np.array([20.0]))
    assert value[0] == pytest.approx(0.85)
    assert anchored(value, 0.70, 0.95)[0] == pytest.approx(60)
    assert case_factor(cases, np.array([20.0]))[0] == pytest.approx(1 / 40)


def test_how_much_the_group_s_mean_is_worth_follows_how_much_people_differ() -> None:
    limits = Strength(20, 10, 200)
    size = np.full(4, 100.0)
    equal = Cases(size, size, size, size * 0.9, size * 0.9)
    assert prior(equal, limits).strength == 200
    hits = size * np.array([0.6, 0.8, 0.95, 1.0])
    unequal = prior(Cases(size, size, size, hits, hits), limits)
    # σ² = .8375 · .1625 = .13609; Σn(p−μ)² = 9.6875; τ² = (9.6875 − 3σ²)/300 = .030931; m = 4.4
    assert unequal.mean == pytest.approx(0.8375)
    assert unequal.strength == 10
    assert prior(equal.of([0]), limits).strength == 20


def bands(worse: float, kind: str, seeds: range, rules: ScoreRules) -> list[list[str]]:
    found = []
    for seed in seeds:
        facts = department(seed, worse=worse)
        wanted = date(2026, 3, 1) if kind == "month" else date(2026, 1, 1)
        [period] = [
            one for one in periods(facts, 12, 13) if (one.kind, one.first) == (kind, wanted)
        ]
        found.append(score(facts, period, rules).band)
    return found


def test_equal_engineers_are_hardly_ever_told_apart(rules) -> None:
    found = [band for one in bands(0, "month", range(8), rules) for band in one]
    assert sum(band != "normal" for band in found) / len(found) <= 0.07


def test_an_engineer_who_is_much_worse_is_told_apart_in_most_quarters(rules) -> None:
    found = bands(0.06, "quarter", range(8), rules)
    assert sum(one[0] == "below" for one in found) >= 7


# Credit


TAKEN = ("2026-03-02 08:10", "accepted@E1")
WORKED = ("2026-03-02 08:30", "work_started@E1")
PASSED = ("2026-03-02 10:00", "transferred:skill@E1>E2")
TAKEN_OVER = ("2026-03-02 10:10", "accepted@E2")
ENDED = ("2026-03-02 11:00", "restored@E2")


JOINED = ("2026-03-02 08:20", "coworker_joined@E3")
ALONE = ("2026-03-02 12:00", "restored@E1")
# What happened, who logged minutes, and each party's basis points.
SPLITS = {
    "alone": ((TAKEN, ALONE), (), {"E1": 10_000}),
    "passing on earns nothing": ((TAKEN, PASSED, TAKEN_OVER, ENDED), (), {"E2": 10_000}),
    "work before passing on": (
        (TAKEN, WORKED, PASSED, TAKEN_OVER, ENDED), (), {"E1": 2_000, "E2": 8_000},
    ),
    "vendor, then the previous holder, then the resolver": (
        (TAKEN, WORKED, PASSED, TAKEN_OVER, ("2026-03-02 10:20", "sent_to_vendor"), ENDED), (),
        {"*vendor": 6_000, "E1": 2_000, "E2": 2_000},
    ),
    "a dispatch that was right the first time": (
        (("2026-03-02 08:05", "dispatched@E9>E1"), TAKEN, ALONE), (), {"E9": 500, "E1": 9_500},
    ),
    "two helpers": (
        (TAKEN, JOINED, ("2026-03-02 08:21", "coworker_joined@E4"), ALONE), (),
        {"E1": 7_000, "E3": 1_500, "E4": 1_500},
    ),
    "reopened, and ended by somebody else": (
        (TAKEN, ("2026-03-02 09:00", "restored@E1"), ("2026-03-02 09:30", "reopened"), TAKEN_OVER,
         ENDED),
        (), {"E1": 3_000, "E2": 7_000},
    ),
    "minutes, with a least share": (
        (TAKEN, JOINED, ALONE), (("E1", "11:40"), ("E3", "09:05")), {"E1": 9_000, "E3": 1_000},
    ),
    "minutes in proportion": (
        (TAKEN, JOINED, ALONE), (("E1", "11:00"), ("E3", "10:00")), {"E1": 6_667, "E3": 3_333},
    ),
    "minutes that nobody asked for": (
        (TAKEN, ALONE), (("E1", "10:00"), ("E7", "11:00")), {"E1": 10_000},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def split() -> dict[str, dict[str, int]]:
    """Each party's basis points, by what happened."""
    tickets, events, effort = [], [], []
    for name, (steps, logged, _) in SPLITS.items():
        tickets.append({"ticket_id": name, "reported_at": local("2026-03-02 08:00"),
                        "work_class": "repair", "outcome_code": "repaired"})  # fmt: skip
        events += life(name, ("2026-03-02 08:00", "reported"), *steps)
        effort += [
            {"ticket_id": name, "engineer_id": engineer, "started_at": local("2026-03-02 09:00"),
             "ended_at": local(f"2026-03-02 {end}")}
            for engineer, end in logged
        ]  # fmt: skip
    con = warehouse_of(
        {
            "sites": [{"name": "院", "timezone": "Asia/Shanghai"}],
            "tickets": tickets,
            "ticket_events": events,
            "effort_logs": effort,
        },
        local("2026-03-20 00:00"),
        only=["core.ticket_credits"],
    )
    found: dict[str, dict[str, int]] = {}
    for name, party, credit in con.execute(
        "select ticket_id, party, credit_bp from core.ticket_credits"
    ).fetchall():
        found.setdefault(name, {})[party] = credit
    con.close()
    return found


@pytest.mark.parametrize("name", SPLITS)
def test_a_ticket_s_credit_is_split_by_what_each_did(split, name: str) -> None:
    assert split[name] == SPLITS[name][2]
    assert sum(split[name].values()) == 10_000


def test_every_ticket_s_credit_adds_up_in_the_tiny_hospital(tiny_hospital) -> None:
    con = warehouse.connect(":memory:", tiny_hospital)
    con.execute(f"attach '{tiny_hospital.warehouse_path}' as w (read_only)")
    for table in ("ticket_credits", "work_payments"):
        tickets, wrong = con.execute(
            "select count(*), count(*) filter (total != 10000) from "
            f"(select sum(credit_bp) as total from w.core.{table} group by site_id, ticket_id)"
        ).fetchone()
        assert tickets > 150
        assert wrong == 0
    con.close()


# Rules


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("weights:\n  volume: 30\n", ("score.yml:1", "100")),
        ("timeliness:\n  flor: 0.5\n", ("score.yml:2", "flor")),
        ("quality:\n  goal: 0.5\n", ("score.yml:2", "floor")),
        ("versions:\n  next:\n    effective_from: 2027-01-15\n", ("score.yml:3", "next")),
    ],
)
def test_a_wrong_score_rule_is_refused_with_its_line(tmp_path: Path, text, words) -> None:
    (tmp_path / "score.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_rules(tmp_path)
    for word in words:
        assert word in caught.value.problem + caught.value.remedy


def test_a_month_is_scored_by_the_version_in_force_when_it_begins(scored, tmp_path) -> None:
    (tmp_path / "score.yml").write_text(
        "versions:\n  later:\n    effective_from: 2026-10-01\n    version: later\n"
        "    weights: {volume: 50, timeliness: 50, quality: 0, satisfaction: 0, records: 0, "
        "prevention: 0}\n",
        encoding="utf-8",
    )
    scored.execute("begin")
    try:
        tables.build(scored, load_rules(tmp_path))
        found = scored.execute(
            "select distinct period_on, rule_version from kpi.score_totals "
            "where period = 'month' order by 1"
        ).fetchall()
        shares = scored.execute(
            "select distinct component, share from kpi.score_components "
            "where period_on = date '2026-10-01' and share > 0"
        ).fetchall()
    finally:
        scored.execute("rollback")
    assert found == [(date(2026, 9, 1), "2026-01"), (OCTOBER, "later")]
    assert sorted(shares) == [("timeliness", 0.5), ("volume", 0.5)]


# Who may see what


def test_an_engineer_sees_only_their_own_score_and_ledger(scored) -> None:
    own = Viewer("engineer", "E02")
    assert [row["engineer_id"] for row in reading.totals(scored, own, "month", OCTOBER)] == ["E02"]
    rows = ledger_read(scored, own, "month", OCTOBER, "E02")
    assert {row["engineer_id"] for row in rows} == {"E02"}
    for read in (ledger_read, reading.components, reading.distribution):
        with pytest.raises(ConfigError):
            read(scored, own, "month", OCTOBER, "E01")


def test_three_people_are_no_distribution_five_are(scored) -> None:
    own = Viewer("engineer", "E02")
    assert reading.distribution(scored, own, "month", OCTOBER, "E02") is None
    scored.execute("begin")
    try:
        for name in ("E08", "E09"):
            scored.execute(
                f"insert into kpi.score_totals select * replace ('{name}' as engineer_id) "
                "from kpi.score_totals where engineer_id = 'E01'"
            )
        found = reading.distribution(scored, own, "month", OCTOBER, "E02")
    finally:
        scored.execute("rollback")
    assert found is not None
    assert found["count"] == 5
    assert "E01" not in str(found)


def test_finance_sees_no_points(scored) -> None:
    finance = Viewer("finance")
    for read in (
        lambda: reading.totals(scored, finance, "month", OCTOBER),
        lambda: ledger_read(scored, finance, "month", OCTOBER, "E01"),
    ):
        with pytest.raises(ConfigError, match="财务"):
            read()


def test_a_period_without_a_score_is_told(scored) -> None:
    with pytest.raises(StateError, match="没有工程师"):
        ledger_read(scored, HEAD, "month", OCTOBER, "E99")

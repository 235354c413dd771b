"""Signs of manoeuvres: told to the head alone, compared with like work; and no move pays."""

import json
import sqlite3
from datetime import date
from decimal import Decimal

import pytest
from handmade import life, local, warehouse_of

from assets.analysis.funnel import most_of
from assets.score.reading import Viewer
from assets.score.watch import DETECTORS, compared, signs
from assets.snapshots import current, opened
from benchmarks import gaming_proofs
from benchmarks.gaming_proofs import FOUND_BY, READ, Pair, played
from config.errors import ConfigError
from config.score_models import WatchRule
from demo import store
from demo.spec import DemoSpec

QUARTER = date(2026, 1, 1)
RULE = WatchRule(probability=Decimal("0.99"), least_ratio=Decimal("1.5"), least_hits=2)


def at(clock: str) -> str:
    return f"2026-03-02 {clock}"


def plain(name: str, *steps: tuple[str, str], **columns: object) -> tuple[dict, list]:
    ticket = {"ticket_id": name, "reported_at": local(at("08:00")), "work_class": "repair",
              "fault_family_code": "no_power", "department_id": "D1", "asset_id": "A1",
              "priority": "P3", "outcome_code": "repaired", **columns}  # fmt: skip
    return ticket, life(name, (at("08:00"), "reported"), *steps)


TAKEN, DONE = (at("08:10"), "accepted@E1"), (at("10:00"), "restored@E1")
BY_OTHER = (
    (at("08:05"), "dispatched>E2"),
    (at("08:10"), "accepted@E2"),
    (at("09:00"), "restored@E2"),
)
CASES = {
    "split": plain("split", (at("08:20"), "accepted@E2"), (at("09:30"), "restored@E2"),
                   created_by_engineer_id="E2", reported_at=local(at("08:15"))),
    "self, confirmed": plain("self, confirmed", TAKEN, DONE, (at("11:00"), "verified"),
                             asset_id="A2", created_by_engineer_id="E1"),
    "self, confirmed by oneself": plain(
        "self, confirmed by oneself", TAKEN, DONE, (at("11:00"), "verified@E1"),
        asset_id="A3", created_by_engineer_id="E1"),
    "poached": plain("poached", (at("08:05"), "dispatched>E2"), TAKEN, DONE, asset_id="A4"),
    "parked": plain("parked", TAKEN, (at("08:20"), "paused:waiting_user@E1"),
                    (at("09:50"), "resumed@E1"), DONE, asset_id="A5"),
    "parked, with a call": plain(
        "parked, with a call", TAKEN, (at("08:20"), "paused:waiting_user@E1"),
        (at("09:00"), "chased"), (at("09:50"), "resumed@E1"), DONE, asset_id="A6"),
    "idle": plain("idle", TAKEN, (at("11:30"), "work_started@E1"), (at("12:00"), "restored@E1"),
                  asset_id="A7"),
    "reopened": plain("reopened", TAKEN, DONE, (at("12:00"), "reopened"),
                      (at("13:00"), "restored@E1"), asset_id="A8"),
    "merged": plain("merged", TAKEN, (at("09:00"), "merged@E1"), asset_id="A9",
                    outcome_code="merged"),
    "blamed": plain("blamed", TAKEN, DONE, asset_id="A10", outcome_code="no_fault_found"),
    # 480 min to restore: 450 of them gone, all in the hands of E1
    "dumped": plain("dumped", TAKEN, (at("15:30"), "transferred:load@E1>E2"),
                    (at("15:35"), "accepted@E2"), (at("16:00"), "restored@E2"), asset_id="A11"),
    "passed on early": plain("passed on early", TAKEN, (at("09:00"), "transferred:skill@E1>E2"),
                             (at("09:05"), "accepted@E2"), (at("16:00"), "restored@E2"),
                             asset_id="A12"),
    "got late": plain("got late", (at("15:00"), "accepted@E1"),
                      (at("15:30"), "transferred:skill@E1>E2"), (at("15:35"), "accepted@E2"),
                      (at("16:00"), "restored@E2"), asset_id="A13"),
    "honest": plain("honest", *BY_OTHER),
}  # fmt: skip


@pytest.fixture(scope="module")
def con():
    ratings = [
        {"rating_id": name, "ticket_id": "idle", "scale_max": 5, "asked_at": local(at("12:10")),
         "rated_at": local(when), "response_speed": 5, "professionalism": 5, "communication": 5,
         "overall": 5, "is_auto": False, "is_self": False}
        for name, when in (("R1", at("12:03")),)
    ]  # fmt: skip
    closed = life("idle", (at("12:01"), "closed"))
    for event in closed:
        event |= {"event_id": "idle-closed", "seq": 9}
    built = warehouse_of(
        {
            "sites": [{"name": "院", "timezone": "Asia/Shanghai"}],
            "departments": [{"department_id": "D1", "name": "内科"}],
            "engineers": [{"engineer_id": name, "name": name} for name in ("E1", "E2")],
            "assets": [
                {"asset_id": f"A{number}", "asset_class": "PC", "department_id": "D1"}
                for number in range(1, 14)
            ],
            "tickets": [ticket for ticket, _ in CASES.values()],
            "ticket_events": [event for _, events in CASES.values() for event in events] + closed,
            "ratings": ratings,
            "pm_plans": [{"plan_id": "P", "kind": "maintenance", "starts_on": date(2026, 1, 1)}],
            "pm_records": [
                {"record_id": f"J{number}", "plan_id": "P", "due_on": date(2026, 3, number),
                 "engineer_id": "E1", "result": "done", "done_at": local(f"2026-03-02 {clock}")}
                for number, clock in enumerate(("09:00", "09:01", "11:00"), start=1)
            ],
            "knowledge": [
                {"article_id": "K1", "author_engineer_id": "E1",
                 "created_at": local(at("09:00"))}
            ],
        },
        local("2026-04-20 00:00"),
        only=(*READ, "kpi.fact_first_fixes"),
    )  # fmt: skip
    yield built
    built.close()


def marked(con, column: str) -> set[tuple[str, str]]:
    """Return the tickets and engineers with a sign."""
    return set(
        con.execute(
            f"select ticket_id, engineer_id from kpi.fact_ticket_watch where {column}"
        ).fetchall()
    )


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("is_split", {("split", "E2")}),
        (
            "is_self_created",
            {("split", "E2"), ("self, confirmed", "E1"), ("self, confirmed by oneself", "E1")},
        ),
        ("is_parked", {("parked", "E1")}),
        ("is_early", {("reopened", "E1")}),
        ("is_hidden", {("merged", "E1")}),
        ("is_blamed", {("blamed", "E1")}),
        ("is_dumped", {("dumped", "E1")}),
        ("is_pressed", {("idle", "E1")}),
    ],
)
def test_a_sign_is_seen_on_the_tickets_that_bear_it(con, column: str, expected) -> None:
    assert marked(con, column) == expected


def test_who_takes_what_another_was_sent_is_seen_where_it_is_easy(con) -> None:
    # every ticket here weighs the same, none is easier than the usual one
    assert marked(con, "is_picked") == set()
    taken = con.execute(
        "select engineer_id from kpi.fact_ticket_watch "
        "where ticket_id = 'poached' and sent_units is not null"
    ).fetchall()
    assert taken == [("E2",)]


def test_idle_is_more_than_two_hours_between_acceptance_and_work(con) -> None:
    assert ("idle", "E1") in marked(con, "is_idle")
    assert ("honest", "E2") not in marked(con, "is_idle")


def test_jobs_in_a_batch_and_articles_nobody_uses_are_seen(con) -> None:
    rows = con.execute(
        "select subject_id, is_batched, is_unused from kpi.fact_job_watch order by 1"
    ).fetchall()
    assert rows == [
        ("J1", False, None), ("J2", True, None), ("J3", False, None), ("K1", None, True),
    ]  # fmt: skip


# What the score does about it


def test_own_tickets_count_once_somebody_else_confirms_them_and_splits_never(con) -> None:
    credited = {
        name for (name,) in con.execute("select ticket_id from core.ticket_credits").fetchall()
    }
    assert "self, confirmed" in credited
    assert not credited & {"self, confirmed by oneself", "split"}


def test_passing_on_late_is_a_missed_restoration_of_who_sat_on_it(con) -> None:
    rows = dict(
        con.execute(
            "select ticket_id, restore from core.ticket_timeliness where engineer_id = 'E1' "
            "and ticket_id in ('dumped', 'passed on early', 'got late')"
        ).fetchall()
    )
    assert rows == {"dumped": 0}
    kept = con.execute(
        "select restore from core.ticket_timeliness where ticket_id = 'dumped' "
        "and engineer_id = 'E2'"
    ).fetchall()
    assert kept == [(1,)]


def test_a_fault_put_down_to_nobody_stays_in_the_quality(con) -> None:
    seen = {
        name for (name,) in con.execute("select ticket_id from core.repair_recurrences").fetchall()
    }
    assert "blamed" in seen
    assert con.execute("select count(*) from kpi.fact_first_fixes").fetchone() == (12,)


# Funnel


def test_the_limit_of_chance_is_that_of_a_share_of_all_hits() -> None:
    # 10 hits, a tenth of the occasions: P(X ≤ 3) = 0.9872, P(X ≤ 4) = 0.9984
    assert list(most_of([10, 10], [0.1, 0.1], 0.98)) == [3, 3]
    assert most_of([10], [0.1], 0.99)[0] == 4
    assert most_of([0], [0.5], 0.999)[0] == 0


def test_expected_hits_are_those_of_the_same_kinds_of_work(con) -> None:
    found = {(one.engineer_id, one.detector.code): one for one in compared(con, QUARTER, RULE)}
    early = found["E1", "early_close"]
    # one of 13 first restorations of that fault, 8 of them by E1
    assert (early.cases, early.hits) == (8, 1)
    assert early.expected == pytest.approx(8 / 13)
    assert not early.is_shown


def test_only_the_head_sees_signs(tiny_hospital) -> None:
    snapshot = current(tiny_hospital)
    assert snapshot is not None
    with opened(snapshot, tiny_hospital) as con:
        shown = signs(con, Viewer("head"), date(2026, 10, 1))
        assert {one.detector.code for one in shown} <= {one.code for one in DETECTORS}
        assert {one.engineer_id for one in shown} == {"E01", "E02", "E03"}
        for viewer in (Viewer("engineer", "E01"), Viewer("finance")):
            with pytest.raises(ConfigError, match="科主任"):
                signs(con, viewer, date(2026, 10, 1))


def test_no_manoeuvre_pays_and_each_is_found_in_a_department_that_is_else_the_same() -> None:
    [pair] = played([1])
    assert set(pair.rises) == set(FOUND_BY)
    assert all(pair.found.values()), pair.found
    assert all(rise <= 1 for rise in pair.rises.values()), pair.rises
    assert pair.false_alarms <= 1


def test_a_proof_that_was_cut_short_goes_on_with_the_pairs_that_are_missing(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def quick(seeds) -> list[Pair]:
        asked.extend(seeds)
        return [Pair(dict.fromkeys(FOUND_BY, -seed), dict.fromkeys(FOUND_BY, True), 0, 0)
                for seed in seeds]  # fmt: skip

    monkeypatch.setattr(gaming_proofs, "played", quick)
    monkeypatch.setattr(gaming_proofs, "SEEDS", 7)
    kept = tmp_path / "pairs.jsonl"
    whole = gaming_proofs.prove(kept)
    lines = kept.read_text(encoding="utf-8").splitlines()
    # cut short behind the fifth; a pair that other code played stands there too
    other = lines[6].replace(json.loads(lines[6])["code"], "other code")
    kept.write_text("\n".join([*lines[:5], other]) + "\n", encoding="utf-8")
    asked.clear()
    assert gaming_proofs.prove(kept) == whole
    assert asked == [6, 7]


def test_the_truth_file_names_who_played_what_on_which_tickets(tmp_path) -> None:
    spec = DemoSpec(until=date(2026, 11, 5), size="tiny", days=130, has_manoeuvres=True)
    truth = tmp_path / "truth.json"
    store.create(f"sqlite:///{tmp_path / 's.sqlite'}", spec, truth_path=truth)
    played = json.loads(truth.read_text(encoding="utf-8"))["sites"]["H01"]["manoeuvres"]
    assert [(one["manoeuvre"], one["engineer_id"], one["share"]) for one in played] == [
        ("splitting", "E01", 0.15), ("cherry_picking", "E02", 0.30), ("parking", "E03", 0.15),
    ]  # fmt: skip
    assert all(one["ticket_ids"] for one in played)
    with sqlite3.connect(tmp_path / "s.sqlite") as con:
        [(made,)] = con.execute(
            "select count(*) from tickets where ticket_id like '%-S'"
        ).fetchall()
    assert made == len(played[0]["ticket_ids"])


def test_a_quarter_must_be_ripe_for_manoeuvres() -> None:
    with pytest.raises(ConfigError, match="完整季度"):
        DemoSpec(until=date(2026, 11, 5), days=90, has_manoeuvres=True)

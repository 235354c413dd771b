"""A repeat is charged to who repaired before, unless a second person approves that it is not."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from handmade import life, local, settings, warehouse_of

from assets import decisions, models
from assets.decision_pull import pull_decisions
from assets.identity.users import User, add
from assets.score import exemptions
from assets.score.desk import Desk
from assets.score.reading import Viewer
from config.errors import ConfigError
from config.rules import load_rules

HEAD, E1, E2 = Viewer("head"), Viewer("engineer", "E1"), Viewer("engineer", "E2")
_FOLLOW = (
    "decisions", "repeat_exemptions", "repair_recurrences", "fact_repeat_charges",
    "fact_score_cases", "work_payments",
)  # fmt: skip
FOLLOWING = [spec for spec in models.discover() if spec.name in _FOLLOW]


def _repair(ticket: str, asset: str, day: str, engineer: str) -> tuple[dict, list[dict]]:
    start = f"2026-03-{day} 08:00"
    ticket_row = {
        "ticket_id": ticket, "asset_id": asset, "reported_at": local(start),
        "work_class": "repair", "outcome_code": "repaired", "fault_family_code": "paper_jam",
    }  # fmt: skip
    return ticket_row, life(
        ticket, (start, "reported"), (f"2026-03-{day} 08:10", f"accepted@{engineer}"),
        (f"2026-03-{day} 09:00", f"restored@{engineer}"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def built():
    """E1's repair of A1 fails again after three days, E2's of A2 after nine."""
    made = [
        _repair("T1", "A1", "02", "E1"), _repair("T2", "A1", "05", "E2"),
        _repair("T3", "A2", "02", "E2"), _repair("T4", "A2", "11", "E1"),
    ]  # fmt: skip
    con = warehouse_of(
        {
            "sites": [{"name": "院", "timezone": "Asia/Shanghai"}],
            "assets": [
                {"asset_id": name, "asset_class": "打印机", "accepted_on": date(2025, 1, 1)}
                for name in ("A1", "A2")
            ],
            "tickets": [ticket for ticket, _ in made],
            "ticket_events": [event for _, events in made for event in events],
        },
        local("2026-05-20 00:00"),
        only=[spec.key for spec in FOLLOWING],
    )  # fmt: skip
    yield con
    con.close()


@pytest.fixture
def con(built):
    """The same before anybody decided anything."""
    yield built
    built.execute("delete from raw.decisions")
    models.build(built, FOLLOWING)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    now = datetime.now(UTC).replace(tzinfo=None)
    return Desk(settings(tmp_path), load_rules(None), (), now)


def follow(con, desk: Desk) -> None:
    pull_decisions(con, desk.settings.decisions_path, 1)
    models.build(con, FOLLOWING)


def charged(con) -> dict[str, tuple]:
    """Return each repair's penalty and whether it was fixed the first time."""
    rows = con.execute(
        "select ticket_id, penalty, is_first_fix from core.repair_recurrences"
    ).fetchall()
    return {ticket: (penalty, is_first_fix) for ticket, penalty, is_first_fix in rows}


def parts(con, ticket: str) -> tuple:
    """Return what the repair says in the score: the repeat and the first-time fix."""
    [found] = con.execute(
        "select part_1, part_2 from kpi.fact_score_cases "
        "where component = 'quality' and ticket_id = $1", [ticket],
    ).fetchall()  # fmt: skip
    return found


def test_a_repeat_is_not_charged_once_a_second_person_has_approved(con, desk: Desk) -> None:
    assert charged(con)["T1"] == (1, False)
    before = parts(con, "T3")
    exemptions.ask(con, desk, E1, "T1", code="user_operation", reason="用户再次卡纸", actor="E1")
    follow(con, desk)
    assert charged(con)["T1"] == (1, False), "asking alone changes nothing"
    assert [row["state"] for row in exemptions.charges(con, E1)] == ["asked"]
    exemptions.answer(con, desk, HEAD, "T1", is_approved=True, reason="", actor="U08")
    follow(con, desk)
    # what is exempted says nothing: it is neither a repeat nor the absence of one
    assert charged(con)["T1"] == (None, True)
    assert parts(con, "T1") == (None, 1)
    assert parts(con, "T3") == before
    assert charged(con)["T3"] == (Decimal("0.5"), True)
    assert exemptions.rates(con, HEAD) == [
        {"site_id": "H1", "engineer_id": "E1", "repeats": 1, "exempted": 1, "share": 1.0},
        {"site_id": "H1", "engineer_id": "E2", "repeats": 1, "exempted": 0, "share": 0.0},
    ]


def test_a_rejected_request_leaves_the_charge_and_can_be_asked_again(con, desk: Desk) -> None:
    before = charged(con)["T1"]
    exemptions.ask(con, desk, E1, "T1", code="vendor", reason="厂家更换的配件", actor="E1")
    with pytest.raises(ConfigError, match="还没有答复"):
        exemptions.ask(con, desk, E1, "T1", code="vendor", reason="厂家", actor="E1")
    exemptions.answer(con, desk, HEAD, "T1", is_approved=False, reason="无厂家单", actor="U08")
    follow(con, desk)
    assert charged(con)["T1"] == before
    assert exemptions.charges(con, E1)[0]["state"] == "rejected"
    exemptions.ask(con, desk, E1, "T1", code="vendor", reason="补交厂家单", actor="E1")
    follow(con, desk)
    assert exemptions.charges(con, E1)[0]["state"] == "asked"


@pytest.mark.parametrize("actor", ["U08", "E1", "yi"])
def test_neither_who_asked_nor_who_is_charged_approves(con, desk: Desk, actor: str) -> None:
    add(desk.settings.users_path, User("yi", "head", "某一", engineer_id="E1"))
    exemptions.ask(con, desk, HEAD, "T1", code="vendor", reason="厂家更换的配件", actor="U08")
    with pytest.raises(ConfigError, match="第二人"):
        exemptions.answer(con, desk, HEAD, "T1", is_approved=True, reason="", actor=actor)
    assert len(decisions.read(desk.settings.decisions_path)) == 1


def test_an_approval_by_the_asker_that_got_into_the_file_does_not_count(con, desk: Desk) -> None:
    before = charged(con)["T1"]
    asked = exemptions.ask(con, desk, E1, "T1", code="vendor", reason="厂家更换的配件", actor="E1")
    by_asker = decisions.Draft(
        "E1", "head", "repeat_exemption_approved", "T1",
        exemptions.RepeatExemptionApproved(request_id=asked.decision_id), "H1",
    )  # fmt: skip
    decisions.append(desk.settings.decisions_path, [by_asker])
    follow(con, desk)
    assert charged(con)["T1"] == before


def test_only_own_repeats_are_seen_and_asked_for(con, desk: Desk) -> None:
    assert [row["ticket_id"] for row in exemptions.charges(con, E2)] == ["T3"]
    assert exemptions.charges(con, Viewer("engineer", "E2", "elsewhere")) == []
    with pytest.raises(ConfigError, match="不在可申请豁免"):
        exemptions.ask(con, desk, E2, "T1", code="vendor", reason="厂家", actor="E2")
    with pytest.raises(ConfigError, match="豁免原因"):
        exemptions.ask(con, desk, E2, "T3", code="vendors", reason="厂家", actor="E2")
    with pytest.raises(ConfigError, match="财务"):
        exemptions.charges(con, Viewer("finance"))
    for viewer in (E1, Viewer("finance")):
        with pytest.raises(ConfigError):
            exemptions.rates(con, viewer)
        with pytest.raises(ConfigError):
            exemptions.answer(con, desk, viewer, "T1", is_approved=True, reason="", actor="X")


def paid(con, ticket: str) -> dict[str, tuple[int, date]]:
    """Return each party's share of a ticket's work, and the day on which it counts."""
    rows = con.execute(
        "select party, credit_bp, paid_on from core.work_payments where ticket_id = $1", [ticket]
    ).fetchall()
    return {party: (share, day) for party, share, day in rows}


def test_credit_is_not_held_back_for_a_return_that_was_exempted(con, desk: Desk) -> None:
    # back after three days: seven tenths go to whoever ended it, on the day of that
    fifth, second = date(2026, 3, 5), date(2026, 3, 2)
    assert paid(con, "T1") == {"E1": (3_000, fifth), "E2": (7_000, fifth)}
    exemptions.ask(con, desk, E1, "T1", code="user_operation", reason="用户再次卡纸", actor="E1")
    follow(con, desk)
    assert paid(con, "T1") == {"E1": (3_000, fifth), "E2": (7_000, fifth)}
    exemptions.answer(con, desk, HEAD, "T1", is_approved=True, reason="", actor="U08")
    follow(con, desk)
    assert paid(con, "T1") == {"E1": (10_000, second)}
    assert paid(con, "T2") == {"E2": (10_000, fifth)}

"""How an engineer's codes agree with a second coding: figures by hand, and who may see whose."""

import json
from datetime import date
from typing import Any

import duckdb
import pytest
from handmade import life, local, warehouse_of

from assets.score.reading import Viewer
from assets.texts.coders import coders
from config.errors import ConfigError

AS_OF = "2026-05-20 00:00"
HEAD = Viewer("head")
YEAR = (date(2026, 1, 1), date(2027, 1, 1))
# (E1's code, code of the second coding) → tickets: they agree in 40 of 50
SAID = {("paper_jam", "paper_jam"): 22, ("noise", "noise"): 18,
        ("paper_jam", "noise"): 4, ("noise", "paper_jam"): 6}  # fmt: skip


def built() -> duckdb.DuckDBPyConnection:
    tickets: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []

    def add(engineer: str, code: str | None, second: str | None, day: str) -> None:
        number = len(tickets)
        name = f"T{number:03}"
        tickets.append({"ticket_id": name, "ticket_no": f"N{number}", "work_class": "repair",
                        "reported_at": local(f"{day} 09:00"), "fault_family_code": code,
                        "department_id": "D1"})  # fmt: skip
        steps = (("09:00", "reported"), ("09:10", f"accepted@{engineer}"),
                 ("10:00", f"restored@{engineer}"))  # fmt: skip
        events.extend(life(name, *((f"{day} {at}", step) for at, step in steps)))
        if second:
            decisions.append({"decision_id": len(decisions) + 1, "decided_at": local(AS_OF),
                              "actor": "U07", "role": "head", "kind": "fault_code",
                              "subject": name, "payload": json.dumps({"code": second}),
                              "digest": ""})  # fmt: skip

    for (code, second), count in SAID.items():
        for _ in range(count):
            add("E1", code, second, "2026-05-06")
    add("E1", "other", "noise", "2026-05-06")  # says nothing: counted, not compared
    for _ in range(7):
        add("E2", "noise", None, "2026-04-07")
    add("E2", "noise", None, "2026-03-31")
    add("E2", None, None, "2026-04-07")
    suggestions = [
        {"ticket_id": one["ticket_id"], "text": f"响 {one['ticket_id']}", "normal_text": "响",
         "code_suggested": "noise", "suggested_by": "model"}
        for one in tickets
    ]  # fmt: skip
    return warehouse_of(
        {
            "engineers": [{"engineer_id": name, "name": f"{name}工"} for name in ("E1", "E2")],
            "departments": [{"department_id": "D1", "name": "内科"}],
            "tickets": tickets,
            "ticket_events": events,
            "decisions": decisions,
            "fault_suggestions": suggestions,
        },
        local(AS_OF),
    )


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return built()


def test_kappa_is_the_agreement_beyond_chance_with_its_interval(con) -> None:
    first, second = coders(con, HEAD, *YEAR)
    assert (first["name"], first["tickets"], first["unspecific"]) == ("E1工", 51, 1)
    confirmed = first["confirmed"]
    # 40 of 50 agree; by chance 26·28 + 24·22 = 1256 of 2500
    assert (confirmed["n"], confirmed["agreed"], confirmed["state"]) == (50, 40, "ok")
    assert confirmed["kappa"] == pytest.approx((0.8 - 1256 / 2500) / (1 - 1256 / 2500))
    assert confirmed["lo"] < confirmed["kappa"] < confirmed["hi"] < 1
    assert second["confirmed"] == {"n": 0, "agreed": 0, "kappa": None, "lo": None, "hi": None,
                                   "state": "no_data"}  # fmt: skip


def test_few_cases_say_so_and_one_code_throughout_has_no_kappa(con) -> None:
    proposed = coders(con, HEAD, *YEAR)[1]["proposed"]
    assert (proposed["n"], proposed["agreed"], proposed["kappa"]) == (8, 8, None)
    assert proposed["state"] == "small_sample"


def test_an_engineer_sees_their_own_and_nobody_else_any(con) -> None:
    [own] = coders(con, Viewer("engineer", "E2", "H1"), *YEAR)
    assert own["engineer_id"] == "E2"
    assert coders(con, Viewer("engineer", "E1", "H2"), *YEAR) == []
    for viewer in (Viewer("finance"), Viewer("engineer")):
        with pytest.raises(ConfigError, match="只有科主任和本人"):
            coders(con, viewer, *YEAR)


def test_five_of_each_engineer_and_month_are_drawn_and_nobody_is_named(con) -> None:
    cursor = con.execute("select * from kpi.detail_fault_samples")
    names = {column[0] for column in cursor.description or []}
    assert names.isdisjoint({"engineer_id", "code_reported", "code_suggested"})
    drawn = [row[1] for row in cursor.fetchall()]
    # E2's seven of April; those of May were all coded again, March is over
    mine = {
        name for (name,) in con.execute(
            "select ticket_id from kpi.fact_fault_codes "
            "where engineer_id = 'E2' and reported_on = date '2026-04-07' and not is_unspecific"
        ).fetchall()
    }  # fmt: skip
    assert len(drawn) == 5
    assert set(drawn) < mine

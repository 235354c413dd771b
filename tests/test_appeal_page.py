"""An engineer objects in a browser, and the head decides there: each as themselves alone."""

import re
from datetime import date
from pathlib import Path

import pytest
from signed_in import Person, sign_in
from tiny_pages import home_of

from assets import warehouse
from assets.identity.users import User
from assets.score import appeal_states, archive, closing
from assets.score.desk import Desk
from assets.score.reading import Viewer
from config.rules import load_rules
from config.settings import Settings

SEPTEMBER = date(2026, 9, 1)
PAGE = "/appeal?month=2026-09"


@pytest.fixture
def settings(tiny_hospital: Settings, tmp_path: Path) -> Settings:
    """A home of its own with September closed by the schedule."""
    found = home_of(tiny_hospital, tmp_path / "home")
    con = warehouse.connect(tiny_hospital.warehouse_path, tiny_hospital, read_only=True)
    closing.close(con, found.scores_path, SEPTEMBER, "system")
    con.close()
    return found


def post(person: Person, address: str, **fields: object) -> tuple[int, str]:
    answer = person.client.post(address, data={"csrf": person.csrf, **fields})
    return answer.status_code, answer.get_data(as_text=True)


def test_an_appeal_goes_from_marked_rows_to_a_correction(settings: Settings) -> None:
    lin = sign_in(settings, User("lin", "engineer", "林静", engineer_id="E02"))
    wang = sign_in(settings, User("wang", "head", "王主任"))
    twin = sign_in(settings, User("twin", "head", "兼任", engineer_id="E02"))
    finance = sign_in(settings, User("cai", "finance", "财务"))
    assert finance.client.get(PAGE).status_code == 403
    assert "没有关账" in lin.client.get("/appeal?month=2026-10").get_data(as_text=True)

    shown = lin.client.get(PAGE).get_data(as_text=True)
    listed = [int(row) for row in re.findall(r'name="row" value="(\d+)"', shown)]
    ledger = archive.ledger(settings.scores_path, 1, ("H01", "E02"))
    assert sorted(listed) == sorted(row["ledger_id"] for row in ledger)
    foreign = archive.ledger(settings.scores_path, 1, ("H01", "E01"))[0]["ledger_id"]
    assert post(lin, PAGE, row=foreign, reason="他人的行")[0] == 400
    assert lin.client.post(PAGE, data={"row": listed[0], "reason": "无令牌"}).status_code == 403
    marked = [row for row in ledger if row["ticket_id"] and row["points"] < 0][:2]
    numbers = [row["ledger_id"] for row in marked]
    assert post(lin, PAGE, row=numbers, reason="等待院方供电", evidence="E-1 E-2")[0] == 302

    case = "/appeal?case=2026-09-E02-1"
    assert "自己的申诉" in post(twin, case, step="accept")[1]
    assert "受理" in post(wang, case, step="accept")[1]
    assert post(wang, case, step="uphold", reason="属实", points_1="abc")[0] == 400
    own = {f"points_{numbers[0]}": "0.25"}
    assert post(wang, case, step="uphold", reason="属实", **own)[0] == 302
    desk = Desk.of(settings, load_rules(None), ())
    one = appeal_states.one_of(desk, Viewer("head"), "2026-09-E02-1")
    assert (one.state, one.version, one.decided_by, one.evidence) == (
        "corrected", 2, "wang", ("E-1", "E-2"),
    )  # fmt: skip
    gained = 0.25 - float(marked[0]["points"]) - float(marked[1]["points"])
    added = archive.ledger(settings.scores_path, 2, ("H01", "E02"))[len(ledger) :]
    rows = [row for row in added if row["rule_row"] != "cap"]
    assert float(sum(row["points"] for row in rows)) == pytest.approx(gained)
    page = wang.page("/scores", "?month=2026-09")
    assert "2026-09-E02-1" in page
    assert "成立 1(100%)" in page
    assert "2026-09-E02-1" in lin.page("/scores", "?month=2026-09")

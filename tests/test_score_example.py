"""The score worked on paper (`docs/score-example.md`) is the computed one to its last digit."""

from decimal import Decimal
from pathlib import Path

import pytest
from score_example import MARCH, TICKETS, build

from assets.score import ledger, tables
from config.rules import load_rules

PAPER = Path(__file__).resolve().parent.parent / "docs" / "score-example.md"
WHO = {"甲": "E1", "乙": "E2", "丙": "E3", "厂家": "*vendor"}
SECTIONS = {"6": "timeliness", "7": "quality", "8": "satisfaction", "9": "records"}


def paper() -> dict[str, list[list[dict[str, str]]]]:
    """Return the tables of the document by number of the section, rows by heading."""
    found: dict[str, list[list[dict[str, str]]]] = {}
    section, heads = "", []
    for line in PAPER.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:].partition(".")[0]
        if not line.startswith("|"):
            heads = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not heads:
            heads = cells
            found.setdefault(section, []).append([])
        elif not cells[0].startswith("-"):
            found[section][-1].append(dict(zip(heads, cells, strict=True)))
    return found


def as_shown(value: object, like: str) -> str:
    """Return a number with as many decimals as the document shows."""
    places = len(like.partition(".")[2])
    return f"{Decimal(str(value)):.{places}f}"


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    con = build(folder)
    rules = load_rules(folder)
    tables.build(con, rules)
    yield con, rules.score
    con.close()


@pytest.fixture(scope="module")
def parts(worked):
    """The components of March by engineer and name."""
    con, _ = worked
    cursor = con.execute(
        "select * from kpi.score_components where period = 'month' and period_on = $1", [MARCH]
    )
    heads = [column[0] for column in cursor.description]
    rows = [dict(zip(heads, row, strict=True)) for row in cursor.fetchall()]
    return {(row["engineer_id"], row["component"]): row for row in rows}


def test_difficulty_and_credit_on_paper_are_the_computed_ones(worked) -> None:
    con, _ = worked
    units = dict(con.execute("select ticket_id, units from core.work_units").fetchall())
    minutes = dict(
        con.execute("select ticket_id, standard_seconds from core.work_units").fetchall()
    )
    shown = 0
    for row in paper()["3"][0]:
        first, _, last = row["工单"].partition("–")
        for ticket in (first, last or first):
            assert as_shown(units[ticket], row["难度 d"]) == row["难度 d"]
            assert minutes[ticket] == int(float(row["标准工时（分）"]) * 60)
            shown += 1
    assert shown == 8
    paid = {
        (ticket, party): bp
        for ticket, party, bp in con.execute(
            "select ticket_id, party, credit_bp from core.work_payments"
        ).fetchall()
    }
    rows = paper()["4"][0]
    assert len(rows) == len(TICKETS) == 12
    for row in rows:
        told = {party: int(row[name]) for name, party in WHO.items()}
        assert sum(told.values()) == 10_000
        assert told == {party: paid.get((row["工单"], party), 0) for party in WHO.values()}


def test_volume_on_paper_is_the_computed_one(parts) -> None:
    for row in paper()["5"][0]:
        part = parts[WHO[row["工程师"]], "volume"]
        assert as_shown(part["value"], row["r"]) == row["r"]
        assert as_shown(part["goal"], row["目标"]) == row["目标"]
        assert as_shown(part["points"], row["得分"]) == row["得分"]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_case_on_paper_is_the_computed_one(worked, section: str) -> None:
    con, rules = worked
    rows = {
        (row["engineer_id"], row["ticket_id"]): row
        for row in ledger.rows(con, rules, "month", MARCH)
        if row["component"] == SECTIONS[section] and row["ticket_id"]
    }
    known = {
        (engineer, ticket): weight
        for engineer, ticket, weight in con.execute(
            "select engineer_id, ticket_id, weight from kpi.fact_score_cases where component = $1",
            [SECTIONS[section]],
        ).fetchall()
        if (engineer, ticket) in rows or section == "8"
    }
    told = paper()[section][0]
    assert {(WHO[row["工程师"]], row["工单"]) for row in told} == set(known)
    for row in told:
        place = WHO[row["工程师"]], row["工单"]
        assert as_shown(known[place], row["权重 w"]) == row["权重 w"]
        if place not in rows:
            continue  # too few marks to count: no ledger row
        assert as_shown(rows[place]["value"], row["x"]) == row["x"]
        for number, name in enumerate(list(row)[3:-1], start=1):
            value = rows[place][f"part_{number}"]
            if "、" not in row[name]:
                assert row[name] == ("—" if value is None else as_shown(value, row[name]))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_component_on_paper_is_the_computed_one(parts, section: str) -> None:
    for row in paper()[section][1]:
        part = parts[WHO[row["工程师"]], SECTIONS[section]]
        assert part["case_count"] == int(row["件数"])
        if row["得分"] == "不计":
            assert part["state"] == "small_sample"
            continue
        assert as_shown(part["points"], row["得分"]) == row["得分"]
        if section != "7":
            assert as_shown(part["value"], row["估计"]) == row["估计"]
        else:
            taken = part["repeat_points"] / part["share"]
            assert as_shown(taken, row["扣回"]) == row["扣回"]


def test_the_total_on_paper_is_the_published_one(worked, parts) -> None:
    con, _ = worked
    totals = dict(
        con.execute(
            "select engineer_id, points from kpi.score_totals "
            "where period = 'month' and period_on = $1",
            [MARCH],
        ).fetchall()
    )
    rows = paper()["10"][0]
    assert len(rows) == 3
    for row in rows:
        engineer = WHO[row["工程师"]]
        assert as_shown(totals[engineer], row["总分"]) == row["总分"]
        assert round(totals[engineer]) == int(row["公布"])
        share = 25 / int(row["除以"])
        assert parts[engineer, "volume"]["share"] == pytest.approx(share, abs=1e-12)
        assert parts[engineer, "prevention"]["share"] == 0


def test_the_ledger_on_paper_is_the_computed_one(worked) -> None:
    con, rules = worked
    rows = {
        row["ticket_id"] or {"base": "起点"}[row["rule_row"]]: row["points"]
        for row in ledger.rows(con, rules, "month", MARCH, ("H1", "E1"))
        if row["component"] == "quality"
    }
    rows["合计"] = sum(rows.values())
    told = {row["行"]: row["分"] for row in paper()["11"][0]}
    assert told == {name: as_shown(points, "0.0000") for name, points in rows.items()}

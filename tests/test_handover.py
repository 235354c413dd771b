"""Strain, leaving and hand-over: what the head sees of one engineer, and who else may not."""

from datetime import date, datetime, timedelta

import pytest
from handmade import life, local, warehouse_of
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from assets.continuity.leaving import SECTIONS, leaving
from assets.continuity.mine import handovers, leaving_of
from assets.continuity.pack import TITLES, pack
from assets.continuity.strain import strains
from assets.snapshots import current, opened
from assets.viewers import Viewer
from config.errors import ConfigError, RefusedError, StateError
from exports.handover import write_handover

AS_OF = local("2026-03-31 00:00")
HEAD = Viewer("head")
READ = (
    "kpi.fact_handover_items", "kpi.fact_staff_handovers", "kpi.fact_engineer_days",
    "kpi.flow_terms", "kpi.cost_terms", "kpi.dim_engineers", "kpi.dim_systems", "kpi.dim_assets",
    "kpi.dim_departments", "kpi.dim_sites", "kpi.fact_system_work", "kpi.fact_tickets",
    "kpi.fact_score_cases", "kpi.fact_holder_spans", "kpi.run_context",
)  # fmt: skip


def _ticket(number: int, day: int, engineer: str, **columns: object) -> tuple[dict, list]:
    when = f"2026-03-{day:02}"
    name = f"T{number:02}"
    ticket = {"ticket_id": name, "ticket_no": name, "reported_at": local(f"{when} 09:00"),
              "work_class": "repair", "system_id": "S1", "department_id": "D1", "priority": "P3",
              "outcome_code": "repaired", **columns}  # fmt: skip
    steps = [(f"{when} 09:00", "reported"), (f"{when} 09:10", f"accepted@{engineer}")]
    if columns.get("outcome_code", "repaired"):
        steps.append((f"{when} 10:00", f"restored@{engineer}"))
    return ticket, life(name, *steps)


@pytest.fixture(scope="module")
def con():
    told = [_ticket(number, number + 1, "E1") for number in range(1, 7)]
    told += [_ticket(7, 20, "E1", outcome_code=None), _ticket(8, 16, "E2")]
    long_days = [
        {"ticket_id": "T01", "engineer_id": "E1", "started_at": local(f"2026-03-{day:02} 17:00"),
         "ended_at": local(f"2026-03-{day:02} 19:00")}
        for day in range(5, 20)
    ]  # fmt: skip
    nights = [
        {"ticket_id": "T02", "engineer_id": "E1", "started_at": local(f"2026-03-{day:02} 20:00"),
         "ended_at": local(f"2026-03-{day:02} 22:00")}
        for day in range(5, 20)
    ]  # fmt: skip
    announced = local("2026-03-10 09:00")
    built = warehouse_of(
        {
            "sites": [{"name": "院", "timezone": "Asia/Shanghai"}],
            "departments": [
                {"department_id": "D1", "name": "急诊", "zone": "东", "is_sensitive_area": True}
            ],
            "engineers": [{"engineer_id": name, "name": f"{name}名"} for name in ("E1", "E2")],
            "engineer_postings": [
                {"engineer_id": name, "valid_from": date(2020, 1, 1), "team": "组", "zone": "东"}
                for name in ("E1", "E2")
            ],
            "engineer_time": [
                {"engineer_id": "E1", "on_date": date(2026, 3, day), "kind": "roster",
                 "minutes": 180}
                for day in range(5, 20)
            ],
            "systems": [
                {"system_id": "S1", "name": "HIS", "criticality": "A", "owner_engineer_id": "E1",
                 "vendor_id": "V1"}
            ],
            "vendors": [{"vendor_id": "V1", "name": "厂商甲"}],
            "customers": [{"customer_id": "C1", "name": "客户乙", "level": "三级"}],
            "contacts": [
                {"contact_id": "K1", "party_kind": "vendor", "party_id": "V1", "name": "某经理"},
                {"contact_id": "K2", "party_kind": "customer", "party_id": "C1", "name": "某主任"},
            ],
            "contracts": [
                {"contract_id": "H1", "vendor_id": "V1", "kind": "维保",
                 "ends_on": date(2026, 12, 31)},
                {"contract_id": "H0", "vendor_id": "V1", "kind": "旧", "ends_on": date(2025, 1, 1)},
            ],
            "visits": [
                {"visit_id": "B1", "customer_id": "C1", "engineer_id": "E1",
                 "departed_at": local("2026-02-01 09:00")}
            ],
            "access_grants": [
                {"engineer_id": "E1", "system_id": "S1", "account": "root", "kind": "管理员",
                 "granted_on": date(2025, 1, 1)},
                {"engineer_id": "E1", "system_id": "S1", "account": "old",
                 "granted_on": date(2024, 1, 1), "revoked_on": date(2025, 1, 1)},
            ],
            "projects": [
                {"project_id": "P1", "name": "升级", "stage": "实施", "owner_engineer_id": "E1",
                 "planned_on": date(2026, 6, 1)},
                {"project_id": "P2", "name": "上线", "stage": "验收", "owner_engineer_id": "E1",
                 "done_on": date(2026, 1, 1)},
            ],
            "documents": [
                {"document_id": "DOC1", "system_id": "S1", "kind": "manual",
                 "owner_engineer_id": "E1", "updated_at": local("2026-01-01 09:00")}
            ],
            "legacy_issues": [
                {"issue_id": "I1", "text": "接口字段缺失", "owner_engineer_id": "E1",
                 "opened_at": local("2026-02-01 09:00"), "due_on": date(2026, 4, 1)},
                {"issue_id": "I2", "text": "已了结", "owner_engineer_id": "E1",
                 "opened_at": local("2026-02-01 09:00"), "closed_at": local("2026-02-03 09:00")},
            ],
            "handovers": [
                {"handover_id": f"HO{number}", "from_engineer_id": "E1", "to_engineer_id": "E2",
                 "announced_at": announced, "assigned_at": announced + timedelta(hours=50),
                 "section": section, "is_done": number < 5,
                 "met_minutes": 50 if number < 5 else None}
                for number, section in enumerate(SECTIONS)
            ],
            "tickets": [ticket for ticket, _ in told],
            "ticket_events": [event for _, events in told for event in events],
            "effort_logs": long_days + nights,
        },
        AS_OF,
        only=READ,
    )  # fmt: skip
    yield built
    built.close()


def test_every_item_stands_in_its_section(con) -> None:
    about = leaving(con, "E1", "head")
    found = {
        section: [(one["kind"], one["title"]) for one in items]
        for section, items in about.items.items()
    }
    assert found == {
        "customers": [("account", "HIS"), ("contact", "某主任"), ("customer", "客户乙")],
        "projects": [("project", "升级")],
        "results": [("document", "HIS"), ("project", "上线")],
        "open": [("ticket", "T07")],
        "history": [("department", "急诊"), ("issue", "接口字段缺失")],
        "partners": [("contact", "某经理"), ("contract", "厂商甲"), ("vendor", "厂商甲")],
    }
    assert leaving(con, "E2", "head").counts() == {"department": 1}


def test_what_nobody_else_has_practice_with_is_named(con) -> None:
    # six restored tickets of the system and of the zone by E1, one by E2; five are asked for
    assert leaving(con, "E1", "head").alone == [("system", "S1"), ("zone", "东")]
    assert leaving(con, "E2", "head").alone == []


def test_the_hand_over_has_its_clock_its_sections_and_the_successor_s_observation(con) -> None:
    [one] = leaving(con, "E1", "head").handovers
    assert (one.to_engineer_id, one.announced_on) == ("E2", date(2026, 3, 10))
    assert (one.assign_seconds, one.is_in_time) == (50 * 3600, True)
    assert (one.done, one.sections, one.met_minutes) == (5, 6, 250)
    assert (one.observed_until, one.is_observed) == (date(2026, 3, 26), False)
    in_time = one.watched[0]
    assert (in_time.what, in_time.before_hits, in_time.before_cases) == ("restored_in_time", 6, 6)
    assert (in_time.after_hits, in_time.after_cases, in_time.is_recalled) == (1, 1, False)


def test_the_overload_index_counts_signs(con) -> None:
    busy, idle = strains(con, "head")
    # 15 days of 2 h from 17:00 and 2 h from 20:00, of which 3 h are on the roster
    assert (busy.name, busy.hands_on_hours) == ("E1名", 60)
    assert busy.off_hours_share == pytest.approx(0.5)
    assert busy.overtime_share == pytest.approx(15 / 45)
    assert (busy.held, busy.run_days) == (1, 15)
    assert busy.signs == ("off_hours", "overtime", "run")
    assert (busy.index, busy.is_warning) == (3, True)
    assert (idle.off_hours_share, idle.overtime_share, idle.index) == (None, None, 0)


@pytest.mark.parametrize("role", ["engineer", "finance", "qcc"])
def test_nobody_but_the_head_sees_load_or_leaving(con, role: str) -> None:
    with pytest.raises(ConfigError, match="无权"):
        leaving(con, "E1", role)
    with pytest.raises(ConfigError, match="无权"):
        strains(con, role)


def test_an_engineer_sees_the_handovers_they_give_or_take_without_the_comparison(con) -> None:
    for engineer in ("E1", "E2"):
        viewer = Viewer("engineer", engineer_id=engineer)
        [given] = handovers(con, viewer)
        assert (given.from_id, given.to_id, given.done, given.sections) == ("E1", "E2", 5, 6)
        assert (given.assign_seconds, given.is_in_time) == (50 * 3600, True)
        about = leaving_of(con, viewer, "E1")
        assert about.items == leaving(con, "E1", "head").items
        assert [one.watched for one in about.handovers] == [()]
    assert all(one.watched for one in leaving_of(con, HEAD, "E1").handovers)
    for viewer, engineer in (
        (Viewer("engineer", engineer_id="E3"), "E1"),
        (Viewer("engineer", engineer_id="E2"), "E2"),
        (Viewer("engineer", site_id="H2", engineer_id="E1"), "E1"),
        (Viewer("engineer"), "E1"),
        (Viewer("finance"), "E1"),
        (Viewer("department", department_id="D1"), "E1"),
    ):
        with pytest.raises(RefusedError):
            leaving_of(con, viewer, engineer)
    assert handovers(con, Viewer("engineer", engineer_id="E3")) == []


def test_an_unknown_engineer_is_told(con) -> None:
    with pytest.raises(StateError, match="没有工程师"):
        leaving(con, "E9", "head")


def test_the_pack_has_six_named_sections_between_impact_and_observation(con) -> None:
    report = pack(leaving(con, "E1", "head"), "zh")
    assert [step.title for step in report.steps] == [
        "离职影响", *(zh for zh, _ in TITLES.values()), "接替与观察",
    ]  # fmt: skip
    [history] = report.steps[5].tables
    assert [(row["title"], row["detail"]) for row in history.rows] == [
        ("急诊", "敏感区域"), ("接口字段缺失", ""),
    ]  # fmt: skip


def test_the_pack_is_a_workbook_with_a_sheet_for_each_section(tiny_copy) -> None:
    path = write_handover(tiny_copy, HEAD, "E03")
    assert write_handover(tiny_copy, HEAD, "E03") == path
    book = load_workbook(path)
    assert [name[2:] for name in book.sheetnames[1:]] == [
        "离职影响", *(zh for zh, _ in TITLES.values()), "接替与观察",
    ]  # fmt: skip
    # what runs over the columns is printed only within the area, so it spans a line of text
    impact = book["00离职影响"]
    last = range_boundaries(impact.print_area.split("!")[-1])[2]
    letters = [get_column_letter(number + 1) for number in range(last)]
    assert sum(impact.column_dimensions[letter].width for letter in letters) >= 96
    snapshot = current(tiny_copy)
    assert snapshot is not None
    with opened(snapshot, tiny_copy) as con:
        about = leaving(con, "E03", "head")
    assert about.counts()["account"] > 0
    cells = {str(cell.value) for row in book["02项目进度与里程碑"].iter_rows() for cell in row}
    assert {one["title"] for one in about.items["projects"]} <= cells
    assert isinstance(about.as_of_on, date)
    assert not isinstance(about.as_of_on, datetime)

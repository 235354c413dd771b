"""时效与 SLA and a ticket's own page: the metrics' numbers, and nobody else's tickets or names."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
import tiny_pages
from tiny_pages import People, person_of, viewer_of

from assets import due_clocks, metrics, ticket_card
from assets.viewers import Viewer
from config.errors import ConfigError, RefusedError
from config.settings import Settings

MONTH, FIRST, END = "?month=2026-10", date(2026, 10, 1), date(2026, 11, 1)
HEAD = Viewer("head")


@pytest.fixture(scope="module")
def settings(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return tiny_pages.home_of(tiny_hospital, tmp_path_factory.mktemp("time_pages"))


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny_pages.opened(settings) as con:
        yield con


@pytest.fixture(scope="module")
def people(settings: Settings, con: duckdb.DuckDBPyConnection) -> People:
    return People(settings, con)


def month_of(con: duckdb.DuckDBPyConnection, metric: str) -> dict[str, float]:
    rows = metrics.read_rows(con, metric, start=FIRST, end=END)
    return {row["statistic"]: row["value"] for row in rows}


def test_the_stages_are_the_metrics_and_add_up_to_the_whole(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    split = month_of(con, "restore_split")
    stages = {name: seconds for name, seconds in split.items() if name != "gross" and seconds}
    assert sum(stages.values()) == split["gross"] > 0
    lines = people["head"].page("/sla", MONTH).split("\n")
    for seconds in (*stages.values(), split["gross"]):
        assert metrics.duration_text(seconds) in lines


def test_what_attainment_counts_is_met_failed_or_late_and_open(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    [net] = [row for row in metrics.read_rows(con, "sla_attainment", start=FIRST, end=END)
             if row["statistic"] == "net"]  # fmt: skip
    rows = due_clocks.outcomes(con, HEAD, start=FIRST, end=END)
    sums = {name: sum(row[name] for row in rows) for name in rows[0] if name != "priority"}
    assert sums["counted"] == net["denominator"] > 100
    assert sums["met"] == net["numerator"]
    assert sums["counted"] == sums["met"] + sums["failed"] + sums["open_breached"]
    text = people["qcc"].page("/sla", MONTH)
    assert f"{sums['counted']} 个时限中 {sums['met']} 个达标" in text


def test_the_funnel_is_the_metrics(people: People, con: duckdb.DuckDBPyConnection) -> None:
    funnel = month_of(con, "ticket_funnel")
    text = people["head"].page("/sla", MONTH)
    assert f"报修 {funnel['reported']:.0f} 单,恢复 {funnel['restored']:.0f} 单" in text


def test_a_ticket_tells_its_clocks_and_its_stages_sum_to_the_time_to_restoration(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    sql = "select ticket_id, site_id from kpi.fact_tickets where restored_at is not null order by 1"
    for ticket_id, site in con.execute(sql).fetchall()[:40]:
        shown = ticket_card.ticket(con, HEAD, ticket_id, site)
        assert sum(shown.stages.values()) == shown.row["restore_seconds"]
        assert all(one["engineer_name"] for one in shown.holders)
    text = people["head"].page(f"/ticket/{ticket_id}")
    for clock in shown.clocks:
        assert metrics.duration_text(clock["target_seconds"]) in text.split("\n")


def test_a_department_sees_its_own_tickets_and_no_engineers_name(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    viewer = viewer_of(person_of(con, "department"))
    names = [name for (name,) in con.execute("select name from kpi.dim_engineers").fetchall()]
    sql = "select ticket_id, department_id from kpi.fact_tickets order by 1"
    mine = [one for one, whose in con.execute(sql).fetchall() if whose == viewer.department_id]
    theirs = [one for one, whose in con.execute(sql).fetchall() if whose != viewer.department_id]
    for ticket_id in mine[:5]:
        text = people["department"].page(f"/ticket/{ticket_id}")
        assert "时间线" in text
        assert not [name for name in names if name in text]
    for ticket_id in theirs[:5]:
        assert "没有工单" in people["department"].page(f"/ticket/{ticket_id}", "?site=H01")
    for ticket_id in theirs:
        with pytest.raises(ConfigError):
            ticket_card.ticket(con, viewer, ticket_id, "H01")
    narrowed = people["department"].page("/sla", f"{MONTH}&department=D999")
    assert "没有超时或将超时的工单" in narrowed


def test_an_engineer_opens_what_they_held_and_reads_no_colleagues_name(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    viewer = viewer_of(person_of(con, "engineer"))
    rows = con.execute("select ticket_id, engineer_id from kpi.fact_holder_spans").fetchall()
    held = {ticket for ticket, engineer in rows if engineer == viewer.engineer_id}
    [own] = [name for code, name in con.execute(
        "select engineer_id, name from kpi.dim_engineers").fetchall()
        if code == viewer.engineer_id]  # fmt: skip
    others = {ticket for ticket, _ in rows} - held
    assert held
    assert others
    for ticket_id in held:
        shown = ticket_card.ticket(con, viewer, ticket_id, "H01")
        assert {one["engineer_name"] for one in shown.holders} <= {own, None}
    for ticket_id in others:
        assert ticket_card.sites_of(con, viewer, ticket_id) == []
    assert "没有工单" in people["engineer"].page(f"/ticket/{min(others)}", "?site=H01")


def test_late_clocks_are_shown_to_whom_their_tickets_belong(
    con: duckdb.DuckDBPyConnection,
) -> None:
    everything = due_clocks.due(con, HEAD)
    assert everything
    assert all("engineer_name" in row for row in everything)
    of_ticket = {
        row[0]: row[1:]
        for row in con.execute(
            "select ticket_id, department_id, engineer_id from kpi.fact_tickets"
        ).fetchall()
    }
    for role, place in (("department", 0), ("engineer", 1)):
        for code in {of_ticket[row["ticket_id"]][place] for row in everything} | {"nobody"}:
            viewer = Viewer(role, **{f"{role}_id": code})
            rows = due_clocks.due(con, viewer)
            wanted = [row["ticket_id"] for row in everything
                      if of_ticket[row["ticket_id"]][place] == code]  # fmt: skip
            assert [row["ticket_id"] for row in rows] == wanted
            assert not [row for row in rows if "engineer_name" in row or "engineer_id" in row]
    for role in ("finance", "admin"):
        with pytest.raises(RefusedError):
            due_clocks.due(con, Viewer(role))
        with pytest.raises(RefusedError):
            ticket_card.sites_of(con, Viewer(role), "T0000016")


@pytest.mark.parametrize("path", ["/sla", "/ticket/T0000016"])
def test_pages_of_time_are_closed_to_finance_and_administrators(people: People, path: str) -> None:
    for role in ("finance", "admin"):
        assert "当前身份无权查看" in people[role].page(path, MONTH)

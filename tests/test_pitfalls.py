"""The pitfalls of the catalogue (§2.2), one test a row, on a hospital written by hand.

Two months, February and March 2026, read on 3 April. Every row has a department of its own, so that
no row's tickets stand in another's figures.
"""

from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest
from handmade import life, local, warehouse_of

from assets import metrics
from assets.analysis import discovery, runs, shrinkage, spc

AS_OF = "2026-04-03 00:00"
FEBRUARY, MARCH, APRIL = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)
HOUR, DAY = 3600, 86_400
# Reports a device of one class has in March, by department: PDAs break, servers do not; the ward
# that has the PDAs looks bad and is better than the other on both.
SIMPSON = {"pda": {"SA": (20, 10), "SB": (4, 12)}, "server": {"SA": (4, 0.5), "SB": (20, 1)}}


def ticket(
    ticket_id: str, when: str, department: str, asset: str | None = None, **more: Any
) -> Any:
    return {"ticket_id": ticket_id, "reported_at": local(when), "asset_id": asset,
            "work_class": "repair", "department_id": department, "urgency": "normal",
            **more}  # fmt: skip


def device(asset_id: str, department: str, **more: Any) -> dict[str, Any]:
    return {"asset_id": asset_id, "asset_class": "printer", "model": "M401",
            "department_id": department, "accepted_on": "2024-01-01", **more}  # fmt: skip


def rows() -> dict[str, list[dict[str, Any]]]:
    made: dict[str, list[dict[str, Any]]] = {"tickets": [], "ticket_events": [], "assets": []}
    tickets, events, assets = made["tickets"], made["ticket_events"], made["assets"]
    # open and breached (O2), finished in time (O1), not yet due (O3)
    assets += [device(f"O{n}", "open") for n in (1, 2, 3)]
    tickets += [ticket("O1", "2026-03-02 09:00", "open", "O1"),
                ticket("O2", "2026-03-03 09:00", "open", "O2"),
                ticket("O3", "2026-04-02 23:59", "open", "O3")]  # fmt: skip
    events += life("O1", ("2026-03-02 09:00", "reported"), ("2026-03-02 09:05", "accepted@E1"),
                   ("2026-03-02 10:00", "restored@E1"))  # fmt: skip
    events += life("O2", ("2026-03-03 09:00", "reported"))
    events += life("O3", ("2026-04-02 23:59", "reported"))
    # one fault told three times: master, merged, cancelled
    assets.append(device("M1", "merged"))
    tickets += [ticket(f"M{n}", f"2026-03-05 09:0{n}", "merged", "M1") for n in (1, 2, 3)]
    events += life("M1", ("2026-03-05 09:01", "reported"), ("2026-03-05 10:01", "restored@E1"))
    events += life("M2", ("2026-03-05 09:02", "reported"), ("2026-03-05 09:20", "merged"))
    events += life("M3", ("2026-03-05 09:03", "reported"), ("2026-03-05 09:30", "cancelled"))
    # handed over once
    assets.append(device("T1", "moved"))
    tickets.append(ticket("T1", "2026-03-06 09:00", "moved", "T1"))
    events += life("T1", ("2026-03-06 09:00", "reported"), ("2026-03-06 09:10", "accepted@E1"),
                   ("2026-03-06 10:00", "transferred@E1>E2"), ("2026-03-06 11:00", "accepted@E2"),
                   ("2026-03-06 12:00", "restored@E2"))  # fmt: skip
    # the engineer's device is 37 seconds slow
    assets.append(device("C1", "clock"))
    tickets.append(ticket("C1", "2026-03-06 09:00", "clock", "C1", is_onsite_required=True))
    events += life("C1", ("2026-03-06 09:00:00", "reported"),
                   ("2026-03-06 09:10:00", "accepted@E1"), ("2026-03-06 09:09:23", "arrived@E1"),
                   ("2026-03-06 10:00:00", "restored@E1"))  # fmt: skip
    # restored in the last days of March
    assets.append(device("R1", "late"))
    tickets.append(ticket("R1", "2026-03-30 09:00", "late", "R1"))
    events += life("R1", ("2026-03-30 09:00", "reported"), ("2026-03-30 10:00", "restored@E1"))
    # three unbound tickets beside one bound: a share of sums, and no exposure for a class
    tickets += [ticket(f"U{n}", f"2026-03-0{n} 09:00", "unbound") for n in (7, 8, 9)]
    # a report a day, from the first day to the last, each restored within the hour
    assets.append(device("L1", "long"))
    for n in range(59):
        day = FEBRUARY + timedelta(days=n)
        tickets.append(ticket(f"L{n}", f"{day} 12:00", "long", "L1", work_class="consumable"))
        events += life(f"L{n}", (f"{day} 12:00", "reported"), (f"{day} 13:00", "restored"))
    for kind, by_department in SIMPSON.items():
        for name, (count, each) in by_department.items():
            assets += [device(f"{kind}{name}{n}", name, asset_class=kind) for n in range(count)]
            for n in range(round(count * each)):
                when = f"2026-03-{1 + n % 30:02} 08:00"
                device_id = f"{kind}{name}{n % count}"
                tickets.append(
                    ticket(f"{kind}{name}{n}", when, name, device_id, work_class="consumable")
                )
    return made


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return warehouse_of(rows(), local(AS_OF))


def numbers(con: duckdb.DuckDBPyConnection, metric_id: str, **asked: Any) -> dict[str, Any]:
    """March's rows of one department, by statistic."""
    month = {"start": MARCH, "end": APRIL, **asked}
    return {row["statistic"]: row for row in metrics.read_rows(con, metric_id, **month)}


def of(department: str) -> dict[str, dict[str, str]]:
    return {"where": {"department": department}}


def test_open_tickets_are_censored_in_times_and_failed_in_the_sla(con: Any) -> None:
    """O1 met, O2 open and breached, O3 open and not yet due: 1 of 2, not 1 of 1."""
    asked: dict[str, Any] = {"grain": "total", "start": MARCH, "end": date(2026, 5, 1)}
    clocks = metrics.read_rows(con, "sla_attainment", by=["clock"], **asked, **of("open"))
    accept = next(r for r in clocks if (r["clock_code"], r["statistic"]) == ("accept", "net"))
    assert (accept["numerator"], accept["denominator"], accept["value"]) == (1, 2, 0.5)
    times = numbers(con, "restore_time", **of("open"))
    assert (times["median"]["value"], times["median"]["n"]) == (HOUR, 1)
    # the open one is longer than this: half have ended after an hour, nine tenths nobody knows when
    assert (times["km_median"]["value"], times["km_median"]["n"]) == (HOUR, 2)
    assert (times["km_p90"]["value"], times["km_p90"]["state"]) == (None, "immature")
    assert metrics.context(con).as_of == local(AS_OF)


def test_recent_months_are_unripe_until_their_window_is_over(con: Any) -> None:
    """Seven days of grace or observation after 31 March end on 7 April; it is the 3rd."""
    for metric_id, statistic in (("completion_rate", "cohort"), ("first_time_fix", "share"),
                                 ("reopens", "share")):  # fmt: skip
        assert numbers(con, metric_id)[statistic]["state"] == "immature", metric_id
    february = numbers(con, "reopens", start=FEBRUARY, end=MARCH)["share"]
    assert (february["state"], february["n"]) == ("ok", 28)
    metric = metrics.registry()["completion_rate"]
    assert metrics.judged(metric, numbers(con, "completion_rate")["cohort"], 0.9).verdict == "grey"


def test_cancelled_and_merged_tickets_are_intake_and_no_failure_and_no_credit(con: Any) -> None:
    merged = of("merged")
    assert numbers(con, "reports", **merged)["count"]["value"] == 3
    assert numbers(con, "use_failure_rate", **merged)["daily_pct"]["numerator"] == 1
    done = numbers(con, "completion_rate", **merged)["cohort"]
    assert (done["numerator"], done["denominator"]) == (1, 1)
    assert numbers(con, "restore_time", **merged)["mean"]["n"] == 1


def test_a_transferred_ticket_is_one_failure_one_clock_and_two_holders(con: Any) -> None:
    moved = of("moved")
    assert numbers(con, "use_failure_rate", **moved)["daily_pct"]["numerator"] == 1
    mean = numbers(con, "restore_time", **moved)["mean"]
    assert (mean["value"], mean["n"]) == (3 * HOUR, 1)
    held = con.execute(
        "select engineer_id, to_second - from_second from kpi.fact_holder_spans "
        "where ticket_id = 'T1' order by from_second"
    ).fetchall()
    assert [name for name, _ in held] == ["E1", "E2"]
    assert sum(seconds for _, seconds in held) == 3 * HOUR - 600  # nobody held it for ten minutes


def test_a_crude_comparison_that_turns_round_within_strata_is_warned_of(con: Any) -> None:
    """March device by device: SA 10 and 0.5 a device, SB 12 and 1; crudely SA 8.4 and SB 2.8."""
    rates = metrics.read_rows(con, "report_rate", by=["department"], start=MARCH, end=APRIL,
                              where={"department": ["SA", "SB"]})  # fmt: skip
    daily = {row["department_code"]: row for row in rates if row["statistic"] == "daily_pct"}
    assert {name: (row["numerator"], row["denominator"]) for name, row in daily.items()} == {
        "SA": (202, 24 * 31), "SB": (68, 24 * 31)}  # fmt: skip
    found = metrics.findings(con, rates, by=["department"],
                             where={"department": ["SA", "SB"]})  # fmt: skip
    warned = {one.groups[0]: one.warning for one in found}
    # expected of SA: 20 × 248/24 + 4 × 22/24 = 210.33; 202 / 210.33 = 0.960 against 202 / 135 crude
    assert warned["SA"] == ("注意(辛普森悖论):SA粗看比总体 +49.6%,按同样的构成比较却是 -4.0%。")
    assert warned["SB"].endswith("粗看比总体 -49.6%,按同样的构成比较却是 +14.0%。")


def test_improvement_is_measured_against_who_had_none_and_extremes_are_drawn_in() -> None:
    """The worst of equal departments goes back by itself: shrunk rates do not pick it out."""
    shrunk = shrinkage.gamma_poisson([4, 5, 12, 6, 5], [100.0] * 5)
    assert shrunk.rates == pytest.approx([0.064] * 5)  # 32 / 500: differences as chance makes them
    formula = metrics.registry()["training_effect"].formula.zh
    assert "同期未培训科室" in formula  # its figures: test_knowledge_metrics


def test_a_total_is_the_ratio_of_sums_and_never_the_mean_of_ratios(con: Any) -> None:
    cut = metrics.read_rows(con, "asset_bound", by=["department"], start=MARCH, end=APRIL)
    whole = numbers(con, "asset_bound")["share"]
    assert whole["numerator"] == sum(row["numerator"] for row in cut) == 6
    assert whole["denominator"] == sum(row["denominator"] for row in cut) == 9
    assert whole["value"] == 0.666667
    assert sum(row["value"] for row in cut) / len(cut) == pytest.approx(5 / 6, abs=1e-6)


def test_a_colour_needs_a_target_an_interval_and_enough_cases(con: Any) -> None:
    metric = metrics.registry()["sla_attainment"]
    few = numbers(con, "sla_attainment", **of("open"))["net"]
    assert few["state"] == "small_sample"
    assert metrics.judged(metric, few, 0.95).verdict == "grey"
    assert metrics.judged(metric, {**few, "state": "ok"}, None).verdict == "none"
    some = numbers(con, "sla_attainment")["net"]
    assert (some["state"], some["hi"] < 0.95) == ("ok", True)
    assert metrics.judged(metric, some, 0.95).verdict == "red"


def test_limits_widen_with_what_varies_between_points() -> None:
    """The catalogue's ten points: σz 1.4311 lifts the last upper limit from .02528 to .02900."""
    counts = [30, 28, 35, 31, 29, 60, 33, 27, 30, 32]
    chart = spc.laney_u(counts, [2010] * 3 + [2012] * 3 + [2015] * 4)
    assert chart.sigma_z == pytest.approx(1.4311, abs=5e-5)
    assert chart.upper[-1] == pytest.approx(0.02900, abs=5e-5)


def test_many_looks_find_nothing_in_nothing() -> None:
    """Fifty equal departments: three lie under 5 % by chance, none is a discovery."""
    p_values = (np.arange(50) + 0.5) / 50
    assert int((p_values < 0.05).sum()) == 2
    assert not discovery.discoveries(p_values).any()
    # Nelson's fourth rule (fourteen alternating points) is not among ours
    alternating = runs.find([0.4, -0.4] * 10)
    for found in (alternating.beyond, alternating.shifted, alternating.drifting):
        assert not found.any()


def test_a_short_month_and_a_long_one_with_a_report_a_day_have_one_rate(con: Any) -> None:
    for start, end, days in ((FEBRUARY, MARCH, 28), (MARCH, APRIL, 31)):
        asked = {"start": start, "end": end, **of("long")}
        assert numbers(con, "reports", **asked)["count"]["value"] == days
        rate = numbers(con, "report_rate", **asked)["daily_pct"]
        assert (rate["value"], rate["denominator"]) == (100, days)


def test_a_clock_37_seconds_slow_is_kept_flagged_counted_and_left_out(con: Any) -> None:
    flagged = con.execute("select ticket_id, type from core.ticket_events where is_out_of_order")
    assert flagged.fetchall() == [("C1", "arrived")]
    assert con.execute(
        "select row_count from kpi.data_quality where measure = 'out_of_order_events'"
    ).fetchone() == (1,)
    times = numbers(con, "response_time", **of("clock"))
    assert (times["median"]["value"], times["mean"]["value"]) == (None, None)
    assert times["missing"]["value"] == 1
    assert numbers(con, "restore_time", **of("clock"))["mean"]["value"] == HOUR


def test_nothing_exposed_is_not_connected_and_few_are_grey(con: Any) -> None:
    """Unbound tickets have no device and no rate; an absent feed has no number, never 0."""
    unbound = numbers(con, "report_rate", **of("unbound"))["daily_pct"]
    assert (unbound["value"], unbound["n"], unbound["state"]) == (None, 3, "not_connected")
    calls = numbers(con, "calls")["count"]
    assert (calls["value"], calls["state"]) == (None, "not_connected")
    text = metrics.format_value(metrics.registry()["calls"], "count", None, state=calls["state"])
    assert text == "未接入"
    few = numbers(con, "use_failure_rate", **of("moved"))["daily_pct"]
    assert (few["n"], few["state"]) == (1, "small_sample")
    none = numbers(con, "mtbf", where={"department": "SB"})["days"]
    assert (none["value"], none["state"]) == (None, "small_sample")
    assert none["lo"] == pytest.approx(24 * 31 / 3.6889, abs=0.05)

"""Comparing groups by failures: like with like, and no ranking of luck; figures worked by hand."""

from datetime import timedelta
from typing import Any

import duckdb
import pytest
from handmade import local, warehouse_of
from test_metrics import asset, repair

from assets import metrics

AS_OF = "2026-03-11 00:00"  # ten days after the first of March
FIRST = "2026-03-01 00:00"
Fleet = list[tuple[str, float, int, dict[str, Any]]]


def hospital(fleet: Fleet) -> duckdb.DuckDBPyConnection:
    """Return a hospital of groups: name, device-days in ten days, failures, columns of a device.

    Failures of a group go round its devices, twenty hours apart on each, restored in an hour; a
    remainder of days is a device retired then.
    """
    rows: dict[str, list[dict[str, Any]]] = {
        "tickets": [], "ticket_events": [], "assets": [], "asset_states": []
    }  # fmt: skip
    for group, days, failures, columns in fleet:
        lengths = [10.0] * int(days // 10) + ([days % 10] if days % 10 else [])
        for number, length in enumerate(lengths):
            device = f"{group}-{number}"
            end = local(FIRST) + timedelta(days=length)
            rows["assets"].append(
                asset(device, **columns, retired_on=end.date() if length < 10 else None)
            )
            rows["asset_states"].append(
                {"asset_id": device, "state": "in_service", "valid_from": local(FIRST),
                 "valid_to": end if length < 10 else None,
                 "department_id": columns.get("department_id", "D1")}
            )  # fmt: skip
        for number in range(failures):
            at = local(FIRST) + timedelta(hours=1 + 20 * (number // len(lengths)))
            ticket = f"T-{group}-{number}"
            rows["tickets"].append(
                {**repair(ticket, FIRST, f"{group}-{number % len(lengths)}"),
                 "reported_at": at, "department_id": columns.get("department_id", "D1")}
            )  # fmt: skip
            rows["ticket_events"] += [
                {"event_id": f"{ticket}-{seq}", "ticket_id": ticket, "seq": seq, "type": kind,
                 "at": at + timedelta(hours=seq - 1)}
                for seq, kind in enumerate(("reported", "restored"), start=1)
            ]  # fmt: skip
    return warehouse_of(rows, local(AS_OF))


def by_group(con: Any, metric: str, by: str, **asked: Any) -> dict[tuple[str, str], Any]:
    rows = metrics.read_rows(con, metric, grain="total", by=[by], **asked)
    return {(row["statistic"], row[f"{by}_code"]): row for row in rows}


def test_a_department_of_old_printers_fails_as_its_machines_do_not_more() -> None:
    """A: 100 printer-days with 20 failures, 10 PC-days with 0; B: 10 with 2 and 100 with 10.

    Hospital: printers 22/110 a day, PCs 10/110. Expected of A 100×0.2 + 10×0.0909 = 20.909, of B
    10×0.2 + 100×0.0909 = 11.091. Crudely A fails 20/12 times as much as B.
    """
    fleet: Fleet = [
        ("AP", 100, 20, {"department_id": "A", "asset_class": "printer"}),
        ("AC", 10, 0, {"department_id": "A", "asset_class": "pc"}),
        ("BP", 10, 2, {"department_id": "B", "asset_class": "printer"}),
        ("BC", 100, 10, {"department_id": "B", "asset_class": "pc"}),
    ]
    con = hospital(fleet)
    found = by_group(con, "failure_ratio", "department")
    a, b = found["ratio", "A"], found["ratio", "B"]
    assert (a["value"], a["numerator"], a["denominator"]) == (0.9565, 20, 20.909091)
    assert (b["value"], b["numerator"], b["denominator"]) == (1.0820, 12, 11.090909)
    # Garwood of 20 events is 12.2165 to 30.8884, of 12 it is 6.2006 to 20.9616
    assert (a["lo"], a["hi"]) == (0.5843, 1.4773)
    assert (b["lo"], b["hi"]) == (0.5591, 1.8900)
    assert found["expected", "A"]["value"] == 20.91
    # a filter takes nothing from the hospital that it is compared with
    alone = by_group(con, "failure_ratio", "department", where={"department": "A"})
    assert alone["ratio", "A"] == a
    whole = metrics.read_rows(con, "failure_ratio", grain="total")
    assert (whole[0]["value"], whole[0]["n"]) == (1.0, 32)


def golden() -> duckdb.DuckDBPyConnection:
    """The seven groups of the golden example, as models."""
    counts, days = (0, 1, 2, 5, 40, 9, 1), (10, 20, 50, 100, 300, 30, 5)
    return hospital(
        [
            (f"M{i}", e, y, {"model": f"M{i}"})
            for i, (y, e) in enumerate(zip(counts, days, strict=True), 1)
        ]
    )


def test_unequal_models_are_drawn_to_the_mean_and_ranked_without_the_small_ones() -> None:
    con = golden()
    found = by_group(con, "shrunk_failure_rate", "model")
    shrunk = [round(found["daily_pct", f"M{i}"]["value"] / 100, 4) for i in range(1, 8)]
    assert shrunk == [0.0921, 0.0933, 0.0743, 0.0694, 0.1306, 0.1877, 0.1214]
    raw = found["raw", "M5"]
    assert (raw["value"], raw["n"], raw["denominator"]) == (4866.67, 40, 300)
    assert raw["lo"] == pytest.approx(3476.8, abs=0.1)  # Garwood of 40: 28.577 × 365 / 3
    ranks = {code: row["value"] for (name, code), row in found.items() if name == "rank"}
    # five failures make a sample: M3, of two, is grey and has no rank
    assert ranks == {"M1": None, "M2": None, "M3": None, "M4": 3, "M5": 2, "M6": 1, "M7": None}
    assert found["rank", "M3"]["state"] == "small_sample"
    assert found["daily_pct", "M3"]["state"] == "small_sample"
    rows = metrics.read_rows(con, "shrunk_failure_rate", by=["model"])
    (said,) = metrics.findings(con, rows, by=["model"])
    assert said.text == ("2026 年 3 月 收缩后故障率:各组确有差别,最高的是M6、M5、M4(7 组,n = 58)。")


def test_equal_models_have_one_rate_no_rank_and_the_words_for_it() -> None:
    con = hospital(
        [(f"M{i}", 100, y, {"model": f"M{i}"}) for i, y in enumerate((21, 18, 24, 4), 1)]
    )
    found = by_group(con, "shrunk_failure_rate", "model")
    assert found["rank", "M1"]["state"] == "ok"  # 4 beside 24 is more than chance
    con = hospital(
        [(f"M{i}", 100, y, {"model": f"M{i}"}) for i, y in enumerate((21, 18, 24, 19, 20, 18), 1)]
    )
    found = by_group(con, "shrunk_failure_rate", "model")
    assert {row["value"] for (name, _), row in found.items() if name == "daily_pct"} == {20.0}
    assert {row["value"] for (name, _), row in found.items() if name == "rank"} == {None}
    assert {row["state"] for (name, _), row in found.items() if name != "raw"} == {"chance"}
    rows = metrics.read_rows(con, "shrunk_failure_rate", by=["model"])
    (said,) = metrics.findings(con, rows, by=["model"])
    assert said.text == "2026 年 3 月 收缩后故障率:差异与随机一致,不排名(6 组,n = 120)。"
    (said,) = metrics.findings(con, rows, by=["model"], lang="en")
    assert "differences in keeping with chance; no ranking" in said.text
    metric = metrics.registry()["shrunk_failure_rate"]
    assert metrics.format_value(metric, "rank", None, state="chance") == "差异与随机一致"


def test_one_group_is_compared_with_nobody() -> None:
    con = hospital([("M1", 100, 21, {"model": "M1"})])
    found = by_group(con, "shrunk_failure_rate", "model")
    assert (found["daily_pct", "M1"]["value"], found["daily_pct", "M1"]["state"]) == (21.0, "ok")
    assert (found["rank", "M1"]["value"], found["rank", "M1"]["state"]) == (None, "no_data")

"""Use of devices by their hour and exam meters against their time in service; worked by hand."""

from typing import Any

from handmade import local, warehouse_of
from test_metrics import asset, repair

from assets import metrics


def reading(device: str, day: int, value: int, meter: str = "hours", **more: Any) -> dict[str, Any]:
    return {"asset_id": device, "meter": meter, "read_at": local(f"2026-03-{day:02d} 00:00"),
            "value": value, **more}  # fmt: skip


def test_hours_run_are_held_against_the_hours_in_service_between_the_same_readings() -> None:
    """M1 ran 120 of 240 hours; M2, sealed from the 6th, 60 of 120; M3's meter fell: no figure.

    M4's meter was replaced on the 6th: 48 hours to then, 12 after, of 240. Together 240 of 600.
    """
    rows = {
        "tickets": [repair("T1", "2026-03-01 00:00", None)],
        "assets": [asset(f"M{n}", asset_class="监护仪") for n in range(1, 5)]
        + [asset("V1", asset_class="体征采集仪")],
        "asset_states": [
            {"asset_id": "M2", "valid_from": local("2024-01-01 00:00"), "state": "in_service",
             "valid_to": local("2026-03-06 00:00"), "department_id": "D1"},
            {"asset_id": "M2", "valid_from": local("2026-03-06 00:00"), "state": "sealed",
             "department_id": "D1"},
        ],
        "meter_readings": [
            reading("M1", 1, 1000), reading("M1", 11, 1120),
            reading("M2", 1, 500), reading("M2", 11, 560),
            reading("M3", 1, 50), reading("M3", 11, 10),
            reading("M4", 1, 700), reading("M4", 6, 748),
            {**reading("M4", 6, 0, is_replaced=True), "read_at": local("2026-03-06 00:00:01")},
            reading("M4", 11, 12),
            reading("V1", 1, 0, "exams"), reading("V1", 11, 300, "exams"),
        ],
    }  # fmt: skip
    con = warehouse_of(rows, local("2026-03-20 00:00"))
    found = {row["statistic"]: row for row in metrics.read_rows(con, "asset_utilisation")}
    share = found["share"]
    assert (share["value"], share["numerator"], share["denominator"]) == (0.4, 864000, 2160000)
    assert (found["devices"]["value"], found["unread"]["value"], share["n"]) == (4, 1, 6)
    one = metrics.read_rows(con, "asset_utilisation", by=["asset"])
    shares = {row["asset_code"]: row["value"] for row in one if row["statistic"] == "share"}
    assert shares == {"M1": 0.5, "M2": 0.5, "M3": None, "M4": 0.25}
    assert {row["state"] for row in one if row["statistic"] == "share"} == {
        "small_sample", "no_data"
    }  # fmt: skip
    exams = metrics.read_rows(con, "asset_throughput")
    assert (exams[0]["statistic"], exams[0]["value"]) == ("per_day", 30.0)


def test_without_meters_utilisation_is_not_connected() -> None:
    rows = {"tickets": [repair("T1", "2026-03-01 00:00")], "assets": [asset("A1")]}
    con = warehouse_of(rows, local("2026-03-20 00:00"))
    states = {row["state"] for row in metrics.read_rows(con, "asset_utilisation")}
    assert states == {"not_connected"}

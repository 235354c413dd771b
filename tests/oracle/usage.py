"""What devices with an hour or exam meter did between readings, and their time in service then.

Holds K18 of devices; pages are in `costs`.
"""

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from typing import Any

from oracle.equipment import device_cut, inside
from oracle.figures import Figure, Figures, Measure, Rows, counted
from oracle.hospital import Hospital, Period
from oracle.reading import Row, local_day

_UNITS = {"hours": ("share", 3600), "exams": ("per_day", 86_400)}


def _used(before: Row, row: Row) -> Fraction | None:
    first, last = Fraction(before["value"]), Fraction(row["value"])
    if row["is_replaced"]:
        return Fraction(0)
    return last - first if last >= first else None


def _measure(meter: str) -> Measure:
    name, unit = _UNITS[meter]

    def rows(hospital: Hospital, period: Period) -> Rows:
        series: dict[Any, list[Row]] = defaultdict(list)
        for row in hospital.tables["meter_readings"]:
            if row["meter"] == meter and row["read_at"] <= hospital.as_of:
                series[row["site_id"], row["asset_id"]].append(row)
        for key, readings in series.items():
            asset = hospital.assets[key]
            cut = device_cut(hospital, asset, asset["department_id"], None) | {"asset": key[1]}
            up = [
                (one.start, one.end)
                for one in hospital.exposure
                if (one.asset["site_id"], one.asset["asset_id"]) == key
            ]
            readings.sort(key=lambda one: one["read_at"])
            for before, row in pairwise(readings):
                if inside(local_day(row["read_at"]), period):
                    spans = [
                        min(end, row["read_at"]) - max(start, before["read_at"])
                        for start, end in up
                    ]
                    seconds = sum(span for span in spans if span > 0)
                    yield cut, (_used(before, row), seconds, key)

    def total(found: list[Any]) -> Figures:
        known = [(used, seconds) for used, seconds, _ in found if used is not None]
        seconds = sum(one for _, one in known)
        used = sum((one for one, _ in known), Fraction(0))
        return {
            name: Figure(used * unit / seconds if seconds else None, len(found)),
            "devices": counted(len({key for *_, key in found}), len(found)),
            "unread": counted(len(found) - len(known), len(found)),
        }

    return Measure(rows, total)


MEASURES = {"asset_utilisation": _measure("hours"), "asset_throughput": _measure("exams")}

"""What a repeat problem is called in words, on every surface.

Holds the subject, the state and the sentence about what the figures are. The figures themselves
are read by `view`.
"""

from typing import Any

import duckdb

from assets.causes.topic import Names

STATES = {
    "open": ("进行中", "open"),
    "silent": ("已静默", "silent"),
    "replaced": ("已更换", "replaced"),
}
# Of which unit the figures of a problem are.
NOTE = (
    "按「超额 × 单次费用」排名,均截至快照日。n:修好的次数(批次:领用次数;型号:台数);"
    "期望:碰巧应有的再发;区间不含 0 也须过错误发现率 5% 才算问题。",
    "Ranked by excess × cost of a failure, all up to the snapshot. n: repairs (of a lot: issues; "
    "of a model: devices); expected: by chance; called at a false-discovery rate of 5 %.",
)


class Subjects:
    """Says what a problem is about."""

    def __init__(self, con: duckdb.DuckDBPyConnection, names: Names) -> None:
        """Read the names of parts; the others are the names' own."""
        self._names = names
        self._parts = {
            (site, part): name
            for site, part, name in con.execute(
                "select site_id, part_id, name from kpi.dim_parts"
            ).fetchall()
        }

    def of(self, row: dict[str, Any]) -> str:
        """Return the device's tag and name, the place, the lot or the model of a problem."""
        kind, is_en = row["problem_kind"], self._names.lang == "en"
        if kind == "lot":
            part = self._parts.get((row["site_id"], row["part_id"])) or row["part_id"]
            return f"{part} {'lot' if is_en else '批次'} {row['lot_no']}"
        device = self._names.label("asset_class", row["asset_class"])
        if kind == "model":
            return f"{device} {row['model']} {'(model)' if is_en else '同型号'}"
        if kind == "location":
            place = self._names.of("department", row["department_id"], row["site_id"])
            return f"{place} {device} {'(place)' if is_en else '同一位置'}"
        return _both(row["asset_tag"], row["asset_name"]) or str(row["asset_id"])

    def fault(self, row: dict[str, Any]) -> str:
        """Return the fault family in words."""
        return self._names.of("fault_family", row["fault_family"])

    def state(self, row: dict[str, Any]) -> str:
        """Return whether it goes on, in words."""
        return STATES[row["state"]][self._names.lang == "en"]


def _both(tag: str | None, name: str | None) -> str:
    return " ".join(word for word in dict.fromkeys((tag, name)) if word)

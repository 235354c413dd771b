"""A clinical department as a place that asks: which one it is, and whether it is theirs to see.

Holds the one check that every reader of a ward makes. What a ward has is read in the modules
beside this one: of itself only, and never with the name of an engineer.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

from assets import viewers
from assets.metric_context import context
from assets.metric_periods import Period, add_months, periods
from assets.viewers import Viewer
from config.errors import ConfigError, RefusedError, StateError

ROLES = ("head", "department")
_MONTHS = 12


@dataclass(frozen=True)
class Ward:
    """One department.

    Attributes:
        site_id: its site.
        department_id: its code.
        name: display name.
        zone: the zone whose queue its tickets wait in, empty for none.
        kind: kind of department as the source names it, None where it does not.
    """

    site_id: str
    department_id: str
    name: str
    zone: str
    kind: str | None

    @property
    def where(self) -> dict[str, list[str]]:
        """The ward as conditions of a metric."""
        return {"site": [self.site_id], "department": [self.department_id]}

    @property
    def path(self) -> str:
        """How an address names it: site and code."""
        return f"{self.site_id}/{self.department_id}"


def wards(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> list[Ward]:
    """Return the departments that this person may look at, by name.

    Raises:
        RefusedError: none is theirs.
        StateError: the snapshot is older than these pages.
    """
    if viewer.role not in ROLES:
        raise RefusedError("当前身份无权查看科室档案。", "请联系科室负责人。")
    columns = {row[0] for row in con.execute("describe kpi.dim_departments").fetchall()}
    if "department_type" not in columns:
        raise StateError("快照是升级前发布的,还没有科室类型。", "请运行 opspulse run。")
    rows = con.execute(
        "select site_id, department_id, name, coalesce(zone, ''), department_type "
        "from kpi.dim_departments order by name, site_id, department_id"
    ).fetchall()
    return [one for one in (Ward(*row) for row in rows) if _is_open(viewer, one)]


def ward_of(con: duckdb.DuckDBPyConnection, viewer: Viewer, asked: str) -> Ward:
    """Return the department of an address, ``code`` or ``site/code``.

    Raises:
        RefusedError: it is not this person's to see; a department sees itself alone.
        ConfigError: there is none of that code, or more than one.
        StateError: as `wards`.
    """
    site, _, code = asked.rpartition("/")
    known = wards(con, viewer)
    found = [
        one for one in known if one.department_id == code and site in ("", one.site_id)
    ]  # fmt: skip
    if not found and viewer.role != "head":
        raise RefusedError("只能看本科室的档案。", "请联系信息科负责人。")
    if not found:
        raise ConfigError(f"没有编号为「{asked[:60]}」的科室。", "请从科室列表选择。")
    if len(found) > 1:
        paths = "、".join(one.path for one in found)
        raise ConfigError(f"编号「{code}」在几个院区都有。", f"请写明院区:{paths}。")
    return found[0]


def require(viewer: Viewer, ward: Ward) -> None:
    """Refuse whoever may not look at a ward.

    Raises:
        RefusedError: it is not theirs.
    """
    if viewer.role not in ROLES or not _is_open(viewer, ward):
        raise RefusedError("只能看本科室的档案。", "请联系信息科负责人。")


def _is_open(viewer: Viewer, ward: Ward) -> bool:
    is_own = ward.department_id == viewer.department_id and viewer.site_id in (None, ward.site_id)
    return viewer.role == "head" or is_own


def year_to(con: duckdb.DuckDBPyConnection, month: date) -> Period:
    """Return the twelve months that end with a month, cut to where data exist and to as-of."""
    known = context(con)
    end = min(add_months(month, 1), known.as_of_on + timedelta(days=1))
    start = max(add_months(month, 1 - _MONTHS), known.data_from)
    [period] = periods(
        "total", min(start, end - timedelta(days=1)), end, zone=known.timezone,
        as_of=known.as_of, data_from=known.data_from,
    )  # fmt: skip
    return period


def read(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    ward: Ward,
    metric_id: str,
    period: Period,
    **asked: Any,
) -> list[dict[str, Any]]:
    """Return a metric's numbers of a ward over one period; columns as `metrics.read`.

    Raises:
        RefusedError: the metric or the ward is not theirs.
    """
    require(viewer, ward)
    return viewers.read(
        con, viewer, metric_id, grain="total", start=period.start, end=period.end,
        where=ward.where, **asked,
    )  # fmt: skip

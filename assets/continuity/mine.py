"""Whose hand-overs a person may see: the head everyone's, an engineer those they give or take.

Holds the rights and what an engineer's view leaves out: how the successor does beside the leaver is
for the head. What a hand-over is made of is read in `leaving`.
"""

from dataclasses import dataclass, replace
from datetime import date

import duckdb

from assets.continuity.leaving import Leaving, leaving
from assets.viewers import Viewer
from config.errors import RefusedError


@dataclass(frozen=True)
class Given:
    """One announced hand-over between two engineers.

    Attributes:
        to_id: who takes over, None while nobody is named.
        assign_seconds: announcement to the naming, up to as-of without one (s).
        is_in_time: named within the limit around the clock; None while the limit runs.
        done, sections: sections handed over, of all.
    """

    site_id: str
    from_id: str
    from_name: str
    to_id: str | None
    to_name: str | None
    announced_on: date
    assign_seconds: int
    is_in_time: bool | None
    done: int
    sections: int


_SQL = """
select f.site_id, f.from_engineer_id, coalesce(any_value(g.name), f.from_engineer_id),
    f.engineer_id, coalesce(any_value(t.name), f.engineer_id), f.announced_on,
    max(f.assign_so_far_seconds), bool_and(f.is_assigned_in_time), bool_and(f.is_assign_judged),
    count_if(f.is_done), count(*)
from kpi.fact_staff_handovers as f
left join kpi.dim_engineers as g
    on g.site_id = f.site_id and g.engineer_id = f.from_engineer_id
left join kpi.dim_engineers as t on t.site_id = f.site_id and t.engineer_id = f.engineer_id
where $1 or ((f.from_engineer_id = $2 or f.engineer_id = $2) and ($3 is null or f.site_id = $3))
group by f.site_id, f.from_engineer_id, f.engineer_id, f.announced_on, f.announced_second
order by f.announced_on desc, 3, 5 nulls last
"""


def handovers(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> list[Given]:
    """Return the hand-overs that this person may see, the newest first.

    Raises:
        RefusedError: none is for their role.
    """
    if viewer.role not in ("head", "engineer"):
        raise RefusedError("当前身份无权查看交接。", "请联系科室负责人。")
    found = con.execute(
        _SQL, [viewer.role == "head", viewer.engineer_id, viewer.site_id]
    ).fetchall()  # fmt: skip
    return [
        Given(
            site, giver, giver_name, taker, taker_name, announced_on, seconds,
            is_in_time if is_judged else None, done, sections,
        )
        for site, giver, giver_name, taker, taker_name, announced_on, seconds, is_in_time,
        is_judged, done, sections in found
    ]  # fmt: skip


def leaving_of(con: duckdb.DuckDBPyConnection, viewer: Viewer, engineer: str) -> Leaving:
    """Return what an engineer's leaving means, as far as this person may know.

    An engineer sees a pack that they give or take, without how the successor does.

    Args:
        con: a snapshot.
        viewer: who asks.
        engineer: id, in one site or with ``site/`` before it.

    Raises:
        RefusedError: it is neither theirs to give nor to take.
        StateError: there is no such engineer, or more than one.
    """
    if viewer.role == "head":
        return leaving(con, engineer, "head")
    site, _, name = engineer.rpartition("/")
    own = [
        one for one in handovers(con, viewer) if one.from_id == name and site in ("", one.site_id)
    ]
    if not own:
        raise RefusedError("只能看自己交出或接手的交接。", "请联系科室负责人。")
    found = leaving(con, f"{own[0].site_id}/{name}", "head")
    seen = [
        replace(one, watched=())
        for one in found.handovers
        if viewer.engineer_id in (name, one.to_engineer_id)
    ]
    return replace(found, handovers=seen)

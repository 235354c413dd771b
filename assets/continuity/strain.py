"""Early warning of strain: whose weeks are too full, by signs that a head can act on.

Holds the overload index: how many of four signs a person shows over the last weeks. It is no part
of any score. What the signs' limits are is in `thresholds.yml`; utilisation (K18) is a metric.
"""

from dataclasses import dataclass
from statistics import median
from typing import Any

import duckdb

from assets import metrics


@dataclass(frozen=True)
class Strain:
    """One engineer over the last days before as-of.

    Attributes:
        hands_on_hours: logged work (h).
        off_hours_share: of it, begun outside the ordinary hours; None without any.
        overtime_share: work beyond the day's available time over all available time; None
            without a roster.
        held: tickets in hand at as-of.
        run_days: most days worked in a row.
        signs: which of off_hours, overtime, held and run are beyond their limits.
        is_warning: as many signs as the rules ask for.
    """

    site_id: str
    engineer_id: str
    name: str
    hands_on_hours: float
    off_hours_share: float | None
    overtime_share: float | None
    held: int
    run_days: int
    signs: tuple[str, ...]
    is_warning: bool

    @property
    def path(self) -> str:
        """How an address names the engineer: site and id."""
        return f"{self.site_id}/{self.engineer_id}"

    @property
    def index(self) -> int:
        """The overload index: 0 to 4."""
        return len(self.signs)


_SQL = """
with terms as (select * from kpi.flow_terms),
days as (
    select d.* from kpi.fact_engineer_days as d cross join terms as t
    cross join kpi.run_context as c
    where d.on_date >= c.as_of_on - cast(t.strain_days as integer) and d.on_date < c.as_of_on
),
runs as (
    select site_id, engineer_id, on_date - cast(row_number() over (
        partition by site_id, engineer_id order by on_date) as integer) as start
    from days where hands_on_seconds > 0
),
longest as (
    select site_id, engineer_id, max(length) as run_days from (
        select site_id, engineer_id, start, count(*) as length from runs group by all)
    group by all
),
sums as (
    select site_id, engineer_id, sum(hands_on_seconds) as hands_on,
        sum(off_hours_seconds) as off_hours, sum(available_seconds) as available,
        sum(greatest(hands_on_seconds - available_seconds, 0)) as beyond
    from days group by all
),
held as (
    select site_id, engineer_id, count(distinct ticket_id) as held
    from kpi.fact_holder_spans where is_current group by all
)
select e.site_id, e.engineer_id, coalesce(e.name, e.engineer_id), coalesce(e.team, ''),
    coalesce(s.hands_on, 0), coalesce(s.off_hours, 0), coalesce(s.available, 0),
    coalesce(s.beyond, 0), coalesce(h.held, 0), coalesce(l.run_days, 0)
from kpi.dim_engineers as e
cross join kpi.run_context as c
left join sums as s using (site_id, engineer_id)
left join held as h using (site_id, engineer_id)
left join longest as l using (site_id, engineer_id)
where coalesce(e.left_on >= c.as_of_on, true)
order by 3, 1, 2
"""


def strains(con: duckdb.DuckDBPyConnection, role: str) -> list[Strain]:
    """Return every engineer still here, by name.

    Args:
        con: a snapshot.
        role: who asks; a person's load is for the head.

    Raises:
        ConfigError: the role may not see it.
    """
    metrics.detail_rows(con, "fact_engineer_days", role=role, where="false")
    terms = con.execute(
        "select strain_off_hours_share, strain_overtime_share, strain_held_ratio, "
        "strain_run_days, strain_warning_signs from kpi.flow_terms"
    ).fetchone()
    rows = con.execute(_SQL).fetchall()
    if terms is None:
        return []
    teams: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        teams.setdefault((row[0], row[3]), []).append(row[8])
    return [_strain(row, median(teams[row[0], row[3]]), terms) for row in rows]


def _strain(row: tuple[Any, ...], usual: float, terms: tuple[Any, ...]) -> Strain:
    site, engineer, name, _, worked, off_hours, available, beyond, held, run = row
    most_off, most_beyond, most_held, most_run, warning = terms
    off_share = off_hours / worked if worked else None
    overtime = beyond / available if available else None
    beyond_limits = {
        "off_hours": off_share is not None and off_share > float(most_off),
        "overtime": overtime is not None and overtime > float(most_beyond),
        "held": held > float(most_held) * max(usual, 1),
        "run": run >= most_run,
    }
    signs = tuple(sign for sign, is_beyond in beyond_limits.items() if is_beyond)
    return Strain(
        site, engineer, name, worked / 3600, off_share, overtime, int(held), int(run), signs,
        len(signs) >= warning,
    )  # fmt: skip

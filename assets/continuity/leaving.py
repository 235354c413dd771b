"""What a leaver leaves: items by section, what nobody else can do, and how the successor does.

Holds the reading for one engineer, for the head alone. The items are those of
`kpi.fact_handover_items`, who is able to look after what is K27's; sheets are made in `pack`.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

from assets import metrics
from assets.analysis.proportions import difference
from assets.metric_coverage import SCOPES, able_sql
from config.errors import StateError

SECTIONS = ("customers", "projects", "results", "open", "history", "partners")
_FACTS = "kpi.fact_score_cases"


@dataclass(frozen=True)
class Watched:
    """A rate of the successor within the observation beside the leaver's before.

    ``is_recalled``: the 95 % interval of the difference lies wholly on the bad side.
    """

    what: str
    before_hits: int
    before_cases: int
    after_hits: int
    after_cases: int
    is_recalled: bool


@dataclass(frozen=True)
class Handover:
    """One announced hand-over to one successor.

    Attributes:
        assign_seconds: announcement to the naming of the successor, up to as-of without one (s).
        is_in_time: named within the limit around the clock; None while the limit runs.
        done, sections: sections handed over, of all.
        met_minutes: face to face (min).
        observed_until: last day of the observation, None without a successor.
        is_observed: it still runs.
        watched: restorations in time, repairs that came back, reopenings.
    """

    to_engineer_id: str | None
    announced_on: date
    assign_seconds: int
    is_in_time: bool | None
    done: int
    sections: int
    met_minutes: int
    observed_until: date | None
    is_observed: bool
    watched: tuple[Watched, ...]


@dataclass(frozen=True)
class Leaving:
    """Everything about one engineer's leaving.

    Attributes:
        items: rows of `kpi.fact_handover_items` by section, in its order.
        alone: (kind of scope, thing) that only this engineer has enough practice with.
        handovers: announced ones, the newest first.
    """

    site_id: str
    engineer_id: str
    name: str
    as_of_on: date
    items: dict[str, list[dict[str, Any]]]
    alone: list[tuple[str, str]]
    handovers: list[Handover]

    def counts(self) -> Counter[str]:
        """Return how many items there are of each kind."""
        return Counter(item["kind"] for items in self.items.values() for item in items)


def leaving(con: duckdb.DuckDBPyConnection, engineer: str, role: str) -> Leaving:
    """Return what an engineer's leaving means.

    Args:
        con: a snapshot.
        engineer: id, in one site or with ``site/`` before it.
        role: who asks; only the head may.

    Raises:
        ConfigError: the role may not see it.
        StateError: there is no such engineer, or more than one.
    """
    items = metrics.detail_rows(
        con, "fact_handover_items", role=role, where="false"
    )  # refuses before anything is read
    site, _, name = engineer.rpartition("/")
    found = con.execute(
        "select site_id, engineer_id, coalesce(name, engineer_id) from kpi.dim_engineers "
        "where engineer_id = $1 and ($2 = '' or site_id = $2)",
        [name, site],
    ).fetchall()
    if not found:
        raise StateError(f"没有工程师「{engineer}」。", "请用 opspulse handover load 查看工号。")
    if len(found) > 1:
        sites = "、".join(f"{one[0]}/{name}" for one in found)
        raise StateError(f"工号「{name}」在几个院区都有。", f"请写明院区:{sites}。")
    [(site, name, shown)] = found
    items = metrics.detail_rows(
        con, "fact_handover_items", role=role, where="f.site_id = $1 and f.engineer_id = $2",
        parameters=[site, name], order_by="section, kind, on_date nulls last, title, item_id",
    )  # fmt: skip
    [(as_of_on,)] = con.execute("select as_of_on from kpi.run_context").fetchall()
    return Leaving(
        site, name, shown, as_of_on,
        {part: [one for one in items if one["section"] == part] for part in SECTIONS},
        _alone(con, site, name, as_of_on),
        _handovers(con, site, name, role, as_of_on),
    )  # fmt: skip


def _alone(
    con: duckdb.DuckDBPyConnection, site: str, engineer: str, as_of_on: date
) -> list[tuple[str, str]]:
    """Return the critical things that only this engineer restored often enough in a year."""
    terms = con.execute("select qualified_tickets from kpi.cost_terms").fetchone()
    needed = int(terms[0]) if terms else 1
    day = f"date '{as_of_on}'"
    periods = f"(select {day} as period_start, {day} as clip_end) as p"
    found = []
    for scope in SCOPES:
        able: dict[str, set[str]] = {}
        for _, at, thing, who, tickets in con.execute(able_sql(periods, scope)).fetchall():
            if at == site and who is not None and tickets >= needed:
                able.setdefault(thing, set()).add(who)
        found += [(scope, thing) for thing, people in sorted(able.items()) if people == {engineer}]
    return found


def _handovers(
    con: duckdb.DuckDBPyConnection, site: str, engineer: str, role: str, as_of_on: date
) -> list[Handover]:
    rows = metrics.detail_rows(
        con, "fact_staff_handovers", role=role,
        where="f.site_id = $1 and f.from_engineer_id = $2", parameters=[site, engineer],
        order_by="announced_on desc, engineer_id, handover_id",
    )  # fmt: skip
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["engineer_id"], row["announced_second"]), []).append(row)
    return [_handover(con, site, engineer, group, as_of_on) for group in groups.values()]


def _handover(
    con: duckdb.DuckDBPyConnection,
    site: str,
    engineer: str,
    rows: list[dict[str, Any]],
    as_of_on: date,
) -> Handover:
    lead, taker = rows[0], rows[0]["engineer_id"]
    assigned: date | None = None
    watched: tuple[Watched, ...] = ()
    days, before = _spans(con)
    if lead["assign_seconds"] is not None:
        assigned = lead["announced_on"] + timedelta(seconds=lead["assign_seconds"])
        watched = _watched(
            con,
            (site, engineer, lead["announced_on"] - timedelta(days=before), lead["announced_on"]),
            (site, taker, assigned, assigned + timedelta(days=days)),
        )
    return Handover(
        taker,
        lead["announced_on"],
        lead["assign_so_far_seconds"],
        lead["is_assigned_in_time"] if lead["is_assign_judged"] else None,
        sum(row["is_done"] for row in rows),
        len(rows),
        sum(row["met_minutes"] or 0 for row in rows),
        assigned + timedelta(days=days) if assigned else None,
        bool(lead["is_observed"]),
        watched,
    )


def _spans(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    terms = con.execute("select observation_days, baseline_days from kpi.flow_terms").fetchone()
    return (int(terms[0]), int(terms[1])) if terms else (14, 90)


def _watched(
    con: duckdb.DuckDBPyConnection,
    before: tuple[str, str, date, date],
    after: tuple[str, str, date, date],
) -> tuple[Watched, ...]:
    found = []
    for what, component, hit, is_good in (
        ("restored_in_time", "timeliness", "part_3 = 1", True),
        ("came_back", "quality", "part_1 < 0.5", False),
        ("reopened", "quality", "part_3 = 0", False),
    ):
        part = hit.partition(" ")[0]
        (b_hits, b_cases), (a_hits, a_cases) = (
            con.execute(
                f"select count_if({hit}), count({part}) from {_FACTS} where component = $5 "
                "and site_id = $1 and engineer_id = $2 and counted_on >= $3 and counted_on < $4",
                [*span, component],
            ).fetchall()[0]
            for span in (before, after)
        )
        is_recalled = False
        if a_cases and b_cases:
            low, high = difference(b_hits, b_cases, a_hits, a_cases)
            is_recalled = high < 0 if is_good else low > 0
        found.append(Watched(what, b_hits, b_cases, a_hits, a_cases, is_recalled))
    return tuple(found)

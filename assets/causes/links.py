"""What goes along with what in a topic: associations of many groups, and A→B sequences.

Holds the counting for model × fault, department × fault, shift, season, engineer and lot against
all others, and pairs of different faults on one device. Every row carries its n; 关联≠因果.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np

from assets.analysis.associations import more_than_expected, pairs_expected, shares_against_rest
from assets.analysis.discovery import adjusted, is_discovery
from assets.analysis.intervals import poisson, rate_ratio
from assets.causes.counts import clumped, counts, exposure_seconds, keys_of
from assets.causes.strata import strata
from assets.causes.topic import DAY_SECONDS, Names, Row, Topic, conditions, dimension, span
from assets.metric_context import context
from assets.metric_number import plain
from assets.warehouse import records
from config.errors import ConfigError

# Cut by these, a fault is compared within the class of device: printers jam, screens do not.
CROSSED = ("model", "department", "zone", "age_cohort", "brand")
ALONE = ("shift", "season")
RETURNING = ("engineer", "engineer_group", "lot")
KINDS = (*CROSSED, *ALONE, *RETURNING)
NOTE = {
    "zh": "关联≠因果:请对候选原因做真因验证。",
    "en": "Association is not cause: verify each candidate.",
}
_MICRO = 1_000_000


def associations(
    con: duckdb.DuckDBPyConnection, about: Topic, kind: str, *, role: str = "qcc", lang: str = "zh"
) -> list[Row]:
    """Return the groups of one kind against all others, the clearest first.

    Args:
        con: a snapshot or the warehouse.
        about: the topic.
        kind: one of ``KINDS``. ``CROSSED`` compare a fault's rate within the class of device,
            ``ALONE`` the rate per hour or season, ``RETURNING`` the odds that a repair comes back.
        role: who asks.
        lang: language of names.

    Returns:
        Rows with `code`, `name`, for crossed kinds `asset_class`, `fault_family` and their names,
        `n`, `expected`, `ratio`, `lo`, `hi`, `p_value`, `adjusted_p`, `is_called` (FDR 5 %).

    Raises:
        ConfigError: unknown kind, or one that the role may not see.
    """
    if kind not in KINDS:
        raise ConfigError(f"没有「{kind}」这种关联。", f"可用的有:{'、'.join(KINDS)}。")
    dimension(kind, role)
    if kind in CROSSED:
        found = _crossed(con, about, kind, role, lang)
    elif kind in ALONE:
        found = _alone(strata(con, about, kind, role=role, lang=lang))
    else:
        found = _returning(con, about, kind, role, lang)
    for row in found:
        row["is_called"] = is_discovery(row["adjusted_p"])
    return sorted(found, key=lambda row: (row["p_value"] is None, row["p_value"], -row["n"]))


def _alone(rows: list[Row]) -> list[Row]:
    total, time = sum(row["n"] for row in rows), sum(row["device_days"] for row in rows)
    return [
        {
            "code": row["code"],
            "name": row["name"],
            "n": row["n"],
            "expected": total * row["device_days"] / time if time else None,
            "ratio": plain(row["ratio"]),
            "lo": plain(row["ratio_lo"]),
            "hi": plain(row["ratio_hi"]),
            "p_value": plain(row["p_value"]),
            "adjusted_p": plain(row["adjusted_p"]),
        }
        for row in rows
    ]


def _crossed(
    con: duckdb.DuckDBPyConnection, about: Topic, kind: str, role: str, lang: str
) -> list[Row]:
    """Compare every value × fault family with the other values of the same class of device."""
    keys, names, known = keys_of(kind, role), Names(con, lang), context(con)
    everything = about.without("fault_family", "fault_group")
    cells = ["asset_class", "site_id", "asset_id", *keys]
    times = exposure_seconds(con, everything, cells)
    events: dict[tuple[Any, Any], dict[tuple[Any, ...], int]] = {}
    for row in counts(con, about, ["fault_family", *cells], more=" and f.is_exposed"):
        if row["fault_family"] is not None and row["asset_class"] is not None:
            pair = events.setdefault((row["asset_class"], row["fault_family"]), {})
            pair[tuple(row[cell] for cell in cells)] = int(row["n"])
    by_class: dict[Any, dict[tuple[Any, ...], int]] = {}
    for key, time in times.items():
        by_class.setdefault(key[0], {})[key] = time
    rows: list[Row] = []
    places = range(len(cells) - len(keys), len(cells))
    for (asset_class, family), devices in events.items():
        own = by_class.get(asset_class, {})
        groups, cell = (_summed(one, len(keys)) for one in (own, devices))
        if sum(cell.values()) >= known.limits.min_events and len(groups) > 1:
            phi = clumped(own, devices, list(places))
            rows += _cells(groups, cell, phi, {"asset_class": asset_class, "fault_family": family})
    if not rows:
        return []
    for row, share in zip(rows, adjusted([row["p_value"] for row in rows]), strict=True):
        row["adjusted_p"] = plain(share)
        key = row.pop("key")
        row |= {
            "code": key[-1],
            "name": names.of(kind, key[-1], key[0] if len(key) > 1 else None),
            "asset_class_name": names.of("asset_class", row["asset_class"]),
            "fault_family_name": names.of("fault_family", row["fault_family"]),
        }
    return [row for row in rows if row["n"]]


def _summed(devices: Mapping[tuple[Any, ...], int], width: int) -> dict[tuple[Any, ...], int]:
    """Return amounts of devices added up by the last ``width`` parts of their keys."""
    found: dict[tuple[Any, ...], int] = {}
    for key, amount in devices.items():
        if amount:
            found[key[-width:]] = found.get(key[-width:], 0) + amount
    return found


def _cells(
    groups: dict[tuple[Any, ...], int], cell: dict[tuple[Any, ...], int], phi: float, of: Row
) -> list[Row]:
    keys = sorted(groups, key=str)
    count = np.array([cell.get(key, 0) for key in keys], dtype=float)
    time = np.array([groups[key] for key in keys], dtype=float) / DAY_SECONDS
    others, rest = count.sum() - count, time.sum() - time
    effect = rate_ratio(others / phi, rest / phi, count / phi, time / phi)
    return [
        {
            "key": key,
            **of,
            "n": int(count[place]),
            "expected": float(count.sum() * time[place] / time.sum()),
            "ratio": plain(effect.ratio[place]),
            "lo": plain(effect.lo[place]),
            "hi": plain(effect.hi[place]),
            "p_value": plain(effect.p_value[place]),
        }
        for place, key in enumerate(keys)
    ]


def _returning(
    con: duckdb.DuckDBPyConnection, about: Topic, kind: str, role: str, lang: str
) -> list[Row]:
    """Compare how often the repairs of a group come back with those of all others."""
    keys, names = keys_of(kind, role), Names(con, lang)
    rows = [row for row in returned(con, about, keys) if row[keys[-1]] is not None]
    if not rows:
        return []
    found = shares_against_rest([row["hits"] for row in rows], [row["cases"] for row in rows])
    share = sum(row["hits"] for row in rows) / sum(row["cases"] for row in rows)
    return [
        {
            "code": row[keys[-1]],
            "name": names.of(kind, row[keys[-1]], row.get("site_id") if len(keys) > 1 else None),
            "n": int(row["hits"]),
            "cases": int(row["cases"]),
            "expected": share * int(row["cases"]),
            "ratio": plain(found.ratio[place]),
            "lo": plain(found.lo[place]),
            "hi": plain(found.hi[place]),
            "p_value": plain(found.p_value[place]),
            "adjusted_p": plain(found.adjusted_p[place]),
        }
        for place, row in enumerate(rows)
    ]


def returned(con: duckdb.DuckDBPyConnection, about: Topic, by: Sequence[str]) -> list[Row]:
    """Return matured index repairs (`cases`) and those that came back (`hits`) per group.

    Repairs and what became of them are those of `kpi.fact_recurrence` in its medium window; they
    are the topic's when the failure that they ended is. An engineer is who restored it.
    """
    text, values = conditions(about.where)
    owner = {"engineer_id": "r", "engineer_group": "r"}
    columns = "".join(f"{owner.get(column, 'f')}.{column}, " for column in by)
    return records(
        con,
        f"select {columns}count(*) as cases, count(*) filter (where r.is_recurred_medium) as hits "
        "from kpi.fact_recurrence as r inner join kpi.fact_faults as f "
        "on r.site_id = f.site_id and r.episode_id = f.episode_id "
        f"where r.is_mature_medium and f.started_on >= ? and f.started_on < ?{text}"
        + (" group by all order by all" if by else ""),
        [about.start, about.end, *values],
    )


def sequences(
    con: duckdb.DuckDBPyConnection, about: Topic, *, lang: str = "zh", role: str = "qcc"
) -> list[Row]:
    """Return pairs of different faults on one device, A before B within the window, and chance's.

    The expectation of each device takes its own numbers of A and B as given: see
    `associations.pairs_expected`. Devices that were not in service all along are taken as watched
    for their in-service time.

    Returns:
        Rows with `first`, `second` and their names, `n` pairs, `devices`, `expected`, `ratio`,
        `lo`, `hi`, `p_value`, `adjusted_p`, `is_called`; pairs seen at least twice.
    """
    del role
    names, text, values = Names(con, lang), *conditions(about.without("fault_family").where)
    (days,) = con.execute("select sequence_days from kpi.cause_terms").fetchone() or (14,)
    chosen = about.where.get("fault_family", ())
    either = f" and (a.fault_family in ({_marks(chosen)}) or b.fault_family in ({_marks(chosen)}))"
    pairs = records(
        con,
        "with f as (select f.* from kpi.fact_faults as f where f.is_exposed "
        f"and f.fault_family is not null and f.started_on >= ? and f.started_on < ?{text}) "
        'select a.fault_family as "first", b.fault_family as "second", count(*) as n, '
        "count(distinct (a.site_id, a.asset_id)) as devices from f as a inner join f as b "
        "on a.site_id = b.site_id and a.asset_id = b.asset_id and a.fault_family != b.fault_family "
        "and b.started_second > a.started_second "
        f"and b.started_second <= a.started_second + {days * DAY_SECONDS}"
        f"{either if chosen else ''} group by all having count(*) > 1 order by all",
        [about.start, about.end, *values, *chosen, *chosen],
    )
    expected = _expected_pairs(con, about, days)
    means = [expected.get((row["first"], row["second"]), 0.0) for row in pairs]
    if not pairs:
        return []
    p_value, share = more_than_expected([row["n"] for row in pairs], means)
    low, high = poisson([row["n"] for row in pairs], means)
    found = [
        row
        | {
            "first_name": names.of("fault_family", row["first"]),
            "second_name": names.of("fault_family", row["second"]),
            "expected": mean,
            "ratio": row["n"] / mean if mean else None,
            "lo": plain(low[place]),
            "hi": plain(high[place]),
            "p_value": plain(p_value[place]),
            "adjusted_p": plain(share[place]),
            "is_called": is_discovery(share[place]),
        }
        for place, (row, mean) in enumerate(zip(pairs, means, strict=True))
    ]
    return sorted(found, key=lambda row: (row["p_value"] is None, row["p_value"], -row["n"]))


def _marks(codes: Sequence[str]) -> str:
    return ", ".join("?" * len(codes))


def _expected_pairs(
    con: duckdb.DuckDBPyConnection, about: Topic, days: int
) -> dict[tuple[str, str], float]:
    """Return the pairs that chance gives: few groups of devices alike, summed in their order."""
    period = span(con, about.start, about.end)
    if period is None:
        return {}
    whole = about.without("fault_family")
    times = exposure_seconds(con, whole, ["site_id", "asset_id"])
    own: dict[tuple[Any, Any], dict[str, int]] = {}
    for row in counts(con, whole, ["site_id", "asset_id", "fault_family"],
                      more=" and f.is_exposed and f.fault_family is not null"):  # fmt: skip
        own.setdefault((row["site_id"], row["asset_id"]), {})[row["fault_family"]] = int(row["n"])
    found: dict[tuple[str, str], float] = {}
    for device, families in sorted(own.items(), key=str):
        watched = times.get(device, 0) / DAY_SECONDS
        for first, n_first in families.items():
            for second, n_second in families.items():
                if first != second:
                    mean = float(pairs_expected(n_first, n_second, days, watched))
                    found[first, second] = found.get((first, second), 0.0) + mean
    return found

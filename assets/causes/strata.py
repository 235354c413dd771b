"""柏拉图 and 层别: a topic by one dimension, from large to small and each value beside all others.

Holds the two readings; counting is in `counts`, comparisons with a verdict in `exposure_tests`.
"""

from decimal import Decimal
from typing import Any, Literal

import duckdb

from assets.analysis.associations import rates_against_rest
from assets.analysis.intervals import poisson
from assets.analysis.pareto import pareto
from assets.causes.counts import clumping, counts, exposure_by, keys_of
from assets.causes.topic import DAY_SECONDS, EXPOSED, YEAR_DAYS, Names, Row, Topic
from assets.metric_context import context
from config.errors import ConfigError

Measure = Literal["count", "hours", "cny", "rate"]
MEASURES: tuple[Measure, ...] = ("count", "hours", "cny", "rate")
_HUNDRED = 100
# What is no cause of its own: it counts, but stands last.
_REST = ("other",)


def pareto_rows(
    con: duckdb.DuckDBPyConnection,
    about: Topic,
    by: str = "cause",
    measure: Measure = "count",
    *,
    role: str = "qcc",
    lang: str = "zh",
) -> list[Row]:
    """Return the values of a dimension from large to small, the vital few marked.

    Args:
        con: a snapshot or the warehouse.
        about: the topic.
        by: dimension id.
        measure: what they are ordered by: failures, hours to restoration, money, or failures per
            100 device-years (only where the dimension has exposure; rates have no total).
        role: who asks.
        lang: language of names.

    Returns:
        Rows with `code`, `name`, `count`, `hours`, `cny`, `rate` (per 100 device-years or None),
        `share`, `cumulative` (0 … 1, of the measure), `is_vital`.

    Raises:
        ConfigError: unknown dimension, one the role may not see, or a rate without exposure.
    """
    keys, names = keys_of(by, role), Names(con, lang)
    rows = counts(con, about, keys)
    seconds = exposure_by(con, about, by, role)
    if measure == "rate" and seconds is None:
        raise ConfigError(f"「{by}」没有在用时间,不能按暴露计算。", "请改用次数、工时或金额。")
    found = [_sized(row, keys, by, names, seconds) for row in rows]
    amounts = [float(row[measure] or 0) for row in found]
    ordered = pareto(amounts, [row["code"] is None or row["code"] in _REST for row in found])
    cut = zip(ordered.order, ordered.shares, ordered.cumulative, ordered.is_vital, strict=True)
    has_total = measure != "rate"
    return [
        found[place]
        | {
            "share": float(share) if has_total and amounts[place] >= 0 else None,
            "cumulative": float(cumulative) if has_total else None,
            "is_vital": bool(vital) if has_total else None,
        }
        for place, share, cumulative, vital in cut
    ]


def _sized(
    row: Row, keys: list[str], by: str, names: Names, seconds: dict[tuple[Any, ...], int] | None
) -> Row:
    code, site = row[keys[-1]], row.get("site_id") if len(keys) > 1 else None
    time = (seconds or {}).get(tuple(row[key] for key in keys), 0)
    years = time / DAY_SECONDS / YEAR_DAYS
    return {
        "code": code,
        "site_id": site,
        "name": names.of(by, code, site),
        "count": int(row["n"]),
        "hours": int(row["seconds"]) / 3600,
        "cny": Decimal(row["cny"]),
        "rate": _HUNDRED * int(row["n_exposed"]) / years if years else None,
    }


def strata(
    con: duckdb.DuckDBPyConnection, about: Topic, by: str, *, role: str = "qcc", lang: str = "zh"
) -> list[Row]:
    """Return 层别: each value of a dimension with its rate, interval and ratio to all others.

    Args:
        con: a snapshot or the warehouse.
        about: the topic.
        by: dimension id.
        role: who asks.
        lang: language of names.

    Returns:
        Rows with `code`, `name`, `n`, `device_days`, `rate`, `lo`, `hi` (failures per 100
        device-years, exact), `ratio`, `ratio_lo`, `ratio_hi`, `p_value`, `adjusted_p` (against
        all others, FDR), `dispersion` (φ by which intervals are widened), `state` (ok,
        small_sample, no_exposure). Without exposure only counts.
    """
    keys, names, known = keys_of(by, role), Names(con, lang), context(con)
    rows = {tuple(row[key] for key in keys): row for row in counts(con, about, keys)}
    seconds = exposure_by(con, about, by, role)
    if seconds is None:
        return [
            {**_named(key, keys, by, names), "n": int(row["n"]), "state": "no_exposure"}
            for key, row in sorted(rows.items(), key=lambda item: -item[1]["n"])
        ]
    groups = sorted((key for key in seconds if seconds[key] > 0), key=str)
    events = [int(rows[key]["n_exposed"]) if key in rows else 0 for key in groups]
    years = [seconds[key] / DAY_SECONDS / YEAR_DAYS for key in groups]
    # Between shifts and seasons the devices are the same: that they differ takes nothing away.
    phi = clumping(con, about, keys) if by in EXPOSED else 1.0
    low, high = poisson([x / phi for x in events], [t / phi for t in years])
    beside = rates_against_rest(events, years, phi)
    found = []
    for place, key in enumerate(groups):
        found.append(
            {
                **_named(key, keys, by, names),
                "n": events[place],
                "device_days": years[place] * YEAR_DAYS,
                "rate": _HUNDRED * events[place] / years[place],
                "lo": _HUNDRED * float(low[place]),
                "hi": _HUNDRED * float(high[place]),
                "ratio": float(beside.ratio[place]),
                "ratio_lo": float(beside.lo[place]),
                "ratio_hi": float(beside.hi[place]),
                "p_value": float(beside.p_value[place]),
                "adjusted_p": float(beside.adjusted_p[place]),
                "dispersion": phi,
                "state": "ok" if events[place] >= known.limits.min_events else "small_sample",
            }
        )
    return sorted(found, key=lambda row: (row["state"] != "ok", -row["rate"]))


def _named(key: tuple[Any, ...], keys: list[str], by: str, names: Names) -> Row:
    site = key[0] if len(keys) > 1 else None
    return {"code": key[-1], "site_id": site, "name": names.of(by, key[-1], site)}

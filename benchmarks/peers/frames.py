"""The compared KPIs in vectorised pandas and numpy, from data frames of the core tables.

Each function takes the frames and the periods (data frame with ``start``, ``end``,
``first_second``, ``last_second``, ``level_second``, sorted) and returns a frame with ``period``
(its start), ``key`` and one column for each figure of `inputs.Kpi.figures`, in that order.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

Frames = dict[str, pd.DataFrame]
Kpi = Callable[[Frames, pd.DataFrame], pd.DataFrame]
_DAY = 86_400
_GRACE_DAYS = 7


def _month(days: pd.Series) -> pd.Series:
    return days.dt.to_period("M").dt.start_time


def _counted(frame: pd.DataFrame, day: str, key: str, **sums: pd.Series) -> pd.DataFrame:
    """Sums per month of ``day`` and ``key``."""
    table = pd.DataFrame({"period": _month(frame[day]), "key": frame[key], **sums})
    return table.groupby(["period", "key"], dropna=False, sort=False).sum().reset_index()


def _ones(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(1, index=frame.index)


def reports(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """Tickets by month of the report."""
    tickets = t["tickets"]
    return _counted(tickets, "reported_on", "fault_family_code", count=_ones(tickets))


def reports_by_zone(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """The same by the zone of the department."""
    tickets = t["tickets"][["site_id", "department_id", "reported_on"]].merge(
        t["departments"], on=["site_id", "department_id"], how="left"
    )
    return _counted(tickets, "reported_on", "zone", count=_ones(tickets))


def sla_attainment(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """Clocks that count, met net and gross, by month and the ticket's fault family."""
    clocks = t["clocks"][t["clocks"]["is_counted"]].merge(
        t["tickets"][["site_id", "ticket_id", "fault_family_code"]], on=["site_id", "ticket_id"]
    )
    net, gross = (clocks[name].astype("int64") for name in ("is_met_net", "is_met_gross"))
    return _counted(clocks, "period_on", "fault_family_code",
                    net=net, gross=gross, all=_ones(clocks))  # fmt: skip


def first_restore_time(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """Nearest-rank median and p90, sum and number, by month of the restoration."""
    tickets = t["tickets"]
    done = tickets[~tickets["is_void"] & tickets["first_restore_seconds"].notna()]
    done = done[done["restored_on"].notna()]
    table = pd.DataFrame(
        {
            "period": _month(done["restored_on"]),
            "key": done["fault_family_code"],
            "seconds": done["first_restore_seconds"].astype("int64"),
        }
    ).sort_values(["period", "key", "seconds"])
    groups = table.groupby(["period", "key"], dropna=False, sort=True)["seconds"]
    sizes, totals = groups.size(), groups.sum()
    firsts = np.concatenate([[0], np.cumsum(sizes.to_numpy())[:-1]])
    values = table["seconds"].to_numpy()
    ranks = {p: firsts + -(-p * sizes.to_numpy() // 100) - 1 for p in (50, 90)}
    found = sizes.index.to_frame(index=False)
    found["median"], found["p90"] = values[ranks[50]], values[ranks[90]]
    found["total"], found["n"] = totals.to_numpy(), sizes.to_numpy()
    return found


def _seconds_in_months(
    spans: pd.DataFrame, periods: pd.DataFrame, weight: np.ndarray | int
) -> pd.DataFrame:
    """Weighted seconds of spans in each period, by asset class."""
    parts = []
    start, stop = spans["from_second"].to_numpy(), spans["to_second"].to_numpy()
    for period in periods.itertuples():
        overlap = np.minimum(stop, period.last_second) - np.maximum(start, period.first_second)
        inside = overlap > 0
        part = pd.DataFrame(
            {"key": spans["asset_class"][inside], "seconds": (weight * overlap)[inside]}
        )
        part = part.groupby("key", dropna=False, sort=False)["seconds"].sum().reset_index()
        part.insert(0, "period", period.start)
        parts.append(part)
    return pd.concat(parts)


def use_failure_rate(t: Frames, periods: pd.DataFrame) -> pd.DataFrame:
    """Failures in service, and device-days of exposure."""
    episodes = t["failure_episodes"][t["failure_episodes"]["is_in_service"]]
    begun = t["tickets"][["site_id", "ticket_id", "reported_on"]]
    classes = t["assets"][["site_id", "asset_id", "asset_class"]]
    failures = episodes.merge(
        begun, left_on=["site_id", "episode_id"], right_on=["site_id", "ticket_id"]
    ).merge(classes, on=["site_id", "asset_id"], how="left")
    counted = _counted(failures, "reported_on", "asset_class", events=_ones(failures))
    spans = t["exposure"].merge(classes, on=["site_id", "asset_id"])
    exposed = _seconds_in_months(spans, periods, 1)
    found = exposed.merge(counted, on=["period", "key"], how="outer")
    found["days"] = found["seconds"] / _DAY
    return found.fillna({"events": 0})[["period", "key", "events", "days"]]


def availability(t: Frames, periods: pd.DataFrame) -> pd.DataFrame:
    """Weighted device-days up, and all, of the clock that never rests."""
    found = []
    for name in ("exposure", "downtime_seconds"):
        spans = t[name].merge(t["assets"], on=["site_id", "asset_id"])
        share = spans["weight_pct"].to_numpy() if "weight_pct" in spans else 100
        # two decimals of weight as whole numbers: sums stay exact
        weight = np.rint(spans["criticality_weight"].to_numpy(dtype="float64") * 100)
        found.append(_seconds_in_months(spans, periods, weight.astype("int64") * share))
    both = found[0].merge(found[1], on=["period", "key"], how="left", suffixes=("", "_down"))
    both["up"] = (both["seconds"] - both["seconds_down"].fillna(0)) / (10_000 * _DAY)
    both["all"] = both["seconds"] / (10_000 * _DAY)
    return both[["period", "key", "up", "all"]]


def backlog_by_day(t: Frames, periods: pd.DataFrame) -> pd.DataFrame:
    """Tickets open at the end of each day: what begins less what ends, summed up."""
    spans = t["status_spans"].merge(
        t["tickets"][["site_id", "ticket_id", "fault_family_code"]], on=["site_id", "ticket_id"]
    )
    instants = periods["level_second"].to_numpy()
    seconds = [
        spans[name].to_numpy(dtype="datetime64[s]").astype("int64") for name in ("from_at", "to_at")
    ]
    first = np.searchsorted(instants, seconds[0], side="left")
    last = np.searchsorted(instants, seconds[1], side="left")
    last = np.where(spans["to_at"].isna(), len(instants), last)
    codes, keys = pd.factorize(spans["fault_family_code"], use_na_sentinel=False)
    changes = np.zeros((len(keys), len(instants) + 1), dtype="int64")
    np.add.at(changes, (codes, first), 1)
    np.add.at(changes, (codes, last), -1)
    counts = changes.cumsum(axis=1)[:, :-1]
    where = np.nonzero(counts)
    return pd.DataFrame(
        {
            "period": periods["start"].to_numpy()[where[1]],
            "key": np.asarray(keys)[where[0]],
            "count": counts[where],
        }
    )


def completion_rate(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """Reported tickets, and those restored for good by some days after the month."""
    tickets = t["tickets"][~t["tickets"]["is_void"]]
    last = tickets["reported_on"] + pd.offsets.MonthEnd(0)
    due = last + pd.Timedelta(days=_GRACE_DAYS)
    completed = (tickets["restored_on"] <= due).astype("int64")
    return _counted(tickets, "reported_on", "fault_family_code",
                    completed=completed, reported=_ones(tickets))  # fmt: skip


def reopens(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """Tickets reopened at least once, all tickets, reopenings, of those that were finished."""
    tickets = t["tickets"][~t["tickets"]["is_void"] & t["tickets"]["first_finished_on"].notna()]
    count = tickets["reopen_count"]
    return _counted(tickets, "first_finished_on", "fault_family_code",
                    reopened=(count > 0).astype("int64"), all=_ones(tickets),
                    count=count)  # fmt: skip


def transfers(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """Tickets passed on at least once, all tickets, transfers, by class of device."""
    tickets = t["tickets"][~t["tickets"]["is_void"]].merge(
        t["assets"][["site_id", "asset_id", "asset_class"]], on=["site_id", "asset_id"], how="left"
    )
    count = tickets["transfer_count"]
    return _counted(tickets, "reported_on", "asset_class",
                    passed=(count > 0).astype("int64"), all=_ones(tickets),
                    count=count)  # fmt: skip


def repair_cost(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """Money spent, by the ticket's fault family; in fen, so that sums are exact."""
    costs = t["costs"].merge(
        t["tickets"][["site_id", "ticket_id", "fault_family_code"]],
        on=["site_id", "ticket_id"],
        how="left",
    )
    fen = np.rint(costs["amount_cny"].astype("float64") * 100).astype("int64")
    found = _counted(costs, "occurred_on", "fault_family_code", fen=fen)
    found["fen"] /= 100
    return found


def calls_answered(t: Frames, _periods: pd.DataFrame) -> pd.DataFrame:
    """Calls answered, and all, by zone."""
    calls = t["calls"].merge(t["departments"], on=["site_id", "department_id"], how="left")
    return _counted(calls, "called_on", "zone",
                    answered=calls["is_answered"].astype("int64"), all=_ones(calls))  # fmt: skip


def stock_on_hand(t: Frames, periods: pd.DataFrame) -> pd.DataFrame:
    """Quantity and value at each month's end."""
    moves = t["stock_daily"].merge(t["parts"], on=["site_id", "part_id"])
    quantity = moves["net_quantity"].astype("float64")
    moves = moves.assign(quantity=quantity, value=quantity * moves["price_cny"].astype("float64"))
    parts = []
    for period in periods.itertuples():
        part = moves[moves["on_date"] < period.end].groupby("part_class", dropna=False)
        sums = part[["quantity", "value"]].sum().reset_index(names="key")
        sums.insert(0, "period", period.start)
        parts.append(sums)
    return pd.concat(parts)


KPIS: dict[str, Kpi] = {
    function.__name__: function
    for function in (
        reports,
        reports_by_zone,
        sla_attainment,
        first_restore_time,
        use_failure_rate,
        availability,
        backlog_by_day,
        completion_rate,
        reopens,
        transfers,
        repair_cost,
        calls_answered,
        stock_on_hand,
    )
}

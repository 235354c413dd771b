"""One site's failures, read for the statistics of repeats, and every unit held against chance.

Holds the reading (arrays from `core`), and for devices, places, lots and models what was counted,
what chance gives, and how rare that is. The statistics are in `analysis.recurrence`, the tables
that come of it in `chances`.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd

from assets.analysis.recurrence import Excess, exceeding, excess, repeats_p
from assets.analysis.repeat_groups import gamma, own, prior, subgroups
from assets.analysis.repeat_history import FloatArray, IntArray, history
from assets.analysis.repeat_rates import Model

_DAY = 86_400
# What every unit is told by: its key, what was counted, and what chance gives.
COLUMNS = ["problem_kind", "asset_id", "place_id", "part_id", "lot_no", "asset_class", "model",
           "fault_family", "index_count", "repeat_count", "expected_repeats",
           "p_value"]  # fmt: skip

_DEVICES = """
select
    a.asset_id, coalesce(a.asset_class, '') as asset_class, a.model,
    sum(seconds_between(k.from_at, least(k.to_at, $2)))::double / 86400 as days
from core.service_clock as k
inner join core.assets as a on k.site_id = a.site_id and k.asset_id = a.asset_id
where k.site_id = $1 and k.from_at < $2
group by all order by all
"""
_FAILURES = """
select
    e.asset_id, e.fault_family_code as family, e.episode_id,
    e.started_second::double / 86400 as started,
    case when e.restored_at <= $2 then e.restored_second::double / 86400 end as restored
from core.fault_episodes as e
where e.site_id = $1 and e.started_at < $2
order by e.asset_id, e.fault_family_code, e.started_at, e.episode_id
"""
_PLACES = """
with swapped as (
    select place_id, chain_id, min(device_number) as device_number
    from core.place_links where site_id = $1 and is_exposed group by all
)
select
    l.place_id, l.chain_id, l.fault_family_code as family, l.asset_id,
    l.device_number > s.device_number as is_after, l.watched_seconds::double / 86400 as watched
from core.place_links as l
inner join swapped as s on l.place_id = s.place_id and l.chain_id = s.chain_id
where
    l.site_id = $1
    and (l.device_number > s.device_number or (l.device_number = s.device_number and l.is_exposed))
order by all
"""
_LOTS = """
with issues as (
    select i.part_id, i.lot_no, i.asset_id, i.from_at,
        (i.to_second - i.from_second)::double / 86400 as days, i.from_second, i.to_second
    from core.lot_issues as i where i.site_id = $1
),

families as (
    select distinct part_id, lot_no, fault_family_code from core.lot_links where site_id = $1
)

select
    i.part_id, i.lot_no, f.fault_family_code as family, i.asset_id, i.days,
    coalesce(bool_or(e.episode_id is not null), false) as has_failed
from issues as i
inner join families as f on i.part_id = f.part_id and i.lot_no = f.lot_no
left join core.fault_episodes as e
    on
        e.site_id = $1
        and i.asset_id = e.asset_id
        and f.fault_family_code = e.fault_family_code
        and e.started_second > i.from_second
        and e.started_second <= i.to_second
        and e.started_at > i.from_at
group by i.part_id, i.lot_no, f.fault_family_code, i.asset_id, i.from_at, i.days
order by all
"""


@dataclass(frozen=True)
class Windows:
    """Days: ``medium`` links chains."""

    short: float
    medium: float
    long: float
    fleet_min_devices: int


class Site:
    """The failures of one site and what is learnt from them."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, site_id: str, windows: Windows, until: datetime
    ) -> None:
        """Read the site as it stood at an instant (UTC), and fit the rates."""
        self.site_id, self.windows, self._con = site_id, windows, con
        self.devices = con.execute(_DEVICES, [site_id, until]).df()
        failures = con.execute(_FAILURES, [site_id, until]).df()
        position = pd.Series(np.arange(len(self.devices)), index=self.devices["asset_id"])
        device = position.reindex(failures["asset_id"]).to_numpy(dtype=np.float64)
        is_known = ~np.isnan(device)
        self.failures = failures[is_known].reset_index(drop=True)
        if self.failures.empty:
            return
        self.position = position
        class_of, self.classes = pd.factorize(self.devices["asset_class"], sort=True)
        family, self.families = pd.factorize(self.failures["family"], sort=True)
        self.model = Model(
            history(
                self.devices["days"].to_numpy(),
                class_of.astype(np.int64),
                device[is_known].astype(np.int64),
                family.astype(np.int64),
                self.failures["started"].to_numpy(),
                self.failures["restored"].to_numpy(),
                windows.medium,
            )
        )

    @cached_property
    def excess(self) -> Excess:
        """The repeats of the whole site against chance."""
        return excess(self.model)

    def chances(self) -> pd.DataFrame:
        """Return each restored failure's chance of coming back within each window, in 1e-9."""
        seen, rates = self.model.seen, self.model.rates
        watched = self._watched()
        episodes = self.failures["episode_id"].to_numpy()
        found = {"site_id": np.full(episodes.size, self.site_id), "episode_id": episodes}
        for name in ("short", "medium", "long"):
            days = np.minimum(watched, getattr(self.windows, name))
            part = np.rint(1e9 * rates.chance(seen, days)).astype(np.int64)
            found[f"{name}_chance_ppb"] = part
        is_restored = self.failures["restored"].notna().to_numpy()
        return pd.DataFrame(
            {name: np.asarray(values)[is_restored] for name, values in found.items()}
        )

    def _watched(self) -> FloatArray:
        days = self.model.seen.days[self.model.seen.device_of[self.model.seen.cell_of]]
        return np.asarray(
            np.nan_to_num(np.maximum(days - self.failures["restored"].to_numpy(), 0.0))
        )

    def tests(self) -> pd.DataFrame:
        """Return every unit with something to count, of all kinds."""
        return _joined([*self._of_clocks(), self._of_places(), self._of_lots()])

    def tests_of_then(self) -> pd.DataFrame:
        """Return devices and models only: what an instant before the present can be asked."""
        if self.failures.empty:
            return _joined([])
        return _joined(self._of_clocks())

    def _of_clocks(self) -> list[pd.DataFrame]:
        return [self._of_devices(), self._of_models()]

    # -- each kind --------------------------------------------------------------------------------

    def _of_devices(self) -> pd.DataFrame:
        seen, rates = self.model.seen, self.model.rates
        shape, rate = rates.predictive()
        repeats = seen.repeats.astype(np.int64)
        p_value = repeats_p(repeats, seen.fresh.astype(np.int64), shape, rate, self.windows.medium)
        return pd.DataFrame(
            {
                "problem_kind": "asset",
                "asset_id": self.devices["asset_id"].to_numpy()[seen.device_of],
                "asset_class": self.devices["asset_class"].to_numpy()[seen.device_of],
                "model": self.devices["model"].to_numpy()[seen.device_of],
                "fault_family": np.asarray(self.families)[seen.family_of],
                "index_count": seen.by_cell(self._is_index()).astype(np.int64),
                "repeat_count": seen.by_cell(seen.came_back.astype(float)).astype(np.int64),
                "expected_repeats": seen.by_cell(self.excess.by_failure),
                "p_value": p_value,
            }
        )

    def _is_index(self) -> FloatArray:
        return (self.model.seen.watched > 0).astype(np.float64)

    def _coded(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, IntArray, IntArray]:
        """Return the rows whose device and family are known, with their numbers."""
        device = self.position.reindex(frame["asset_id"]).to_numpy(dtype=np.float64)
        family = pd.Index(self.families).get_indexer(pd.Index(frame["family"]))
        is_known = ~np.isnan(device) & (family >= 0)
        kept = frame[is_known].reset_index(drop=True)
        return kept, device[is_known].astype(np.int64), family[is_known].astype(np.int64)

    def _of_places(self) -> pd.DataFrame:
        rows, device, family = self._coded(self._con.execute(_PLACES, [self.site_id]).df())
        if rows.empty:
            return rows
        shape, rate = gamma(self.model, prior(self.model, self.model.seen.class_of[device], family))
        days = np.clip(np.nan_to_num(rows["watched"].to_numpy()), 0, self.windows.medium)
        rows["expected_repeats"] = -np.expm1(-shape * np.log1p(days / rate))
        rows["shape"], rows["rate"] = shape, rate
        found = rows.groupby(["place_id", "chain_id", "family"], as_index=False, sort=True).agg(
            index_count=("is_after", "size"),
            repeat_count=("is_after", "sum"),
            expected_repeats=("expected_repeats", "sum"),
            shape=("shape", "min"),
            rate=("rate", "min"),
            asset_id=("asset_id", "last"),
        )
        found["p_value"] = repeats_p(
            found["repeat_count"].to_numpy(dtype=np.int64),
            np.ones(len(found), dtype=np.int64),
            found["shape"].to_numpy(),
            found["rate"].to_numpy(),
            self.windows.medium,
        )
        last = self.position.reindex(found["asset_id"]).to_numpy(dtype=np.int64)
        found["asset_class"] = self.devices["asset_class"].to_numpy()[last]
        # the chain's key in detail_chains
        found["place_id"] = found["place_id"] + "/" + found["chain_id"]
        return found.assign(problem_kind="location", asset_id=None, fault_family=found["family"])

    def _of_lots(self) -> pd.DataFrame:
        rows, device, family = self._coded(self._con.execute(_LOTS, [self.site_id]).df())
        if rows.empty:
            return rows
        known = prior(self.model, self.model.seen.class_of[device], family).known
        rows["chance"] = -np.expm1(-own(self.model, device, family) * rows["days"].to_numpy())
        # the class's rate is unsure for all windows together, a device's for each alone
        rows["unsure"] = rows["chance"] * np.sqrt((1 + self.model.spread) / known)
        rows["square"] = rows["chance"] ** 2
        found = rows.groupby(["part_id", "lot_no", "family"], as_index=False, sort=True).agg(
            index_count=("chance", "size"),
            repeat_count=("has_failed", "sum"),
            expected_repeats=("chance", "sum"),
            unsure=("unsure", "sum"),
            square=("square", "sum"),
        )
        found["p_value"] = exceeding(
            found["repeat_count"].to_numpy(dtype=np.float64),
            found["expected_repeats"].to_numpy(),
            found["unsure"].to_numpy() ** 2 + self.model.spread * found["square"].to_numpy(),
        )
        return found.assign(problem_kind="lot", fault_family=found["family"])

    def _of_models(self) -> pd.DataFrame:
        found = subgroups(self.model, self.devices["model"].fillna("").to_numpy(dtype=str))
        frame = pd.DataFrame(found._asdict())
        frame = frame[(frame["label"] != "") & (frame["expected"] > 0)].reset_index(drop=True)
        p_value = exceeding(
            frame["fresh"].to_numpy(), frame["expected"].to_numpy(), frame["variance"].to_numpy()
        )
        return pd.DataFrame(
            {
                "problem_kind": "model",
                "asset_class": np.asarray(self.classes)[frame["class_of"]],
                "model": frame["label"],
                "fault_family": np.asarray(self.families)[frame["family"]],
                "index_count": frame["devices"].astype(np.int64),
                "repeat_count": frame["fresh"].astype(np.int64),
                "expected_repeats": frame["expected"],
                # a problem of the model shows on several of its devices
                "p_value": np.where(
                    frame["failed_devices"] >= self.windows.fleet_min_devices, p_value, 1.0
                ),
            }
        )


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part.reindex(columns=COLUMNS) for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)

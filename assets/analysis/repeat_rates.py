"""The rate at which a device fails afresh in a fault family: its own, shrunk to its class.

Fresh failures come at the device's rate λ in the days outside windows, whatever chains do inside
them: a chain can neither raise the expectation that it is held against nor widen the spread between
devices, however long it is. λ is gamma distributed around the rate φ of class and family with
squared coefficient of variation A. Holds the estimate of φ and A by maximum likelihood, what each
device moves in them, and each cell's own gamma.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assets.analysis.repeat_history import FloatArray, History, summed

# What is known of a group's rate before its failures: half a failure at the rate of all groups.
PRIOR = 0.5
TINY = 1e-9
_LARGEST = 8.0
_ROUNDS, _HALVINGS = 6, 30
_SMALL = 1e-3  # below it the score is taken at 0, where its closed form cancels
_STEP = 0.01
_HALF_PERCENT = 0.005


@dataclass(frozen=True, eq=False)
class Rates:
    """What fresh failures say of each cell.

    Attributes:
        mean: the rate of its class and family per day, the cell itself left out.
        known: how many failures (half a one included) that rate rests on.
        spread: A, the squared coefficient of variation between devices.
        fresh: its own fresh failures; ``outside`` the days in which they could fall.
    """

    mean: FloatArray
    known: FloatArray
    spread: float
    fresh: FloatArray
    outside: FloatArray

    def chance(self, seen: History, days: FloatArray) -> FloatArray:
        """Return the probability that each failure's cell fails again within days.

        E[1 − exp(−λt)] = 1 − (b / (b + t))^a over the cell's own gamma (a, b): its fresh failures,
        and what had happened inside windows before, up to the first repeats. Without those a repair
        that is a repeat itself would be held for one of a common device: it is those of the frail.
        """
        prior = 1 / max(self.spread, TINY)
        shape = (prior + self.fresh)[seen.cell_of] + seen.repeated
        rate = (prior / self.mean + self.outside)[seen.cell_of] + seen.waited
        return np.asarray(-np.expm1(-shape * np.log1p(days / rate)))

    def predictive(self, *, is_own: bool = True) -> tuple[FloatArray, FloatArray]:
        """Return shape and rate of each cell's gamma, wider by what is not known of its class.

        Args:
            is_own: learn from the cell's own fresh failures.
        """
        prior = 1 / np.maximum(self.spread + (1 + self.spread) / self.known, TINY)
        own = 1.0 if is_own else 0.0
        return prior + own * self.fresh, prior / self.mean + own * self.outside


class Model:
    """Rates of every class and family and the spread between devices, from one site's history.

    Likelihood of fresh failures, N of them in V days outside: Γ(N + 1/A) / Γ(1/A) · (AφV)^N /
    (1 + AφV)^(N + 1/A). V is no constant (whoever fails more is longer inside windows), which the
    likelihood does not mind and moments do. Sources: Cook &
    Lawless 2007, §3.5 (mixed Poisson); Cox & Reid 1987 (adjusted profile likelihood).
    """

    def __init__(self, seen: History) -> None:
        """Fit: φ by its score Σ(N − φV) / (1 + AφV) = 0, A by its own, in turns."""
        self.seen = seen
        families = max(int(seen.family_of.max(initial=-1)) + 1, 1)
        codes, self.number = np.unique(
            seen.class_of_cell * families + seen.family_of, return_inverse=True
        )
        self._class_of_group = codes // families
        self._lay_out_idle_cells()
        self.spread = 0.0
        self.rate = self._rate()
        for _ in range(_ROUNDS):
            before, self.spread = self.spread, self._best_spread()
            self.rate = self._rate()
            if abs(self.spread - before) < _HALF_PERCENT * max(before, _HALF_PERCENT):
                break

    # -- cells without a failure: as many as a group has devices, alike where these are as old ----

    def _lay_out_idle_cells(self) -> None:
        """Group the devices by class and days; each group of cells has one entry for each."""
        seen = self.seen
        ages, self._age_of = np.unique(
            np.stack([seen.class_of.astype(np.float64), seen.days]), axis=1, return_inverse=True
        )
        self._age_of = self._age_of.reshape(-1)
        self._age_class, self._age_days = ages[0].astype(np.int64), ages[1]
        counts = np.bincount(self._age_of, minlength=self._age_days.size)
        groups, age = np.nonzero(self._class_of_group[:, None] == self._age_class[None, :])
        self._idle_group, self._idle_age = groups, age
        failed = np.zeros((self._class_of_group.size, self._age_days.size))
        np.add.at(failed, (self.number, self._age_of[seen.device_of]), 1.0)
        self._idle_count = counts[age] - failed[groups, age]

    def _by_group(self, cells: FloatArray, idle: FloatArray) -> FloatArray:
        size = self._class_of_group.size
        return summed(self.number, cells, size) + summed(
            self._idle_group, idle * self._idle_count, size
        )

    def _by_device(self, cells: FloatArray, idle: FloatArray) -> FloatArray:
        """Sum over a device's cells, those without a failure included."""
        of_age = summed(self._idle_age, idle, self._age_days.size)
        age_of_cell = self._age_of[self.seen.device_of]
        place = np.zeros((self._class_of_group.size, self._age_days.size))
        place[self._idle_group, self._idle_age] = idle
        return of_age[self._age_of] + self.seen.by_device(cells - place[self.number, age_of_cell])

    @property
    def _idle_days(self) -> FloatArray:
        return np.asarray(self._age_days[self._idle_age])

    # -- the estimates ----------------------------------------------------------------------------

    def _weights(self) -> tuple[FloatArray, FloatArray]:
        """Return 1 / (1 + AφV) of cells and of idle cells."""
        of_cell = 1 / (1 + self.spread * self._mean_of_cell)
        return of_cell, 1 / (1 + self.spread * self._mean_of_idle)

    @property
    def _mean_of_cell(self) -> FloatArray:
        return self.rate[self.number] * self.seen.outside

    @property
    def _mean_of_idle(self) -> FloatArray:
        return self.rate[self._idle_group] * self._idle_days

    def _rate(self) -> FloatArray:
        none = np.zeros(self._idle_group.size)
        if not self.spread:
            return self._by_group(self.seen.fresh, none) / np.maximum(
                self._by_group(self.seen.outside, self._idle_days), TINY
            )
        of_cell, of_idle = self._weights()
        return self._by_group(self.seen.fresh * of_cell, none) / np.maximum(
            self._by_group(self.seen.outside * of_cell, self._idle_days * of_idle), TINY
        )

    def _score(self, spread: float) -> tuple[FloatArray, FloatArray]:
        """Return the score of A of cells and of idle cells, at the present rates."""
        fresh, mean, idle = self.seen.fresh, self._mean_of_cell, self._mean_of_idle
        if spread < _SMALL:
            return ((fresh - mean) ** 2 - fresh) / 2, idle**2 / 2
        found = np.zeros(fresh.size)
        for k in range(1, int(fresh.max(initial=0))):
            found += np.where(fresh > k, k / (1 + spread * k), 0.0)

        def rest(n: FloatArray, m: FloatArray) -> FloatArray:
            return np.log1p(spread * m) / spread**2 - (n + 1 / spread) * m / (1 + spread * m)

        return found + rest(fresh, mean), rest(np.zeros(idle.size), idle)

    def _total_score(self, spread: float) -> float:
        cells, idle = self._score(spread)
        return float(cells.sum() + (idle * self._idle_count).sum()) + self._for_rates(spread)

    def _for_rates(self, spread: float) -> float:
        """Return what the score lacks because the rates were fitted to the same failures.

        Each rate takes the spread of about one cell's failures with it, which matters where cells
        have few: Cox & Reid's adjustment, the slope of −½ log Σ V / (1 + AφV) over the groups.
        """
        of_cell = 1 / (1 + spread * self._mean_of_cell)
        of_idle = 1 / (1 + spread * self._mean_of_idle)
        squares = self._by_group(
            self._mean_of_cell * self.seen.outside * of_cell**2,
            self._mean_of_idle * self._idle_days * of_idle**2,
        )
        sums = self._by_group(self.seen.outside * of_cell, self._idle_days * of_idle)
        return float((squares / np.maximum(sums, TINY)).sum() / 2)

    def _best_spread(self) -> float:
        low, high = 0.0, _LARGEST
        if self._total_score(0.0) <= 0:
            return 0.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._total_score(middle) > 0 else (low, middle)
        return (low + high) / 2

    @cached_property
    def rates(self) -> Rates:
        """Each cell's rate, its class's without itself."""
        seen = self.seen
        of_cell, of_idle = self._weights()
        fresh = self._by_group(seen.fresh * of_cell, np.zeros(of_idle.size))
        days = self._by_group(seen.outside * of_cell, self._idle_days * of_idle)
        overall = fresh.sum() / max(days.sum(), TINY)
        known = PRIOR + np.maximum(fresh[self.number] - seen.fresh * of_cell, 0.0)
        others = np.maximum(days[self.number] - seen.outside * of_cell, 0.0)
        return Rates(
            mean=known / (PRIOR / max(overall, TINY) + others),
            known=known,
            spread=self.spread,
            fresh=seen.fresh,
            outside=seen.outside,
        )

    # -- what a device moves ----------------------------------------------------------------------

    def moved(self, on_rate: FloatArray, on_spread: float) -> FloatArray:
        """Return how far each device moved a sum that answers to the estimates.

        Args:
            on_rate: per class and family, what the sum gains when the rate grows by its e-th part.
            on_spread: what it gains for each unit of A.

        φ and A are orthogonal, so each moves by its own score over its own information.
        """
        of_cell, of_idle = self._weights()
        mass = np.maximum(self._by_group(self.seen.fresh * of_cell, np.zeros(of_idle.size)), TINY)
        per = on_rate / mass
        cells = per[self.number] * of_cell * (self.seen.fresh - self._mean_of_cell)
        idle = -per[self._idle_group] * of_idle * self._mean_of_idle
        if self.spread:
            step = max(_SMALL, self.spread * _STEP)
            slope = self._total_score(self.spread + step) - self._total_score(self.spread - step)
            of_spread = -on_spread * 2 * step / min(slope, -TINY)
            on_cells, on_idle = self._score(self.spread)
            cells, idle = cells + of_spread * on_cells, idle + of_spread * on_idle
        return self._by_device(cells, idle)

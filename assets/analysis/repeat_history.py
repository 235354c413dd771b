"""Failures of devices as fresh ones and repeats, each with the time in which alone it could fall.

Holds the reading of failures on their devices' clocks: cells (a device and a fault family), what is
fresh, what repeats, the days outside and inside windows. The rates that fresh failures give are in
`repeat_rates`, what chance expects of the repeats in `recurrence`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
# So many repeats of a cell are what chance itself may bring, and tell of its rate; no more of them.
LEARNT = 2


def summed(place: IntArray, values: ArrayLike, size: int) -> FloatArray:
    """Sum values by place; ``size`` places, those without a value 0."""
    weights = np.asarray(values, dtype=np.float64)
    return np.asarray(np.bincount(place, weights, size), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class History:
    """What one site saw. Times in days in service; arrays by device, by cell, by failure.

    Attributes:
        days: per device, in service.
        class_of: per device, the number of its class.
        device_of: per cell with a failure, its device.
        family_of: per cell, the number of its fault family.
        fresh: per cell, failures without one of the family in the window before.
        repeats: per cell, all others.
        outside: per cell, days outside windows and repairs, where alone a fresh failure can fall.
        cell_of: per failure in the order given, its cell.
        watched: per failure, days seen after its restoration, at most the window; 0 while open.
        came_back: per failure, whether the family failed again within them.
        repeated: per failure, repeats of its cell up to it, at most `LEARNT`.
        waited: per failure, days inside windows up to it; up to the last of those repeats.
    """

    days: FloatArray
    class_of: IntArray
    device_of: IntArray
    family_of: IntArray
    fresh: FloatArray
    repeats: FloatArray
    outside: FloatArray
    cell_of: IntArray
    watched: FloatArray
    came_back: NDArray[np.bool_]
    repeated: FloatArray
    waited: FloatArray

    @property
    def class_of_cell(self) -> IntArray:
        """Per cell, the class of its device."""
        return self.class_of[self.device_of]

    def by_cell(self, values: FloatArray) -> FloatArray:
        """Sum values of failures by cell."""
        return summed(self.cell_of, values, self.device_of.size)

    def by_device(self, values: FloatArray) -> FloatArray:
        """Sum values of cells by device."""
        return summed(self.device_of, values, self.days.size)


def history(
    days: FloatArray,
    class_of: IntArray,
    device: IntArray,
    family: IntArray,
    started: FloatArray,
    restored: FloatArray,
    window: float,
) -> History:
    """Return what failures say, from their times on their devices' clocks in service.

    Args:
        days: per device, its clock at the present.
        class_of: per device, the number of its class, from 0.
        device: per failure, its device; failures of one device and family in their order.
        family: per failure, the number of its fault family, from 0.
        started: per failure, the device's clock at the report.
        restored: per failure, the same at the restoration; NaN while open.
        window: W in days.

    Raises:
        ValueError: failures of a device and family that are not in their order.
    """
    families = max(int(family.max(initial=-1)) + 1, 1)
    code = device.astype(np.int64) * families + family
    order = np.argsort(code, kind="stable")
    cells, cell_of = np.unique(code, return_inverse=True)
    size, cell = cells.size, cell_of[order]
    begin, end, last = started[order], restored[order], days[device[order]]
    is_same = cell[1:] == cell[:-1]
    if bool((np.diff(begin)[is_same] < 0).any()):
        raise ValueError("failures of a device and family must be given in their order")
    following = np.full(cell.size, np.inf)
    following[:-1][is_same] = begin[1:][is_same]
    is_repeat = np.zeros(cell.size, dtype=bool)
    is_repeat[1:] = is_same & (begin[1:] - end[:-1] <= window)
    until = np.fmin(np.fmin(end + window, following), last)
    inside = np.maximum(until - begin, 0.0)
    watched = np.nan_to_num(np.maximum(np.minimum(end + window, last) - end, 0.0))
    came_back = np.nan_to_num(following - end, nan=np.inf) <= watched
    back = np.argsort(order, kind="stable")
    repeated, waited = _learnt(cell, is_repeat, inside)
    device_of = cells // families
    return History(
        days=days,
        class_of=class_of,
        device_of=device_of,
        family_of=cells % families,
        fresh=summed(cell, ~is_repeat, size),
        repeats=summed(cell, is_repeat, size),
        outside=np.maximum(days[device_of] - summed(cell, inside, size), 0.0),
        cell_of=cell_of,
        watched=watched[back],
        came_back=came_back[back],
        repeated=repeated[back],
        waited=waited[back],
    )


def _learnt(
    cell: IntArray, is_repeat: NDArray[np.bool_], inside: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return repeats and days inside windows up to each failure, both ending with a repeat."""
    first = np.searchsorted(cell, np.arange(int(cell.max(initial=-1)) + 1))

    def before(values: FloatArray) -> FloatArray:
        total = np.cumsum(values) - values
        return np.asarray(total - total[first][cell])

    repeated, waited = before(is_repeat.astype(np.float64)) + is_repeat, before(inside)
    is_last = is_repeat & (repeated == LEARNT)
    last = summed(cell, np.where(is_last, waited, 0.0), first.size)
    return np.minimum(repeated, LEARNT), np.where(repeated >= LEARNT, last[cell], waited)

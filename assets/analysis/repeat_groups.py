"""Rates for what is no single cell: devices before their first failure, and models of one class.

Holds what `repeat_rates.Model` says of any device and family, and the fresh failures of each
subgroup of a class (its models, say) beside what the rest of the class would give. Whether a count
is rare is decided in `recurrence`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assets.analysis.repeat_history import FloatArray, IntArray, summed
from assets.analysis.repeat_rates import PRIOR, TINY, Model


class Prior(NamedTuple):
    """Rate of a class and family per day, and how many failures it rests on."""

    mean: FloatArray
    known: FloatArray


class Subgroups(NamedTuple):
    """Fresh failures of each subgroup and fault family beside those of the rest of its class."""

    class_of: IntArray
    family: IntArray
    label: NDArray[Any]
    devices: FloatArray
    failed_devices: FloatArray
    fresh: FloatArray
    expected: FloatArray
    variance: FloatArray


def prior(model: Model, class_of: IntArray, family: IntArray) -> Prior:
    """Return what the failures of a class say of a family; that of all where it has none."""
    fresh, days = _sums(model)
    overall = fresh.sum() / max(days.sum(), TINY)
    known = PRIOR + fresh[class_of, family]
    return Prior(known / (PRIOR / max(overall, TINY) + days[class_of, family]), known)


def own(model: Model, device: IntArray, family: IntArray) -> FloatArray:
    """Return each device's rate of a family per day, shrunk to its class; failed or not."""
    seen = model.seen
    classes = prior(model, seen.class_of[device], family)
    families = _families(model)
    cells = seen.device_of * families + seen.family_of
    wanted = device * families + family
    place = np.minimum(np.searchsorted(cells, wanted), max(cells.size - 1, 0))
    has_cell = cells[place] == wanted if cells.size else np.zeros(wanted.size, dtype=bool)
    fresh = np.where(has_cell, seen.fresh[place], 0.0)
    outside = np.where(has_cell, seen.outside[place], seen.days[device])
    shape = 1 / max(model.spread, TINY)
    return np.asarray((shape + fresh) / (shape / classes.mean + outside))


def gamma(model: Model, of: Prior) -> tuple[FloatArray, FloatArray]:
    """Return shape and rate of a device's gamma before it has failed."""
    shape = 1 / np.maximum(model.spread + (1 + model.spread) / of.known, TINY)
    return shape, shape / of.mean


def subgroups(model: Model, labels: NDArray[Any]) -> Subgroups:
    """Count fresh failures by subgroup: one device's chain counts once, as its first.

    Expected is the rate of the other subgroups of the class times the subgroup's own days outside
    windows. Its variance: what is not known of that rate, and the spread of the devices.

    Args:
        model: of one site.
        labels: per device its subgroup; devices of other classes never share one.
    """
    seen = model.seen
    known, label_of = np.unique(labels, return_inverse=True)
    code = seen.class_of * known.size + label_of
    units, unit_of = np.unique(code, return_inverse=True)
    size, families = units.size, _families(model)
    cell = unit_of[seen.device_of] * families + seen.family_of

    def of_cells(values: FloatArray) -> FloatArray:
        return summed(cell, values, size * families).reshape(size, families)

    def of_devices(values: FloatArray) -> FloatArray:
        return summed(unit_of, values, size)[:, None]

    whole = seen.days[seen.device_of]
    fresh = of_cells(seen.fresh)
    days = of_devices(seen.days) - of_cells(whole - seen.outside)
    squares = of_devices(seen.days**2) - of_cells(whole**2 - seen.outside**2)
    class_of = units // known.size
    all_fresh, all_days = (values[class_of] for values in _sums(model))
    others = np.maximum(all_days - days, 0.0)
    overall = all_fresh.sum() / max(all_days.sum(), TINY)
    rests_on = PRIOR + all_fresh - fresh
    rate = rests_on / (PRIOR / max(overall, TINY) + others)
    # a class of one subgroup has nobody to compare it with
    expected = np.where(others > TINY, rate * days, 0.0)
    variance = expected**2 * (1 + model.spread) / rests_on + model.spread * rate**2 * squares
    unit, family = np.nonzero(fresh)
    at = (unit, family)
    return Subgroups(
        class_of=class_of[unit],
        family=family,
        label=known[units[unit] % known.size],
        devices=of_devices(np.ones(seen.days.size))[unit, 0],
        failed_devices=of_cells((seen.fresh > 0).astype(np.float64))[at],
        fresh=fresh[at],
        expected=expected[at],
        variance=variance[at],
    )


def _families(model: Model) -> int:
    return max(int(model.seen.family_of.max(initial=-1)) + 1, 1)


def _sums(model: Model) -> tuple[FloatArray, FloatArray]:
    """Return fresh failures and days outside windows by class and family."""
    seen, families = model.seen, _families(model)
    classes = max(int(seen.class_of.max(initial=-1)) + 1, 1)
    size = classes * families
    cell = seen.class_of_cell * families + seen.family_of
    inside = summed(cell, seen.days[seen.device_of] - seen.outside, size)
    days = summed(seen.class_of, seen.days, classes)[:, None]
    fresh = summed(cell, seen.fresh, size).reshape(classes, families)
    return fresh, days - inside.reshape(classes, families)

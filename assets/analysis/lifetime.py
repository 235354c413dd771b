"""How long parts last that are thrown away: Weibull lifetimes with parts still in use.

Holds the fit for toner drums, batteries and the like, whose age is known from their installation.
Machines that are repaired have no lifetime in this sense: see `trend` and `recurrent`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

MIN_FAILURES = 5


@dataclass(frozen=True)
class Weibull:
    """A Weibull law S(t) = exp(−(t/scale)^shape); shape above 1 wears out, below 1 dies young."""

    shape: float
    scale: float
    n: int
    n_failed: int

    def quantile(self, p: float) -> float:
        """Return the age by which a share ``p`` has failed."""
        return float(self.scale * (-np.log1p(-p)) ** (1 / self.shape))


def weibull(ages: ArrayLike, failed: ArrayLike) -> Weibull | None:
    """Return the maximum-likelihood fit, None with fewer than `MIN_FAILURES` failures.

    Args:
        ages: age at failure, or now where the part still works; above 0.
        failed: True where the age is that of a failure.

    Raises:
        ValueError: an age that is not above 0, or lengths that differ.
    """
    age, ended = np.asarray(ages, dtype=np.float64), np.asarray(failed, dtype=np.bool_)
    if age.ndim != 1 or age.shape != ended.shape or not bool((age > 0).all()):
        raise ValueError("ages must be above 0 and as many as their ends")
    if ended.sum() < MIN_FAILURES:
        return None
    data = stats.CensoredData(uncensored=age[ended], right=age[~ended])
    shape, _, scale = stats.weibull_min.fit(data, floc=0)
    return Weibull(float(shape), float(scale), int(age.size), int(ended.sum()))

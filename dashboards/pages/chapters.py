"""Chapters of the catalogue: where on the pages a KPI stands.

Holds the order of the K numbers' chapters and nothing about a KPI itself.
"""

import re

from assets.metrics import Metric

_NUMBER = re.compile(r"K(\d+)")
_CHAPTERS: dict[str, tuple[range | tuple[int, ...], ...]] = {
    "reliability": (range(1, 4),),
    "time": (range(4, 9), (23,)),
    "quality": (range(9, 17), (31, 39)),
    "people": ((17, 18, 19, 27, 28, 30, 32, 34, 35, 36),),
    "cost": ((20, 21, 22, 24, 25, 26, 29, 33, 37, 38, 40),),
}
ALL = (*_CHAPTERS, "other", "own")
_OF_NUMBER = {
    number: name for name, parts in _CHAPTERS.items() for part in parts for number in part
}


def chapter_of(metric: Metric) -> str:
    """Return the chapter of a metric: by its K number, else `other`; `own` for the hospital's."""
    if metric.is_own:
        return "own"
    match = _NUMBER.match(metric.code)
    return _OF_NUMBER.get(int(match.group(1)), "other") if match else "other"

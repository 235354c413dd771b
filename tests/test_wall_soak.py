"""A minute of the wall's soak: four midnights and a month end, without growth, without an error.

Holds the slice; the long run is `make verify-wall`.
"""

from datetime import date
from pathlib import Path

import pytest
from conftest import missing

from benchmarks import wall_soak
from benchmarks.wall_latency import CHROMIUM
from config.settings import Settings

REFRESHES = 80
FEW = 10


def test_over_four_midnights_the_wall_tells_the_right_day_and_does_not_grow(
    tiny_copy: Settings,
) -> None:
    if not Path(CHROMIUM).exists():
        missing(f"no Chromium at {CHROMIUM}")
    soaked = wall_soak.soak(tiny_copy, REFRESHES)
    assert soaked.errors == []
    assert soaked.days == [(date(2026, 9, 30), True), (date(2026, 10, 1), True),
                           (date(2026, 10, 2), True), (date(2026, 10, 3), True)]  # fmt: skip
    assert soaked.refreshes >= REFRESHES
    assert soaked.remembered <= FEW
    assert soaked.node_growth <= wall_soak.GROWTH
    assert soaked.heap_growth <= wall_soak.GROWTH


def test_growth_is_the_last_third_over_the_first() -> None:
    assert wall_soak.growth([1, 1, 5, 5, 3, 3]) == pytest.approx(3)

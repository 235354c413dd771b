"""What a demo hospital is asked to be: seed, size, period. And the sizes that exist.

Holds ``DemoSpec`` and the figures that differ by size. Everything the simulation does with them
lives elsewhere.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from config.errors import ConfigError
from demo.clock import DAY, midnight

# Reports per device and day, toner and user help included (the hospital's own figure).
REPORTS_PER_DEVICE_DAY = 0.015
MAX_HOSPITALS = 9999
MAX_DAYS = 3660
# What returns within a month of a repair is judged: a quarter is ripe so long after.
_MATURE_DAYS = 31


@dataclass(frozen=True)
class Size:
    """The figures of a size. ``devices`` are ward devices; the backbone's machines come on top."""

    name: str
    engineers: int
    devices: int
    backbone: int
    systems: int
    departments: int
    default_days: int
    loaners: int


SIZES = {
    "seed": Size("seed", 8, 2010, 70, 53, 46, 730, 24),
    "tiny": Size("tiny", 3, 200, 10, 12, 17, 60, 6),
}


@dataclass(frozen=True)
class DemoSpec:
    """One demo store. The simulated period is ``days`` days up to the start of ``until``.

    Args:
        until: the local date at whose midnight (Asia/Shanghai) the store's clock stands.
        seed: equal seeds give equal stores.
        size: ``seed`` (8 engineers, 2010 devices) or ``tiny`` (3 engineers, 200 devices).
        hospitals: number of sites, ``H01`` onwards, each with its own people and machines.
        days: length of the period; None takes the size's own (24 months or 60 days).
        has_dirt: adds bad rows, counted in the truth file.
        problems: repeat problems planted in each site, half of six and half of eight failures.
        chance: ``equal`` or ``unequal``: nothing but chance. Repairs are perfect, failures
            independent, no story is planted; devices of a class are alike, or differ with a
            coefficient of variation of 45 %.
        has_manoeuvres: six engineers of each site play to look better than they work in the last
            whole quarter that lies a month back; which tickets is told in the truth file.

    Raises:
        ConfigError: an unknown size, or a number out of range.
    """

    until: date
    seed: int = 2026
    size: str = "seed"
    hospitals: int = 1
    days: int | None = None
    has_dirt: bool = False
    problems: int = 0
    chance: str | None = None
    has_manoeuvres: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        if self.size not in SIZES:
            known = "、".join(SIZES)
            raise ConfigError(f"演示医院没有「{self.size}」这种规模。", f"请从 {known} 中选择。")
        if self.chance not in (None, "equal", "unequal"):
            raise ConfigError(
                f"演示医院没有「{self.chance}」这种随机。", "请从 equal、unequal 中选择。"
            )
        if not 1 <= self.hospitals <= MAX_HOSPITALS:
            raise ConfigError("演示医院的院区数必须在 1 到 9999 之间。", "请修改 --hospitals。")
        if self.days is not None and not 1 <= self.days <= MAX_DAYS:
            raise ConfigError("演示天数必须在 1 到 3660 之间。", "请修改 --days。")
        if self.has_manoeuvres and self.quarter[0] < self.first_day:
            raise ConfigError(
                "演示期间里没有一个已过去一个月的完整季度,无法埋入行为。",
                f"请把 --days 改为 {(self.until - self.quarter[0]).days} 以上。",
            )

    @property
    def quarter(self) -> tuple[date, date]:
        """First day, and day after the last, of the last whole quarter that lies a month back."""
        back = self.until - timedelta(days=_MATURE_DAYS)
        end = back.replace(month=(back.month - 1) // 3 * 3 + 1, day=1)
        before = end - timedelta(days=1)
        return before.replace(month=(before.month - 1) // 3 * 3 + 1, day=1), end

    @property
    def figures(self) -> Size:
        """The figures of the size."""
        return SIZES[self.size]

    @property
    def day_count(self) -> int:
        """Days simulated."""
        return self.days if self.days is not None else self.figures.default_days

    @property
    def first_day(self) -> date:
        """First local date simulated."""
        return self.until - timedelta(days=self.day_count)

    @property
    def start(self) -> int:
        """Start of the period, in seconds since 1970 UTC."""
        return midnight(self.until) - self.day_count * DAY

    @property
    def end(self) -> int:
        """The store's clock when created, in seconds since 1970 UTC (exclusive end)."""
        return midnight(self.until)

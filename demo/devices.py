"""A device and its hazard: what it is, when it is in service or under repair, how often it fails.

Holds the ``Device`` record and the arithmetic of its planted hazard. The fleet that owns the
devices and writes their rows lives in ``fleet``; what a report turns into lives in ``lives``.
"""

from dataclasses import dataclass, field
from datetime import date

from demo.catalogue import Department, DeviceClass, Model
from demo.clock import DAY, PROFILE

Rates = tuple[float, ...]
_EARLY_YEARS, _EARLY_FACTOR = 0.25, 1.25
_GROWTH_FROM_YEARS = 3
_FAILURES = 2  # the streams inherent and user lead the rates


@dataclass(frozen=True)
class Boost:
    """A planted extra failure rate (per device-day) of one device over a time."""

    start: int
    end: int
    per_day: float


@dataclass(eq=False)
class Device:
    """One device. Instants in seconds since 1970 UTC; rates per device-day, by stream."""

    id: str
    kind: DeviceClass
    model: Model
    department: Department
    purchased_on: date
    accepted_at: int
    warranty_until: date
    price_cny: float
    frailty: float
    serial_no: str
    is_pool: bool = False
    state: str = "in_stock"
    state_since: int = 0
    service: list[tuple[int, int]] = field(default_factory=list)
    repairs: list[tuple[int, int]] = field(default_factory=list)
    repair_since: int | None = None
    hazards: list[tuple[int, Rates]] = field(default_factory=list)
    boosts: list[Boost] = field(default_factory=list)
    is_plain: bool = False  # neither its model nor its age matters

    @property
    def is_in_service(self) -> bool:
        """Whether the device is in use (also while under repair)."""
        return self.state == "in_service"

    @property
    def is_under_repair(self) -> bool:
        """Whether a failure of the device waits for its last restoration."""
        return self.repair_since is not None

    def age_years(self, instant: int) -> float:
        """Years since acceptance (0 before)."""
        return max(0.0, (instant - self.accepted_at) / (365.25 * DAY))

    def rates(self, instant: int, scale: float, user_factor: float) -> Rates:
        """Return the report rates by stream at an instant, per device-day."""
        age = self.age_years(instant)
        early = _EARLY_FACTOR if age < _EARLY_YEARS else 1.0
        grown = 1 + self.model.growth * max(0.0, age - _GROWTH_FROM_YEARS)
        wear = self.frailty * (1.0 if self.is_plain else self.model.factor * early * grown)
        base = self.kind.rates
        return (
            base[0] * wear * scale,
            base[1] * user_factor * scale,
            *(rate * scale for rate in base[2:]),
        )

    def service_intervals(self, start: int, end: int) -> list[tuple[int, int]]:
        """In-service intervals clipped to a window."""
        open_one = [(self.state_since, end)] if self.is_in_service else []
        return _clip([*self.service, *open_one], start, end)

    def exposure(self, start: int, end: int) -> "Exposure":
        """Realised exposure and hazard integrals over a window, with and without repair time."""
        service = self.service_intervals(start, end)
        open_repair = [(self.repair_since, end)] if self.repair_since is not None else []
        repairs = _clip([*self.repairs, *open_repair], start, end)
        idle = [piece for lo, hi in service for piece in _clip(repairs, lo, hi)]
        whole, lost = self._integral(service, end), self._integral(idle, end)
        return Exposure(
            days=_length(service) / DAY,
            repair_days=_length(idle) / DAY,
            inherent=whole[0],
            use=whole[0] + whole[1],
            inherent_up=whole[0] - lost[0],
            use_up=whole[0] + whole[1] - lost[0] - lost[1],
        )

    def _integral(self, intervals: list[tuple[int, int]], end: int) -> list[float]:
        total = [0.0] * _FAILURES
        if not self.hazards:  # bought at the very end: never exposed to any
            return total
        ends = [begin for begin, _ in self.hazards[1:]] + [end]
        for (begin, rates), until in zip(self.hazards, ends, strict=True):
            days = _demand_days(intervals, begin, until)
            for stream in range(_FAILURES):
                total[stream] += rates[stream] * days
        for boost in self.boosts:
            total[0] += boost.per_day * _demand_days(intervals, boost.start, boost.end)
        return total


@dataclass(frozen=True)
class Exposure:
    """In-service days and expected failures; ``*_up`` leave out the time under repair."""

    days: float
    repair_days: float
    inherent: float
    use: float
    inherent_up: float
    use_up: float


def _clip(intervals: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    clipped = ((max(lo, start), min(hi, end)) for lo, hi in intervals)
    return [(lo, hi) for lo, hi in clipped if lo < hi]


def _length(intervals: list[tuple[int, int]]) -> int:
    return sum(hi - lo for lo, hi in intervals)


def _demand_days(intervals: list[tuple[int, int]], start: int, end: int) -> float:
    pieces = _clip(intervals, start, end)
    return sum(PROFILE.between(lo, hi) for lo, hi in pieces) / DAY

"""Numbers behind cause analysis and improvements: the shape of `causes` in `thresholds.yml`.

Holds shifts, seasons, windows and what counts as an effect. The causes themselves are in the
taxonomy.
"""

from pydantic import Field, field_validator

from config.rule_base import Code, Part, Share

_HOURS, _MONTHS = 24, 12


class Shift(Part):
    """A shift by local clock hours, half-open; ``to_hour`` below ``from_hour`` passes midnight."""

    from_hour: int = Field(ge=0, lt=_HOURS)
    to_hour: int = Field(gt=0, le=_HOURS)

    @property
    def hours(self) -> tuple[int, ...]:
        """The clock hours in it."""
        if self.from_hour < self.to_hour:
            return tuple(range(self.from_hour, self.to_hour))
        return (*range(self.from_hour, _HOURS), *range(self.to_hour))


class CauseRule(Part):
    """See `thresholds.yml`, `causes`."""

    sequence_days: int = Field(gt=0)
    relevant_ratio: Share
    maturity_days: int = Field(gt=0)
    baseline_days: int = Field(gt=0)
    watch_days: int = Field(gt=0)
    shifts: dict[Code, Shift]
    seasons: dict[Code, tuple[int, ...]]

    @field_validator("shifts")
    @classmethod
    def _cover_the_day(cls, shifts: dict[Code, Shift]) -> dict[Code, Shift]:
        hours = sorted(hour for shift in shifts.values() for hour in shift.hours)
        if hours != list(range(_HOURS)):
            raise ValueError("的各班次应把一天 24 小时恰好分完")
        return shifts

    @field_validator("seasons")
    @classmethod
    def _cover_the_year(cls, seasons: dict[Code, tuple[int, ...]]) -> dict[Code, tuple[int, ...]]:
        months = sorted(month for season in seasons.values() for month in season)
        if months != list(range(1, _MONTHS + 1)):
            raise ValueError("的各季节应把 12 个月恰好分完")
        return seasons

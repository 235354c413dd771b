"""Planned maintenance: plans by device class, what was done, late, skipped or missed, readings.

Holds ``pm_plans``, ``pm_records`` and ``pm_readings``. A missed occurrence leaves no record: the
plan itself is the denominator. Repairs live in ``work``.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import simpy

from demo.clock import DAY, HOUR, local_date, midnight
from demo.devices import Device
from demo.site import Site

_MISSED, _LATE, _SKIPPED, _NOT_FOUND = 0.03, 0.07, 0.015, 0.01


@dataclass(frozen=True)
class Regime:
    """How a class is maintained: days between occurrences, days of grace, checklist steps."""

    kind: str
    interval_days: int
    window_days: int
    risk: str
    steps: int
    parameters: tuple[tuple[str, float, float, float], ...] = ()


_PRESSURE = ("静态压力 mmHg", 100.0, 97.0, 103.0)
_OXYGEN = ("血氧 %", 97.0, 95.0, 99.0)
_REGIMES = {
    "服务器": (Regime("inspection", 30, 5, "high", 8),),
    "交换机": (Regime("inspection", 90, 10, "high", 6),),
    "存储与安全设备": (Regime("inspection", 30, 5, "high", 8),),
    "自助机": (Regime("maintenance", 90, 10, "normal", 10),),
    "移动护理车": (Regime("inspection", 182, 15, "normal", 6),),
    "体征采集仪": (Regime("calibration", 365, 30, "high", 5, (_PRESSURE, _OXYGEN)),),
    "监护仪": (
        Regime("maintenance", 182, 15, "high", 9),
        Regime("calibration", 365, 30, "high", 5, (_PRESSURE, _OXYGEN)),
    ),
}
_ROUND = Regime("round", 182, 20, "normal", 12)
_PAGES_PER_SERVICE = 50_000.0


class Maintenance:
    """Writes plans and carries them out."""

    def __init__(self, site: Site) -> None:
        """Write the plans of the machines in service at the start and of the ward rounds."""
        self.site, self.env = site, site.env
        self.draw = site.draws("maintenance")
        self._records = 0
        for device in site.fleet.devices:
            for regime in _REGIMES.get(device.kind.name, ()):
                self._start(device, regime)
            if device.kind.code == "CP":
                self._write_plan(device, Regime("maintenance", 180, 15, "normal", 7), True)
        for _ in site.fleet.departments:
            self._start(None, _ROUND)

    def _start(self, device: Device | None, regime: Regime) -> None:
        plan_id, starts = self._write_plan(device, regime, False)
        self.env.process(self._occurrences(plan_id, device, regime, starts))

    def _write_plan(
        self, device: Device | None, regime: Regime, is_by_usage: bool
    ) -> tuple[str, int]:
        plan_id = f"PM{len(self.site.rows['pm_plans']) + 1:05d}"
        first = self.site.spec.first_day
        starts = first + timedelta(days=self.draw.randrange(regime.interval_days))
        self.site.rows["pm_plans"].add(
            plan_id=plan_id,
            asset_id=device.id if device else None,
            kind=regime.kind,
            interval_days=None if is_by_usage else regime.interval_days,
            interval_usage=_PAGES_PER_SERVICE if is_by_usage else None,
            usage_unit="pages" if is_by_usage else None,
            window_days=regime.window_days,
            starts_on=starts,
            risk=regime.risk,
        )
        return plan_id, midnight(starts)

    def _occurrences(
        self, plan_id: str, device: Device | None, regime: Regime, due: int
    ) -> Generator[simpy.Event, Any, None]:
        while device is None or device.state != "retired":
            at = self._moment(due, regime)
            if at is not None:
                yield self.env.timeout(max(0, at - self.env.now))
                self._record(plan_id, device, regime, due)
            due += regime.interval_days * DAY

    def _moment(self, due: int, regime: Regime) -> int | None:
        """Return when an occurrence is carried out; None when it is missed."""
        chance = self.draw.random()
        if chance < _MISSED:
            return None
        half = regime.window_days
        if chance < _MISSED + _LATE:
            days = half + 1 + int(self.draw.random() * half)
        else:
            days = int(self.draw.gauss(0, half / 3))
            days = max(-half, min(half, days))
        return due + days * DAY + self.draw.randrange(9 * HOUR, 17 * HOUR)

    def _record(self, plan_id: str, device: Device | None, regime: Regime, due: int) -> None:
        self._records += 1
        result = self._result(device)
        is_done = result == "done"
        passed = regime.steps - int(self.draw.hits(0.08))
        key = self.site.rows["pm_records"].add(
            record_id=f"PR{self._records:06d}",
            plan_id=plan_id,
            asset_id=device.id if device else None,
            due_on=local_date(due),
            done_at=self.env.now,
            engineer_id=self.draw.one(self.site.team.engineers).id,
            result=result,
            steps_total=regime.steps if is_done else None,
            steps_passed=passed if is_done else None,
        )
        for name, middle, low, high in regime.parameters if is_done else ():
            self.site.rows["pm_readings"].add(
                record_id=key[1],
                parameter=name,
                value=round(self.draw.gauss(middle, (high - low) / 7), 2),
                low_limit=low,
                high_limit=high,
            )

    def _result(self, device: Device | None) -> str:
        if device is not None and not device.is_in_service:
            return "out_of_service"
        chance = self.draw.random()
        if chance < _SKIPPED:
            return "skipped"
        return "not_found" if chance < _SKIPPED + _NOT_FOUND else "done"

"""Where reports come from: every device's hazards, the systems' own, and requests without a device.

Holds the superposed, thinned Poisson process of the fleet. A device that is not in service reports
nothing, one under repair does not fail again (its ward may report it twice). Planted events live in
``planted``, what a report becomes in ``lives``.
"""

from bisect import bisect_right
from collections.abc import Callable, Generator
from itertools import accumulate
from typing import Any

import simpy

from demo.catalogue import STREAMS
from demo.clock import DAY, PROFILE, day_start, local_date, midnight, next_month
from demo.devices import Device
from demo.journal import Ticket
from demo.lives import Lives, Report
from demo.site import Site
from demo.spec import REPORTS_PER_DEVICE_DAY

Process = Generator[simpy.Event, Any, None]
UserFactor = Callable[[Device, int], float]

_WITHOUT_DEVICE_SHARE = 0.034
_PLANTED_SHARE = 0.045  # relapses after bad repairs, second reports, planted stories
_DUPLICATE_SHARE = 0.6
_SECOND_REPORT_SHARE = 0.03
_UNBOUND = (("change", "his_error"), ("policy_change", "emr_error"), ("consult", "user_guidance"))


class Demand:
    """The stream of reports of a site."""

    def __init__(self, site: Site, lives: Lives, user_factor: UserFactor) -> None:
        """Calibrate the rates so that the fleet of the first day reports 0.015 a device-day."""
        self.site, self.lives, self.env = site, lives, site.env
        self.user_factor = user_factor
        self.draw = site.draws("demand")
        self._devices: list[Device] = []
        self._cumulative: list[float] = []
        self.scale = 1.0
        self.per_day = site.spec.figures.devices * REPORTS_PER_DEVICE_DAY
        rates = [d.rates(site.spec.start, 1.0, 1.0) for d in site.fleet.devices if d.is_in_service]
        wanted = self.per_day * (1 - _WITHOUT_DEVICE_SHARE - _PLANTED_SHARE)
        self.scale = wanted / sum(map(sum, rates))

    def _weigh(self, *, only_new: bool) -> None:
        """Take the rates of the devices as of now into the hazard record and the weights."""
        now = self.env.now
        self._devices = [
            d for d in self.site.fleet.devices if not d.is_pool and d.state != "retired"
        ]
        flat: list[float] = []
        for device in self._devices:
            if not (only_new and device.hazards):
                rates = device.rates(now, self.scale, self.user_factor(device, now))
                device.hazards.append((now, rates))
            flat.extend(device.hazards[-1][1])
        self._cumulative = list(accumulate(flat))

    def days(self) -> Process:
        """Report for ever. Rates are renewed each month and when the fleet has grown."""
        month_ends, known = 0, 0
        while True:
            is_new_month = self.env.now >= month_ends
            if is_new_month or known != len(self.site.fleet.devices):
                self._weigh(only_new=not is_new_month)
                month_ends = midnight(next_month(local_date(self.env.now)))
                known = len(self.site.fleet.devices)
            yield from self._day(day_start(self.env.now) + DAY)

    def _day(self, ends: int) -> Process:
        total = self._cumulative[-1]
        moment = float(self.env.now)
        while True:
            moment = PROFILE.after(moment, self.draw.expovariate(1.0) / total * DAY)
            if moment >= ends:
                break
            yield self.env.timeout(int(moment) - self.env.now)
            self._fire(self.draw.random() * total)
        yield self.env.timeout(ends - self.env.now)

    def _fire(self, point: float) -> None:
        place = min(bisect_right(self._cumulative, point), len(self._cumulative) - 1)
        device, stream = self._devices[place // len(STREAMS)], STREAMS[place % len(STREAMS)]
        if not device.is_in_service:
            return
        family = self.draw.weighted(device.kind.families[stream])
        report = Report(stream, family, device.department, device, self._system(stream, family))
        if stream in ("inherent", "user") and device.is_under_repair:
            master = self.lives.masters.get(device.id)
            if master and master.seq and self.draw.hits(_DUPLICATE_SHARE):
                again = Report(master.stream, master.family.code, device.department, device)
                self.lives.duplicate(again, master)
            return
        ticket = self.lives.report(report)
        if stream in ("inherent", "user") and self.draw.hits(_SECOND_REPORT_SHARE):
            self.env.process(self._report_again(ticket, device))

    def _report_again(self, master: Ticket, device: Device) -> Process:
        """A colleague reports the same failure a little later."""
        yield self.env.timeout(self.draw.randrange(300, 3600))
        if self.lives.masters.get(device.id) is master:
            again = Report(master.stream, master.family.code, device.department, device)
            self.lives.duplicate(again, master)

    def _system(self, stream: str, family: str) -> str | None:
        if stream != "help":
            return None
        kinds = self.site.catalogue.systems[: self.site.spec.figures.systems]
        fits = [place for place, kind in enumerate(kinds) if kind.family == family]
        return f"SYS{self.draw.one(fits) + 1:03d}" if fits else None

    def without_device(self) -> Process:
        """Failures of systems and requests that belong to no device, for ever."""
        per_day = self.per_day * _WITHOUT_DEVICE_SHARE
        kinds = self.site.catalogue.systems[: self.site.spec.figures.systems]
        places = {place.id: place for place in self.site.fleet.departments}
        moment = float(self.env.now)
        while True:
            moment = PROFILE.after(moment, self.draw.expovariate(1.0) / per_day * DAY)
            yield self.env.timeout(max(0, int(moment) - self.env.now))
            number = int(self.draw.random() * len(kinds))
            kind, system_id = kinds[number], f"SYS{number + 1:03d}"
            place = places.get(kind.department_id, self.site.fleet.departments[0])
            if self.draw.hits(0.6):
                self.lives.report(Report("inherent", kind.family, place, system_id=system_id))
            else:
                work_class, family = self.draw.one(_UNBOUND)
                self.lives.report(
                    Report("help", family, place, system_id=system_id, work_class=work_class)
                )

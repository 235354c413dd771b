"""The stories planted in a site: outages, repeat chains, bad repairs, a moved ward, a training.

Holds events whose truth is known beforehand and written down in ``Site.truth``. The everyday
hazards live in ``demand``, engineers' habits in ``lives`` and ``work``.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import simpy

from demo.clock import DAY, HOUR, MINUTE, PROFILE, local_date, midnight, next_month
from demo.devices import Boost, Device
from demo.journal import Ticket
from demo.lives import Lives, Report
from demo.people import Engineer
from demo.site import Note, Site

Process = Generator[simpy.Event, Any, None]

_OUTAGES = (0.35, 0.62, 0.9)
_OUTAGE_TICKETS = 40
_OUTAGE_WINDOW = 28 * MINUTE
_RELAPSE_DAYS, _RELAPSE_PER_DAY = 10, 0.16
_TRAINING_EFFECT = 0.35
_FRIDAY = 5


@dataclass(frozen=True)
class Chain:
    """A planted repeat chain: where, over which part of the period, how often, and why."""

    name: str
    asset_class: str
    department_id: str | None
    family: str
    cause: str
    first: float
    last: float
    per_day: float
    machines: int


_CHAINS = (
    Chain("dust", "台式机", "D301", "overheating", "environment_dust", 0.30, 0.80, 0.09, 1),
    Chain("power", "标签打印机", "D201", "no_power", "environment_power", 0.55, 0.75, 0.08, 1),
    Chain("paper_lot", "黑白打印机", "D102", "paper_jam", "material_quality", 0.45, 0.52, 0.12, 6),
)


class Planted:
    """Starts the planted stories of a site."""

    def __init__(self, site: Site, lives: Lives) -> None:
        """Share the site; bad repairs begin to be planted."""
        self.site, self.lives, self.env = site, lives, site.env
        self.draw = site.draws("planted")
        self.training_at = midnight(next_month(local_date(self._moment(0.5))))
        self.training_department = "D301"
        if not site.spec.chance:
            lives.on_restored.append(self._maybe_relapse)

    def _moment(self, share: float) -> int:
        spec = self.site.spec
        day = int(spec.day_count * share)
        return spec.start + day * DAY

    def start(self) -> None:
        """Start every story whose time lies in the period."""
        for share in _OUTAGES:
            self.env.process(self._outage(self._working_day(self._moment(share))))
        for chain in _CHAINS:
            self._start_chain(chain)
        self.env.process(self._move_ward())
        if self.training_at < self.site.spec.end:
            self.env.process(self._train())

    def _working_day(self, instant: int) -> int:
        while local_date(instant).isoweekday() > _FRIDAY:
            instant += DAY
        return instant + 10 * HOUR + 12 * MINUTE

    # -- outages --------------------------------------------------------------------------------

    def _outage(self, at: int) -> Process:
        """A switch fails, then its zone reports the broken network within half an hour."""
        yield self.env.timeout(at - self.env.now)
        switches = [d for d in self._in_service("交换机") if not d.is_under_repair]
        switch = max(switches, key=lambda d: (len(self._victims(d)), d.id), default=None)
        if switch is None:
            return
        place = switch.department
        alarm = Report("outage", "network_down", place, switch, channel="alarm", priority="P1")
        ticket = self._report(alarm)
        note: Note = {
            "switch_id": switch.id,
            "switch_ticket_id": ticket.id,
            "zone": place.zone,
            "fault_family_code": "network_down",
            "reported_at": at,
            "ticket_ids": [],
        }
        self.site.truth.outages.append(note)
        victims = self._victims(switch)
        self.draw.shuffle(victims)
        count = min(len(victims), max(8, int(_OUTAGE_TICKETS * self._scale())))
        delays = sorted(self.draw.randrange(60, _OUTAGE_WINDOW) for _ in range(count))
        for device, delay in zip(victims[:count], delays, strict=True):
            self.env.process(self._victim(device, delay, note))

    def _victims(self, switch: Device) -> list[Device]:
        zone = switch.department.zone
        machines = self._in_service("台式机")
        return [d for d in machines if d.department.zone == zone and not d.is_under_repair]

    def _victim(self, device: Device, delay: int, note: Note) -> Process:
        yield self.env.timeout(delay)
        if device.is_under_repair or not device.is_in_service:
            return
        place = device.department
        channel = self.draw.one(("wechat", "wechat", "app"))
        report = Report("outage", "network_down", place, device, channel=channel, priority="P3")
        note["ticket_ids"].append(self._report(report).id)

    def _report(self, report: Report) -> Ticket:
        return self.lives.report(Report(**(vars(report) | {"is_planted": True})))

    def _scale(self) -> float:
        return min(1.0, self.site.spec.figures.devices / 2010 * 2.5)

    def _in_service(self, asset_class: str) -> list[Device]:
        devices = self.site.fleet.devices
        return [d for d in devices if d.kind.name == asset_class and d.is_in_service]

    # -- chains ---------------------------------------------------------------------------------

    def _start_chain(self, chain: Chain) -> None:
        machines = self._in_service(chain.asset_class)
        at_place = [d for d in machines if d.department.id == chain.department_id]
        start, end = self._moment(chain.first), self._moment(chain.last)
        for device in (at_place or machines)[: chain.machines]:
            note: Note = {
                "chain": chain.name,
                "asset_id": device.id,
                "fault_family_code": chain.family,
                "cause_code": chain.cause,
                "from": start,
                "to": end,
                "ticket_ids": [],
            }
            self.site.truth.repeat_chains.append(note)
            if chain.name == "paper_lot":
                self.env.process(self._issue_paper(device, start, end, note))
            self._boost(device, Boost(start, end, chain.per_day), chain.family, chain.cause, note)

    def _issue_paper(self, device: Device, start: int, end: int, note: Note) -> Process:
        yield self.env.timeout(start - self.env.now + 8 * HOUR)
        while self.env.now < end:
            note["lot_no"] = self.site.stock.bad_paper_lot()
            self.site.stock.issue_paper(device.id, self.site.team.engineers[0])
            yield self.env.timeout(7 * DAY)

    def _boost(
        self, device: Device, boost: Boost, family: str, cause: str | None, note: Note
    ) -> None:
        device.boosts.append(boost)
        self.env.process(self._fail_again(device, boost, family, cause, note))

    def _fail_again(
        self, device: Device, boost: Boost, family: str, cause: str | None, note: Note
    ) -> Process:
        moment = float(boost.start)
        while True:
            gap = self.draw.expovariate(1.0) / boost.per_day * DAY
            moment = PROFILE.after(moment, gap)
            if moment >= boost.end:
                return
            yield self.env.timeout(max(0, int(moment) - self.env.now))
            if device.is_in_service and not device.is_under_repair:
                report = Report("inherent", family, device.department, device, cause=cause)
                note["ticket_ids"].append(self._report(report).id)

    def _maybe_relapse(self, ticket: Ticket, engineer: Engineer) -> None:
        device = ticket.device
        is_slip = ticket.stream == "inherent" and self.draw.hits(engineer.person.slip)
        if device is None or not is_slip:
            return
        now = self.env.now
        note: Note = {
            "ticket_id": ticket.id,
            "asset_id": device.id,
            "engineer_id": engineer.id,
            "fault_family_code": ticket.family.code,
            "repeat_ticket_ids": [],
        }
        self.site.truth.bad_repairs.append(note)
        boost = Boost(now, now + _RELAPSE_DAYS * DAY, _RELAPSE_PER_DAY)
        again: Note = {"ticket_ids": note["repeat_ticket_ids"]}
        self._boost(device, boost, ticket.family.code, None, again)

    # -- a moved ward, a training ------------------------------------------------------------------

    def _move_ward(self) -> Process:
        """Half of a ward's machines move next door on one morning."""
        yield self.env.timeout(self._moment(0.48) + 9 * HOUR - self.env.now)
        wards = {place.id: place for place in self.site.fleet.departments}
        source = wards.get("D105", wards["D102"])
        target = wards.get("D106", wards["D104"])
        leaving = [
            device
            for device in self.site.fleet.devices
            if device.department is source and device.is_in_service
        ]
        leaving = leaving[::2]
        for device in leaving:
            self.site.fleet.move(device, target)
        self.site.truth.department_moves.append(
            {
                "at": self.env.now,
                "from": source.id,
                "to": target.id,
                "asset_ids": [device.id for device in leaving],
            }
        )

    def user_factor(self, device: Device, instant: int) -> float:
        """Return the factor on a device's use failures (the trained department makes fewer)."""
        if self.site.spec.chance:
            return 1.0
        is_trained = device.department.id == self.training_department
        return _TRAINING_EFFECT if is_trained and instant >= self.training_at else 1.0

    def _train(self) -> Process:
        yield self.env.timeout(self.training_at - DAY - self.env.now)
        day = local_date(self.env.now)
        department = self.training_department
        self.site.rows["trainings"].add(
            training_id="TR-QCC",
            department_id=department,
            held_on=day,
            topic="标签与耗材的正确装填",
            attendee_count=26,
        )
        self.site.rows["improvements"].add(
            improvement_id="QC-001",
            topic="降低检验科使用不当故障",
            cause_code="man_operation",
            measure="集中培训并张贴操作卡",
            metric_id="use_failure_rate",
            scope=f"department:{department}",
            control_scope="department:D302",
            target_value=-50.0,
            owner_engineer_id="E02",
            started_on=day + timedelta(days=1),
            status="进行中",
        )
        self.site.truth.improvements.append(
            {
                "improvement_id": "QC-001",
                "department_id": department,
                "started_at": self.training_at,
                "use_only_hazard_factor": _TRAINING_EFFECT,
            }
        )

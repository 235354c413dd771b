"""The life of a ticket: reported, created, dispatched, accepted, worked on, restored, closed.

Holds the process that every report becomes. The hands-on part lives in ``work``, ratings and the
like in ``aftermath``, where reports come from in ``demand`` and ``planted``.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import simpy

from demo.aftermath import Aftermath
from demo.calls import CallDesk
from demo.catalogue import Department
from demo.clock import DAY, HOUR, MINUTE, day_start, second_of_day
from demo.devices import Device
from demo.journal import Ticket, waking
from demo.people import SHIFT_END, SHIFT_START, Engineer
from demo.site import Site
from demo.work import Work

Process = Generator[simpy.Event, Any, None]

_SKILLS = {
    "打印": ("paper_jam", "print_quality", "toner"),
    "网络": ("network_down", "network_port", "wifi"),
    "软件": ("his_error", "lis_interface", "emr_error", "account", "password", "software_install"),
}
_SKILL_OF = {family: skill for skill, families in _SKILLS.items() for family in families}
_WORK_CLASSES = {
    "account": "service_request",
    "password": "service_request",
    "software_install": "service_request",
    "user_guidance": "consult",
}
_OUTCOMES = {"user": "user_error", "nff": "no_fault_found", "consumable": "replaced"}
_EASY_MINUTES, _HARD_MINUTES = 16, 34
_MAX_TRANSFERS = 2
_FAILURES = ("inherent", "user", "outage")
_PICKER_LOAD = 3
_FORGOTTEN_SHARE = 0.002  # created, then nobody ever looks at it


@dataclass(frozen=True)
class Report:
    """Something a ward (or an alarm) reports. ``stream`` is the truth behind it."""

    stream: str
    family: str
    department: Department
    device: Device | None = None
    system_id: str | None = None
    work_class: str | None = None
    channel: str | None = None
    priority: str | None = None
    cause: str | None = None
    is_planted: bool = False


class Lives:
    """Turns reports into tickets and carries them to their end."""

    def __init__(self, site: Site, work: Work, calls: CallDesk, aftermath: Aftermath) -> None:
        """Share the site; ``on_restored`` hooks see every last restoration of a device."""
        self.site, self.work, self.calls, self.aftermath = site, work, calls, aftermath
        self.env, self.journal, self.team = site.env, site.journal, site.team
        self.draw = site.draws("lives")
        self.on_restored: list[Callable[[Ticket, Engineer], None]] = []
        self.masters: dict[str, Ticket] = {}

    def report(self, report: Report) -> Ticket:
        """Start the life of a report now; the device counts as failed from this instant."""
        ticket = self._ticket(report)
        device = ticket.device
        if device and ticket.stream in _FAILURES:
            device.repair_since = self.env.now
            self.masters[device.id] = ticket
            self.site.truth.count_failure(device.id, ticket.stream)
        self.env.process(self._life(ticket))
        return ticket

    def duplicate(self, report: Report, master: Ticket) -> None:
        """Start the life of a second report of a failure that is already known."""
        ticket = self._ticket(report)
        self.env.process(self._merge(ticket, master))

    def _ticket(self, report: Report) -> Ticket:
        family = self.site.catalogue.families[report.family]
        ticket_id, key = self.journal.next_id()
        shown = report.device
        if report.stream == "help" and self.draw.hits(0.07):
            shown = None
        impact = family.impact if report.stream != "nff" else "none"
        place = report.department
        return Ticket(
            id=ticket_id,
            key=key,
            department=place,
            device=shown,
            system_id=report.system_id,
            stream=report.stream,
            work_class=report.work_class or self._work_class(report),
            family=family,
            channel=report.channel or self._channel(report),
            priority=report.priority or self._priority(report, impact),
            impact=impact,
            reported_at=self.env.now,
            text=self.draw.one(family.texts),
            is_coded=report.is_planted or not self.draw.hits(0.05),
            is_planted=report.is_planted,
            cause=report.cause,
        )

    def _work_class(self, report: Report) -> str:
        if report.stream == "help":
            return _WORK_CLASSES.get(report.family, "bug")
        return "consumable" if report.stream == "consumable" else "repair"

    def _channel(self, report: Report) -> str:
        if report.device and report.device.kind.is_backbone and self.draw.hits(0.6):
            return "alarm"
        return self.draw.weighted({"wechat": 54, "phone": 32, "app": 7, "oa": 4, "patrol": 3})

    def _priority(self, report: Report, impact: str) -> str:
        if report.stream in ("help", "consumable"):
            is_window = report.department.is_priority_window
            return "P3" if is_window else self.draw.one(("P4", "P4", "P5"))
        is_vital = report.device is None or report.device.kind.criticality == "A"
        if impact == "down" and is_vital and report.department.is_priority_window:
            return "P1" if self.draw.hits(0.45) else "P2"
        if impact == "down" or report.department.is_priority_window:
            return "P2" if self.draw.hits(0.3) else "P3"
        return "P3" if self.draw.hits(0.7) else "P4"

    # -- intake -------------------------------------------------------------------------------

    def _life(self, ticket: Ticket) -> Process:
        yield from self._intake(ticket)
        if ticket.stream in ("help", "nff") and not ticket.is_planted and self.draw.hits(0.025):
            yield self.env.timeout(self.draw.seconds(12, 0.6))
            self._end(ticket, "cancelled", "cancelled")
            return
        if ticket.stream == "help" and self.draw.hits(_FORGOTTEN_SHARE):
            self.site.truth.forgotten_tickets.append(ticket.id)
            return
        engineer = yield from self._dispatch(ticket)
        self.env.process(self.aftermath.chases(ticket))
        yield from self._rounds(ticket, engineer)

    def _intake(self, ticket: Ticket) -> Process:
        """Open the ticket and create it; a phone call comes first and ends with the creation."""
        created_by = None
        if ticket.channel == "phone":
            call = yield from self.calls.call(ticket.department.id)
            ticket.reported_at = self.env.now
            if self._is_office_time() and self.draw.hits(0.1):
                created_by = self.draw.one(self.team.engineers)
            self._open(ticket, created_by)
            yield self.env.timeout(self.draw.seconds(1.4, 0.4))
            self.calls.hang_up(call, ticket.id)
        else:
            self._open(ticket, None)
            yield self.env.timeout(self.draw.randrange(1, 20))
        values = {"engineer_id": created_by.id} if created_by else {}
        self.journal.event(ticket, "created", **values)

    def _open(self, ticket: Ticket, created_by: Engineer | None) -> None:
        is_victim = ticket.stream == "outage" and ticket.channel != "alarm"
        is_remote = is_victim or self.draw.hits(ticket.family.remote)
        self.journal.open(
            ticket,
            triage_mode="remote" if is_remote else "onsite",
            is_onsite_required=not is_remote,
            created_by_engineer_id=created_by.id if created_by else None,
        )

    def _is_office_time(self) -> bool:
        return SHIFT_START <= second_of_day(self.env.now) < SHIFT_END

    def _merge(self, ticket: Ticket, master: Ticket) -> Process:
        yield from self._intake(ticket)
        yield self.env.timeout(self.draw.seconds(9, 0.5))
        outcome = "merged" if self.draw.hits(0.8) else "duplicate"
        self.journal.change(ticket, master_ticket_id=master.id)
        self.site.truth.merged.append({"ticket_id": ticket.id, "master_ticket_id": master.id})
        self._end(ticket, "merged", outcome, note=master.id)

    def _end(self, ticket: Ticket, event: str, outcome: str, note: str | None = None) -> None:
        self.journal.event(ticket, event, note=note)
        self.journal.change(ticket, outcome_code=outcome)
        ticket.is_done = True

    # -- dispatch -----------------------------------------------------------------------------

    def _dispatch(self, ticket: Ticket) -> Generator[simpy.Event, Any, Engineer]:
        if ticket.priority == "P1" and not self._is_office_time():
            yield self.env.timeout(self.draw.seconds(2, 0.4))
            engineer = self.team.on_call(self.env.now)
        else:
            yield from self._office_opens()
            yield self.env.timeout(self.draw.seconds(3 if ticket.priority == "P1" else 5, 0.6))
            engineer = self._choose(ticket)
        self._assign(ticket, engineer)
        if not ticket.is_claimed:
            self.journal.event(ticket, "dispatched", to_engineer_id=engineer.id)
        yield from self._accept(ticket, engineer)
        for _ in range(_MAX_TRANSFERS):
            reason = self._transfer_reason(ticket, engineer)
            if reason is None:
                break
            engineer = yield from self._transfer(ticket, engineer, reason)
        return engineer

    def _office_opens(self) -> Process:
        if not self._is_office_time():
            now = self.env.now
            start = day_start(now) + SHIFT_START
            if start < now:
                start += DAY
            yield self.env.timeout(start - now + self.draw.randrange(20 * MINUTE))

    def _skill(self, ticket: Ticket) -> str:
        return _SKILL_OF.get(ticket.family.code, "终端")

    def _choose(self, ticket: Ticket) -> Engineer:
        picker = self.team.by_id.get(self.team.personas.cherry_picker or "")
        is_easy = ticket.family.minutes <= _EASY_MINUTES and not ticket.is_planted
        is_free = picker is not None and picker.load < _PICKER_LOAD
        if picker and is_free and is_easy and self.draw.hits(0.45):
            ticket.is_claimed = self.team.is_on_shift(picker, self.env.now)
            if ticket.is_claimed:
                self.site.truth.cherry_picked.append(ticket.id)
                return picker
        skill = self._skill(ticket) if not self.draw.hits(0.05) else "终端"
        return self.team.pick(self.draw, skill, ticket.department.zone)

    def _assign(self, ticket: Ticket, engineer: Engineer) -> None:
        if ticket.engineer:
            ticket.engineer.load -= 1
        ticket.engineer = engineer
        engineer.load += 1

    def _accept(self, ticket: Ticket, engineer: Engineer) -> Process:
        if ticket.priority != "P1":
            now = self.env.now
            yield self.env.timeout(self.team.next_shift(engineer, now) - now)
        yield self.env.timeout(self.draw.seconds(1.5 if ticket.priority == "P1" else 4, 0.8))
        self.journal.event(ticket, "accepted")

    def _transfer_reason(self, ticket: Ticket, engineer: Engineer) -> str | None:
        if ticket.is_planted:
            return None
        is_picker = engineer.id == self.team.personas.cherry_picker
        if is_picker and ticket.family.minutes >= _HARD_MINUTES and self.draw.hits(0.5):
            return "load"
        if self._skill(ticket) not in engineer.person.skills and self.draw.hits(0.3):
            return "skill"
        if self.draw.hits(0.02):
            return self.draw.one(("wrong_place", "wrong_content", "load", "other"))
        return None

    def _transfer(
        self, ticket: Ticket, engineer: Engineer, reason: str
    ) -> Generator[simpy.Event, Any, Engineer]:
        yield self.env.timeout(self.draw.seconds(9, 0.7))
        zone = ticket.department.zone
        successor = self.team.pick(self.draw, self._skill(ticket), zone, besides=engineer)
        self.journal.event(
            ticket,
            "transferred",
            engineer_id=engineer.id,
            to_engineer_id=successor.id,
            reason_code=reason,
        )
        self._assign(ticket, successor)
        yield from self._accept(ticket, successor)
        return successor

    # -- rounds of work -------------------------------------------------------------------------

    def _rounds(self, ticket: Ticket, engineer: Engineer) -> Process:
        """Work until restored for good: a reopened ticket goes round again."""
        reopens = self._reopens(ticket, engineer)
        while True:
            yield from self._work_once(ticket, engineer)
            if not reopens:
                break
            reopens -= 1
            self._restore(ticket, engineer, is_final=False)
            yield from self._until_reopened()
            self.journal.event(ticket, "reopened", engineer_id=None)
            self.journal.change(ticket, second_visit_reason="misdiagnosis")
            yield from self._office_opens()
            yield from self._accept(ticket, engineer)
        self._restore(ticket, engineer, is_final=True)
        yield from self._close(ticket)

    def _reopens(self, ticket: Ticket, engineer: Engineer) -> int:
        if ticket.stream in ("consumable", "help") or ticket.is_planted:
            return int(self.draw.hits(0.006))
        return int(self.draw.hits(0.01 + engineer.person.slip / 2))

    def _until_reopened(self) -> Process:
        yield self.env.timeout(self.draw.randrange(HOUR, 40 * HOUR))
        while not waking(self.env.now):
            yield self.env.timeout(HOUR)

    def _work_once(self, ticket: Ticket, engineer: Engineer) -> Process:
        mode = self.site.rows["tickets"].get(ticket.key, "triage_mode")
        self.aftermath.knowledge(ticket, engineer)
        if mode == "remote" and not ticket.has_worked:
            is_solved = yield from self.work.remote(ticket, engineer)
            if is_solved:
                self.journal.change(ticket, resolution_mode="remote")
                return
        yield from self.work.onsite(ticket, engineer)
        self.journal.change(ticket, resolution_mode="onsite")

    def _restore(self, ticket: Ticket, engineer: Engineer, *, is_final: bool) -> None:
        self.journal.event(ticket, "restored")
        outcome = _OUTCOMES.get(ticket.stream) or self._repair_outcome(ticket)
        if outcome in ("user_error", "no_fault_found") and ticket.is_warranty_case:
            ticket.is_warranty_case = False
            self.site.truth.drop_claims(ticket.id)
        is_complete = self.draw.hits(0.93)
        self.journal.change(
            ticket,
            outcome_code=outcome,
            cause_code=self._cause(ticket) if is_complete else None,
            resolution_text=self.draw.one(ticket.family.fixes) if is_complete else None,
        )
        if not is_final:
            return
        device = ticket.device
        if device and device.repair_since is not None and self.masters.get(device.id) is ticket:
            device.repairs.append((device.repair_since, self.env.now))
            device.repair_since = None
            del self.masters[device.id]
            for hook in self.on_restored:
                hook(ticket, engineer)

    def _repair_outcome(self, ticket: Ticket) -> str | None:
        if ticket.work_class not in ("repair", "bug"):
            return None
        return "replaced" if ticket.stream == "inherent" and self.draw.hits(0.12) else "repaired"

    def _cause(self, ticket: Ticket) -> str | None:
        if ticket.work_class not in ("repair", "bug") or ticket.stream == "nff":
            return None
        if ticket.stream == "user":
            return "man_operation"
        if ticket.cause:
            return ticket.cause
        return self.draw.weighted(ticket.family.causes)

    def _close(self, ticket: Ticket) -> Process:
        if ticket.engineer:
            ticket.engineer.load -= 1
        ticket.is_done = True
        if self.draw.hits(0.62):
            yield self.env.timeout(self.draw.seconds(70, 1.2))
            while not waking(self.env.now):
                yield self.env.timeout(HOUR)
            self.journal.event(ticket, "verified", engineer_id=None)
            yield self.env.timeout(self.draw.randrange(5, 600))
        else:
            yield self.env.timeout(3 * DAY)
        self.journal.event(ticket, "closed", engineer_id=None)
        self.aftermath.ask_rating(ticket)

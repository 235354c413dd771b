"""Planted repeat problems of a known number of failures: what the recurrence engine must find.

Holds their choice and their processes. The stories with reasons live in ``planted``.
"""

from collections.abc import Generator
from typing import Any

import simpy

from demo.clock import DAY, PROFILE
from demo.devices import Device
from demo.lives import Lives, Report
from demo.site import Note, Site

Process = Generator[simpy.Event, Any, None]

SIZES = (6, 8)
_GAP_DAYS = 9.0
# The last begin early enough to reach their number within the period.
_STARTS = (0.05, 0.55)


def plant(site: Site, lives: Lives) -> None:
    """Start the problems that the spec asks for, each on a device and fault family of its own.

    ``Site.truth.problems`` notes device, family, how many failures were meant and the tickets.
    """
    draw = site.draws("problems")
    devices = [d for d in site.fleet.devices if d.is_in_service and d.kind.families["inherent"]]
    draw.shuffle(devices)
    for number, device in enumerate(devices[: site.spec.problems]):
        share = draw.uniform(*_STARTS)
        note: Note = {
            "asset_id": device.id,
            "fault_family_code": draw.one(sorted(device.kind.families["inherent"])),
            "failures": SIZES[number % len(SIZES)],
            "ticket_ids": [],
        }
        site.truth.problems.append(note)
        start = site.spec.start + int(site.spec.day_count * share) * DAY
        gaps = [draw.expovariate(1 / _GAP_DAYS) for _ in range(note["failures"])]
        site.env.process(_fail(site, lives, device, note, float(start), gaps))


def _fail(
    site: Site, lives: Lives, device: Device, note: Note, moment: float, gaps: list[float]
) -> Process:
    """Fail again and again, each time some days after the restoration before."""
    for gap in gaps:
        moment = PROFILE.after(max(moment, float(site.env.now)), gap * DAY)
        yield site.env.timeout(max(0, int(moment) - site.env.now))
        while device.is_under_repair:
            yield site.env.timeout(DAY // 4)
        if not device.is_in_service:
            return
        family = note["fault_family_code"]
        ticket = lives.report(Report("inherent", family, device.department, device))
        note["ticket_ids"].append(ticket.id)

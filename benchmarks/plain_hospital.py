"""A department in rows: eight honest engineers, half a year of tickets, quickly drawn.

Holds the drawing of canonical rows for proofs that need hundreds of departments: everybody works
alike, nothing is planted. The hospital with a life of its own is in `demo`; what is proved with
these rows stands in `gaming_proofs`.
"""

from datetime import date, timedelta

from demo.catalogue import DeviceClass, load
from demo.chance import Chance, stream
from demo.clock import DAY, HOUR, MINUTE, midnight, worked_on
from demo.journal import PROMISES
from demo.people import SHIFT_END, SHIFT_START
from demo.tables import RowSet

FIRST, LAST = date(2026, 4, 1), date(2026, 10, 1)
QUARTER = date(2026, 7, 1)
AS_OF = date(2026, 11, 1)
ENGINEERS = tuple(f"E{number:02}" for number in range(1, 9))
TICKETS_A_DAY = 30
_DEVICES = 900
_CLASSES = ("台式机", "黑白打印机", "标签打印机", "自助机", "PDA", "移动护理车")
_SLIP = 0.04
_ROSTER_MINUTES = 600
_WEEK, _WORKDAYS = 7, 5


class PlainHospital:
    """Draws one department's rows."""

    def __init__(self, seed: int, site_id: str) -> None:
        """Draw everything; the rows stand in ``rows``."""
        self.rows, self.draw = RowSet(site_id), stream(seed, site_id, "plain")
        self._tickets = self._events = 0
        kinds = {kind.name: kind for kind in load().classes}
        self._kinds = [kinds[name] for name in _CLASSES]
        self._families = load().families
        self._write_registers(site_id)
        self._devices = self._write_devices()
        for number in range((LAST - FIRST).days):
            self._day(FIRST + timedelta(days=number))

    def _write_registers(self, site_id: str) -> None:
        self.rows["sites"].add(name=site_id, timezone="Asia/Shanghai", org_type="hospital_it")
        for number in range(1, 5):
            self.rows["departments"].add(department_id=f"D{number}", name=f"科室{number}")
        for engineer in ENGINEERS:
            self.rows["engineers"].add(
                engineer_id=engineer, name=engineer, hired_on=date(2020, 1, 1)
            )
            self.rows["engineer_postings"].add(
                engineer_id=engineer, valid_from=date(2020, 1, 1), role="运维工程师", grade="中级"
            )

    def _write_devices(self) -> list[tuple[str, DeviceClass]]:
        found = []
        for number in range(_DEVICES):
            kind = self._kinds[number % len(self._kinds)]
            key = self.rows["assets"].add(
                asset_id=f"A{number:04}", tag=f"A{number:04}", asset_class=kind.name, brand="B",
                model="M", department_id=f"D{number % 4 + 1}", criticality=kind.criticality,
                ownership="own", purchased_on=date(2023, 1, 1), accepted_on=date(2023, 1, 1),
            )  # fmt: skip
            found.append((str(key[1]), kind))
        return found

    def _day(self, day: date) -> None:
        number = day.toordinal()
        present = [
            engineer
            for place, engineer in enumerate(ENGINEERS)
            if (number + place) % _WEEK < _WORKDAYS
        ]
        for engineer in present:
            self.rows["engineer_time"].add(
                engineer_id=engineer, on_date=day, kind="roster", minutes=_ROSTER_MINUTES
            )
        for _ in range(self.draw.poisson(TICKETS_A_DAY)):
            asset_id, kind = self.draw.one(self._devices)
            family = self.draw.weighted(kind.families["inherent"])
            at = midnight(day) + self.draw.randrange(8 * HOUR, 17 * HOUR + HOUR // 2)
            self._life(at, asset_id, family, self.draw.one(present), present)

    def _life(self, at: int, asset_id: str, family: str, engineer: str, present: list[str]) -> None:
        draw = self.draw
        priority = draw.weighted({"P2": 12, "P3": 50, "P4": 38})
        hard = self._families[family].minutes
        sent = at + draw.randrange(2 * MINUTE, 8 * MINUTE)
        taken = self._worked(sent, draw.seconds(4, 0.9))
        came = self._worked(taken, draw.seconds(15, 0.7) + self._queued(priority))
        begun = self._worked(came, draw.seconds(3, 0.5))
        done = self._worked(begun, draw.seconds(1.5 * hard, 0.5))
        colleague = draw.one(present) if draw.hits(0.03) else engineer
        steps = [("reported", at, {}), ("created", at + 20, {}),
                 ("dispatched", sent, {"to_engineer_id": colleague}),
                 ("accepted", taken, {"engineer_id": engineer}),
                 ("arrived", came, {"engineer_id": engineer}),
                 ("work_started", begun, {"engineer_id": engineer})]  # fmt: skip
        if draw.hits(0.05):
            until = self._worked(done, draw.seconds(150, 0.8))
            who = {"engineer_id": engineer, "reason_code": "waiting_user"}
            steps.append(("paused", done, who))
            if draw.hits(0.8):
                steps.append(("chased", done + (until - done) // 2, {}))
            steps.append(("resumed", until, who))
            done = self._worked(until, 5 * MINUTE)
        if draw.hits(0.02):
            steps.append(("restored", done, {"engineer_id": engineer}))
            back = self._worked(done + draw.randrange(HOUR, 60 * HOUR), 0)
            steps += [("reopened", back, {}), ("accepted", back + 300, {"engineer_id": engineer})]
            done = self._worked(back, draw.seconds(hard, 0.5))
        steps.append(("restored", done, {"engineer_id": engineer}))
        closed = self._worked(done, draw.seconds(90, 0.8))
        if draw.hits(0.62):
            steps.append(("verified", closed, {}))
        steps.append(("closed", closed + 60, {}))
        self._write(steps, asset_id, family, priority, engineer, (came, done))
        if draw.hits(_SLIP):
            again = self._worked(done + draw.randrange(DAY, 20 * DAY), 0)
            if again < midnight(LAST):
                self._life(again, asset_id, family, draw.one(present), present)

    def _worked(self, instant: int, seconds: int) -> int:
        return worked_on(instant, seconds, SHIFT_START, SHIFT_END)

    def _queued(self, priority: str) -> int:
        """Return a wait in line: mostly short, now and then beyond the time to restore."""
        if self.draw.hits(0.12):
            return int(self.draw.uniform(0.7, 1.5) * PROMISES["restore"][priority] * MINUTE)
        return self.draw.seconds(10, 0.8)

    def _write(
        self,
        steps: list[tuple[str, int, dict[str, str]]],
        asset_id: str,
        family: str,
        priority: str,
        engineer: str,
        worked: tuple[int, int],
    ) -> None:
        draw = self.draw
        self._tickets += 1
        ticket_id = f"T{self._tickets:06}"
        is_told = draw.hits(0.93)
        self.rows["tickets"].add(
            ticket_id=ticket_id, ticket_no=ticket_id, channel="wechat", work_class="repair",
            title=family, fault_family_code=family, cause_code="machine_aging" if is_told else None,
            outcome_code=draw.weighted({"repaired": 86, "user_error": 8, "no_fault_found": 6}),
            urgency={"P2": "high", "P3": "normal"}.get(priority, "low"), priority=priority,
            service_impact="down", department_id=f"D{int(asset_id[1:]) % 4 + 1}",
            asset_id=asset_id if draw.hits(0.96) else None, reported_at=steps[0][1],
            created_by_engineer_id=draw.one(ENGINEERS) if draw.hits(0.03) else None,
            is_onsite_required=True, resolution_mode="onsite",
            resolution_text="已处理" if is_told else None, updated_at=steps[-1][1],
        )  # fmt: skip
        for seq, (kind, at, values) in enumerate(steps, start=1):
            self._events += 1
            self.rows["ticket_events"].add(
                event_id=f"V{self._events:07}", ticket_id=ticket_id, seq=seq, at=at, type=kind,
                recorded_at=at, **values,
            )  # fmt: skip
        came, done = worked
        self.rows["effort_logs"].add(
            ticket_id=ticket_id, engineer_id=engineer, started_at=came, kind="onsite",
            ended_at=min(done, came + int(draw.around(90, 0.5) * MINUTE)),
        )  # fmt: skip
        if draw.hits(0.34):
            marks = {name: float(min(5, max(1, round(draw.gauss(4.6, 0.6))))) for name in _MARKS}
            self.rows["ratings"].add(
                rating_id=f"G{self._tickets:06}", ticket_id=ticket_id, asked_at=steps[-1][1],
                rated_at=steps[-1][1] + draw.seconds(200, 1.0), scale_max=5.0, is_auto=False,
                is_self=False, **marks,
            )  # fmt: skip


_MARKS = ("response_speed", "professionalism", "communication", "overall")


def own_draw(seed: int, site_id: str) -> Chance:
    """Return the stream of chance of a department's manoeuvres."""
    return stream(seed, site_id, "manoeuvres")

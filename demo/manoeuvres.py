"""Manoeuvres to look better than one works, planted in a quarter: what the watch must find.

Holds the six moves that hospitals know and the rewriting of finished rows, engineer by engineer,
each beside the same hospital without it: nothing else differs. The shares are the size that the
truth file names. Habits that belong to a person's work (parking, picking) live in ``lives``.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from demo.chance import Chance
from demo.clock import DAY, HOUR, MINUTE, worked_on
from demo.journal import PROMISES
from demo.people import SHIFT_END, SHIFT_START
from demo.site import Note
from demo.tables import RowSet

# Of the tickets that the engineer resolved in the quarter.
SHARES = {
    "splitting": 0.15,
    "cherry_picking": 0.30,
    "parking": 0.15,
    "early_close": 0.15,
    "dumping": 0.10,
    "user_error": 0.20,
}
_EASY_MINUTES, _HARD_MINUTES = 20, 25
_PASSED_ON = 0.9  # of the time to restore
_SOON = 30 * DAY
_REPAIRS = ("repair", "bug")


@dataclass
class _Story:
    """A ticket with its events in order, and who restored it last."""

    ticket: dict[str, Any]
    events: list[dict[str, Any]]

    def at(self, kind: str, *, last: bool = False) -> int | None:
        found = [event["at"] for event in self.events if event["type"] == kind]
        return (found[-1] if last else found[0]) if found else None

    @property
    def engineer(self) -> str | None:
        found = [e["engineer_id"] for e in self.events if e["type"] == "restored"]
        return found[-1] if found else None

    @property
    def lasted(self) -> float:
        """How much of the source's promise the restoration took; over 1 is late."""
        promise = PROMISES["restore"][self.ticket["priority"]] * MINUTE
        due = worked_on(self.ticket["reported_at"], promise, SHIFT_START, SHIFT_END)
        taken = (self.at("restored", last=True) or due) - self.ticket["reported_at"]
        return float(taken / max(due - self.ticket["reported_at"], 1))


def _records(rows: RowSet, table: str) -> Iterator[dict[str, Any]]:
    return rows[table].records()


class Manoeuvres:
    """Rewrites the rows of one site as if some of its engineers had played in a quarter."""

    def __init__(
        self, rows: RowSet, draw: Chance, quarter: tuple[int, int], minutes: dict[str, float]
    ) -> None:
        """Read the stories of the quarter.

        Args:
            rows: of a site whose simulation is over; changed in place, before a store has them.
            draw: the site's own stream for this.
            quarter: first and last instant (exclusive) of the reports that may be touched.
            minutes: hands-on minutes by fault family, so that easy and hard are known.
        """
        self.rows, self.draw, self.minutes = rows, draw, minutes
        self._added = 0
        self._touched: set[str] = set()
        self._reports: dict[tuple[object, object], list[int]] = defaultdict(list)
        for row in _records(rows, "tickets"):
            self._reports[row["asset_id"], row["fault_family_code"]].append(row["reported_at"])
        events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in _records(rows, "ticket_events"):
            insort(events[event["ticket_id"]], event, key=lambda e: (e["at"], e["seq"]))
        self.stories = [
            _Story(ticket, events[ticket["ticket_id"]])
            for ticket in _records(rows, "tickets")
            if quarter[0] <= ticket["reported_at"] < quarter[1]
        ]

    def plant(self, engineers: Sequence[str]) -> list[Note]:
        """Let each engineer play one manoeuvre, the first the first, and tell which tickets."""
        moves: dict[str, Callable[[str, list[_Story]], list[str]]] = {
            "splitting": self._split,
            "cherry_picking": self._pick,
            "parking": self._park,
            "early_close": self._close_early,
            "dumping": self._dump,
            "user_error": self._blame,
        }
        return [
            {
                "manoeuvre": name,
                "engineer_id": engineer,
                "share": SHARES[name],
                "ticket_ids": move(engineer, self._chosen(name, engineer)),
            }
            for (name, move), engineer in zip(moves.items(), engineers, strict=False)
        ]

    def _chosen(self, name: str, engineer: str) -> list[_Story]:
        """Return the engineer's tickets that serve best, as many as the share says."""
        own = [s for s in self.stories if s.engineer == engineer]
        count = round(SHARES[name] * len(own))
        own = [s for s in own if s.ticket["ticket_id"] not in self._touched]
        self.draw.shuffle(own)
        if name in ("parking", "dumping"):
            # late ones first: that is what the move is for
            own.sort(key=lambda story: story.lasted < 1)
        if name == "user_error":
            own.sort(key=lambda story: not self._came_back(story))
        if name == "cherry_picking":
            own = [s for s in own if self._minutes(s) >= _HARD_MINUTES]
        if name in ("splitting", "early_close", "user_error"):
            own = [s for s in own if s.ticket["work_class"] in _REPAIRS and s.ticket["asset_id"]]
        self._touched |= {s.ticket["ticket_id"] for s in own[:count]}
        return own[:count]

    def _came_back(self, story: _Story) -> bool:
        done = story.at("restored") or 0
        place = story.ticket["asset_id"], story.ticket["fault_family_code"]
        return any(done < at < done + _SOON for at in self._reports[place])

    def _minutes(self, story: _Story) -> float:
        return self.minutes.get(story.ticket["fault_family_code"] or "", _EASY_MINUTES + 1.0)

    # -- writing --------------------------------------------------------------------------------

    def _event(self, ticket_id: str, at: int, kind: str, seq: int, **values: object) -> None:
        self._added += 1
        self.rows["ticket_events"].add(
            event_id=f"M{self._added:07d}", ticket_id=ticket_id, seq=seq, at=at, type=kind,
            recorded_at=at, **values,
        )  # fmt: skip

    def _change(self, event: dict[str, Any], **values: object) -> None:
        self.rows["ticket_events"].change((self.rows.site_id, event["event_id"]), **values)

    def _hand(self, story: _Story, before: str, after: str, *, since: int = 0) -> None:
        """Let one engineer have done what another did, from an instant on; dispatches stand."""
        for event in story.events:
            if event["at"] >= since and event["type"] not in ("dispatched", "created"):
                for column in ("engineer_id", "to_engineer_id"):
                    if event[column] == before:
                        self._change(event, **{column: after})
        logs = self.rows["effort_logs"]
        for log in self._logs(story):
            if log["engineer_id"] == before and log["started_at"] >= since:
                key = (self.rows.site_id, log["ticket_id"], before, log["started_at"])
                logs.remove(key)
                if (*key[:2], after, key[3]) not in logs:  # they may have helped just then
                    logs.add(**(log | {"engineer_id": after}))

    def _logs(self, story: _Story) -> list[dict[str, Any]]:
        if not hasattr(self, "_efforts"):
            self._efforts: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for log in _records(self.rows, "effort_logs"):
                del log["site_id"]
                self._efforts[log["ticket_id"]].append(log)
        return self._efforts[story.ticket["ticket_id"]]

    def _another_ticket(self, story: _Story, suffix: str, reported_at: int, **values: Any) -> str:
        row = {name: value for name, value in story.ticket.items() if name != "site_id"}
        ticket_id = f"{row['ticket_id']}{suffix}"
        row |= {"ticket_id": ticket_id, "ticket_no": f"{row['ticket_no']}{suffix}",
                "reported_at": reported_at} | values  # fmt: skip
        self.rows["tickets"].add(**row)
        return ticket_id

    def _short_life(self, ticket_id: str, engineer: str, steps: Sequence[tuple[str, int]]) -> None:
        for seq, (kind, at) in enumerate(steps, start=1):
            values = {} if kind == "reported" else {"engineer_id": engineer}
            self._event(ticket_id, at, kind, seq, **values)

    # -- the moves ------------------------------------------------------------------------------

    def _split(self, engineer: str, stories: list[_Story]) -> list[str]:
        """Open another ticket for the same fault, beside the first, and be done in minutes."""
        made = []
        for story in stories:
            at = story.at("restored", last=True) or 0
            ticket_id = self._another_ticket(
                story, "-S", at - 20 * MINUTE, created_by_engineer_id=engineer
            )
            self._short_life(
                ticket_id, engineer,
                (("reported", at - 20 * MINUTE), ("created", at - 20 * MINUTE),
                 ("accepted", at - 19 * MINUTE), ("arrived", at - 18 * MINUTE),
                 ("work_started", at - 17 * MINUTE), ("restored", at), ("closed", at + MINUTE)),
            )  # fmt: skip
            made.append(ticket_id)
        return made

    def _pick(self, engineer: str, stories: list[_Story]) -> list[str]:
        """Take an easy ticket that another was sent, and leave them a hard one of one's own."""
        easy = [
            s for s in self.stories
            if s.engineer not in (None, engineer) and self._minutes(s) <= _EASY_MINUTES
            and s.ticket["ticket_id"] not in self._touched
            and not any(event["type"] in ("transferred", "reopened") for event in s.events)
        ]  # fmt: skip
        self.draw.shuffle(easy)
        taken = []
        for hard, soft in zip(stories, easy, strict=False):
            colleague = str(soft.engineer)
            self._hand(soft, colleague, engineer)
            self._hand(hard, engineer, colleague)
            taken.append(soft.ticket["ticket_id"])
            self._touched.add(soft.ticket["ticket_id"])
        return taken

    def _park(self, engineer: str, stories: list[_Story]) -> list[str]:
        """Say that the user keeps one waiting, without a call, for as long as it really took."""
        parked = []
        for story in stories:
            begun, ended = story.at("work_started"), story.at("restored", last=True)
            if begun is None or ended is None or ended - begun < 10 * MINUTE:
                begun, ended = story.at("accepted"), story.at("arrived")
            if begun is None or ended is None or ended - begun < 2 * MINUTE:
                continue
            who = {"engineer_id": engineer, "reason_code": "waiting_user"}
            seq = story.events[-1]["seq"]
            until = max(ended - MINUTE, begun + MINUTE + HOUR)
            self._event(story.ticket["ticket_id"], begun + MINUTE, "paused", seq + 1, **who)
            self._event(story.ticket["ticket_id"], until, "resumed", seq + 2, **who)
            self._later(story, ended, max(0, until + MINUTE - ended))
            parked.append(story.ticket["ticket_id"])
        return parked

    def _later(self, story: _Story, since: int, seconds: int) -> None:
        """Put off what happened from an instant on."""
        for event in story.events:
            if seconds and event["at"] >= since:
                self._change(event, at=event["at"] + seconds)

    def _close_early(self, engineer: str, stories: list[_Story]) -> list[str]:
        """Call it done on arrival; within two days the ward comes back, on the ticket or anew."""
        closed = []
        for place, story in enumerate(stories):
            came, done = story.at("arrived"), story.at("restored", last=True)
            if came is None or done is None or done <= came + 3 * MINUTE:
                continue
            ticket_id, early = story.ticket["ticket_id"], came + 2 * MINUTE
            again = early + self.draw.randrange(HOUR, 40 * HOUR)
            again = worked_on(again, 0, SHIFT_START, SHIFT_END)
            end = worked_on(again, done - came, SHIFT_START, SHIFT_END)
            seq = story.events[-1]["seq"]
            if place % 2:
                self._later(story, done, end - done)
                self._event(ticket_id, early, "restored", seq + 1, engineer_id=engineer)
                self._event(ticket_id, again, "reopened", seq + 2)
                self._event(
                    ticket_id, again + 5 * MINUTE, "accepted", seq + 3, engineer_id=engineer
                )
            else:
                for event in story.events:
                    if event["type"] == "restored":
                        self._change(event, at=early)
                other = self._another_ticket(story, "-E", again, created_by_engineer_id=None)
                self._short_life(
                    other, engineer,
                    (("reported", again), ("accepted", again + 5 * MINUTE),
                     ("arrived", again + 9 * MINUTE), ("restored", max(end, again + 10 * MINUTE)),
                     ("verified", end + HOUR), ("closed", end + 2 * HOUR)),
                )  # fmt: skip
            closed.append(ticket_id)
        return closed

    def _dump(self, engineer: str, stories: list[_Story]) -> list[str]:
        """Sit on it, and pass it to a colleague when the time is nearly up."""
        colleagues = sorted({s.engineer for s in self.stories if s.engineer} - {engineer})
        dumped = []
        for story in stories:
            ticket_id, taken = story.ticket["ticket_id"], story.at("accepted")
            if taken is None:
                continue
            promise = PROMISES["restore"][story.ticket["priority"]] * MINUTE
            passed = worked_on(taken, int(_PASSED_ON * promise), SHIFT_START, SHIFT_END)
            begun = min(event["at"] for event in story.events if event["at"] > taken)
            colleague, seq = self.draw.one(colleagues), story.events[-1]["seq"]
            self._later(story, taken + 1, max(0, passed + 10 * MINUTE - begun))
            self._hand(story, engineer, colleague, since=taken + 1)
            self._event(
                ticket_id, passed, "transferred", seq + 1,
                engineer_id=engineer, to_engineer_id=colleague, reason_code="load",
            )  # fmt: skip
            self._event(ticket_id, passed + MINUTE, "accepted", seq + 2, engineer_id=colleague)
            dumped.append(ticket_id)
        return dumped

    def _blame(self, engineer: str, stories: list[_Story]) -> list[str]:
        """Put faults down to the user, or to nothing at all: those first that came back."""
        del engineer
        blamed = [s.ticket["ticket_id"] for s in stories]
        for place, ticket_id in enumerate(blamed):
            outcome = "no_fault_found" if place % 2 else "user_error"
            self.rows["tickets"].change((self.rows.site_id, ticket_id), outcome_code=outcome)
        return blamed

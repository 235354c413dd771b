"""Spare parts: the stores, their balances, replenishment and every move that changes them.

Holds the (minimum, order-up-to) stock of the main store and the engineers' bags, and writes
``parts``, ``stores``, ``stock_moves`` and ``part_requests``. Balances never go below zero. A move's
quantity is positive and its kind gives the direction, but ``adjust`` is signed; ``count`` states
the balance found.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from demo.catalogue import Catalogue, Part
from demo.chance import Chance
from demo.clock import DAY, HOUR, MINUTE, World, day_start, local_date, midnight, next_month
from demo.people import Engineer
from demo.spec import DemoSpec
from demo.tables import RowSet

MAIN = "S-MAIN"
_BAG_PARTS = {"P-CABLE": 4.0, "P-KBM": 2.0, "P-TONER": 3.0}
_WEEKS_ORDERED = 3.0
_SMALL_STOCK = 3


@dataclass(frozen=True)
class Issue:
    """Who takes a part for what."""

    ticket_id: str | None
    asset_id: str | None
    engineer: Engineer


class Stock:
    """Balances by store and part, with the rows of every move."""

    def __init__(
        self, spec: DemoSpec, catalogue: Catalogue, rows: RowSet, draw: Chance, env: World
    ) -> None:
        """Write parts and the main store with an opening stock."""
        self.spec, self.rows, self.draw, self.env = spec, rows, draw, env
        self.parts = catalogue.parts
        self.scale = spec.figures.devices / 2010
        self.level: dict[tuple[str, str], float] = {}
        self.lots: dict[str, str] = {}
        self._moves = self._requests = self._lots = 0
        self._on_order: set[str] = set()
        self._arrivals: dict[str, simpy.Event] = {}
        self.prices = {part.id: part.price_cny for part in self.parts.values()}
        self.rows["stores"].add(store_id=MAIN, name="信息科备件库")
        for part in self.parts.values():
            self._write_part(part)
            self.lots[part.id] = self._new_lot(part)
            self.move("in", part.id, MAIN, self.minimum(part) + self._order_size(part))

    def open_bags(self, engineers: list[Engineer]) -> None:
        """Give every engineer a bag, stocked from the main store by transfers."""
        for engineer in engineers:
            store_id = f"S-{engineer.id}"
            self.rows["stores"].add(
                store_id=store_id, name=f"{engineer.person.name}的工具包", engineer_id=engineer.id
            )
            for part_id in _BAG_PARTS:
                self.refill(store_id, part_id)

    def _write_part(self, part: Part) -> None:
        self.rows["parts"].add(
            part_id=part.id,
            part_no=f"0{len(self.rows['parts']) + 1:04d}",
            name=part.name,
            part_class=part.part_class,
            unit=part.unit,
            unit_price_cny=part.price_cny,
            min_stock=self.minimum(part),
            is_consumable=part.is_consumable,
        )

    def minimum(self, part: Part) -> float:
        """Minimum stock of the part at this size of hospital."""
        return max(1.0, float(round(part.min_stock * max(self.scale, 0.15))))

    def _order_size(self, part: Part) -> float:
        return max(2.0, float(round(part.weekly_use * self.scale * _WEEKS_ORDERED)))

    def _new_lot(self, part: Part) -> str:
        self._lots += 1
        return f"{part.id[2:]}-{local_date(self.env.now):%y%m}-{self._lots:04d}"

    def move(
        self, kind: str, part_id: str, store_id: str, quantity: float, issue: Issue | None = None
    ) -> str:
        """Write one move now and keep the balance; returns its id."""
        self._moves += 1
        move_id = f"M{self._moves:07d}"
        sign = {"in": 1, "transfer_in": 1, "return": 1, "adjust": 1, "count": 0}.get(kind, -1)
        key = (store_id, part_id)
        self.level[key] = self.level.get(key, 0.0) + sign * quantity
        if self.level[key] < 0:
            raise ValueError(f"stock of {part_id} in {store_id} below zero")
        self.rows["stock_moves"].add(
            move_id=move_id,
            part_id=part_id,
            store_id=store_id,
            at=self.env.now,
            kind=kind,
            quantity=quantity,
            unit_price_cny=self.prices[part_id],
            ticket_id=issue.ticket_id if issue else None,
            asset_id=issue.asset_id if issue else None,
            lot_no=self.lots[part_id],
            engineer_id=issue.engineer.id if issue else None,
        )
        return move_id

    def on_hand(self, store_id: str, part_id: str) -> float:
        """Present balance."""
        return self.level.get((store_id, part_id), 0.0)

    def refill(self, store_id: str, part_id: str) -> None:
        """Fill a bag from the main store, as far as it has any."""
        wanted = _BAG_PARTS[part_id] - self.on_hand(store_id, part_id)
        amount = min(wanted, self.on_hand(MAIN, part_id))
        if amount > 0:
            self.move("transfer_out", part_id, MAIN, amount)
            self.move("transfer_in", part_id, store_id, amount)
            self._order_if_low(part_id)

    def take(self, part_id: str, issue: Issue) -> bool:
        """Issue one piece, from the engineer's bag or the main store; False when there is none."""
        for store_id in (f"S-{issue.engineer.id}", MAIN):
            if self.on_hand(store_id, part_id) >= 1:
                self.move("out", part_id, store_id, 1.0, issue)
                if store_id == MAIN:
                    self._order_if_low(part_id)
                return True
        self._order_if_low(part_id)
        return False

    def request(self, part_id: str, issue: Issue) -> tuple[object, ...]:
        """Write a request for a part that is out of stock; returns its key."""
        self._requests += 1
        return self.rows["part_requests"].add(
            request_id=f"R{self._requests:06d}",
            part_id=part_id,
            ticket_id=issue.ticket_id,
            requested_at=self.env.now,
            quantity=1.0,
            issued_quantity=0.0,
        )

    def fulfil(self, key: tuple[object, ...]) -> None:
        """Mark a request as issued now."""
        self.rows["part_requests"].change(key, issued_quantity=1.0, issued_at=self.env.now)

    def bad_paper_lot(self) -> str:
        """Put a delivery of the bad paper lot in stock (once) and make it the lot in use."""
        lot = "PAPER-BAD-01"
        if self.lots["P-PAPER"] != lot:
            self.lots["P-PAPER"] = lot
            self.move("in", "P-PAPER", MAIN, self._order_size(self.parts["P-PAPER"]))
        return lot

    def issue_paper(self, asset_id: str | None, engineer: Engineer) -> None:
        """Issue a pack of paper to a printer or a ward, if there is one left."""
        self.take("P-PAPER", Issue(None, asset_id, engineer))

    def arrival(self, part_id: str) -> simpy.Event:
        """Return the event of the part's next delivery."""
        self._order_if_low(part_id)
        return self._arrivals[part_id]

    def _order_if_low(self, part_id: str) -> None:
        part = self.parts[part_id]
        if part_id in self._on_order or self.on_hand(MAIN, part_id) > self.minimum(part):
            return
        self._on_order.add(part_id)
        self._arrivals[part_id] = self.env.event()
        self.env.process(self._deliver(part))

    def _deliver(self, part: Part) -> Generator[simpy.Event, Any, None]:
        days = max(1, round(self.draw.around(part.lead_days, 0.4)))
        arrives = day_start(self.env.now) + days * DAY + 10 * HOUR
        yield self.env.timeout(arrives + self.draw.randrange(6 * HOUR) - self.env.now)
        drift = 1 + self.draw.uniform(-0.02, 0.025)
        self.prices[part.id] = round(self.prices[part.id] * drift, 2)
        self.lots[part.id] = self._new_lot(part)
        self.move("in", part.id, MAIN, self._order_size(part) + self.minimum(part))
        self._on_order.discard(part.id)
        self._arrivals.pop(part.id).succeed()

    def rounds(self, engineers: list[Engineer]) -> Generator[simpy.Event, Any, None]:
        """Refill the bags every morning and count the main store on the last day of the month."""
        while True:
            yield self.env.timeout(7 * HOUR + 40 * MINUTE)
            for _ in range(self.draw.poisson(self.parts["P-PAPER"].weekly_use / 7 * self.scale)):
                self.issue_paper(None, self.draw.one(engineers))
            for engineer in engineers:
                for part_id in _BAG_PARTS:
                    self.refill(f"S-{engineer.id}", part_id)
            yield self.env.timeout(10 * HOUR + 5 * MINUTE)
            today = day_start(self.env.now)
            if midnight(next_month(local_date(today))) == today + DAY:
                self._count_all()
            yield self.env.timeout(today + DAY - self.env.now)

    def _count_all(self) -> None:
        for part_id in self.parts:
            found = self.on_hand(MAIN, part_id)
            if found > _SMALL_STOCK and self.draw.hits(0.06):
                self.move("adjust", part_id, MAIN, -1.0)
            self.move("count", part_id, MAIN, self.on_hand(MAIN, part_id))
            self._order_if_low(part_id)

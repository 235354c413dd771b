"""Meters and pages: monthly readings, per-page contracts, the vendor's bills, two of them wrong.

Holds ``meter_readings``, ``print_contracts`` and ``vendor_bills``. A bill is the sum over the
contract's machines of pages × price, rounded once; the planted wrong bills charge one machine's
pages twice.
"""

from collections.abc import Generator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import simpy

from assets.sources.contract import tables
from demo.clock import DAY, HOUR, local_date, local_month, midnight, next_month
from demo.devices import Device
from demo.site import Site

_CONTRACT = "PC-0001"
_VENDOR = "V08"
_MONO, _COLOUR = Decimal("0.045"), Decimal("0.320")
_ROLLOVER = 100_000
_MISBILLED_MONTHS = (4, 11)  # the n-th bill of the period
_DAYS_TO_FOURTH_BILL = 150
_CENT = Decimal("0.01")
_COLOUR_SHARE = 0.35


@dataclass
class Meter:
    """A counter of one device. ``total`` is what truly ran, ``offset`` what was replaced away."""

    device: Device
    name: str
    per_day: float
    total: float = 0.0
    offset: float = 0.0
    billed: float | None = None

    @property
    def rolls_over(self) -> bool:
        """Whether this counter starts again at 100 000."""
        return _rolls_over(self.device)

    @property
    def shown(self) -> int:
        """What the counter shows."""
        pages = int(self.total - self.offset)
        return pages % _ROLLOVER if self.rolls_over else pages


class Printing:
    """Reads the meters on every month's last day and bills the leased printers."""

    def __init__(self, site: Site) -> None:
        """Write the first readings; leased printers stand under one per-page contract."""
        self.site, self.env = site, site.env
        self.draw = site.draws("printing")
        self._meters: dict[tuple[str, str], Meter] = {}
        self._bills = 0
        self._under_contract: set[str] = set()
        self._first_look()

    def _first_look(self) -> None:
        for device in self.site.fleet.devices:
            if device.is_pool or not device.is_in_service:
                continue
            for name in device.kind.meters:
                key = (device.id, name)
                if key not in self._meters:
                    self._meters[key] = self._new_meter(device, name)
            is_leased = device.kind.code in ("PR", "CP") and device.model.name.startswith("MC-")
            if is_leased and device.id not in self._under_contract:
                self._sign(device)

    def _new_meter(self, device: Device, name: str) -> Meter:
        share = _COLOUR_SHARE if name == "colour_pages" else 1.0
        meter = Meter(device, name, device.kind.usage_per_day * share * self.draw.uniform(0.4, 1.8))
        age = (self.env.now - device.accepted_at) / DAY
        meter.total = meter.billed = float(int(meter.per_day * age))
        self._read(meter, False)
        return meter

    def _sign(self, device: Device) -> None:
        self._under_contract.add(device.id)
        self.site.rows["print_contracts"].add(
            contract_id=_CONTRACT,
            asset_id=device.id,
            starts_on=max(self.site.spec.first_day.replace(day=1), local_date(device.accepted_at)),
            mono_price_cny=_MONO,
            colour_price_cny=_COLOUR if device.kind.code == "CP" else None,
            vendor_id=_VENDOR,
            rollover_at=float(_ROLLOVER) if _rolls_over(device) else None,
        )

    def months(self) -> Generator[simpy.Event, Any, None]:
        """Read all meters at 16:00 on the last day of the month, bill on the third, for ever."""
        while True:
            starts = midnight(next_month(local_date(self.env.now)))
            span = (starts - 8 * HOUR - self.env.now) / DAY
            yield self.env.timeout(max(0, starts - 8 * HOUR - self.env.now))
            month = local_month(self.env.now)
            pages = self._read_all(max(0.0, min(span, 31.0)))
            self._first_look()
            yield self.env.timeout(starts - self.env.now)
            self.env.process(self._bill(month, pages))

    def _read_all(self, days: float) -> dict[tuple[str, str], int]:
        """Advance and read every meter; returns the pages by device and meter."""
        ran: dict[tuple[str, str], int] = {}
        for key, meter in self._meters.items():
            if not meter.device.is_in_service:
                continue
            meter.total += int(meter.per_day * days * self.draw.uniform(0.8, 1.2))
            is_replaced = self.draw.hits(0.002)
            if is_replaced:
                self._read(meter, False, at=self.env.now - HOUR)
                meter.offset = meter.total
            self._read(meter, is_replaced)
            before = meter.billed if meter.billed is not None else meter.total
            ran[key] = int(meter.total - before)
            meter.billed = meter.total
        return ran

    def _read(self, meter: Meter, is_replaced: bool, *, at: int | None = None) -> None:
        self.site.rows["meter_readings"].add(
            asset_id=meter.device.id,
            meter=meter.name,
            read_at=at if at is not None else self.env.now,
            value=float(meter.shown),
            is_replaced=is_replaced,
        )

    def _bill(self, month: str, pages: dict[tuple[str, str], int]) -> Any:
        yield self.env.timeout(2 * DAY + 10 * HOUR)
        charged = {key: n for key, n in pages.items() if key[0] in self._under_contract}
        if not charged:
            return
        self._bills += 1
        expected = _price(charged)
        amount = expected
        if self._bills in _MISBILLED_MONTHS or (self._bills == 1 and self._is_short()):
            wrong = max(charged, key=lambda key: (charged[key], key))
            amount += _price({wrong: charged[wrong]})
            self.site.truth.misbilled.append(
                {
                    "bill_id": f"VB{self._bills:04d}",
                    "month": month,
                    "asset_id": wrong[0],
                    "expected_cny": str(expected),
                    "billed_cny": str(amount),
                }
            )
        self.site.rows["vendor_bills"].add(
            bill_id=f"VB{self._bills:04d}",
            contract_id=_CONTRACT,
            month=month,
            amount_cny=amount,
            invoice_no=f"{self.draw.randrange(10**20):020d}",
        )

    def _is_short(self) -> bool:
        return self.site.spec.day_count < _DAYS_TO_FOURTH_BILL


def _rolls_over(device: Device) -> bool:
    """Whether the device's counter starts again, where the contract has a number to say so."""
    column = tables()["print_contracts"].column("rollover_at")
    return device.model.name == "MC-L40" and column.type.startswith("DECIMAL")


def _price(pages: dict[tuple[str, str], int]) -> Decimal:
    prices = {"mono_pages": _MONO, "colour_pages": _COLOUR}
    total = sum((prices[meter] * count for (_, meter), count in pages.items()), Decimal(0))
    return total.quantize(_CENT, ROUND_HALF_UP)

"""The fleet of a site: its devices, their states over time, moves, stops, purchases, retirements.

Holds the building of the fleet and its slow life (months), and writes ``assets`` and
``asset_states``. Reports and repairs belong in ``demand`` and ``lives``.
"""

from collections.abc import Generator
from datetime import date, timedelta
from random import Random
from typing import Any

import simpy

from demo.catalogue import Catalogue, Department, DeviceClass, Model
from demo.clock import DAY, HOUR, World, local_date, midnight, next_month
from demo.devices import Device
from demo.spec import DemoSpec
from demo.tables import RowSet

Process = Generator[simpy.Event, Any, None]

_MONTHLY_RETIREMENTS = 0.006
_MONTHLY_MOVES = 0.005
_MONTHLY_STOPS = 0.002
_OWN_SHARE = 0.97
_VARIATION = 0.45  # of devices that are unequal by chance alone
# Device classes stand mostly in departments of these types; elsewhere with a tenth of the weight.
_PLACES = {
    "自助机": {"outpatient"},
    "移动护理车": {"inpatient", "emergency"},
    "PDA": {"inpatient", "emergency"},
    "体征采集仪": {"inpatient", "emergency", "outpatient"},
    "监护仪": {"inpatient", "emergency"},
    "标签打印机": {"inpatient", "emergency", "medical_technology"},
    "扫描枪": {"outpatient", "medical_technology", "inpatient"},
    "读卡器": {"outpatient", "emergency"},
}


def scaled_counts(weights: list[float], total: int) -> list[int]:
    """Split ``total`` by weights into whole numbers (largest remainder, at least one each)."""
    scale = total / sum(weights)
    exact = [weight * scale for weight in weights]
    counts = [max(1, int(value)) for value in exact]
    order = sorted(range(len(exact)), key=lambda place: (int(exact[place]) - exact[place], place))
    place = 0
    while sum(counts) < total:
        counts[order[place % len(order)]] += 1
        place += 1
    while sum(counts) > total:
        counts[max(range(len(counts)), key=lambda spot: (counts[spot], -spot))] -= 1
    return counts


class Fleet:
    """Devices of one site and the writing of their rows."""

    def __init__(
        self, spec: DemoSpec, catalogue: Catalogue, rows: RowSet, rng: Random, env: World
    ) -> None:
        """Build the fleet as it stands at the start of the period."""
        self.spec, self.catalogue, self.rows, self.rng, self.env = spec, catalogue, rows, rng, env
        listed = catalogue.departments[: spec.figures.departments]
        self.departments = [department for department in listed if department.weight]
        self.devices: list[Device] = []
        self._numbers: dict[str, int] = {}
        self._leaving: set[str] = set()
        for wants_backbone, total in ((0, spec.figures.devices), (1, spec.figures.backbone)):
            kinds = [kind for kind in catalogue.classes if kind.is_backbone == bool(wants_backbone)]
            counts = scaled_counts([kind.count for kind in kinds], total)
            for kind, count in zip(kinds, counts, strict=True):
                self._build_class(kind, count)
        self._build_loaners()

    # -- building ---------------------------------------------------------------------------

    def _models(self, kind: DeviceClass) -> list[Model]:
        is_small = self.spec.size == "tiny" and kind.is_backbone
        return list(kind.models[:1] if is_small else kind.models)

    def _build_class(self, kind: DeviceClass, count: int) -> None:
        models = self._models(kind)
        counts = scaled_counts([model.share for model in models], max(count, len(models)))
        places = self._place_weights(kind)
        picks = [model for model, n in zip(models, counts, strict=True) for _ in range(n)][:count]
        for model in picks:
            department = self.rng.choices(self.departments, places)[0]
            accepted = self._past_acceptance(kind, model)
            device = self.make(kind, model, department, accepted - timedelta(days=20), accepted)
            self._write_asset(device, min(self.env.now, device.accepted_at + DAY))
            self._enter(device, "in_service", device.accepted_at)

    def _place_weights(self, kind: DeviceClass) -> list[float]:
        wanted = _PLACES.get(kind.name)
        return [
            place.weight * (1.0 if wanted is None or place.type in wanted else 0.08)
            for place in self.departments
        ]

    def _past_acceptance(self, kind: DeviceClass, model: Model) -> date:
        last = min(date(model.last_year, 12, 20), self.spec.first_day - timedelta(days=30))
        first = date(model.first_year, 1, 20)
        oldest = self.spec.first_day - timedelta(days=int((kind.life_years + 4) * 365))
        first = min(max(first, oldest), last)
        return first + timedelta(days=self.rng.randrange((last - first).days + 1))

    def _build_loaners(self) -> None:
        kinds = [kind for kind in self.catalogue.classes if kind.is_loanable]
        home = next(place for place in self.departments if place.id == "D401")
        for number in range(self.spec.figures.loaners):
            kind = kinds[number % len(kinds)]
            accepted = self._past_acceptance(kind, kind.models[0])
            device = self.make(kind, kind.models[0], home, accepted - timedelta(days=20), accepted)
            device.is_pool = True
            self._write_asset(device, min(self.env.now, device.accepted_at + DAY))
            self._enter(device, "loaner", device.accepted_at)

    def make(
        self, kind: DeviceClass, model: Model, place: Department, bought: date, accepted: date
    ) -> Device:
        """Make a device (without rows yet)."""
        number = self._numbers[kind.code] = self._numbers.get(kind.code, 0) + 1
        price = round(kind.price_cny * model.price_factor * self.rng.uniform(0.95, 1.05), 2)
        frailty = min(3.0, self.rng.lognormvariate(-0.045, 0.3))
        device = Device(
            id=f"{kind.code}-{number:05d}",
            kind=kind,
            model=model,
            department=place,
            purchased_on=bought,
            accepted_at=midnight(accepted),
            warranty_until=accepted + timedelta(days=365 * kind.warranty_years),
            price_cny=price,
            frailty=self._frailty() if self.spec.chance else frailty,
            serial_no=f"{kind.code}{bought.year}{self.rng.randrange(10**8):08d}",
            is_plain=self.spec.chance is not None,
        )
        self.devices.append(device)
        return device

    def _frailty(self) -> float:
        """Draw for a hospital of mere chance: mean 1, the variation its spec asks for."""
        if self.spec.chance == "equal":
            return 1.0
        return self.rng.gammavariate(1 / _VARIATION**2, _VARIATION**2)

    # -- rows ---------------------------------------------------------------------------------

    def _write_asset(self, device: Device, updated_at: int, *, is_accepted: bool = True) -> None:
        kind, model = device.kind, device.model
        self.rows["assets"].add(
            asset_id=device.id,
            tag=f"ZC{device.purchased_on.year}{device.id.replace('-', '')}",
            name=f"{model.brand} {model.name} {kind.name}",
            asset_class=kind.name,
            brand=model.brand,
            model=model.name,
            serial_no=device.serial_no,
            department_id=device.department.id,
            building=f"{device.department.campus}{device.department.zone}楼",
            ownership=self._ownership(device),
            criticality=kind.criticality,
            is_life_support=kind.is_life_support,
            purchased_on=device.purchased_on,
            accepted_on=local_date(device.accepted_at) if is_accepted else None,
            purchase_cny=device.price_cny,
            warranty_until=device.warranty_until,
            useful_life_years=kind.life_years,
            vendor_id=f"V{1 + len(kind.code + model.brand) % len(self.catalogue.vendors):02d}",
            updated_at=updated_at,
        )

    def _ownership(self, device: Device) -> str:
        if "打印机" in device.kind.name and device.model.name.startswith("MC-"):
            return "lease"
        is_own = self.rng.random() < _OWN_SHARE
        return "own" if is_own else self.rng.choice(("placed", "donated", "trial"))

    def _enter(self, device: Device, state: str, at: int) -> None:
        device.state, device.state_since = state, at
        self.rows["asset_states"].add(
            asset_id=device.id, valid_from=at, state=state, department_id=device.department.id
        )

    def set_state(
        self, device: Device, state: str, *, department: Department | None = None
    ) -> None:
        """End the device's present state now and begin another."""
        now = self.env.now
        if device.is_in_service:
            device.service.append((device.state_since, now))
        key = (self.rows.site_id, device.id, device.state_since)
        self.rows["asset_states"].change(key, valid_to=now)
        if department is not None:
            device.department = department
        self._enter(device, state, now)
        self.touch(device, department_id=device.department.id)

    def touch(self, device: Device, **values: object) -> None:
        """Write changed columns of the asset now."""
        key = (self.rows.site_id, device.id)
        self.rows["assets"].change(key, **values, updated_at=self.env.now)

    # -- slow life ----------------------------------------------------------------------------

    def months(self) -> Process:
        """Plan every month's purchases, retirements, moves and stops, for ever."""
        while True:
            ends = midnight(next_month(local_date(self.env.now)))
            span = max(1, (ends - self.env.now) // DAY)
            self._plan_month(span)
            yield self.env.timeout(ends - self.env.now)

    def _plan_month(self, span: int) -> None:
        wards = [device for device in self.devices if device.is_in_service]
        part = span / 30.4
        for device in self._oldest(wards, self._count(len(wards) * _MONTHLY_RETIREMENTS * part)):
            self.env.process(self._replace(device, self._office_delay(span)))
        for _ in range(self._count(len(wards) * _MONTHLY_MOVES * part)):
            self.env.process(self._move(self.rng.choice(wards), self._office_delay(span)))
        for _ in range(self._count(len(wards) * _MONTHLY_STOPS * part)):
            self.env.process(self._stop(self.rng.choice(wards), self._office_delay(span)))

    def _count(self, expected: float) -> int:
        whole = int(expected)
        return whole + (self.rng.random() < expected - whole)

    def _office_delay(self, span: int) -> int:
        return self.rng.randrange(span) * DAY + 9 * HOUR + self.rng.randrange(8 * HOUR)

    def _oldest(self, wards: list[Device], count: int) -> list[Device]:
        now = self.env.now
        aged = [d for d in wards if d.age_years(now) > 1 and d.id not in self._leaving]
        aged.sort(key=lambda d: (-d.age_years(now) / d.kind.life_years * d.frailty, d.id))
        chosen = aged[: count * 3 : 3]
        self._leaving.update(device.id for device in chosen)
        return chosen

    def _replace(self, device: Device, delay: int) -> Process:
        yield self.env.timeout(delay)
        year = local_date(self.env.now).year
        models = [m for m in device.kind.models if m.first_year <= year <= m.last_year]
        model = self.rng.choice(models or list(device.kind.models[-1:]))
        bought = local_date(self.env.now)
        successor = self.make(device.kind, model, device.department, bought, bought)
        self._write_asset(successor, self.env.now, is_accepted=False)
        self._enter(successor, "in_stock", self.env.now)
        yield self.env.timeout(midnight(bought + timedelta(days=12)) - self.env.now)
        while device.is_under_repair:
            yield self.env.timeout(DAY)
        successor.accepted_at = self.env.now
        accepted = local_date(self.env.now)
        successor.warranty_until = accepted + timedelta(days=365 * device.kind.warranty_years)
        self.set_state(successor, "in_service")
        self.touch(successor, accepted_on=accepted, warranty_until=successor.warranty_until)
        if device.state != "retired":
            self.set_state(device, "retired")
            self.touch(device, retired_on=accepted)

    def _move(self, device: Device, delay: int) -> Process:
        yield self.env.timeout(delay)
        if device.is_in_service:
            weights = self._place_weights(device.kind)
            self.move(device, self.rng.choices(self.departments, weights)[0])

    def move(self, device: Device, department: Department) -> None:
        """Move a device in service to another department now."""
        self.set_state(device, "in_service", department=department)
        self.touch(device, building=f"{department.campus}{department.zone}楼")

    def _stop(self, device: Device, delay: int) -> Process:
        yield self.env.timeout(delay)
        if not device.is_in_service or device.is_under_repair:
            return
        self.set_state(device, "stopped")
        yield self.env.timeout(self.rng.randrange(10, 60) * DAY)
        if device.state == "stopped":
            self.set_state(device, "in_service")

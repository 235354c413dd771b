"""What the simulated hospital consists of, read from ``catalogue.yml`` into typed values.

Holds the shapes of the catalogue (departments, classes, models, fault families, parts, systems,
team) and its one reader. What happens to these things belongs in the other modules of the room.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from config.plain_yaml import plain

STREAMS = ("inherent", "user", "nff", "consumable", "help")


@dataclass(frozen=True)
class Department:
    """A ward or office; ``weight`` is its share of the devices (0: a parent without devices)."""

    id: str
    name: str
    parent_id: str | None
    campus: str
    zone: str
    type: str
    is_priority_window: bool
    is_sensitive_area: bool
    prefers_onsite: bool
    staff_count: int
    bed_count: int
    weight: int


@dataclass(frozen=True)
class Model:
    """A device model. ``factor`` multiplies its class's hazard, ``growth`` adds per year of age."""

    brand: str
    name: str
    share: float
    factor: float
    price_factor: float
    first_year: int
    last_year: int
    growth: float


@dataclass(frozen=True)
class DeviceClass:
    """A class of devices with its report rates (per device-day, by stream) and its models."""

    name: str
    code: str
    count: int
    rates: tuple[float, ...]
    life_years: int
    price_cny: float
    warranty_years: int
    is_loanable: bool
    criticality: str
    is_life_support: bool
    is_backbone: bool
    meters: tuple[str, ...]
    usage_per_day: int
    models: tuple[Model, ...]
    families: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Family:
    """A fault family: texts, hands-on minutes (median), remote and vendor shares, parts, causes."""

    code: str
    title: str
    minutes: float
    remote: float
    vendor: float
    impact: str
    parts: dict[str, float]
    causes: dict[str, float]
    texts: tuple[str, ...]
    fixes: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A spare part: price in yuan, minimum stock, weekly use of a full-size hospital, lead days."""

    id: str
    name: str
    part_class: str
    unit: str
    price_cny: float
    min_stock: float
    weekly_use: float
    lead_days: int
    is_consumable: bool


@dataclass(frozen=True)
class SystemKind:
    """A software system, how critical it is and the family of its failures."""

    name: str
    criticality: str
    family: str
    department_id: str


@dataclass(frozen=True)
class Person:
    """An engineer's truth: ``speed`` multiplies minutes, ``slip`` is the chance of a bad repair."""

    name: str
    skills: tuple[str, ...]
    zone: str
    grade: str
    speed: float
    slip: float


@dataclass(frozen=True)
class Catalogue:
    """Everything the hospital is built from, in the file's order."""

    departments: tuple[Department, ...]
    classes: tuple[DeviceClass, ...]
    families: dict[str, Family]
    parts: dict[str, Part]
    systems: tuple[SystemKind, ...]
    team: tuple[Person, ...]
    vendors: tuple[tuple[str, str], ...]
    customers: tuple[tuple[str, str], ...]


def _department(row: list[Any]) -> Department:
    return Department(*row[:6], *(bool(flag) for flag in row[6:9]), *row[9:])


def _class(name: str, body: dict[str, Any], raw: dict[str, Any]) -> DeviceClass:
    families = {stream: raw["streams"][stream][name] for stream in ("inherent", "user", "help")} | {
        "nff": raw["streams"]["inherent"][name],
        "consumable": {"toner": 1},
    }
    return DeviceClass(
        name=name,
        code=body["code"],
        count=body["count"],
        rates=tuple(body["rates"][stream] / 1000 for stream in STREAMS),
        life_years=body["life"],
        price_cny=body["price"],
        warranty_years=body["warranty_years"],
        is_loanable=bool(body["loanable"]),
        criticality=body["criticality"],
        is_life_support=bool(body.get("is_life_support")),
        is_backbone=bool(body.get("is_backbone")),
        meters=tuple(body.get("meters", ())),
        usage_per_day=body.get("pages", 0),
        models=tuple(Model(*row) for row in raw["models"][name]),
        families=families,
    )


def _family(code: str, body: dict[str, Any]) -> Family:
    texts, fixes = tuple(body["texts"]), tuple(body["fixes"])
    return Family(code=code, **(body | {"texts": texts, "fixes": fixes}))


@cache
def load() -> Catalogue:
    """Read ``catalogue.yml``; the same object every time."""
    text = (Path(__file__).parent / "catalogue.yml").read_text(encoding="utf-8")
    raw = plain(text)
    return Catalogue(
        departments=tuple(_department(row) for row in raw["departments"]),
        classes=tuple(_class(name, body, raw) for name, body in raw["classes"].items()),
        families={code: _family(code, body) for code, body in raw["families"].items()},
        parts={
            part_id: Part(part_id, *[*row[:7], bool(row[7])])
            for part_id, row in raw["parts"].items()
        },
        systems=tuple(SystemKind(*row) for row in raw["systems"]),
        team=tuple(
            Person(**(body | {"skills": tuple(body["skills"])})) for body in raw["engineers"]
        ),
        vendors=tuple((row[0], row[1]) for row in raw["vendors"]),
        customers=tuple((row[0], row[1]) for row in raw["customers"]),
    )

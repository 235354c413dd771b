"""The planted truth of a store, as one JSON document beside it.

Holds the gathering of what was planted: hazards by model, engineers, stories, dirt. The planting
itself lives in ``planted``, ``lives``, ``work`` and ``dirt``. Instants are ISO texts in UTC; rates
are per device-day; integrals are expected counts (∫λ dt over the devices' in-service time).
"""

import json
from dataclasses import asdict
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, Self

from demo.catalogue import Model
from demo.clock import utc_naive
from demo.devices import Device, Exposure
from demo.dirt import Stain
from demo.hospital import SiteRun
from demo.site import Note, Site
from demo.spec import REPORTS_PER_DEVICE_DAY, DemoSpec

_PLACES = 6
_INSTANTS = ("at", "from", "to", "reported_at", "started_at")


def site_truth(run: SiteRun) -> Note:
    """Return what is true about one site at its present instant."""
    site, told = run.site, run.site.truth
    stories = {
        name: [_readable(item) for item in value] if isinstance(value, list) else value
        for name, value in asdict(told).items()
        if name != "failures"
    }
    return {
        "models": _models(site),
        "engineers": _engineers(site),
        "personas": asdict(site.team.personas),
        "clock_skew": {
            "engineer_id": site.team.personas.skewed_clock,
            "event_type": "arrived",
            "seconds_early": 37,
            "events": site.journal.skewed_events,
        },
        "late_events": site.journal.late_events,
        "retired_assets": [d.id for d in site.fleet.devices if d.state == "retired"],
        "rows": {rows.table.name: len(rows) for rows in site.rows},
        **stories,
    }


def _readable(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {
        key: utc_naive(value).isoformat() if key in _INSTANTS and isinstance(value, int) else value
        for key, value in item.items()
    }


def _engineers(site: Site) -> list[Note]:
    return [
        {
            "engineer_id": engineer.id,
            "minutes_factor": engineer.person.speed,
            "bad_repair_share": engineer.person.slip,
        }
        for engineer in site.team.engineers
    ]


def _models(site: Site) -> list[Note]:
    groups: dict[tuple[str, Model], list[Device]] = {}
    for device in site.fleet.devices:
        if not device.is_pool:
            groups.setdefault((device.kind.name, device.model), []).append(device)
    return [_model(site, name, model, group) for (name, model), group in groups.items()]


def _model(site: Site, asset_class: str, model: Model, devices: list[Device]) -> Note:
    window = site.spec.start, site.env.now
    exposures = [device.exposure(*window) for device in devices]
    counts = [site.truth.failures.get(device.id, {}) for device in devices]
    inherent = sum(count.get("inherent", 0) for count in counts)
    user = sum(count.get("user", 0) for count in counts)
    return {
        "asset_class": asset_class,
        "brand": model.brand,
        "model": model.name,
        "hazard_factor": model.factor,
        "growth_per_year_of_age": model.growth,
        "devices": len(devices),
        "in_service_days": _total(exposures, "days"),
        "repair_days": _total(exposures, "repair_days"),
        "inherent": _rate(inherent, exposures, "inherent"),
        "use": _rate(inherent + user, exposures, "use"),
        "outage_count": sum(count.get("outage", 0) for count in counts),
    }


def _rate(count: int, exposures: list[Exposure], name: str) -> Note:
    return {
        "count": count,
        "hazard_in_service": _total(exposures, name),
        "hazard_excluding_repair": _total(exposures, f"{name}_up"),
    }


def _total(exposures: list[Exposure], name: str) -> float:
    total = sum(float(getattr(exposure, name)) for exposure in exposures)
    return round(total, _PLACES)


def document(spec: DemoSpec, store_uid: str, now: int, stains: list[Stain]) -> Note:
    """Return what is true about a store as a whole; its sites come from `TruthFile.add`."""
    return {
        "store_uid": store_uid,
        "spec": asdict(spec) | {"until": spec.until.isoformat(), "days": spec.day_count},
        "window": {
            "start_utc": utc_naive(spec.start).isoformat(),
            "end_utc": utc_naive(now).isoformat(),
        },
        "reports_per_device_day": REPORTS_PER_DEVICE_DAY,
        "notes": {
            "inherent": "failures from the machine's own hazard, planted chains and relapses "
            "included; work_class repair, outcome not user_error or no_fault_found",
            "use": "inherent and user-caused failures",
            "outage_count": "repair tickets of planted outages, not part of the hazards",
            "in_service_days": "state in_service, time under repair included",
        },
        "sites": {},
        "dirt": _dirt(stains),
    }


def _dirt(stains: list[Stain]) -> Note:
    kinds: Note = {}
    for stain in stains:
        entry = kinds.setdefault(stain.kind, {"table": stain.table, "count": 0, "keys": []})
        entry["keys"].extend(stain.keys)
        entry["count"] = len(entry["keys"])
    return kinds


class TruthFile:
    """The truth on its way to its file: sites one by one, so that a thousand need no memory.

    Equal truths give equal bytes: JSON with sorted keys, the sites in the order of the store.
    """

    def __init__(self, path: Path | None) -> None:
        """Remember where it goes; with None everything is forgotten."""
        self._path = path
        self._sites = TemporaryFile("w+", encoding="utf-8") if path else None  # noqa: SIM115
        self._count = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of what was kept for the file."""
        if self._sites:
            self._sites.close()

    def add(self, site_id: str, note: Note) -> None:
        """Keep the truth of the next site."""
        if self._sites is None:
            return
        text = f"{json.dumps(site_id)}: {_json(note)}".replace("\n", "\n  ")
        self._sites.write(f"{',' if self._count else ''}\n  {text}")
        self._count += 1

    def finish(self, rest: Note) -> None:
        """Write the file whole: ``rest`` is `document`, without the sites."""
        if self._path is None or self._sites is None:
            return
        before, gap, after = _json(rest).partition('"sites": {')
        self._sites.seek(0)
        part = self._path.with_name(f".{self._path.name}.part")
        with part.open("w", encoding="utf-8") as file:
            file.write(before + gap)
            copyfileobj(self._sites, file)
            file.write(f"\n {after}\n")
        part.replace(self._path)


def _json(note: Note) -> str:
    return json.dumps(note, ensure_ascii=False, indent=1, sort_keys=True)

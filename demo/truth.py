"""The planted truth of a store, as one JSON document beside it.

Holds the gathering of what was planted: hazards by model, engineers, stories, dirt. The planting
itself lives in ``planted``, ``lives``, ``work`` and ``dirt``. Instants are ISO texts in UTC; rates
are per device-day; integrals are expected counts (∫λ dt over the devices' in-service time).
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

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


def document(
    spec: DemoSpec, store_uid: str, now: int, sites: dict[str, Note], stains: list[Stain]
) -> Note:
    """Return the whole truth of a store."""
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
        "sites": sites,
        "dirt": _dirt(stains),
    }


def _dirt(stains: list[Stain]) -> Note:
    kinds: Note = {}
    for stain in stains:
        entry = kinds.setdefault(stain.kind, {"table": stain.table, "count": 0, "keys": []})
        entry["keys"].extend(stain.keys)
        entry["count"] = len(entry["keys"])
    return kinds


def write(path: Path, truth: Note) -> None:
    """Write the truth as JSON with sorted keys (equal truths give equal bytes)."""
    text = json.dumps(truth, ensure_ascii=False, indent=1, sort_keys=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)

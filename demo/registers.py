"""The registers that stand beside the tickets: site, departments, vendors, systems, knowledge.

Holds the rows that exist at the start of the period and change little. What grows with time lives
in ``office``.
"""

from datetime import timedelta

from demo.clock import DAY, ZONE_NAME, midnight
from demo.site import Site

_HOSPITALS = ("仁济中心医院", "滨江人民医院", "东城第二医院", "南湖医院", "西岭县医院")


def write_registers(site: Site) -> None:
    """Write the registers of a site as of the start of the period."""
    _write_places(site)
    _write_partners(site)
    _write_systems(site)
    _write_knowledge(site)


def _write_places(site: Site) -> None:
    number = int(site.rows.site_id[1:])
    name = _HOSPITALS[(number - 1) % len(_HOSPITALS)]
    site.rows["sites"].add(
        name=f"{name}（演示）", timezone=ZONE_NAME, org_type="hospital_it", level="三级甲等"
    )
    for place in site.catalogue.departments[: site.spec.figures.departments]:
        site.rows["departments"].add(
            department_id=place.id,
            name=place.name,
            parent_id=place.parent_id,
            campus=place.campus,
            zone=place.zone,
            department_type=place.type,
            is_priority_window=place.is_priority_window,
            is_sensitive_area=place.is_sensitive_area,
            prefers_onsite=place.prefers_onsite,
            staff_count=place.staff_count,
            bed_count=place.bed_count,
        )


def _write_partners(site: Site) -> None:
    for number, (name, level) in enumerate(site.catalogue.vendors, 1):
        site.rows["vendors"].add(vendor_id=f"V{number:02d}", name=name, level=level)
    for number, (name, level) in enumerate(site.catalogue.customers, 1):
        site.rows["customers"].add(customer_id=f"CU{number:02d}", name=name, level=level)


def _write_systems(site: Site) -> None:
    engineers = site.team.engineers
    listed = {place.id for place in site.fleet.departments}
    for number, kind in enumerate(site.catalogue.systems[: site.spec.figures.systems], 1):
        owner = engineers[number % len(engineers)]
        backup = engineers[(number + 2) % len(engineers)] if number % 7 else None
        site.rows["systems"].add(
            system_id=f"SYS{number:03d}",
            name=kind.name,
            criticality=kind.criticality,
            department_id=kind.department_id if kind.department_id in listed else "D401",
            vendor_id="V05",
            owner_engineer_id=owner.id,
            backup_engineer_id=backup.id if backup and backup is not owner else None,
        )


def _write_knowledge(site: Site) -> None:
    engineers = site.team.engineers
    for number, family in enumerate(site.catalogue.families.values(), 1):
        if number % 5 == 0:
            continue
        created = midnight(site.spec.first_day - timedelta(days=20 + 11 * number))
        is_approved = number % 6 != 0
        site.rows["knowledge"].add(
            article_id=f"KB{number:03d}",
            fault_family_code=family.code,
            title=f"{family.title}的常见处理",
            author_engineer_id=engineers[number % len(engineers)].id,
            created_at=created + 10 * 3600,
            approved_at=created + 3 * DAY + 11 * 3600 if is_approved else None,
            reviewed_at=created + 15 * DAY if is_approved and number % 2 else None,
        )

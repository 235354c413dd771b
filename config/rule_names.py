"""Checks across rule files: every name is defined somewhere, every version starts where it may.

Holds what `rules` asks once all files are read; what is wrong within one file is found by its own
model.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.documents import Location, nearest
from config.errors import ConfigError
from config.rule_base import REST, STANDARD
from config.rule_files import Section
from config.rule_models import DutyRules, TicketCondition
from config.rule_versions import Versions
from config.score_models import ScoreRules, is_month_start
from config.sla_models import SlaRules
from config.threshold_models import Thresholds

if TYPE_CHECKING:
    from config.rules import Rules


def require_whole_months(score: Versions[ScoreRules], section: Section) -> None:
    """Refuse a version of the score that begins within a month: ConfigError with its place."""
    for one in score.items:
        if one.effective_from and not is_month_start(one.effective_from):
            raise ConfigError(
                f"{section.where(('versions', one.id, 'effective_from'))} 的评分规则版本"
                f"「{one.id}」从月中开始生效。",
                "请写成某月 1 日:一个月只按一个版本评分。",
            )


def require_known_names(rules: "Rules", sections: Mapping[str, Section]) -> None:
    """Refuse a calendar, group, family, category, preset or label kind that nothing defines.

    Raises:
        ConfigError: with the place of the name and the nearest known one.
    """
    defined = {
        "工作日历": set(rules.calendars),
        "故障分组": set(rules.taxonomy.groups),
        "故障代码": set(rules.taxonomy.families),
        "原因类别": set(rules.taxonomy.cause_categories),
        "失效机理": set(rules.taxonomy.mechanisms),
        "名称类别": set(sections["labels"].default.data["labels"]),
    }
    for what, name, file, location in _used_names(rules):
        _require(name, defined[what], what, sections[file].where(location))
    for one in rules.threshold_versions.items:
        at: Location = ("versions", one.id) if one.effective_from else ()
        where = sections["thresholds"].where((*at, "age_cohort_preset"))
        presets = {STANDARD, *one.content.age_cohort_presets}
        _require(one.content.age_cohort_preset, presets, "年限分段方案", where)


def _require(name: str, known: set[str], what: str, where: str) -> None:
    if name in known:
        return
    meant = nearest(name, known)
    raise ConfigError(
        f"{where} 用到了未定义的{what}「{name}」。",
        (f"是否应为「{meant}」?" if meant else "") + f"可用的有:{'、'.join(sorted(known))}。",
    )


def _used_names(rules: "Rules") -> Iterator[tuple[str, str, str, Location]]:
    """Yield what is named, its name, the file and the place in it."""
    yield from _names_in_sla(rules.sla)
    yield from _names_in_thresholds(rules.threshold_versions)
    yield from _names_in_duties(rules.duty_versions)
    for one in rules.score_versions.items:
        at: Location = ("versions", one.id) if one.effective_from else ()
        yield "工作日历", one.content.appeal.calendar, "score", (*at, "appeal", "calendar")
    for code, family in rules.taxonomy.families.items():
        yield "故障分组", family.group, "taxonomy", ("families", code, "group")
    for code, cause in rules.taxonomy.causes.items():
        yield "原因类别", cause.category, "taxonomy", ("causes", code, "category")
        if cause.mechanism is not None:
            yield "失效机理", cause.mechanism, "taxonomy", ("causes", code, "mechanism")
    for code in rules.texts.phrases:
        yield "故障代码", code, "texts", ("phrases", code)
    for code in rules.texts.unspecific:
        yield "故障代码", code, "texts", ("unspecific",)
    for kind in rules.own_labels:
        yield "名称类别", kind, "labels", ("labels", kind)


def _names_in_thresholds(
    versions: Versions[Thresholds],
) -> Iterator[tuple[str, str, str, Location]]:
    for one in versions.items:
        at: Location = ("versions", one.id) if one.effective_from else ()
        calendar = one.content.forgotten_calendar
        yield "工作日历", calendar, "thresholds", (*at, "forgotten_calendar")
        odd = one.content.flow.work_units.off_hours_calendar
        yield "工作日历", odd, "thresholds", (*at, "flow", "work_units", "off_hours_calendar")
        for asset_class, calendar in one.content.planned_calendars.items():
            yield "工作日历", calendar, "thresholds", (*at, "planned_calendars", asset_class)


def _names_in_duties(versions: Versions[DutyRules]) -> Iterator[tuple[str, str, str, Location]]:
    for one in versions.items:
        at: Location = ("versions", one.id) if one.effective_from else ()
        kinds: tuple[tuple[str, Mapping[str, TicketCondition]], ...] = (
            ("visit", one.content.visit.rules),
            ("loaner", one.content.loaner.rules),
        )
        for kind, rules in kinds:
            for code, rule in rules.items():
                place = (*at, kind, "rules", code)
                for group in rule.fault_groups or ():
                    yield "故障分组", group, "duties", (*place, "fault_groups")
                for family in rule.fault_families or ():
                    yield "故障代码", family, "duties", (*place, "fault_families")


def _names_in_sla(sla: SlaRules) -> Iterator[tuple[str, str, str, Location]]:
    for version_id, version in sla.versions.items():
        for (clock, urgency, group), target in version.cells():
            location = ("versions", version_id, "targets", clock, urgency, group)
            if group != REST:
                yield "故障分组", group, "sla", location
            yield "工作日历", target.calendar, "sla", (*location, "calendar")

"""The measurement rules in force: the defaults, overridden by key with the hospital's own files.

Holds reading, merging, checks across files, the fingerprint and the labels. The shapes live in
`rule_models`; what the rules do to tickets lives in `assets/core`.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from config.calendars import Calendar
from config.documents import Document, Location, raise_invalid, read_document
from config.errors import ConfigError
from config.rule_models import (
    MISSING,
    REST,
    CalendarsFile,
    Label,
    LabelsFile,
    PauseRules,
    Prices,
    SlaRules,
    TaxonomyRules,
    Thresholds,
)

DEFAULTS_DIR = Path(__file__).parent / "defaults"
SECTIONS = ("calendars", "sla", "pauses", "taxonomy", "thresholds", "prices", "labels")
Language = Literal["zh", "en"]
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Rules:
    """All measurement rules of one run.

    ``version`` is the defaults' version, followed by the first digits of the fingerprint when the
    hospital overrides anything. ``fingerprint`` is the sha256 hex of the merged content.
    """

    version: str
    fingerprint: str
    calendars: dict[str, Calendar]
    sla: SlaRules
    pauses: PauseRules
    taxonomy: TaxonomyRules
    thresholds: Thresholds
    prices: Prices
    own_labels: dict[str, dict[str, Label]]

    def calendar(self, calendar_id: str) -> Calendar:
        """Return the calendar of that id.

        Raises:
            ConfigError: there is none.
        """
        if calendar_id not in self.calendars:
            raise ConfigError(
                f"没有名为「{calendar_id}」的工作日历。",
                f"可用的有:{'、'.join(self.calendars)};请改名或在 calendars.yml 中添加。",
            )
        return self.calendars[calendar_id]

    @cached_property
    def labels(self) -> dict[str, dict[str, Label]]:
        """Names by kind and code: the label file's and those of families, causes and calendars."""
        taxonomy = self.taxonomy
        return {
            **self.own_labels,
            "fault_family": dict[str, Label](taxonomy.families),
            "fault_group": taxonomy.groups,
            "cause_code": dict[str, Label](taxonomy.causes),
            "cause_category": taxonomy.cause_categories,
            "calendar": {
                key: Label(zh=calendar.rule.zh, en=calendar.rule.en)
                for key, calendar in self.calendars.items()
            },
        }

    def label(self, kind: str, code: str | None, lang: Language = "zh") -> str:
        """Return the name of a code value.

        Args:
            kind: value list, such as ``channel`` or ``fault_family``; KeyError when there is none.
            code: the value; None gives 「未填」, a code without a name gives itself.
            lang: ``zh`` or ``en``.
        """
        names = self.labels[kind]
        label = self.labels[MISSING][REST] if code is None else names.get(code)
        if label is None:
            return str(code)
        return label.en if lang == "en" else label.zh


@dataclass(frozen=True)
class _Section:
    """One rule file: the default, the hospital's and their merged content."""

    default: Document
    own: Document | None
    data: dict[str, Any]

    def where(self, location: Location) -> str:
        """Return file and line of the location, from the file that says most about it."""
        for length in range(len(location), 0, -1):
            for document in (self.own, self.default):
                if document and document.line(location[:length]) is not None:
                    return document.where(location[:length])
        return (self.own or self.default).where(())

    def parsed(self, model: type[_Model]) -> _Model:
        """Return the typed content; ConfigError with file and line otherwise."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise_invalid(error, self.where)


def load_rules(rules_dir: Path | None) -> Rules:
    """Read the default rules and override them by key with the files in ``rules_dir``.

    A mapping is merged key by key, a list or value replaces the default's, ``null`` removes a key.

    Args:
        rules_dir: the hospital's folder; None or a missing folder means defaults only.

    Raises:
        ConfigError: broken YAML, unknown key, bad value or a name that nothing defines, each with
            file and line.
    """
    sections = {name: _section(name, rules_dir) for name in SECTIONS}
    calendars = sections["calendars"].parsed(CalendarsFile)
    labels = sections["labels"].parsed(LabelsFile)
    sla = sections["sla"].parsed(SlaRules)
    pauses = sections["pauses"].parsed(PauseRules)
    taxonomy = sections["taxonomy"].parsed(TaxonomyRules)
    thresholds = sections["thresholds"].parsed(Thresholds)
    prices = sections["prices"].parsed(Prices)
    files = (calendars, sla, pauses, taxonomy, thresholds, prices, labels)
    fingerprint = _fingerprint(files)
    is_own = any(section.own and section.own.data for section in sections.values())
    rules = Rules(
        version="/".join(sorted({file.version for file in files}))
        + (f"+{fingerprint[:8]}" if is_own else ""),
        fingerprint=fingerprint,
        calendars={
            key: Calendar(key, rule, calendars.holidays)
            for key, rule in calendars.calendars.items()
        },
        sla=sla,
        pauses=pauses,
        taxonomy=taxonomy,
        thresholds=thresholds,
        prices=prices,
        own_labels=labels.labels,
    )
    _require_known_names(rules, sections)
    return rules


def _section(name: str, rules_dir: Path | None) -> _Section:
    default = read_document(DEFAULTS_DIR / f"{name}.yml")
    own = None
    if rules_dir is not None:
        misnamed = rules_dir / f"{name}.yaml"
        if misnamed.exists():
            raise ConfigError(f"规则文件 {misnamed} 不会被读取。", f"请改名为 {name}.yml。")
        path = rules_dir / f"{name}.yml"
        own = read_document(path) if path.exists() else None
    return _Section(default, own, _merged(default.data, own.data if own else {}))


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in own.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], value)
        else:
            result[key] = value
    return result


def _fingerprint(files: tuple[BaseModel, ...]) -> str:
    content = {
        "files": [file.model_dump(mode="json") for file in files],
        "holidays": package_version("chinesecalendar"),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _require_known_names(rules: Rules, sections: dict[str, _Section]) -> None:
    """Refuse a calendar, group, category or label kind that is used but defined nowhere."""
    defined = {
        "工作日历": set(rules.calendars),
        "故障分组": set(rules.taxonomy.groups),
        "原因类别": set(rules.taxonomy.cause_categories),
        "名称类别": set(sections["labels"].default.data["labels"]),
    }
    for what, name, file, location in _used_names(rules):
        if name not in defined[what]:
            raise ConfigError(
                f"{sections[file].where(location)} 用到了未定义的{what}「{name}」。",
                f"可用的有:{'、'.join(sorted(defined[what]))}。",
            )


def _used_names(rules: Rules) -> Iterator[tuple[str, str, str, Location]]:
    """Yield what is named, its name, the file and the place in it."""
    yield from _names_in_sla(rules.sla)
    thresholds = rules.thresholds
    yield "工作日历", thresholds.forgotten_calendar, "thresholds", ("forgotten_calendar",)
    for asset_class, calendar in thresholds.planned_calendars.items():
        yield "工作日历", calendar, "thresholds", ("planned_calendars", asset_class)
    for code, family in rules.taxonomy.families.items():
        yield "故障分组", family.group, "taxonomy", ("families", code, "group")
    for code, cause in rules.taxonomy.causes.items():
        yield "原因类别", cause.category, "taxonomy", ("causes", code, "category")
    for kind in rules.own_labels:
        yield "名称类别", kind, "labels", ("labels", kind)


def _names_in_sla(sla: SlaRules) -> Iterator[tuple[str, str, str, Location]]:
    for version_id, version in sla.versions.items():
        for (clock, urgency, group), target in version.cells():
            location = ("versions", version_id, "targets", clock, urgency, group)
            if group != REST:
                yield "故障分组", group, "sla", location
            yield "工作日历", target.calendar, "sla", (*location, "calendar")

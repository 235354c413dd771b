"""The measurement rules in force: the defaults, overridden by key with the hospital's own files.

Holds the typed whole, checks across files, the fingerprint and the labels. The shapes live in
`rule_models`, `sla_models`, `text_models` and `threshold_models`, reading and merging in
`rule_files`; what the rules do to tickets lives in `assets/core`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from config.calendars import Calendar
from config.errors import ConfigError
from config.price_models import Prices
from config.rule_base import MISSING, REST, Label
from config.rule_files import DEFAULTS_DIR, SECTIONS, Section, read_section, refuse_misspelt
from config.rule_models import (
    CalendarsFile,
    DutyRules,
    LabelsFile,
    PauseRules,
    TaxonomyRules,
)
from config.rule_names import require_known_names, require_whole_months
from config.rule_versions import Versions
from config.score_models import ScoreRules
from config.sla_models import SlaRules
from config.text_models import TextRules
from config.threshold_models import AgeCohort, Thresholds

__all__ = ["DEFAULTS_DIR", "MODELS", "SECTIONS", "Language", "Rules", "load_rules", "sections_of"]

Language = Literal["zh", "en"]


MODELS: Mapping[str, type[BaseModel]] = {
    "calendars": CalendarsFile,
    "sla": SlaRules,
    "pauses": PauseRules,
    "duties": DutyRules,
    "taxonomy": TaxonomyRules,
    "thresholds": Thresholds,
    "prices": Prices,
    "score": ScoreRules,
    "labels": LabelsFile,
    "texts": TextRules,
}


@dataclass(frozen=True)
class Rules:
    """All measurement rules of one run.

    ``version`` is the defaults' version, followed by the first digits of the fingerprint when the
    hospital overrides anything. ``fingerprint`` is the sha256 hex of the merged content.
    ``moment`` (local) chooses what `pauses`, `duties`, `thresholds`, `prices` and `score` say; None
    is the newest version. The models choose by ticket from ``*_versions``.
    """

    version: str
    fingerprint: str
    calendars: dict[str, Calendar]
    sla: SlaRules
    taxonomy: TaxonomyRules
    pause_versions: Versions[PauseRules]
    duty_versions: Versions[DutyRules]
    threshold_versions: Versions[Thresholds]
    price_versions: Versions[Prices]
    score_versions: Versions[ScoreRules]
    own_labels: dict[str, dict[str, Label]]
    texts: TextRules
    moment: datetime | None = None

    def on(self, moment: datetime) -> "Rules":
        """Return the same rules, read at a local moment (naive)."""
        return replace(self, moment=moment)

    @property
    def pauses(self) -> PauseRules:
        """Pause policies in force at ``moment``."""
        return self.pause_versions.at(self.moment).content

    @property
    def duties(self) -> DutyRules:
        """Duties in force at ``moment``."""
        return self.duty_versions.at(self.moment).content

    @property
    def thresholds(self) -> Thresholds:
        """Thresholds in force at ``moment``."""
        return self.threshold_versions.at(self.moment).content

    @property
    def prices(self) -> Prices:
        """Prices in force at ``moment``."""
        return self.price_versions.at(self.moment).content

    @property
    def score(self) -> ScoreRules:
        """Rules of the score in force at ``moment``."""
        return self.score_versions.at(self.moment).content

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
            "age_cohort": self._cohort_names(),
            "fault_family": dict[str, Label](taxonomy.families),
            "fault_group": taxonomy.groups,
            "cause_code": dict[str, Label](taxonomy.causes),
            "cause_category": taxonomy.cause_categories,
            "mechanism": taxonomy.mechanisms,
            "calendar": {
                key: Label(zh=calendar.rule.zh, en=calendar.rule.en)
                for key, calendar in self.calendars.items()
            },
        }

    def _cohort_names(self) -> dict[str, Label]:
        """Names of the chosen cohorts, youngest first; one without a name is named by its years."""
        named = self.own_labels.get("age_cohort", {})
        return {
            code: named.get(code) or _years(cohort)
            for code, cohort in self.thresholds.cohorts.items()
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


def _years(cohort: AgeCohort) -> Label:
    if cohort.to_years is None:
        return Label(zh=f"{cohort.from_years} 年以上", en=f"{cohort.from_years} years and over")
    span = f"{cohort.from_years}–{cohort.to_years}"
    return Label(zh=f"{span} 年", en=f"{span} years")


def sections_of(
    rules_dir: Path | None, files: Mapping[str, Path] | None = None
) -> dict[str, Section]:
    """Read every rule file; see `load_rules`."""
    refuse_misspelt(rules_dir)
    return {name: read_section(name, rules_dir, (files or {}).get(name)) for name in SECTIONS}


def load_rules(rules_dir: Path | None, files: Mapping[str, Path] | None = None) -> Rules:
    """Read the default rules and override them by key with the files in ``rules_dir``.

    A mapping is merged key by key, a list or value replaces the default's, ``null`` removes a key.

    Args:
        rules_dir: the hospital's folder; None or a missing folder means defaults only.
        files: section → a file that stands in for the folder's.

    Raises:
        ConfigError: broken YAML, unknown key, bad value or a name that nothing defines, each with
            file and line.
    """
    sections = sections_of(rules_dir, files)
    calendars = sections["calendars"].parsed(CalendarsFile)
    labels = sections["labels"].parsed(LabelsFile)
    sla = sections["sla"].parsed(SlaRules)
    taxonomy = sections["taxonomy"].parsed(TaxonomyRules)
    texts = sections["texts"].parsed(TextRules)
    pauses = sections["pauses"].versions(PauseRules)
    duties = sections["duties"].versions(DutyRules)
    thresholds = sections["thresholds"].versions(Thresholds)
    prices = sections["prices"].versions(Prices)
    score = sections["score"].versions(ScoreRules)
    plain: tuple[BaseModel, ...] = (calendars, sla, taxonomy, labels, texts)
    versioned: tuple[Versions[Any], ...] = (pauses, duties, thresholds, prices, score)
    fingerprint = _fingerprint(plain, versioned)
    is_own = any(section.own and section.own.data for section in sections.values())
    versions = {str(section.data["version"]) for section in sections.values()}
    rules = Rules(
        version="/".join(sorted(versions)) + (f"+{fingerprint[:8]}" if is_own else ""),
        fingerprint=fingerprint,
        calendars={
            key: Calendar(key, rule, calendars.holidays)
            for key, rule in calendars.calendars.items()
        },
        sla=sla,
        taxonomy=taxonomy,
        pause_versions=pauses,
        duty_versions=duties,
        threshold_versions=thresholds,
        price_versions=prices,
        score_versions=score,
        own_labels=labels.labels,
        texts=texts,
    )
    require_known_names(rules, sections)
    require_whole_months(score, sections["score"])
    return rules


def _fingerprint(plain: Iterable[BaseModel], versioned: Iterable[Versions[Any]]) -> str:
    content = {
        "files": [file.model_dump(mode="json") for file in plain],
        "versions": [
            [(str(one.effective_from), one.content.model_dump(mode="json")) for one in file.items]
            for file in versioned
        ],
        "holidays": package_version("chinesecalendar"),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

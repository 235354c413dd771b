"""Where a set of rules comes from, and in which values two sets differ.

Holds the reading of ``current``, ``defaults``, a folder or one file, and the comparison of values
with their places. What the values do to tickets is told by `assets.rule_diff`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.documents import Location, nearest
from config.errors import ConfigError, OpsPulseError
from config.rule_files import SECTIONS, Section, read_section
from config.rules import MODELS, Rules, load_rules, sections_of

CURRENT, DEFAULTS = "current", "defaults"


@dataclass(frozen=True)
class RuleSource:
    """A folder of rule files, and files that stand in for some of it."""

    rules_dir: Path | None
    files: dict[str, Path] = field(default_factory=dict)

    def rules(self) -> Rules:
        """Return the typed rules; ConfigError with file and line when they are wrong."""
        return load_rules(self.rules_dir, self.files)

    def sections(self) -> dict[str, Section]:
        """Return the rule files with the place of every value."""
        return sections_of(self.rules_dir, self.files)

    def findings(self) -> list[OpsPulseError]:
        """Return what is wrong: every fault within the files, else the first across them."""
        found: list[OpsPulseError] = []
        for name in SECTIONS:
            try:
                section = read_section(name, self.rules_dir, self.files.get(name))
                found += section.faults(MODELS[name])
            except OpsPulseError as error:
                found.append(error)
        if not found:
            try:
                self.rules()
            except OpsPulseError as error:
                found.append(error)
        return found


@dataclass(frozen=True)
class Changed:
    """A value that differs; None where one side does not have it. Places are ``file:line``."""

    section: str
    key: str
    before: Any
    after: Any
    before_at: str | None
    after_at: str | None


def rule_source(text: str, current: Path | None) -> RuleSource:
    """Return the rules that a word or a path means.

    Args:
        text: ``current``, ``defaults``, a folder, or one rule file such as ``new/sla.yml``, which
            then stands in for the same file of the current rules.
        current: the hospital's folder.

    Raises:
        ConfigError: no such path, or a file that is named like no rule file.
    """
    if text == CURRENT:
        return RuleSource(current)
    if text == DEFAULTS:
        return RuleSource(None)
    path = Path(text).expanduser()
    if path.is_dir():
        return RuleSource(path)
    if not path.is_file():
        raise ConfigError(
            f"找不到规则目录或文件 {path}。",
            f"请写 {CURRENT}、{DEFAULTS}、一个目录,或一个规则文件。",
        )
    return RuleSource(current, {_section_of(path): path})


def _section_of(path: Path) -> str:
    """Return the section that a file is named after: ``sla.yml``, ``sla-2027.yml``."""
    for name in SECTIONS:
        if path.stem == name or path.stem.startswith((f"{name}-", f"{name}_", f"{name}.")):
            return name
    meant = nearest(path.stem, SECTIONS)
    raise ConfigError(
        f"文件名 {path.name} 看不出是哪一种规则。",
        (f"是否应为 {meant}.yml?" if meant else "")
        + f"文件名应以 {'、'.join(SECTIONS)} 之一开头。",
    )


def differences(before: RuleSource, after: RuleSource) -> Iterator[Changed]:
    """Yield every value in which two sets of rules differ, file by file."""
    first, second = before.sections(), after.sections()
    for name in SECTIONS:
        old = {at: (value, where) for at, value, where in first[name].leaves()}
        new = {at: (value, where) for at, value, where in second[name].leaves()}
        for at in [*old, *(at for at in new if at not in old)]:
            was, where = old.get(at, (None, None))
            now, place = new.get(at, (None, None))
            if was != now and not _is_parent(at, old, new):
                yield Changed(name, ".".join(map(str, at)), was, now, where, place)


def _is_parent(at: Location, *sides: dict[Location, Any]) -> bool:
    """Tell whether an empty mapping here has entries on the other side, which tell it better."""
    return any(len(other) > len(at) and other[: len(at)] == at for side in sides for other in side)

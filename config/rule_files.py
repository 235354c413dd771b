"""Rule files: which lie where, how a hospital's file goes over the default, and its versions.

Holds reading, merging by key, the blocks under ``versions``, and the place of every value. What the
keys mean is in `rule_models`; checks across files are in `rules`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.documents import Document, Location, invalid, nearest, raise_invalid, read_document
from config.errors import ConfigError
from config.rule_versions import BASE, Version, Versions, local_moment

DEFAULTS_DIR = Path(__file__).parent / "defaults"
SECTIONS = (
    "calendars", "sla", "pauses", "duties", "taxonomy", "thresholds", "prices", "score", "labels",
    "texts",
)  # fmt: skip
# Files whose blocks under `versions` are whole contents laid over the ones before.
VERSIONED = ("pauses", "duties", "thresholds", "prices", "score")
VERSIONS_KEY = "versions"
EFFECTIVE_FROM = "effective_from"
_ALIKE = 0.8
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Section:
    """One rule file: the default, the hospital's and their merged content."""

    name: str
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
            raise_invalid(error, self.where, model)

    def faults(self, model: type[BaseModel]) -> list[ConfigError]:
        """Return everything that is wrong in this file, read on its own."""
        data = self.data
        if self.name in VERSIONED:
            data = {key: value for key, value in data.items() if key != VERSIONS_KEY}
        try:
            model.model_validate(data)
        except ValidationError as error:
            return invalid(error, self.where, model)
        if self.name in VERSIONED:
            try:
                self.versions(model)
            except ConfigError as fault:
                return [fault]
        return []

    def versions(self, model: type[_Model]) -> Versions[_Model]:
        """Return the content at the top level and those under ``versions``, oldest first.

        Raises:
            ConfigError: a bad value, a version without ``effective_from`` or two with the same.
        """
        data = {key: value for key, value in self.data.items() if key != VERSIONS_KEY}
        items = [Version(BASE, None, self._version(model, data, ()))]
        for version_id, moment, block in self._blocks():
            data = merged(data, block)
            content = self._version(model, data, (VERSIONS_KEY, version_id))
            items.append(Version(version_id, moment, content))
        return Versions(tuple(items))

    def _blocks(self) -> list[tuple[str, Any, dict[str, Any]]]:
        blocks = self.data.get(VERSIONS_KEY) or {}
        if not isinstance(blocks, dict):
            raise self._wrong((VERSIONS_KEY,), "应写成「版本名: {effective_from: 日期, …}」")
        found = []
        for version_id, block in blocks.items():
            at: Location = (VERSIONS_KEY, version_id)
            if not isinstance(block, dict) or EFFECTIVE_FROM not in block:
                raise self._wrong(at, f"缺少 {EFFECTIVE_FROM}(从何时起生效)")
            try:
                moment = local_moment(block[EFFECTIVE_FROM])
            except ValueError as error:
                raise self._wrong((*at, EFFECTIVE_FROM), str(error)) from None
            rest = {key: value for key, value in block.items() if key != EFFECTIVE_FROM}
            found.append((str(version_id), moment, rest))
        found.sort(key=lambda item: item[1])
        for before, after in pairwise(found):
            if before[1] == after[1]:
                raise self._wrong(
                    (VERSIONS_KEY, after[0], EFFECTIVE_FROM), f"与版本「{before[0]}」的生效时间相同"
                )
        return found

    def _version(self, model: type[_Model], data: dict[str, Any], prefix: Location) -> _Model:
        def where(location: Location) -> str:
            for length in range(len(location), 0, -1):
                for at in ((*prefix, *location[:length]), location[:length]):
                    if any(d and d.line(at) is not None for d in (self.own, self.default)):
                        return self.where(at)
            return self.where(prefix)

        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise invalid(error, where, model)[0] from None

    def _wrong(self, location: Location, reason: str) -> ConfigError:
        name = ".".join(str(part) for part in location)
        return ConfigError(f"{self.where(location)} 的「{name}」{reason}。", "请改正后重试。")

    def leaves(self) -> Iterator[tuple[Location, Any, str]]:
        """Yield every value in force with its place (``file:line``); a list is one value."""
        yield from self._leaves(self.data, ())

    def _leaves(self, value: Any, at: Location) -> Iterator[tuple[Location, Any, str]]:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                yield from self._leaves(item, (*at, key))
        else:
            yield at, value, self.where(at)


def read_section(name: str, rules_dir: Path | None, own_file: Path | None = None) -> Section:
    """Read one rule file: the default with the hospital's over it.

    Args:
        name: one of ``SECTIONS``.
        rules_dir: the hospital's folder, which need not exist.
        own_file: stands in for the folder's file.

    Raises:
        ConfigError: broken YAML, or a file named ``.yaml``.
    """
    default = read_document(DEFAULTS_DIR / f"{name}.yml")
    own = None
    if own_file is not None:
        own = read_document(own_file)
    elif rules_dir is not None:
        misnamed = rules_dir / f"{name}.yaml"
        if misnamed.exists():
            raise ConfigError(f"规则文件 {misnamed} 不会被读取。", f"请改名为 {name}.yml。")
        path = rules_dir / f"{name}.yml"
        own = read_document(path) if path.exists() else None
    return Section(name, default, own, merged(default.data, own.data if own else {}))


def refuse_misspelt(rules_dir: Path | None) -> None:
    """Raise ConfigError for a file whose name is almost a rule file's: it would be ignored."""
    if rules_dir is None or not rules_dir.is_dir():
        return
    for path in sorted(rules_dir.glob("*.y*ml")):
        meant = nearest(path.stem, SECTIONS, _ALIKE)
        if path.stem not in SECTIONS and meant:
            raise ConfigError(f"规则文件 {path} 不会被读取。", f"是否应为 {meant}.yml?")


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one mapping over another, key by key; ``null`` takes a key away, a list replaces."""
    result = dict(base)
    for key, value in own.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result

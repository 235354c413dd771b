"""The words by which an export is understood: headers, states, values, formats.

Holds the reading of `config/defaults/headers.yml` with the hospital's own additions, and the
comparison of two texts. What is concluded from them is in `matching` and `states`.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from config.documents import raise_invalid, read_document
from config.rules import DEFAULTS_DIR

_FILE = "headers.yml"
_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]")
_NOISE = re.compile(r"[\s_\-·.:,;、。/\\*#'\"“”]+")


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    version: str = ""
    headers: dict[str, list[str]] = {}
    assets: dict[str, list[str]] = {}
    states: dict[str, list[str]] = {}
    values: dict[str, dict[str, list[str]]] = {}
    unknown: list[str] = []
    number_marks: list[str] = []
    footers: list[str] = []
    datetime_formats: list[str] = []


@dataclass(frozen=True)
class Vocabulary:
    """All words.

    Attributes:
        headers: what a column holds → comparable words, in order of preference.
        assets: column of a register of devices → comparable words, likewise.
        states: comparable word of a state → what it means.
        values: canonical column → comparable word → canonical value.
        unknown: texts that mean unknown, as they are written.
        number_marks: what may stand beside a number, such as a currency.
        footers: first cells of totals and footers.
        formats: of instants, for ``strptime``.
    """

    headers: dict[str, list[str]]
    assets: dict[str, list[str]]
    states: dict[str, str]
    values: dict[str, dict[str, str]]
    unknown: frozenset[str]
    number_marks: tuple[str, ...]
    footers: tuple[str, ...]
    formats: tuple[str, ...]

    def knows(self, header: str) -> bool:
        """Tell whether the header is one of the words."""
        return comparable(header) in self._all

    @cached_property
    def _all(self) -> frozenset[str]:
        lists = (*self.headers.values(), *self.assets.values())
        return frozenset(word for words in lists for word in words)


def comparable(text: str) -> str:
    """Return a text without brackets, blanks, punctuation, letter case and full width."""
    text = unicodedata.normalize("NFKC", text)
    plain = _NOISE.sub("", _BRACKETS.sub("", text)).lower()
    return plain or _NOISE.sub("", text).lower()


def load_vocabulary(rules_dir: Path | None) -> Vocabulary:
    """Read the words; the hospital's own come before the default ones.

    Raises:
        ConfigError: broken YAML or an unknown key, with file and line.
    """
    default = _File.model_validate(
        yaml.load((DEFAULTS_DIR / _FILE).read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    )
    own = _own(rules_dir / _FILE) if rules_dir and (rules_dir / _FILE).exists() else _File()
    headers: dict[str, list[str]] = {}
    assets: dict[str, list[str]] = {}
    states: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    for file in (own, default):
        for role, words in file.headers.items():
            headers.setdefault(role, []).extend(comparable(word) for word in words)
        for role, words in file.assets.items():
            assets.setdefault(role, []).extend(comparable(word) for word in words)
        for meaning, words in file.states.items():
            for word in words:
                states.setdefault(comparable(word), meaning)
        for column, translated in file.values.items():
            known = values.setdefault(column, {})
            for value, words in translated.items():
                for word in words:
                    known.setdefault(comparable(word), value)
    return Vocabulary(
        headers,
        assets,
        states,
        values,
        frozenset(own.unknown) | frozenset(default.unknown),
        tuple(dict.fromkeys((*own.number_marks, *default.number_marks))),
        (*own.footers, *default.footers),
        tuple(dict.fromkeys((*own.datetime_formats, *default.datetime_formats))),
    )


def _own(path: Path) -> _File:
    document = read_document(path)
    data: dict[str, Any] = document.data
    try:
        return _File.model_validate(data)
    except ValidationError as error:
        raise_invalid(error, document.where)

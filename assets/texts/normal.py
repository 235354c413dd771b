"""One spelling for what people write: simplified, lower case, the hospital's standard words.

Holds the normal form that rules and the learnt model read. It is made from scrubbed text; the form
that people see is the scrubbed one. Synonyms come from `texts.yml`.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from assets.texts.scrub import TOKENS

_FIRST, _LAST = 0x4E00, 0x9FFF
_SPACE = re.compile(r"\s+")
# What a scrubbed value was does not matter for the fault; that there was one may.
_TOKEN = re.compile("|".join(map(re.escape, TOKENS)))
# Longer numbers are never words: serial numbers, asset tags, dates.
_NUMBER = re.compile(r"(?<![0-9a-z_-])\d{5,}(?![0-9a-z])")


class Normaliser:
    """Brings scrubbed texts into their normal form."""

    def __init__(self, synonyms: Mapping[str, Iterable[str]]) -> None:
        """Take the synonyms: standard word → what people write for it; longer ones go first."""
        self._standard = {
            _plain(variant): _plain(word)
            for word, variants in synonyms.items()
            for variant in variants
        }
        ordered = sorted(self._standard, key=lambda variant: (-len(variant), variant))
        self._variants = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def normal(self, text: str) -> str:
        """Return the normal form of one scrubbed text."""
        plain = _NUMBER.sub("#", _TOKEN.sub(" ", _plain(text)))
        if self._variants is not None:
            plain = self._variants.sub(lambda m: self._standard[m[0]], plain)
        return _SPACE.sub(" ", plain).strip()


def _plain(text: str) -> str:
    return text.translate(_simplified()).lower()


@cache
def _simplified() -> dict[int, str]:
    """Return traditional character → simplified one, of all single characters that differ.

    Asked once of OpenCC, whose phrase-wise conversion would cost more than the model itself; which
    of two simplified forms a phrase means makes no difference to a fault.
    """
    from opencc import OpenCC  # noqa: PLC0415 - only who reads texts needs it

    characters = [chr(point) for point in range(_FIRST, _LAST + 1)]
    simple = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(a): b for a, b in zip(characters, simple, strict=True) if a != b}

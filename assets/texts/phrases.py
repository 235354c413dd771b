"""Rules before learning: phrases that name a fault family, and texts that a person has coded.

Holds the matching. A rule's answer is explained by the phrase that made it. Phrases come from
`texts.yml` and from what people confirmed in the review queue.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# What a rule gives is not a guess.
CERTAIN = 1.0
_SHORTEST_TEXT = 2


@dataclass(frozen=True)
class Match:
    """A rule's answer: the family, the phrase or text that names it, and which kind of rule."""

    code: str
    because: str
    kind: str


class Rules:
    """Phrases and confirmed texts, both in normal form."""

    def __init__(self, phrases: Mapping[str, str], confirmed: Iterable[tuple[str, str]]) -> None:
        """Take phrase → family, and (text, family) of each confirmation.

        A text that people have coded differently names nothing.
        """
        codes: dict[str, set[str]] = {}
        for text, code in confirmed:
            if len(text) >= _SHORTEST_TEXT:
                codes.setdefault(text, set()).add(code)
        self._confirmed = {text: min(found) for text, found in codes.items() if len(found) == 1}
        self._phrases = {phrase: code for phrase, code in phrases.items() if phrase}
        # of phrases that begin alike the longer one is tried first
        ordered = sorted(self._phrases, key=lambda phrase: (-len(phrase), phrase))
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def match(self, text: str) -> Match | None:
        """Return the family that the text names, None if it names none or several."""
        code = self._confirmed.get(text)
        if code is not None:
            return Match(code, text, "confirmed")
        if self._pattern is None:
            return None
        found = self._pattern.findall(text)
        codes = {self._phrases[phrase] for phrase in found}
        if len(codes) != 1:
            return None
        return Match(codes.pop(), found[0], "phrase")

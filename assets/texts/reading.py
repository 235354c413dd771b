"""From what a ward wrote to what the program says of it: cleaned, matched, answered.

Holds the one way that a text takes (scrub, normal form, rules, model), for whoever has texts: the
stage, the command, the benchmark. Nothing here knows of tickets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assets.texts.features import Cutter, cutter
from assets.texts.model import Answer, Model
from assets.texts.normal import Normaliser
from assets.texts.phrases import CERTAIN, Rules
from assets.texts.scrub import Scrubber
from config.text_models import TextRules


@dataclass(frozen=True)
class Reading:
    """What is said of one text.

    Attributes:
        text: scrubbed, as people may see it.
        normal: its normal form.
        code: the proposal; None where the rules say nothing and the model abstains.
        nearest: the model's best code even if it abstains; None without a model.
        confidence: of the proposal or of the nearest code.
        by: ``confirmed``, ``phrase``, ``model``; ``none`` where it abstains.
        because: the phrase that made it, for a rule.
    """

    text: str
    normal: str
    code: str | None
    nearest: str | None
    confidence: float
    by: str
    because: str | None


class Reader:
    """Reads texts with one set of rules and at most one model."""

    def __init__(
        self, rules: TextRules, names: Iterable[str], confirmed: Iterable[tuple[str, str]] = (),
        phrases: Iterable[tuple[str, str]] = (),
    ) -> None:  # fmt: skip
        """Take the rule file, the register's names, and what people have confirmed.

        Args:
            rules: `texts.yml`.
            names: of engineers and contacts.
            confirmed: (normal text, family).
            phrases: (phrase, family) beside those of the file; they win over them.
        """
        self._scrubber = Scrubber(names)
        self._normaliser = Normaliser(rules.synonyms)
        normal = self._normaliser.normal
        given = {normal(p): code for code, found in rules.phrases.items() for p in found}
        self._rules = Rules({**given, **{normal(p): code for p, code in phrases}}, confirmed)
        self._words = frozenset(normal(word) for word, is_kept in rules.words.items() if is_kept)

    @property
    def cut(self) -> Cutter:
        """What cuts words; its dictionary is loaded on first use."""
        return cutter(self._words)

    def clean(self, texts: Iterable[str]) -> list[tuple[str, str]]:
        """Return (scrubbed, normal) of every text; equal ones are worked on once."""
        known: dict[str, tuple[str, str]] = {}
        found = []
        for text in texts:
            if text not in known:
                scrubbed = self._scrubber.scrub(text).strip()
                known[text] = (scrubbed, self._normaliser.normal(scrubbed))
            found.append(known[text])
        return found

    def read(self, texts: Sequence[str], model: Model | None) -> list[Reading]:
        """Return a reading of every raw text, in their order."""
        cleaned = self.clean(texts)
        matches = {normal: self._rules.match(normal) for _, normal in cleaned}
        open_texts = [normal for normal, match in matches.items() if match is None]
        answers: dict[str, Answer] = {}
        if model is not None and open_texts:
            answers = dict(zip(open_texts, model.answer(open_texts, self.cut), strict=True))
        return [self._reading(text, normal, answers.get(normal)) for text, normal in cleaned]

    def with_answer(self, text: str, normal: str, answer: Answer) -> Reading:
        """Return the reading of a cleaned text that a model has answered elsewhere."""
        return self._reading(text, normal, answer)

    def _reading(self, text: str, normal: str, answer: Answer | None) -> Reading:
        match = self._rules.match(normal)
        if match is not None:
            return Reading(text, normal, match.code, match.code, CERTAIN, match.kind, match.because)
        if answer is None:
            return Reading(text, normal, None, None, 0.0, "none", None)
        code = answer.code if answer.is_sure else None
        by = "model" if answer.is_sure else "none"
        return Reading(text, normal, code, answer.code, answer.confidence, by, None)

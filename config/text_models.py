"""The shape of `texts.yml`: how fault texts are read.

Holds synonyms, phrases that name a fault family, words of the house and what the learnt model must
reach. How texts are cleaned, matched and learnt from is in `assets.texts`.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, field_validator

from config.rule_base import Code, Part, RuleFile

Phrase = Annotated[str, Field(min_length=1, max_length=40)]


class LearningRule(Part):
    """When a model is learnt, and below which precision it keeps silent.

    Attributes:
        min_texts: coded texts that it takes to learn at all.
        min_per_family: a family with fewer is not learnt; its tickets go to people.
        precision: share of proposals that must be right on the hold-out; decides the threshold.
        relearn_share: learnt anew (at night) when the coded history has changed by this share.
        newest_texts: of the history only so many newest coded tickets are learnt from.
    """

    min_texts: int = Field(ge=20)
    min_per_family: int = Field(ge=2)
    precision: Decimal = Field(gt=0, lt=1)
    relearn_share: Decimal = Field(gt=0, le=1)
    newest_texts: int = Field(ge=1000, le=2_000_000)


class TextRules(RuleFile):
    """`texts.yml`.

    Attributes:
        synonyms: word → what people write for it.
        phrases: fault family → phrases that name it wherever they stand.
        words: terms of hospital and devices that are not to be cut apart.
        unspecific: families that say nothing; tickets with them go to the review queue.
    """

    synonyms: dict[Phrase, tuple[Phrase, ...]]
    phrases: dict[Code, tuple[Phrase, ...]]
    words: dict[Phrase, bool]
    unspecific: tuple[Code, ...]
    learning: LearningRule

    @field_validator("synonyms")
    @classmethod
    def _one_meaning(cls, synonyms: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        seen: dict[str, str] = {}
        for word, variants in synonyms.items():
            for variant in variants:
                if variant in synonyms:
                    raise ValueError(f"「{variant}」既是标准词又是同义词")
                if seen.setdefault(variant, word) != word:
                    raise ValueError(f"「{variant}」同时属于「{seen[variant]}」和「{word}」")
        return synonyms

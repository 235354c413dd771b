"""Words that several sheets share, Chinese first.

Holds the language switch and the few fixed words that formulas compare with. A sheet's own words
stand in its module; names of codes come from the snapshot.
"""

from dataclasses import dataclass

MISSING = "—"


@dataclass(frozen=True)
class Words:
    """Picks the language: ``words("工单号", "Ticket no.")``."""

    lang: str = "zh"

    def __call__(self, zh: str, en: str) -> str:
        """Return the Chinese text, or the English one where the switch says so."""
        return en if self.lang == "en" else zh

    def flag(self, value: bool | None) -> str:
        """Return yes, no, or not given."""
        if value is None:
            return self("未填", "not given")
        return self("是", "yes") if value else self("否", "no")

    @property
    def yes(self) -> str:
        """The word that formulas look for."""
        return self.flag(True)

    @property
    def unassigned(self) -> str:
        """The explicit rest of every cut."""
        return self("未归属", "Unassigned")

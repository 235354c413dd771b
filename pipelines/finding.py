"""One sentence of the doctor's.

Holds its shape. What is looked at, and what is said of it, is in `doctor` and `doctor_data`.
"""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "notice", "bad"]
_MARKS: dict[State, str] = {"ok": "✔", "notice": "!", "bad": "✘"}


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing; a bad one includes its remedy."""

    topic: str
    state: State
    zh: str
    en: str

    @property
    def mark(self) -> str:
        """The state as a sign that needs no colour."""
        return _MARKS[self.state]

    @property
    def is_bad(self) -> bool:
        """Whether something must be done."""
        return self.state == "bad"

    def fields(self) -> dict[str, str]:
        """Return the finding for a program."""
        return {"topic": self.topic, "state": self.state, "zh": self.zh, "en": self.en}

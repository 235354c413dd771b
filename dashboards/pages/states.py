"""The state of a number as a shape and a word: print it in grey and it still tells.

Holds which of the four shapes stands before which state or verdict. Words are the readers' own,
shapes the theme's.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from dash import html

from assets.metrics import Judgement, state_word
from config.theme import STATE_SHAPES

_OF_STATE = {
    "not_connected": "no_data",
    "no_data": "no_data",
    "immature": "warn",
    "small_sample": "warn",
    "reversed": "warn",
    "unreliable": "bad",
    "stopped": "bad",
}
_OF_VERDICT = {"met": "ok", "amber": "warn", "red": "bad"}


def told(row: Mapping[str, Any], lang: str, verdict: Judgement | None = None) -> str:
    """Return a number's state, or what its target says of it; empty where there is neither."""
    word = state_word(row["state"], lang)
    if word:
        return _shaped(_OF_STATE.get(row["state"].partition(":")[0]), word)
    if verdict is None or not verdict.word(lang):
        return ""
    return _shaped(_OF_VERDICT.get(verdict.verdict), verdict.word(lang))


def key(rows: Iterable[Mapping[str, Any]], lang: str) -> list[Any]:
    """Return the line under a table without a column of states: what the shapes in it mean.

    The style sheet sets the shapes before the numbers; a number that is missing is its own word.
    """
    marked = {row["state"] for row in rows if row["value"] is not None}
    words = sorted({told({"state": state}, lang) for state in marked} - {""})
    return [html.P(" · ".join(words), className="note")] if words else []


def _shaped(kind: str | None, word: str) -> str:
    return f"{STATE_SHAPES[kind].shape} {word}" if kind else word

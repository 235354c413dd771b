"""What a learnt model sees of a text: runs of two and three characters, and words.

Holds the features alone. Runs survive typing errors and speech recognition; words (jieba with the
hospital's dictionary) carry the terms. Both are cut within stretches of letters, never across a
blank or a comma.
"""

import logging
import re
from collections.abc import Collection
from functools import cache, lru_cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Protocol

_STRETCH = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9][a-z0-9_.+/'&-]*|[^\s\w]")
_HAN_FIRST = "\u4e00"
# "w:" keeps a word of two characters apart from the same two characters.
_WORD = "w:"
_KNOWN_STRETCHES = 200_000
_FREQUENT = 20_000


class Cutter(Protocol):
    """Cuts a stretch of Chinese characters into words."""

    def __call__(self, stretch: str, /) -> tuple[str, ...]:
        """Return the words in their order."""


def features(text: str, cut: Cutter) -> list[str]:
    """Return every feature of a normal text, as often as it occurs."""
    found: list[str] = []
    for stretch in _STRETCH.findall(text):
        if stretch[0] >= _HAN_FIRST:
            found += [_WORD + word for word in cut(stretch)]
            padded = stretch
        else:
            found.append(_WORD + stretch)
            padded = f" {stretch} "
        size = len(padded)
        found += [padded[at : at + 2] for at in range(size - 1)]
        found += [padded[at : at + 3] for at in range(size - 2)]
    return found


@cache
def cutter(words: Collection[str] = frozenset()) -> Cutter:
    """Return the cutter that knows jieba's dictionary and these words; loaded once a process.

    Args:
        words: of hospital and devices, in normal form; a frozenset.
    """
    tokenizer = _tokenizer()
    for word in sorted(words):
        tokenizer.add_word(word, _FREQUENT)

    @lru_cache(_KNOWN_STRETCHES)
    def cut(stretch: str) -> tuple[str, ...]:
        # without its guesses at unknown words: those are what the runs of characters are for
        return tuple(tokenizer.cut(stretch, HMM=False))

    return cut


def _tokenizer() -> Any:
    import jieba  # noqa: PLC0415 - its dictionary takes a second: only who learns or scores

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # jieba keeps its parsed dictionary in a file of this folder
    tokenizer.tmp_dir = str(Path(gettempdir()))
    tokenizer.initialize()
    return tokenizer

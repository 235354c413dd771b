"""What the texts that nobody could name are about: groups of alike ones, with a proposed name.

Holds the clustering of the residual. A group is a proposal for people, who may make a phrase or a
family of it; it is no code. Needs scikit-learn, loaded when asked.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from assets.texts.features import Cutter, features
from assets.texts.model import counted_matrix, weighted

# Distance between groups is the mean cosine distance of their texts.
_APART = 0.75
_SMALLEST = 3
_MOST_TEXTS = 3_000
_TERMS = 3
_WORD = "w:"
_TWO = 2


def topics(texts: Sequence[str], cut: Cutter) -> dict[str, str]:
    """Return normal text → the name of its group, for texts in groups of three tickets or more.

    Groups are made of the distinct texts, the most frequent 3 000 if there are more, by
    agglomeration with average linkage on the cosine of words and runs of characters. A name is the
    three words that set the group apart from the rest.
    """
    counts = Counter(text for text in texts if text)
    chosen = [text for text, _ in sorted(counts.items(), key=lambda i: (-i[1], i[0]))][:_MOST_TEXTS]
    if len(chosen) < _TWO:
        return {}
    from sklearn.cluster import AgglomerativeClustering  # noqa: PLC0415 - a second to load

    lists = [features(text, cut) for text in chosen]
    places = {f: at for at, f in enumerate(sorted({f for found in lists for f in found}))}
    counted = counted_matrix(lists, places)
    present = np.bincount(counted.indices, minlength=len(places))
    matrix = weighted(counted, np.log((1 + len(lists)) / (1 + present)) + 1)
    distance = np.clip(1 - (matrix @ matrix.T).toarray(), 0, None)
    groups = AgglomerativeClustering(
        n_clusters=None, distance_threshold=_APART, metric="precomputed", linkage="average"
    ).fit_predict(distance)
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(int(group), []).append(place)
    words = [{f.removeprefix(_WORD) for f in found if f.startswith(_WORD)} for found in lists]
    everywhere = Counter(word for found in words for word in found)
    named = {}
    for places_of in members.values():
        if sum(counts[chosen[place]] for place in places_of) >= _SMALLEST:
            name = _name([words[place] for place in places_of], everywhere, len(chosen))
            named.update({chosen[place]: name for place in places_of})
    return named


def _name(words: Sequence[set[str]], everywhere: Counter[str], n: int) -> str:
    """Return the words with the highest share in the group × rarity outside it."""
    inside = Counter(word for found in words for word in found if len(word) >= _TWO)
    worth = {
        word: count / len(words) * float(np.log(1 + n / everywhere[word]))
        for word, count in inside.items()
    }
    best = sorted(worth.items(), key=lambda item: (-item[1], item[0]))[:_TERMS]
    return "·".join(word for word, _ in best) or "—"

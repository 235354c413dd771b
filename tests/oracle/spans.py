"""Half-open spans of whole seconds: union, intersection, what is left.

Holds list arithmetic for the oracle, one span after another.
"""

Span = tuple[int, int]


def union(spans: list[Span]) -> list[Span]:
    """Return the spans without overlaps, in order."""
    merged: list[list[int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return [(a, b) for a, b in merged]


def common(one: list[Span], other: list[Span]) -> list[Span]:
    """Return what both lists cover; each without overlaps."""
    found = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return sorted(span for span in found if span[0] < span[1])


def without(spans: list[Span], holes: list[Span]) -> list[Span]:
    """Return the spans less the holes."""
    left = union(spans)
    for a, b in holes:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, a)), (max(start, b), end))
            if piece[0] < piece[1]
        ]
    return sorted(set(left))


def length(spans: list[Span]) -> int:
    """Return the seconds of spans that do not overlap."""
    return sum(b - a for a, b in spans)

"""What became of each ticket in a period: in hand before, came, came back, left, in hand after.

Holds the arithmetic that makes 期初 + 进入 + 重开返回 − 恢复 − 取消合并 = 期末 true for every
ticket, from the spans in which it was open. Reading the spans and writing the sheet happen
elsewhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Span = tuple[int, int | None]


@dataclass(frozen=True)
class Flow:
    """Counts of one ticket; opening + entered + reentered − left − voided is closing."""

    opening: int = 0
    entered: int = 0
    reentered: int = 0
    left: int = 0
    voided: int = 0
    closing: int = 0


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the stretches in hand: spans of states that follow one another without a gap."""
    found: list[Span] = []
    for start, stop in sorted(spans, key=lambda span: span[0]):
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found


def flow_of(spans: Sequence[Span], begin: int, end: int, *, is_void: bool) -> Flow:
    """Return what became of a ticket between two instants.

    A stretch counts at an instant it has reached and not left, as the backlog does; so it enters
    in (begin, end] and leaves in (begin, end].

    Args:
        spans: its states while open, in seconds; a stop of None still lasts.
        begin: the period's first instant (s).
        end: its last instant, as-of at the latest (s).
        is_void: cancelled, merged or duplicate: its last leaving is no restoration.
    """
    stretches = merged(spans)
    last = len(stretches) - 1
    counts = dict.fromkeys(("opening", "entered", "reentered", "left", "voided", "closing"), 0)
    for place, (start, stop) in enumerate(stretches):
        counts["opening"] += start <= begin and (stop is None or stop > begin)
        counts["closing"] += start <= end and (stop is None or stop > end)
        if begin < start <= end:
            counts["reentered" if place else "entered"] += 1
        if stop is not None and begin < stop <= end:
            counts["voided" if is_void and place == last else "left"] += 1
    return Flow(**counts)

"""What further ledger rows do to one engineer's components and score; pure arithmetic.

Holds the adjusting row, the cap that keeps a component between 0 and 100, and the move of points,
interval and band. Where the rows come from is in `corrections` (months) and `carried` (quarters).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import NormalDist
from typing import Any

from assets.score.archive import ADJUST
from assets.score.compute import UNCOMPARED, banded
from config.score_models import ScoreRules

Row = dict[str, Any]
EXACT = Decimal("1e-12")
_FULL = 100.0
_TWO_SIDES = 3.92  # width of a 95 % interval in standard deviations
_SURE = 0.0005  # what a thousand draws can tell from certainty


def adjusting(row: Mapping[str, Any], points: Decimal, appeal: str) -> Row:
    """Return the row that brings another one to its new worth: ``points`` more or less."""
    empty = dict.fromkeys(("weight", "value", "part_1", "part_2", "part_3", "part_4"))
    evidence = [f"appeal:{appeal}", *([f"row:{row['ledger_id']}"] if "ledger_id" in row else [])]
    return {**row, **empty, "kind": ADJUST, "points": str(points), "evidence": evidence}


def is_cap(row: Mapping[str, Any]) -> bool:
    """Whether an adjusting row is none that somebody objected to, but the cap behind them."""
    return len(row["evidence"]) == 1


def recounted(
    parts: Sequence[Row], rows: Sequence[Row], added: Sequence[Row], appeal: str
) -> tuple[list[Row], list[Row]]:
    """Return the components with their new points, and the rows that keep them within 0 and 100.

    Args:
        parts: the engineer's components as they stand.
        rows: the ledger that they rest on.
        added: the adjusting rows.
        appeal: whence they come.
    """
    caps, found = [], []
    for part in parts:
        own = [row for row in added if row["component"] == part["component"]]
        if not own:
            found.append(part)
            continue
        whole = sum(
            (Decimal(row["points"]) for row in (*rows, *own)
             if row["component"] == part["component"]), Decimal(0),
        )  # fmt: skip
        most = Decimal(_FULL * part["share"])
        over = min(max(whole, Decimal(0)), most) - whole
        if over:
            of_cap = {**own[0], "subject_id": None, "ticket_id": None, "rule_row": "cap"}
            of_cap.pop("ledger_id", None)
            caps.append(adjusting(of_cap, over.quantize(EXACT), appeal))
        points = float(whole + over) / part["share"]
        found.append({**part, "points": points, "clip_points": part["clip_points"] + float(over)})
    return found, caps


def moved(total: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], rules: ScoreRules) -> Row:
    """Return the score with its interval moved by the same points, and the band that follows.

    The probability of being above the group's median moves by as many standard deviations: the
    interval's own, as the median of the others stands still.
    """
    points = sum(part["points"] * part["share"] for part in parts)
    gain = points - total["points"]
    low, high = (min(max(total[name] + gain, 0.0), _FULL) for name in ("low", "high"))
    chance, band = total["probability"], UNCOMPARED
    if chance is not None:
        spread = max((total["high"] - total["low"]) / _TWO_SIDES, 1e-9)
        normal = NormalDist()
        at = normal.inv_cdf(min(max(chance, _SURE), 1 - _SURE)) + gain / spread
        chance = normal.cdf(at)
        band = banded(chance, float(rules.bands.probability))
    return {**total, "points": points, "low": low, "high": high, "probability": chance,
            "band": band}  # fmt: skip

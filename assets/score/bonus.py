"""A pool of money divided among the engineers of a period, exact to the cent.

Holds who takes part, with which grade, attendance and score, and what each viewer may see of it.
The arithmetic is in `assets.analysis.bonus`; the amounts are advice until a person approves them.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb

from assets.analysis import bonus
from assets.score import reading
from assets.score.reading import Viewer
from config.errors import ConfigError
from config.score_models import BonusRule

_CENTS = 100
_REST = "*"
# What finance gets: no points, no attendance, no grade.
_AMOUNTS_ONLY = ("site_id", "engineer_id", "name", "amount_cny")


def cents(text: str) -> int:
    """Return an amount in yuan as cents.

    Raises:
        ConfigError: no amount, a negative one, or one with parts of a cent.
    """
    try:
        amount = Decimal(text) * _CENTS
        if amount < 0 or amount != int(amount):
            raise ValueError
    except (ArithmeticError, ValueError):
        raise ConfigError(
            f"奖金总额「{text}」写法不对。", "请写成元,最多两位小数,如 50000。"
        ) from None
    return int(amount)


def allotted(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, kind: str, first: date, pool_cents: int
) -> list[dict[str, Any]]:
    """Return each engineer's amount, and for the head what it follows from.

    A newcomer's score is not used for money: they are taken as if they stood at the pivot.

    Args:
        con: a snapshot.
        viewer: head all; finance amounts only; an engineer the own row.
        kind: month or quarter.
        first: its first day.
        pool_cents: what is divided; the amounts of all add up to it.

    Raises:
        ConfigError: nobody has attended.
    """
    rows = reading.totals(con, Viewer("head"), kind, first)
    if not rows:
        return []
    rule = reading.rules_of(con, rows[0]["rule_hash"]).bonus
    standing = [_standing(row, rule) for row in rows]
    points = [_points(row, rule) for row in rows]
    try:
        amounts = bonus.divided(pool_cents, _shares(rule, rows, standing, points))
    except ValueError:
        raise ConfigError(
            "没有人出勤,奖金无法分配。", "请检查排班数据(engineer_time)是否接入。"
        ) from None
    found = [
        {
            "site_id": row["site_id"],
            "engineer_id": row["engineer_id"],
            "name": row["name"],
            "grade": row["grade"],
            "grade_factor": _grade(row, rule),
            "attendance": float(_attendance(row)),
            "points": score,
            "band": row["band"],
            "is_newcomer": row["is_newcomer"],
            "is_final": row["is_final"],
            "amount_cny": Decimal(amount) / _CENTS,
        }
        for row, score, amount in zip(rows, points, amounts, strict=True)
    ]
    return [
        _seen(row, viewer) for row in found if viewer.is_shown(row["site_id"], row["engineer_id"])
    ]


def _shares(
    rule: BonusRule,
    rows: Sequence[dict[str, Any]],
    standing: Sequence[Fraction],
    points: Sequence[int],
) -> list[Fraction]:
    if rule.mode == "share":
        return [one * score for one, score in zip(standing, points, strict=True)]
    if rule.mode == "tier":
        return [
            one * Fraction(_tier(rule, "normal" if row["is_newcomer"] else row["band"]))
            for one, row in zip(standing, rows, strict=True)
        ]
    terms = bonus.Terms(rule.base_share, rule.pivot, rule.low, rule.high)
    return bonus.base_plus_score(standing, points, terms)


def _tier(rule: BonusRule, band: str) -> Decimal:
    known = {str(name): factor for name, factor in rule.tiers.items()}
    return known.get(band, known.get("normal", Decimal(1)))


def _standing(row: dict[str, Any], rule: BonusRule) -> Fraction:
    """Return grade coefficient times share of the time attended."""
    return Fraction(_grade(row, rule)) * _attendance(row)


def _grade(row: dict[str, Any], rule: BonusRule) -> Decimal:
    return rule.grades.get(row["grade"] or _REST, rule.grades.get(_REST, Decimal(1)))


def _attendance(row: dict[str, Any]) -> Fraction:
    """Return 1 less the share of the roster on leave; 1 without a roster."""
    roster = row["roster_seconds"]
    return 1 - Fraction(row["leave_seconds"], roster) if roster else Fraction(1)


def _points(row: dict[str, Any], rule: BonusRule) -> int:
    return int(rule.pivot) if row["is_newcomer"] else int(round(row["points"]))  # noqa: RUF046


def _seen(row: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
    if viewer.role == "finance":
        return {name: row[name] for name in _AMOUNTS_ONLY}
    return row

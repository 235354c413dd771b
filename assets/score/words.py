"""Words of a score's parts in Chinese and English: components, bands, states, rows.

Holds words and the writing of points, for the command and the pages; sentences about a ledger row
are in `sentences`.
"""

from typing import Any

COMPONENTS = {
    "volume": ("工作量", "volume"),
    "timeliness": ("时效", "timeliness"),
    "quality": ("质量", "quality"),
    "satisfaction": ("满意度", "satisfaction"),
    "records": ("记录与知识", "records"),
    "prevention": ("预防", "prevention"),
}
BANDS = {
    "above": ("高于同组", "above the group"),
    "normal": ("正常", "normal"),
    "below": ("低于同组", "below the group"),
    "none": ("不比较", "not compared"),
}
STATES = {
    "ok": ("计", "counts"),
    "small_sample": ("不计:样本不足", "left out: too few cases"),
    "no_data": ("不计:没有数据", "left out: no data"),
    "not_connected": ("未接入", "not connected"),
}
APPEALS = {
    "submitted": ("提交", "submitted"),
    "accepted": ("受理", "accepted"),
    "upheld": ("成立", "upheld"),
    "rejected": ("不成立", "not upheld"),
    "corrected": ("更正", "corrected"),
}
RULE_ROWS = {
    "base": ("起点:同组均值", "start: the group's mean"),
    "repeat_floor": ("复发少于偶然,不加分", "fewer returns than chance earn nothing"),
    "reuse": ("知识文章被他人引用", "articles that others cited"),
    "fixes": ("经验证的根治措施", "fixes that were proven"),
    "cap": ("封顶或保底", "cap or floor"),
}


def state_text(part: dict[str, Any], *, zh: bool) -> str:
    """Return whether a component counts, and which part of it no source yields."""
    said = STATES[part["state"]][not zh]
    absent = part["absent_part"]
    if not absent or part["state"] == "not_connected":
        return said
    name = RULE_ROWS[absent][not zh]
    return f"{said}；{name}未接入" if zh else f"{said}; {name}: not connected"


def whole(points: float) -> int:
    """Return points as they are shown: whole."""
    return int(round(points))  # noqa: RUF046 - what a frame hands on is no plain float


def error(row: dict[str, Any]) -> int:
    """Return half the interval in whole points, at least 1: no score is exact."""
    return max(1, int(round((row["high"] - row["low"]) / 2)))  # noqa: RUF046 - as above


def points_text(row: dict[str, Any]) -> str:
    """Return whole points with their error, as every surface shows a score."""
    return f"{whole(row['points'])} ± {error(row)}"


def notes(row: dict[str, Any], *, zh: bool) -> list[str]:
    """Return what must be known beside a score: closed, of a newcomer, provisional, not mature."""
    closed = row["closed_version"]
    said = (
        (closed, f"已关账,第 {closed} 版", f"closed, version {closed}"),
        (row["is_newcomer"], "新人,不用于奖金", "newcomer, not for money"),
        (row["is_provisional"], "历史不足,均值或目标取自本期", "no history: the period's own mean"),
        (not row["is_final"], "质量分尚未满观察期", "quality not mature yet"),
    )
    return [chinese if zh else english for is_so, chinese, english in said if is_so]

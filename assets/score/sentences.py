"""Why a ticket gained or cost points, in a sentence.

Holds the words for the values of a case's parts. Which parts there are is in `facts`.
"""

from collections.abc import Mapping
from typing import Any

from assets.score.archive import ADJUST

# What a part says at its best and at its worst; between them the value itself is told.
_PARTS: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    "timeliness": (
        ("接单按时", "接单超时", "accepted in time", "accepted late"),
        ("到场按时", "到场超时", "arrived in time", "arrived late"),
        ("修复按时", "修复超时", "restored in time", "restored late"),
    ),
    "quality": (
        ("未复发", "同一故障复发", "did not return", "came back"),
        ("一次修好", "未一次修好", "fixed the first time", "not fixed the first time"),
        ("未重开", "被重开", "not reopened", "reopened"),
    ),
    "records": (
        ("已绑定设备", "未绑定设备", "bound to a device", "not bound to a device"),
        ("报告完整", "报告不完整", "report complete", "report incomplete"),
    ),
    "prevention": (("保养按时", "保养逾期", "maintained in time", "maintained late"),),
}
_MARKS = (
    ("响应速度", "speed"), ("专业程度", "skill"), ("沟通", "communication"), ("整体", "overall"),
)  # fmt: skip
_RULES = {
    "base": ("同组均值给出的起点", "start from the group's mean"),
    "repeat_floor": ("复发少于偶然部分不加分", "fewer returns than chance earn nothing"),
    "reuse": ("本季被他人引用的知识文章", "articles that others cited this quarter"),
    "fixes": (
        "本季结案并经检验成立的改善措施",
        "measures closed this quarter and proven by their test",
    ),
    "cap": ("超过目标不再加分,低于下限不再扣分", "no more above the goal, no less below the floor"),
}
_WELL = 0.5


def why(row: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the sentence of a ledger row.

    Args:
        row: as `ledger.rows` gives it.
        lang: ``zh`` or ``en``.
    """
    zh = lang == "zh"
    if row.get("kind") == ADJUST:
        appeal = row["evidence"][0].partition(":")[2]
        return f"申诉 {appeal} 更正" if zh else f"corrected by appeal {appeal}"
    if row["rule_row"] is not None:
        return _RULES[row["rule_row"]][not zh]
    parts = [row[f"part_{place}"] for place in range(1, 5)]
    if row["component"] == "volume":
        share, units = float(row["weight"]), float(row["value"])
        if zh:
            return f"难度 {units:.2f},占 {share:.0%}"
        return f"{units:.2f} units of work, a share of {share:.0%}"
    if row["component"] == "satisfaction":
        words = [
            f"{name[not zh]} {float(part):g}"
            for name, part in zip(_MARKS, parts, strict=True)
            if part is not None
        ]
    else:
        words = [
            said[(part < _WELL) + 2 * (not zh)]
            for said, part in zip(_PARTS[row["component"]], parts, strict=False)
            if part is not None
        ]
    return ("、" if zh else ", ").join(words)

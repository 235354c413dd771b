"""The hand-over pack as plain data: impact, six named sections, the successor's observation.

Holds which tables stand in it, in the shape of a circle's report, so that the same writer draws it.
What is in them is read by `leaving`.
"""

from datetime import timedelta
from typing import Any

from assets.circle.model import Circle, Column, Kind, Step, Table, Words
from assets.continuity.leaving import SECTIONS, Leaving

# The six sections by the names that a hand-over list has.
TITLES = {
    "customers": ("客户基本信息", "Customers, accounts, contacts"),
    "projects": ("项目进度与里程碑", "Projects and milestones"),
    "results": ("已完成的工作成果", "Work done"),
    "open": ("待办与待解决问题", "Open items"),
    "history": ("特殊需求与历史遗留", "Special needs and legacy issues"),
    "partners": ("第三方合作方", "Partners"),
}
KINDS = {
    "account": ("权限账号", "account"),
    "customer": ("客户", "customer"),
    "contact": ("联系人", "contact"),
    "project": ("项目", "project"),
    "document": ("文档", "document"),
    "article": ("知识文章", "article"),
    "ticket": ("未结工单", "open ticket"),
    "part": ("随身备件", "part in the bag"),
    "loan": ("在外备机", "loan"),
    "issue": ("遗留问题", "legacy issue"),
    "department": ("特殊科室", "special department"),
    "vendor": ("厂商", "vendor"),
    "contract": ("合同", "contract"),
}
_DETAILS = {
    "manual": ("操作手册", "manual"),
    "faq": ("常见问题", "FAQ"),
    "site_config": ("个性化配置", "site configuration"),
    "priority_window": ("窗口优先", "priority window"),
    "sensitive_area": ("敏感区域", "sensitive area"),
    "prefers_onsite": ("现场优先", "prefers a visit"),
}
SCOPES = {
    "system": ("系统", "system"),
    "asset_class": ("设备类别", "device class"),
    "zone": ("片区", "zone"),
}
WATCHED = {
    "restored_in_time": ("按时修复", "restored in time"),
    "came_back": ("30 天内复发", "came back within 30 days"),
    "reopened": ("重开", "reopened"),
}
_HOUR = 3600


def pack(about: Leaving, lang: str) -> Circle:
    """Return the pack of an engineer in a language."""
    words = Words(lang)
    steps = [Step(0, words("离职影响", "Impact"), _impact(about, words))]
    for number, section in enumerate(SECTIONS, start=1):
        title = words(*TITLES[section])
        steps.append(Step(number, title, (_section(about, section, title, words),)))
    steps.append(Step(7, words("接替与观察", "Successor"), _successor(about, words)))
    return Circle(
        words(f"交接清单:{about.name}", f"Hand-over of {about.name}"),
        about.engineer_id,
        about.as_of_on,
        about.as_of_on + timedelta(days=1),
        tuple(steps),
    )


def detail_of(text: str | None, words: Words) -> str:
    """Return what must be known of an item, codes in words."""
    return " ".join(
        words(*_DETAILS[part]) if part in _DETAILS else part for part in (text or "").split()
    )


def _column(words: Words, key: str, zh: str, en: str, kind: Kind = "text") -> Column:
    return Column(key, words(zh, en), kind)


def _section(about: Leaving, section: str, title: str, words: Words) -> Table:
    rows: list[dict[str, Any]] = [
        {
            "kind": words(*KINDS[item["kind"]]),
            "title": item["title"],
            "detail": detail_of(item["detail"], words),
            "on_date": item["on_date"],
        }
        for item in about.items[section]
    ]
    return Table(
        section,
        title,
        (
            _column(words, "kind", "类别", "kind"),
            _column(words, "title", "内容", "item"),
            _column(words, "detail", "说明", "detail"),
            _column(words, "on_date", "日期", "date", "date"),
            _column(words, "done", "已交接", "handed over", "blank"),
            _column(words, "note", "备注", "note", "blank"),
        ),
        rows,
        notes=()
        if rows
        else (words("没有记录;请当面核对。", "Nothing on record; ask face to face."),),
    )


def _impact(about: Leaving, words: Words) -> tuple[Table, ...]:
    counts = about.counts()
    totals = Table(
        "impact",
        words("手上有什么", "What is in hand"),
        (
            _column(words, "kind", "类别", "kind"),
            _column(words, "count", "数量", "count", "count"),
        ),
        [{"kind": words(*KINDS[kind]), "count": counts[kind]} for kind in KINDS],
    )
    alone = Table(
        "alone",
        words("只有本人做得来的关键对象", "Critical things that nobody else can do"),
        (
            _column(words, "scope", "类别", "kind"),
            _column(words, "thing", "对象", "thing"),
        ),
        [{"scope": words(*SCOPES[scope]), "thing": thing} for scope, thing in about.alone],
        notes=()
        if about.alone
        else (words("没有:每个关键对象都有别人能接。", "None: others can do each."),),
    )
    return totals, alone


def _successor(about: Leaving, words: Words) -> tuple[Table, ...]:
    told = {True: words("是", "yes"), False: words("否", "no"), None: words("未到期", "running")}
    clocks = Table(
        "clocks",
        words("指派与交接", "Naming and handing over"),
        (
            _column(words, "to", "接替人", "successor"),
            _column(words, "announced_on", "提出日", "announced", "date"),
            _column(words, "hours", "到指派(小时)", "until named (h)", "number"),
            _column(words, "in_time", "72 小时内", "in time"),
            _column(words, "done", "已交接项", "sections done", "count"),
            _column(words, "sections", "共", "of", "count"),
            _column(words, "met", "面谈(分)", "met (min)", "count"),
            _column(words, "until", "观察到", "watched until", "date"),
        ),
        [
            {
                "to": one.to_engineer_id,
                "announced_on": one.announced_on,
                "hours": one.assign_seconds / _HOUR,
                "in_time": told[one.is_in_time],
                "done": one.done,
                "sections": one.sections,
                "met": one.met_minutes,
                "until": one.observed_until,
            }
            for one in about.handovers
        ],
        notes=() if about.handovers else (words("还没有登记交接。", "No hand-over is on record."),),
    )
    watched = Table(
        "watched",
        words("观察期对比前任", "Observation beside the leaver"),
        (
            _column(words, "to", "接替人", "successor"),
            _column(words, "what", "指标", "rate"),
            _column(words, "before", "前任", "leaver", "percent"),
            _column(words, "before_n", "前任 n", "leaver n", "count"),
            _column(words, "after", "接替人", "successor", "percent"),
            _column(words, "after_n", "接替人 n", "successor n", "count"),
            _column(words, "recall", "召回提示", "recall"),
        ),
        [
            {
                "to": one.to_engineer_id,
                "what": words(*WATCHED[rate.what]),
                "before": rate.before_hits / rate.before_cases if rate.before_cases else None,
                "before_n": rate.before_cases,
                "after": rate.after_hits / rate.after_cases if rate.after_cases else None,
                "after_n": rate.after_cases,
                "recall": words("请原工程师协助", "call the leaver") if rate.is_recalled else "",
            }
            for one in about.handovers
            for rate in one.watched
        ],
    )
    return clocks, watched

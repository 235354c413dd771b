"""Every text of the wall in Chinese and English, in one place.

Holds words and the small phrases made of a number and a word. Numbers come formatted from
`assets.metrics`; words of codes (states, clocks, fault families) come from the snapshot's labels.
"""

from datetime import date

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TWO_DAYS = 2 * _DAY
_PLACE = {"zh": 0, "en": 1}

WORDS: dict[str, tuple[str, str]] = {
    "scene_overview": ("运行总览", "Operations"),
    "scene_flow": ("工单流转与超时", "Flow of tickets"),
    "scene_reliability": ("设备可靠性", "Reliability"),
    "scene_supply": ("备件·备机·巡检", "Parts, loaners, rounds"),
    "scene_quality": ("本月质量", "Quality"),
    "scene_handover": ("交接与延续", "Continuity"),
    "month_before": ("上月", "last month"),
    "paused": ("已暂停,按空格继续", "Paused; space goes on"),
    "alarm": ("P1 无人接单 {n} 单 · {place}", "P1 not accepted: {n} · {place}"),
    "title": ("{hospital} {department} · {scene}", "{hospital} {department} · {scene}"),
    "data_as_of": ("数据截至", "Data as of"),
    "every_seconds": ("每 {n} 秒刷新", "refreshed every {n} s"),
    "this_month": ("本月", "this month"),
    "availability": ("连续性", "Availability"),
    "stability": ("稳定性", "Stability"),
    "stability_unit": ("次/百台月", "/ 100 dev.-mo."),
    "own": ("本院指标", "Own"),
    "calls": ("来电量", "Calls"),
    "created": ("建单量", "Opened"),
    "completed": ("完成量", "Completed"),
    "engaged": ("工程师接单情况", "Engineers"),
    "mean_time": ("处理平均时长", "Mean time"),
    "top_department": ("报障最多科室", "Most reports"),
    "in_service": ("{n} 台在用", "{n} in service"),
    "interval": ("区间 {lo}–{hi}", "interval {lo}–{hi}"),
    "last_month": ("上月 {value}", "was {value}"),
    "rises": ("上升", "up"),
    "falls": ("下降", "down"),
    "same": ("持平", "level"),
    "good": ("好", "good"),
    "worse": ("差", "bad"),
    "usual": ("常日 {lo}–{hi}", "usual {lo}–{hi}"),
    "no_usual": ("历史不足 7 天", "under 7 days' history"),
    "above_usual": ("高于常日", "high"),
    "answered": ("接通 {value}", "answered {value}"),
    "priority_window": ("优先窗口 {n}", "priority desks {n}"),
    "in_work_parts": ("在修 {work} · 待件 {parts}", "work {work} · parts {parts}"),
    "of_people": ("/ {n} 人", "/ {n}"),
    "people": ("人", "people"),
    "engaged_of_roster": ("在手 / 当班", "of roster"),
    "engaged_now": ("此刻在手", "engaged"),
    "waiting_accept": ("待接 {n}", "to accept {n}"),
    "longest": ("最长 {age}", "longest {age}"),
    "median": ("中位 {value}", "median {value}"),
    "p90": ("P90 {value}", "P90 {value}"),
    "tickets": ("{n} 单", "{n} tickets"),
    "tied": ("{n} 单 · 并列 {ties} 科", "{n} each · {ties} tied"),
    "per_100_today": ("百台 {value}", "per 100: {value}"),
    "none_today": ("今日暂无", "none yet"),
    "no_data_today": ("今日尚无数据", "no data today"),
    "not_recorded": ("来源不记录建单", "not recorded"),
    "trend": ("每日报修与完成", "Daily reports"),
    "trend_note": ("30 天", "30 days"),
    "reports": ("报修", "reports"),
    "completions": ("完成", "completed"),
    "limits": ("控制限(按台日)", "limits"),
    "sla": ("SLA 达标", "SLA attainment"),
    "sla_note": ("净 / 含等待", "net / with waiting"),
    "few": ("样本少 n={n}", "few: n={n}"),
    "small_sample_n": ("样本不足 n={n}", "small sample n={n}"),
    "low": ("未达标", "missed"),
    "overdue_list": ("超时与将超时", "Overdue and due soon"),
    "overdue_count": ("{overdue} 超时 · {soon} 将超时", "{overdue} overdue · {soon} due soon"),
    "overdue": ("超时", "overdue"),
    "due_soon": ("将超时", "due soon"),
    "nothing_overdue": ("没有超时或将超时的工单", "Nothing is overdue or due soon"),
    "over_by": ("+{age}", "+{age}"),
    "left": ("余 {age}", "{age}"),
    "resting": ("计时暂停", "paused"),
    "unbound": ("未绑定资产", "unbound asset"),
    "no_department": ("未填科室", "no department"),
    "page": ("{first}–{last} / {n}", "{first}–{last} / {n}"),
    "more": ("…另有 {n} 条", "… {n} more"),
    "queue": ("排队与在手", "Queue and work in hand"),
    "queue_note": ("在手 {n} 单", "{n} open"),
    "accepted_states": ("已接单 / 已到场 / 处理中", "accepted / on site / in work"),
    "part_vendor": ("待件 / 送修", "waiting part / vendor"),
    "user_approval": ("等待用户 / 审批 / 其他", "user / approval / other"),
    "loans": ("备机在外 / 逾期", "loaners out / overdue"),
    "overdue_days": ("逾期 {n} 天", "late {n} d"),
    "parts_below": ("备件低于下限", "parts below minimum"),
    "of_parts": ("共 {n} 种", "of {n}"),
    "departments": ("百台报修较多的科室", "Reports per device"),
    "rate_note": ("次/百台年 · 90 天 · 95%", "/100 device-yr · 90 d · 95%"),
    "rate_reports": ("n={n}", "n={n}"),
    "too_few_departments": ("90 天内没有科室有足够的报修", "No department has enough reports"),
    "models": ("故障率偏高的型号", "Models that fail most"),
    "models_note": ("次/百台年 · ┃ 同类", "/100 device-yr · ┃ class"),
    "no_models": ("90 天内没有可比较的型号", "No model to compare in 90 days"),
    "grey_small": ("灰色:样本不足", "grey: small sample"),
    "find_model": (
        "{name} 的故障率为同类的 {ratio} 倍,超出偶然({n} 个型号同比)。",
        "{name}: {ratio} × its class, beyond chance (of {n} models).",
    ),
    "find_models_even": (
        "各型号与同类的差异在偶然范围内(多项同比已校正)。",
        "No model differs from its class beyond chance.",
    ),
    "find_department": (
        "{name}为全院({rate})的 {ratio} 倍,超出偶然({n} 科同比)。",
        "{name}: {ratio} × the hospital's {rate}, beyond chance (of {n}).",
    ),
    "find_departments_even": (
        "各科室与全院({rate})的差异在偶然范围内(多项同比已校正)。",
        "No department differs from the hospital ({rate}) beyond chance.",
    ),
    "find_even": (
        "30 天内每日报修与偶然波动一致,没有需要解释的日子。",
        "All days agree with chance; none needs an explanation.",
    ),
    "find_above_cause": (
        "{day}越上限:一次共因事件「{cause}」带来 {n} 单。",
        "{day} is above the limit: one common cause ({cause}) brought {n} reports.",
    ),
    "find_above": (
        "{day}越上限:{n} 单,上限 {limit},原因待查。",
        "{day} is above the limit: {n} reports, limit {limit}; cause unknown.",
    ),
    "find_below": (
        "{day}低于下限:{n} 单,下限 {limit},请核对数据是否完整。",
        "{day} is below the limit: {n} reports, limit {limit}; check the data.",
    ),
    "find_others": ("另有 {n} 日越限。", "{n} more days are outside."),
    "find_rest_even": ("其余各日与偶然一致。", "All other days agree with chance."),
    "find_provisional": (
        "历史不足 20 天,控制限为暂定。",
        "Fewer than 20 days: the limits are provisional.",
    ),
    "find_no_limits": ("没有在用台账,不画控制限。", "No device register: no limits."),
    "find_pause": (
        "{clock}有 {points} 个百分点靠暂停计时得到。",
        "{points} points of {clock} come from pauses.",
    ),
    "find_no_pause": ("净与含等待一致:没有靠暂停得到的达标。", "No attainment comes from pauses."),
    "quality_score": ("数据质量 {value}", "data quality {value}"),
    "missing_arrivals": ("缺到场时间 {value}", "no arrival stamp {value}"),
    "unbound_share": ("未绑定资产 {value}", "unbound {value}"),
    "held_rows": ("隔离 {n} 行", "{n} rows in quarantine"),
    "balanced": (
        "收支两平:来源 {source} 行 = 在库 {present} + 隔离 {held}",
        "balanced: {source} source rows = {present} present + {held} held",
    ),
    "unbalanced": (
        "收支不平:来源 {source} 行 ≠ 在库 {present} + 隔离 {held}",
        "not balanced: {source} source rows ≠ {present} present + {held} held",
    ),
    "deleted_rows": ("来源删除过 {n} 行", "{n} rows deleted at the source"),
    "added_columns": ("来源新增 {n} 列,没有读", "{n} new columns at the source, not read"),
    "rules": ("规则 {version}", "rules {version}"),
    "snapshot": ("快照 {id}", "snapshot {id}"),
    "no_snapshot": ("尚无快照:请运行 opspulse run", "No snapshot yet: run opspulse run"),
    "run_failed": ("上次运行失败:{problem}", "The last run failed: {problem}"),
    "rules_broken": ("规则文件有误,数字不变:{problem}", "A rule file is broken: {problem}"),
    "stopped": ("{table} 的数据停在 {at}:{because}", "{table} stopped at {at}: {because}"),
    "offline": ("连接中断,显示的是最后一次收到的数据", "Connection lost; showing the last data"),
    "snapshot_old": ("主任务已有 {age}没有更新,请检查运行情况", "No new snapshot for {age}"),
    "expired": ("数据已过期 {age}", "expired {age}"),
    "late": ("◷ {age}", "◷ {age}"),
    "second": ("秒", "s"),
    "minute": ("分", "min"),
    "hour": ("小时", "h"),
    "day": ("天", "d"),
}


def word(key: str, lang: str, **values: object) -> str:
    """Return a text in a language, Chinese unless ``en``, with its values filled in."""
    text = WORDS[key][_PLACE.get(lang, 0)]
    return text.format(**values) if values else text


def age_text(seconds: float, lang: str) -> str:
    """Return an age in one unit, rounded down: `12 秒`, `5 分`, `3 小时`, `2 天`."""
    whole = max(int(seconds), 0)
    for size, limit, key in (
        (1, _MINUTE, "second"),
        (_MINUTE, _HOUR, "minute"),
        (_HOUR, _TWO_DAYS, "hour"),
    ):
        if whole < limit:
            return f"{whole // size} {word(key, lang)}"
    return f"{whole // _DAY} {word('day', lang)}"


def day_text(day: date, lang: str) -> str:
    """Return a day as the wall says it: `11 月 11 日`, in English `11-11`."""
    return f"{day:%m-%d}" if lang == "en" else f"{day.month} 月 {day.day} 日"


def all_words(lang: str) -> dict[str, str]:
    """Return every text of a language, placeholders left in, for the browser."""
    return {key: texts[_PLACE.get(lang, 0)] for key, texts in WORDS.items()}

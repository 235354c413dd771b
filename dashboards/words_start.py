"""Texts of the first-run page and of kept views, in Chinese and English.

Holds words and short phrases, as `page_words` does for what pages share.
"""

WORDS: dict[str, tuple[str, str]] = {
    "page_start": ("接入进度", "What is live"),
    "to_start": ("哪些指标已可用,哪些还缺数据", "Which KPIs are live, and what the others lack"),
    "start_counts": (
        "{total} 个指标:{live} 个可用,{few} 个样本不足,{waiting} 个还要等几天,{empty} 个尚无记录,"
        "{held} 个被数据检查或停更拦下,{missing} 个未接入。",
        "{total} KPIs: {live} live, {few} of a small sample, {waiting} need more days, {empty} "
        "without a case yet, {held} held back by checks or by a feed that stopped, {missing} not "
        "connected.",
    ),
    "start_since": ("数据从 {first} 起,截至 {last}。", "Data from {first} to {last}."),
    "start_compared": (
        "与上月比较要有两个完整的月:还要 {n} 天({day} 起)。",
        "Comparing with the month before takes two whole months: {n} more days (from {day}).",
    ),
    "start_limits": (
        "逐月控制限要有三个完整的月:还要 {n} 天({day} 起)。",
        "Monthly control limits take three whole months: {n} more days (from {day}).",
    ),
    "start_missing": ("■ 未接入:接上哪张表,能多出哪些指标",
                      "■ Not connected: which table brings which KPIs"),
    "start_missing_how": (
        "表名和列名都是对接约定里的名字;用 opspulse sources map 对上自己的表,"
        "用 opspulse sources check 核对。",
        "Names are those of the source contract: map your own tables with opspulse sources map and "
        "check them with opspulse sources check.",
    ),
    "start_none_missing": ("全部指标需要的表都已接入。",
                           "Every table that a KPI needs is connected."),
    "feed": ("缺少的表或列", "Table or column"),
    "opens": ("开通指标", "KPIs"),
    "which": ("哪些", "Which"),
    "start_waiting": ("▲ 还要等几天", "▲ Need more days"),
    "more_days": ("还要(天)", "More days"),
    "from_day": ("最早", "Earliest"),
    "half_open": ("半数以上办结之后", "once half of them are done"),
    "start_held": ("■ 被拦下:数据检查没通过,或数据停更",
                   "■ Held back: a check failed, or a feed stands still"),
    "start_parts": ("▲ 部分可用:个别统计量缺列", "▲ Live in part: columns missing"),
    "start_empty": ("◆ 已接入,尚无记录", "◆ Connected, no case yet"),
    "start_few": ("▲ 样本不足", "▲ Small samples"),
    "start_live": ("● 可用", "● Live"),
    "start_first": ("还没有发布过数据", "Nothing has been published yet"),
    "start_steps": (
        "在服务器上:一、opspulse doctor 看数据源是否连得上;二、opspulse run 拉取、计算并发布;"
        "三、刷新本页。",
        "On the server: 1. opspulse doctor tells whether the sources answer; 2. opspulse run "
        "pulls, computes and publishes; 3. reload this page.",
    ),
    "start_sources": ("已配置的数据源:{names}", "Sources in the settings: {names}"),
    "start_failed": ("上次运行失败({at}):{problem}", "The last run failed ({at}): {problem}"),
    "start_needed": ("发布后,{total} 个指标需要这些表",
                     "Once published, {total} KPIs need these tables"),
    "views": ("我的视图", "My views"),
    "save_view": ("保存为视图", "Save this view"),
    "view_name": ("给这个页面和筛选起个名字", "A name for this page and its filters"),
    "view_why": ("没有选月份的视图总是打开最近的整月;同名的会被替换;只有自己看得到。",
                 "Without a chosen month a view opens the newest whole one; the same name "
                 "replaces; nobody else sees it."),
    "delete_view": ("删除", "Delete"),
    "no_views": ("还没有保存视图。", "No view is kept yet."),
    "back_to_pages": ("返回", "Back"),
}  # fmt: skip

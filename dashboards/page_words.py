"""Every text of the pages in Chinese and English: what several pages say, and the pages' own words.

Holds words and short phrases, as `words` does for the wall; a group of pages with many of its own
has them in a module `words_…` beside this one. Names of metrics, dimensions and codes come from the
registry and the snapshot's labels; sentences about numbers from `assets.metrics`.
"""

from collections.abc import Mapping
from functools import cache

from dashboards import words_devices, words_score, words_service, words_start, words_time

_PLACE = {"zh": 0, "en": 1}

_SHARED: dict[str, tuple[str, str]] = {
    "product": ("OpsPulse 运维脉搏", "OpsPulse"),
    "demo": ("演示数据", "Demo data"),
    "sign_in": ("登录", "Sign in"),
    "sign_out": ("退出", "Sign out"),
    "login": ("账号", "Account"),
    "password": ("密码", "Password"),
    "old_password": ("现在的密码", "Present password"),
    "new_password": ("新密码(至少 10 个字符)", "New password (10 characters or more)"),
    "again": ("再输入一次新密码", "New password again"),
    "change_password": ("修改密码", "Change password"),
    "must_change": ("这是首次登录或密码刚被重置,请先设置自己的密码。",
                    "First sign-in or a reset: please set a password of your own."),
    "account": ("我的账号", "My account"),
    "no_account": ("没有账号或忘记密码,请找本科室的系统管理员。",
                   "No account, or password forgotten? Ask your administrator."),
    "role": ("角色", "Role"),
    "role_head": ("科室负责人", "Head"),
    "role_finance": ("财务", "Finance"),
    "role_engineer": ("工程师", "Engineer"),
    "role_qcc": ("品管圈", "Quality circle"),
    "role_department": ("科室", "Department"),
    "role_admin": ("系统管理员", "Administrator"),
    "skip": ("跳到正文", "Skip to content"),
    "menu": ("页面", "Pages"),
    "page_overview": ("总览", "Overview"),
    "page_circle": ("品管圈", "Quality circle"),
    "page_definitions": ("指标口径", "Definitions"),
    "page_quality": ("数据质量", "Data quality"),
    "page_downloads": ("导出中心", "Downloads"),
    "page_repeats": ("重复故障", "Repeat faults"),
    "no_problems": ("没有超出碰巧的重复问题。", "No repeats beyond chance."),
    "not_why": (
        "关联不等于因果:这里说的是不是碰巧,不是为什么。",
        "This tells whether it is chance, not why.",
    ),
    "repeats_total": (
        "{site}:{days} 天内再发 {repeats} / {n},碰巧应有 {expected},超额 {excess}({lo}–{hi});"
        "问题 {problems} 个,其中可能碰巧的不超过 5 %。",
        "{site}: {repeats} of {n} back within {days} days, by chance {expected}, excess {excess} "
        "({lo}–{hi}); {problems} problems, at most 5 % of them by chance.",
    ),
    "repeats_usual": (
        "常见算法(同一设备 {days} 天内又有任何报修){share};设备都一样、全凭碰巧也有 {chance}。",
        "The usual rate (any report on the device within {days} days) {share}; equal devices show "
        "{chance} by chance.",
    ),
    "rank": ("名次", "Rank"),
    "problem": ("问题", "Problem"),
    "repeats_of": ("再发/n", "Repeats/n"),
    "by_chance": ("碰巧应有", "By chance"),
    "excess": ("超额(95 %)", "Excess (95 %)"),
    "cost": ("费用", "Cost"),
    "failures": ("每次故障", "Its failures"),
    "reported_on": ("报修日", "Reported"),
    "ticket": ("工单", "Ticket"),
    "device": ("设备", "Device"),
    "gap_days": ("距上次(天)", "Gap (days)"),
    "page_wall": ("大屏", "Wall"),
    "page_metric": ("指标", "Metric"),
    "not_found": ("没有这个页面", "There is no such page"),
    "go_back": ("请从左边的菜单选择。", "Please choose from the menu."),
    "refused": ("当前身份无权查看", "Not open to your role"),
    "no_snapshot": ("尚无快照", "No snapshot yet"),
    "no_snapshot_why": ("还没有运行过主任务。请在服务器上运行 opspulse run。",
                        "The main job has not run yet: opspulse run on the server."),
    "as_of": ("数据截至 {at}", "Data as of {at}"),
    "snapshot": ("快照 {id}", "snapshot {id}"),
    "rules": ("规则 {version}", "rules {version}"),
    "month": ("月份", "Month"),
    "site": ("院区", "Site"),
    "department": ("科室", "Department"),
    "asset_class": ("设备类别", "Asset class"),
    "all": ("全部", "All"),
    "metric": ("指标", "Metric"),
    "value": ("数值", "Value"),
    "interval": ("95 % 区间", "95 % interval"),
    "previous": ("上月", "Month before"),
    "cases": ("例数", "n"),
    "state": ("状态", "State"),
    "statistic": ("统计量", "Statistic"),
    "definition": ("口径", "Definition"),
    "formula": ("公式", "Formula"),
    "purpose": ("用途", "Purpose"),
    "cohort": ("归属期", "Cohort"),
    "caveats": ("注意", "Caveats"),
    "basis": ("依据", "Basis"),
    "trend": ("逐月", "By month"),
    "cut": ("按什么分", "Cut by"),
    "group": ("分组", "Group"),
    "rows": ("这个数字背后的记录", "Rows behind this number"),
    "rows_shown": (
        "{month}:共 {total} 行,列出 {shown} 行。", "{month}: {total} rows, {shown} listed."
    ),
    "save_grid": ("导出表中所见(CSV)", "Save what the table shows (CSV)"),
    "save_rows": ("导出全部 {total} 行({kind})", "Save all {total} rows ({kind})"),
    "rows_too_many": ("超过 {most} 行,不能存成一个文件:请缩短时间或选一个科室。",
                      "More than {most} rows are too many for a file: narrow them."),
    "rows_refused": ("当前身份不能查看明细。", "These rows are not open to your role."),
    "rows_none": ("这个指标没有逐条记录。", "This number has no list of rows of its own."),
    "dropdown_select_all": ("全选", "Select all"),
    "dropdown_deselect_all": ("全不选", "Deselect all"),
    "dropdown_selected_count": ("已选 {num_selected} 项", "{num_selected} selected"),
    "dropdown_search": ("查找", "Search"),
    "dropdown_clear_search": ("清除查找", "Clear search"),
    "dropdown_clear_selection": ("清除选择", "Clear selection"),
    "dropdown_no_options_found": ("没有这一项", "No options found"),
    "not_connected": ("未接入", "not connected"),
    "not_given": ("未填", "not given"),
    "no_data_month": ("这个月没有数据。", "No data in this month."),
    "choose_topic": ("选一类故障或一项措施,得到十步报告;浏览器打印即为 A4 PDF。",
                     "Choose a fault or a measure for the ten steps; print them to A4 as PDF."),
    "fault": ("故障类型", "Fault family"),
    "hours": ("工时 h", "Hours"),
    "measures": ("改善登记", "Measures"),
    "topic": ("主题", "Topic"),
    "measure_taken": ("措施", "Measure"),
    "since": ("开始", "Since"),
    "by_people": ("{what}(由人填写)", "{what} (for people)"),
    "nothing_here": ("本期没有。", "None in this period."),
    "proven": ("可选的真因(结论为成立):{causes}", "Proven causes: {causes}"),
    "none_proven": ("无", "none"),
    "search": ("查找指标", "Find a metric"),
    "file": ("文件", "File"),
    "size": ("大小", "Size"),
    "hash": ("SHA-256", "SHA-256"),
    "no_files": ("还没有导出。每月自动生成,也可运行 opspulse export --month YYYY-MM。",
                 "No file yet: made monthly, or by opspulse export --month YYYY-MM."),
    "table": ("表", "Table"),
    "rule": ("规则", "Rule"),
    "rules_kept": ("{total} 条规则中 {kept} 条全部通过。", "{kept} of {total} rules hold."),
    "failed": ("未通过", "failed"),
    "checked": ("检查行数", "Checked"),
    "failing": ("不合格", "Failing"),
    "distrusted": ("指标不可信", "KPIs distrusted"),
    "books": ("收支与缺口", "Books and gaps"),
    "table_checks": ("检查结果(最近一天)", "Checks, newest day"),
    "measure": ("项目", "What"),
    "rows_concerned": ("行数", "Rows"),
    "of_rows": ("共", "Of"),
    "stopped_table": ("{table} 的数据停在 {at}", "{table} stopped at {at}"),
    "measure_held_rows": ("隔离(未入库)", "held in quarantine"),
    "measure_present_rows": ("在库", "present"),
    "measure_deleted_rows": ("来源已删除", "deleted at the source"),
    "measure_added_columns": ("来源新增、未读取的列", "new columns at the source, not read"),
    "measure_out_of_order_events": ("次序颠倒的事件", "events out of order"),
    "measure_out_of_order_tickets": ("含次序颠倒事件的工单", "tickets with such events"),
    "measure_unbound_tickets": ("未绑定设备的工单", "tickets without a device"),
    "measure_missing_arrivals": ("缺到场时间", "arrivals missing"),
    "measure_provisional_failures": ("结果未定、暂计为故障", "failures not decided yet"),
    "measure_failures_out_of_service": ("发生在非在用期的故障", "failures out of service"),
    "chapter_reliability": ("可靠性与可用性", "Reliability and availability"),
    "chapter_time": ("时间与 SLA", "Time and SLA"),
    "chapter_quality": ("质量", "Quality"),
    "chapter_people": ("人员与流程", "People and flow"),
    "chapter_cost": ("费用、备件与计划", "Cost, parts and plans"),
    "chapter_other": ("其他", "Others"),
    "more_groups": ("另有 {n} 组未列出。", "{n} more groups are not listed."),
    "chapter_own": ("本院指标", "The hospital's own"),
    "language": ("English", "中文"),
}  # fmt: skip
_ROOMS = (_SHARED, words_devices.WORDS, words_time.WORDS, words_service.WORDS, words_start.WORDS,
          words_score.WORDS)  # fmt: skip
WORDS: dict[str, tuple[str, str]] = {key: text for room in _ROOMS for key, text in room.items()}


@cache
def words(lang: str) -> Mapping[str, str]:
    """Return every text of a language, Chinese unless ``en``; placeholders left in."""
    return {key: texts[_PLACE.get(lang, 0)] for key, texts in WORDS.items()}


def word(key: str, lang: str, **values: object) -> str:
    """Return one text with its values filled in."""
    text = words(lang)[key]
    return text.format(**values) if values else text


# Columns of rows behind a number; one that is missing here shows its own name.
_COLUMNS: dict[str, tuple[str, str]] = {
    "ticket_no": ("工单号", "Ticket"),
    "ticket_id": ("工单", "Ticket id"),
    "episode_id": ("首张工单", "First ticket"),
    "asset_tag": ("资产编号", "Asset tag"),
    "asset_id": ("设备编号", "Asset id"),
    "asset_name": ("设备", "Asset"),
    "department_id": ("科室", "Department"),
    "system_id": ("系统", "System"),
    "plan_id": ("计划", "Plan"),
    "loan_id": ("借用", "Loan"),
    "ledger_id": ("行号", "Row"),
    "points": ("得分", "Points"),
    "component": ("方面", "Component"),
    "subject_id": ("工单或保养", "Ticket or service"),
    "because": ("为什么", "Why"),
    "evidence": ("依据(事件、评价、后来的工单)", "Rests on (events, ratings, later tickets)"),
    "part_id": ("备件", "Part"),
    "rating_id": ("评价", "Rating"),
    "visit_id": ("出差", "Journey"),
    "call_id": ("来电", "Call"),
    "clock": ("时限", "Clock"),
    "status": ("状态", "Status"),
    "fault_family": ("故障类型", "Fault family"),
    "outcome_code": ("处理结果", "Outcome"),
    "outcome": ("结果", "Outcome"),
    "engineer_id": ("工程师", "Engineer"),
    "reported_on": ("报修日", "Reported"),
    "restored_on": ("恢复日", "Restored"),
    "first_finished_on": ("首次完成日", "First finished"),
    "created_on": ("建单日", "Opened"),
    "started_on": ("开始日", "Began"),
    "occurred_on": ("发生日", "Day"),
    "issued_on": ("出库日", "Issued"),
    "period_on": ("归属日", "Day of account"),
    "called_on": ("来电日", "Called"),
    "due_on": ("应做日", "Due"),
    "rated_on": ("评价日", "Rated"),
    "restore_seconds": ("恢复用时(秒)", "To restore (s)"),
    "first_restore_seconds": ("首次恢复用时(秒)", "First restored (s)"),
    "accept_seconds": ("接单用时(秒)", "To accept (s)"),
    "dispatch_to_accept_seconds": ("派单到接单(秒)", "Dispatch to accept (s)"),
    "response_seconds": ("到场用时(秒)", "To arrive (s)"),
}
_GRID: dict[str, tuple[str, str]] = {
    "page": ("第", "Page"),
    "to": ("–", "to"),
    "of": ("/", "of"),
    "pageSizeSelectorLabel": ("每页", "Page size:"),
    "noRowsToShow": ("没有记录", "No rows"),
    "filterOoo": ("筛选…", "Filter…"),
    "contains": ("包含", "Contains"),
    "notContains": ("不包含", "Does not contain"),
    "equals": ("等于", "Equals"),
    "notEqual": ("不等于", "Does not equal"),
    "startsWith": ("开头是", "Begins with"),
    "endsWith": ("结尾是", "Ends with"),
    "blank": ("空", "Blank"),
    "notBlank": ("非空", "Not blank"),
    "greaterThan": ("大于", "Greater than"),
    "lessThan": ("小于", "Less than"),
    "inRange": ("介于", "Between"),
    "andCondition": ("并且", "and"),
    "orCondition": ("或者", "or"),
    "loadingOoo": ("正在读取…", "Loading…"),
}


def column_word(name: str, lang: str) -> str:
    """Return the heading of a column of rows, its own name without any."""
    return _COLUMNS[name][_PLACE.get(lang, 0)] if name in _COLUMNS else name


@cache
def grid_words(lang: str) -> dict[str, str]:
    """Return the grid's own words."""
    return {key: texts[_PLACE.get(lang, 0)] for key, texts in _GRID.items()}

"""Texts of the pages about scores, ledgers and appeals.

Holds words and short phrases in Chinese and English, as `page_words` does for what pages share.
"""

WORDS: dict[str, tuple[str, str]] = {
    "page_scores": ("评分", "Scores"),
    "no_scores": ("还没有评分。", "No scores yet."),
    "closed_version": ("已关账，第 {version} 版", "closed, version {version}"),
    "name": ("姓名", "Name"),
    "score": ("评分", "Score"),
    "band": ("相对同组", "Against the group"),
    "group_size": ("同组", "Group"),
    "notes": ("说明", "Notes"),
    "signs_rule": (
        "「提示」是行为信号：与全科同类工作相比超出偶然，只给科主任看，不计入评分，不是结论。",
        "Signs are moves beyond chance beside colleagues' like work: for the head alone, in no "
        "score, no verdict.",
    ),
    "component": ("方面", "Component"),
    "points": ("得分", "Points"),
    "of_hundred": ("得分率", "Of 100"),
    "floor_goal": ("下限→目标", "Floor → goal"),
    "estimate": ("估计值", "Estimate"),
    "weight_now": ("实际权重", "Weight"),
    "of_cases": ("工单合计", "From tickets"),
    "of_rules": ("规则行", "From rules"),
    "most_gained": ("加分最多的工单", "Tickets that gained most"),
    "most_lost": ("扣分最多的工单", "Tickets that cost most"),
    "ledger": ("台账:每一分的来源", "Ledger: where every point comes from"),
    "ledger_sum": (
        "共 {n} 行,合计 {total} 分,即上面的得分;规则版本 {version}。",
        "{n} rows add up to {total} points, the score above; rules {version}.",
    ),
    "row_number": ("行号", "Row"),
    "because": ("为什么", "Why"),
    "group_is": (
        "同组 {n} 人:四分之一在 {low} 分以下,一半在 {middle} 分以下,四分之一在 {high} 分以上。",
        "Of {n} in the group a quarter is below {low}, half below {middle}, a quarter above "
        "{high}.",
    ),
    "own_bonus": ("本期奖金(已批准):{amount} 元", "Bonus of the period (approved): {amount} yuan"),
    "appeals": ("申诉", "Appeals"),
    "appeal_id": ("编号", "Id"),
    "appeal_rows": ("台账行", "Rows"),
    "appeal_due": ("期限", "Due"),
    "appeal_reason": ("理由", "Reason"),
    "appeal_verdict": ("裁决", "Verdict"),
    "appeal_late": ("超期", "late"),
    "appeal_open": ("对这个月的台账提出申诉(到 {until})",
                    "Object to rows of this month (until {until})"),
    "appeal_until": ("申诉期到", "Open until"),
    "appeal_mark": ("申诉", "Object"),
    "appeal_evidence": ("证据(事件号、单号,空格分开)", "Evidence (numbers of events or papers)"),
    "appeal_submit": ("提交申诉", "Submit"),
    "appeal_accept": ("受理", "Take up"),
    "appeal_uphold": ("成立并更正", "Uphold and correct"),
    "appeal_reject": ("不成立", "Not upheld"),
    "appeal_becomes": ("更正后分值(空=不扣分)", "Becomes (empty: nothing lost)"),
    "appeal_back": ("返回评分", "Back to the scores"),
    "rests_on": ("依据", "Rests on"),
    "appeal_tally": (
        "待裁决 {open},已裁决 {decided},成立 {upheld}({share}),超期 {late}。",
        "{open} open, {decided} decided, {upheld} upheld ({share}), {late} late.",
    ),
}  # fmt: skip

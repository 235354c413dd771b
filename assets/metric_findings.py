"""Findings: what a KPI says this period, in one plain sentence with its n, by rule.

Holds the sentences in Chinese and English: value, n, target, interval, verdict; who leads a
comparison; and the Simpson guard. The verdict is made in `metric_judgement`, the sentence about the
period before in `metric_changes`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assets.analysis import simpson
from assets.metric_changes import change
from assets.metric_format import format_value, number_text, state_word
from assets.metric_judgement import Judgement, judge
from assets.metric_registry import Metric, Statistic
from assets.metric_totals import Covered

Row = Mapping[str, Any]
_LEADERS = 3  # groups that a comparison names


@dataclass(frozen=True)
class Finding:
    """One statistic of one period (and group) in words.

    ``change`` is the sentence about the period before, empty without one; ``warning`` the Simpson
    guard's, empty when the strata say the same.
    """

    metric_id: str
    statistic: str
    period_start: date
    groups: tuple[str, ...]
    judgement: Judgement
    text: str
    change: str = ""
    warning: str = ""

    def sentences(self) -> Iterator[str]:
        """Yield the sentences that there are."""
        yield from (one for one in (self.text, self.change, self.warning) if one)


def period_name(grain: str, start: date, end: date, lang: str) -> str:
    """Return a period's name: 2026 年 9 月, September 2026 as 2026-09."""
    zh = lang != "en"
    if grain == "month":
        return f"{start.year} 年 {start.month} 月" if zh else f"{start:%Y-%m}"
    if grain == "quarter":
        quarter = (start.month + 2) // 3
        return f"{start.year} 年第 {quarter} 季度" if zh else f"{start.year} Q{quarter}"
    if grain == "year":
        return f"{start.year} 年" if zh else str(start.year)
    if grain == "day":
        return f"{start}"
    if grain == "week":
        return f"{start} 起的一周" if zh else f"the week of {start}"
    return f"{start} 至 {end}(不含)" if zh else f"{start} to {end} (exclusive)"


def judged(metric: Metric, row: Row, target: float | None) -> Judgement:
    """Judge one row of a reading."""
    return judge(
        metric,
        target=target,
        value=row["value"],
        lo=row["lo"],
        hi=row["hi"],
        denominator=row["denominator"],
        state=row["state"],
    )


def finding(
    metric: Metric,
    row: Row,
    target: float | None,
    *,
    groups: Sequence[str] = (),
    before: Row | None = None,
    covered: Covered | None = None,
    lang: str = "zh",
) -> Finding:
    """Return the finding of one row.

    Args:
        metric: the metric of the row.
        row: one row of `read_rows`.
        target: in force in that period, None without one.
        groups: display names of the dimensions' values.
        before: the same statistic and group one period earlier.
        covered: the days that the data cover whole; sums of other periods are not compared.
        lang: zh or en.
    """
    verdict = judged(metric, row, target)
    return Finding(
        metric.id,
        row["statistic"],
        row["period_start"],
        tuple(groups),
        verdict,
        _text(metric, row, verdict, groups, lang),
        change(metric, before, row, lang, covered) if before else "",
    )


def _text(metric: Metric, row: Row, verdict: Judgement, groups: Sequence[str], lang: str) -> str:
    zh, shape = lang != "en", metric.statistics[row["statistic"]]
    period = period_name(row["grain"], row["period_start"], row["period_end"], lang)
    dot = "·" if zh else " · "
    name = f"{metric.names.text(lang)}{dot}{shape.text(lang)}"
    whose = "、".join(groups) if zh else ", ".join(groups)
    lead = " ".join(part for part in (period, whose, name) if part)
    value = format_value(
        metric, row["statistic"], row["value"], state=row["state"], lo=row["lo"], lang=lang
    )
    if row["value"] is None and not value.startswith("≥"):
        return f"{lead}:{value}。" if zh else f"{lead}: {value}."
    parts = [f"{lead} {value}(n = {row['n']:,})" if zh else f"{lead} {value} (n = {row['n']:,})"]
    parts += _against(metric, row, verdict, shape, lang)
    if row["lo"] is not None and row["hi"] is not None:
        low, high = (number_text(shape, row[end], lang) for end in ("lo", "hi"))
        parts.append(f"95 % 区间 {low}–{high}" if zh else f"95 % interval {low}–{high}")
    parts += _conclusion(row, verdict, lang)
    return ",".join(parts) + "。" if zh else ", ".join(parts) + "."


def _against(
    metric: Metric, row: Row, verdict: Judgement, shape: Statistic, lang: str
) -> list[str]:
    if verdict.target is None:
        return []
    zh, target = lang != "en", number_text(shape, verdict.target, lang)
    if row["value"] is None or verdict.verdict == "grey":
        return [f"目标 {target}" if zh else f"target {target}"]
    if verdict.verdict == "met":
        return [f"达到目标 {target}" if zh else f"meets the target of {target}"]
    if metric.direction == "higher":
        return [f"低于目标 {target}" if zh else f"below the target of {target}"]
    return [f"高于目标 {target}" if zh else f"above the target of {target}"]


def _conclusion(row: Row, verdict: Judgement, lang: str) -> list[str]:
    zh = lang != "en"
    if row["state"] != "ok":
        word = state_word(row["state"], lang)
        return [f"{word},不作判断" if zh else f"{word}: not judged"]
    if verdict.verdict == "red":
        return ["确实未达标" if zh else "the target was missed"]
    if verdict.verdict == "amber":
        return ["未达标尚未证实" if zh else "a miss is not proven"]
    return []


def ranking(metric: Metric, ranks: Sequence[Row], by: str, lang: str = "zh") -> Finding:
    """Return what a comparison of groups says: who leads, or that they differ as chance does.

    Args:
        metric: whose groups are compared.
        ranks: the rows of the statistic ``rank`` of one period.
        by: the dimension by which they are cut.
        lang: zh or en.
    """
    zh, first = lang != "en", ranks[0]
    period = period_name(first["grain"], first["period_start"], first["period_end"], lang)
    count, events = len(ranks), sum(row["n"] for row in ranks)
    of = f"({count} 组,n = {events:,})" if zh else f" ({count} groups, n = {events:,})"
    if any(row["state"] == "chance" for row in ranks):
        said = "差异与随机一致,不排名" if zh else "differences in keeping with chance; no ranking"
    else:
        order = sorted((row for row in ranks if row["value"]), key=lambda row: row["value"])
        names = ("、" if zh else ", ").join(str(row[by]) for row in order[:_LEADERS])
        said = (
            f"各组确有差别,最高的是{names or '样本不足的组'}"
            if zh
            else (f"the groups differ; most: {names or 'small samples only'}")
        )
    name = metric.names.text(lang)
    text = f"{period} {name}:{said}{of}。" if zh else f"{period} {name}: {said}{of}."
    verdict = judged(metric, first, None)
    return Finding(metric.id, "rank", first["period_start"], (), verdict, text)


def guard_between(
    cells: Mapping[simpson.Cell, tuple[float, float]], before: date, now: date, lang: str = "zh"
) -> str:
    """Return a warning when a change turns round within the strata, else nothing."""
    found = simpson.between(cells, before, now)
    if found is None or not found.is_flipped:
        return ""
    crude, fair = found.crude - 1, found.standardised - 1
    if lang == "en":
        return (
            f"Caution (Simpson): crudely {crude:+.1%} against the period before, but with the same "
            f"mix {fair:+.1%}: the mix changed, not the work."
        )
    return f"注意(辛普森悖论):粗看比上期 {crude:+.1%},按同样的构成比较却是 {fair:+.1%},变的是构成。"


def guard_groups(
    cells: Mapping[simpson.Cell, tuple[float, float]], names: Mapping[Any, str], lang: str = "zh"
) -> dict[str, str]:
    """Return a warning for every named group whose comparison with all turns round when fair."""
    warnings = {}
    for group, found in simpson.against_all(cells).items():
        if not found.is_flipped or group not in names:
            continue
        name, crude, fair = names[group], found.crude - 1, found.standardised - 1
        if lang == "en":
            text = f"{name} crudely {crude:+.1%} against all, with the same mix {fair:+.1%}"
            warnings[name] = f"Caution (Simpson): {text}."
        else:
            text = f"{name}粗看比总体 {crude:+.1%},按同样的构成比较却是 {fair:+.1%}"
            warnings[name] = f"注意(辛普森悖论):{text}。"
    return warnings

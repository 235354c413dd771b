"""The tables of a ward's dossier and of its answer pack, drawn alike on page and sheet.

Holds which columns stand where and their words. What is in them is read in `dossier` and `beside`.
"""

from assets.circle.model import Table
from assets.wards import beside, dossier
from assets.wards.question import Question, column, interval

_CLOCKS = {
    "accept": ("接单", "accepted"),
    "arrive": ("到场", "arrived"),
    "restore": ("恢复", "restored"),
}
_VERDICTS = {
    "more": ("确实更多", "more, beyond chance"),
    "fewer": ("确实更少", "fewer, beyond chance"),
    "alike": ("差异与随机一致", "in keeping with chance"),
    "small": ("样本不足", "small sample"),
    "unknown": ("无从比较", "nothing to compare with"),
}


def late(asked: Question) -> Table:
    """Return late clocks against what the same mix of work gives in departments alike."""
    w = asked.w
    alike, found = beside.late(asked.con, asked.viewer, asked.ward, asked.period)
    kind = asked.names.label("department_type", alike.kind)
    who = (
        w(f"同类科室({kind},另 {alike.others} 个)",
          f"departments alike ({kind}, {alike.others} others)")
        if alike.kind
        else w(f"全院其他 {alike.others} 个科室", f"all {alike.others} other departments")
    )  # fmt: skip
    rows = [
        {
            "clock": w(*_CLOCKS[one.clock]),
            "time": w("含等待", "waits included") if one.is_gross else w("扣除等待", "net"),
            "cases": one.cases, "late": one.late, "expected": one.expected, "ratio": one.ratio,
            "interval": interval(one.lo, one.hi), "verdict": w(*_VERDICTS[one.verdict]),
        }
        for one in found if one.cases
    ]  # fmt: skip
    return Table(
        "late",
        w("晚了多少:按故障类型与优先级标化", "Late work, standardised for fault and priority"),
        (
            column(w, "clock", "时限", "Clock"), column(w, "time", "时间", "Time"),
            column(w, "cases", "n", "n", "count"), column(w, "late", "超时", "late", "count"),
            column(w, "expected", "应有超时", "expected late", "number"),
            column(w, "ratio", "实际 ÷ 应有", "observed / expected", "ratio"),
            column(w, "interval", "95 % 区间", "95 % interval"),
            column(w, "verdict", "结论", "Verdict"),
        ),
        rows,
        notes=(
            w(f"对照:{who}。同样的故障类型与优先级,在对照中有多少超时,本科室就应有多少;"
              "区间含 1 就不能说更慢或更快。",
              f"Beside {who}: what the same faults and priorities give there is expected here; an "
              "interval that holds 1 does not tell slower from faster."),
        ) if rows else (w("期间内没有已到期的时限。", "No clock was settled in this period."),),
    )  # fmt: skip


def models(asked: Question) -> Table:
    """Return the ward's models beside elsewhere and beside the other models of their class."""
    w, names = asked.w, asked.names
    rows = [
        {
            "class": names.of("asset_class", one.asset_class),
            "model": one.model, "failures": one.failures, "years": one.years, "rate": one.rate,
            "interval": interval(one.lo, one.hi), "elsewhere": one.elsewhere,
            "here": _against(one.here), "here_verdict": w(*_VERDICTS[one.here_verdict]),
            "among": _against(one.among_class), "class_verdict": w(*_VERDICTS[one.class_verdict]),
        }
        for one in beside.models(asked.con, asked.viewer, asked.ward, asked.period)
    ]  # fmt: skip
    return Table(
        "models",
        w("各型号:在本科室、在别处、在同类中", "Models: here, elsewhere, among their class"),
        (
            column(w, "class", "设备类别", "Class"), column(w, "model", "型号", "Model"),
            column(w, "failures", "故障 n", "failures n", "count"),
            column(w, "years", "台年", "device-years", "number"),
            column(w, "rate", "次/台年", "a device-year", "ratio"),
            column(w, "interval", "95 % 区间", "95 % interval"),
            column(w, "elsewhere", "别处 次/台年", "elsewhere", "ratio"),
            column(w, "here", "本科室 ÷ 别处", "here / elsewhere"),
            column(w, "here_verdict", "结论", "Verdict"),
            column(w, "among", "该型号 ÷ 同类其他", "model / rest of class"),
            column(w, "class_verdict", "结论", "Verdict"),
        ),
        rows,
        notes=(
            w("该型号 ÷ 同类其他:看型号本身好坏;本科室 ÷ 别处:看是否只在本科室坏得多(使用、环境)。"
              "比值后为 95 % 区间;结论已按比较个数校正(BH,5 %)。",
              "Model / rest of class tells of the model; here / elsewhere of use and place. Ratios "
              "with 95 % intervals; verdicts adjusted for the number of comparisons (BH, 5 %)."),
        ) if rows else (w("期间内没有登记在本科室的在用设备。",
                          "No device of a known model was in service here."),),
    )  # fmt: skip


def _against(one: beside.Against | None) -> str:
    return "" if one is None else f"{one.ratio:.2f} ({one.lo:.2f}–{one.hi:.2f})"


def devices(asked: Question) -> Table:
    """Return the devices with most failures per time in service."""
    w, names = asked.w, asked.names
    found = dossier.devices(asked.con, asked.viewer, asked.ward, asked.period)
    return Table(
        "devices",
        w("故障最多的设备,及其在用一年的次数", "Devices that fail most, and how often a year"),
        (
            column(w, "tag", "资产编号", "Asset tag"), column(w, "name", "设备", "Device"),
            column(w, "model", "型号", "Model"),
            column(w, "failures", "故障 n", "failures n", "count"),
            column(w, "years", "台年", "device-years", "ratio"),
            column(w, "rate", "次/年", "a year", "ratio"),
            column(w, "interval", "95 % 区间", "95 % interval"),
            column(w, "usual", "同类全院 次/年", "class, hospital", "ratio"),
            column(w, "verdict", "比同类", "Against its class"),
        ),
        [
            {
                "tag": one.tag, "name": one.name or names.of("asset_class", one.asset_class),
                "model": one.model or "", "failures": one.failures, "years": one.years,
                "rate": one.rate, "interval": interval(one.lo, one.hi), "usual": one.usual,
                "verdict": w(*_VERDICTS[one.verdict]),
            }
            for one in found
        ],
        notes=(
            w("从许多设备里挑出故障最多的,碰巧也会偏高;请结合区间看。",
              "The most frequent of many is high by chance too: mind the interval."),
        ) if found else (w("期间内没有绑定到设备的故障。", "No failure on a known device."),),
    )  # fmt: skip


def repeats(asked: Question) -> Table:
    """Return the faults that came back."""
    w, names = asked.w, asked.names
    found = dossier.repeats(asked.con, asked.viewer, asked.ward, asked.period)
    return Table(
        "repeats",
        w("反复的故障(同一设备、同一故障类型)", "Faults that came back on one device"),
        (
            column(w, "tag", "资产编号", "Asset tag"), column(w, "name", "设备", "Device"),
            column(w, "fault", "故障类型", "Fault family"),
            column(w, "times", "再发次数", "times back", "count"),
            column(w, "last_on", "最近一次", "last", "date"),
        ),
        [
            {"tag": one.tag, "name": one.name, "fault": names.of("fault_family", one.fault_family),
             "times": one.times, "last_on": one.last_on}
            for one in found
        ],
        notes=() if found else (w("期间内没有 30 天内再发的故障。", "None came back in 30 days."),),
    )  # fmt: skip

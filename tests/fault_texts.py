"""Fault texts as wards write them, with people in them: seeded, every notation we have seen.

Holds the generator. `generated(n, seed)` yields a text, the personal values in it as digits or
names, and the technical words that must survive scrubbing.
"""
# ruff: noqa: E501, S311 - tables of texts, and chance that must repeat

import random
from collections.abc import Iterator
from dataclasses import dataclass

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙朱高林郭马罗梁宋郑谢韩唐冯于董"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞红鑫波宇浩凯"
FAULTS = (
    "打印机卡纸", "电脑蓝屏", "扫码扫不出来", "HIS 报错退不了费", "断网了", "监护仪血氧没数值",
    "开不了机", "密码忘了登不进去", "腕带打印不清楚", "读卡器不认卡", "触摸屏点不动",
)  # fmt: skip
TECHNICAL = (
    "0x0000007B", "ORA-00942", "E203", "LaserJet P1108", "LBP2900", "ZK-M15", "KX-W1", "50.4",
    "ERR_CONNECTION_RESET", "V8.0.1.2345", "HTTP 500", "-2147467259", "SC542", "C-2557", "BY-2200D",
    "QH-T310", "0xc000000f", "404", "HY-5080", "20261105", "80070005", "COM3", "USB3.0", "24V",
)  # fmt: skip
FULL = str.maketrans("0123456789-Xx+()", "０１２３４５６７８９－Ｘｘ＋（）")
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")


@dataclass(frozen=True)
class Written:
    """One text; ``secrets`` (digits, names) must go, ``technical`` must stay."""

    text: str
    secrets: tuple[str, ...]
    technical: tuple[str, ...]


def identity(draw: random.Random) -> str:
    """An 18-digit identity number with a valid check digit."""
    region = draw.choice(["110101", "310104", "440305", "510104", "420106"])
    birth = f"{draw.randint(1930, 2024)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"
    body = f"{region}{birth}{draw.randint(0, 999):03d}"
    total = sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def _identity(draw: random.Random) -> tuple[str, str]:
    number = identity(draw)
    if draw.random() < 0.15:
        number = number[:6] + number[8:17]  # the fifteen digits of before 1999
        number = number[:6] + f"{draw.randint(30, 99):02d}" + number[8:]
        return draw.choice([f"身份证{number}", f"证件号:{number}"]), number
    parts = (number[:6], number[6:14], number[14:])
    shape = draw.choice([
        number, number.lower(), " ".join(parts), "-".join(parts), number.translate(FULL),
        f"{number[:6]} {number[6:10]} {number[10:14]} {number[14:]}",
    ])  # fmt: skip
    return draw.choice(["身份证{}", "身份证号：{}", "证件{}", "患者{}读不出", "({})"]).format(
        shape
    ), number


def _mobile(draw: random.Random) -> tuple[str, str]:
    number = f"1{draw.choice('3456789')}{draw.randint(0, 999_999_999):09d}"
    shape = draw.choice([
        number, f"{number[:3]}-{number[3:7]}-{number[7:]}", f"{number[:3]} {number[3:7]} {number[7:]}",
        f"+86{number}", f"+86 {number}", f"86-{number}", f"(+86){number}", number.translate(FULL),
        number.translate(CHINESE), f"{number[:3]}.{number[3:7]}.{number[7:]}", f"0086{number}",
    ])  # fmt: skip
    return draw.choice(["电话{}", "{}", "手机：{}", "联系 {}", "tel:{}", "打{}找我"]).format(
        shape
    ), number


def _landline(draw: random.Random) -> tuple[str, str]:
    area = draw.choice(["010", "021", "0755", "0571", "028"])
    local = f"{draw.randint(2, 8)}{draw.randint(0, 9_999_999):07d}"
    shape = draw.choice([
        f"{area}-{local}", f"({area}){local}", f"{area} {local[:4]} {local[4:]}", f"{area}{local}",
        f"{area}-{local}转{draw.randint(100, 9999)}", f"({area}) {local[:4]}-{local[4:]}",
        f"{area}-{local}".translate(FULL),
    ])  # fmt: skip
    return draw.choice(["电话{}", "座机：{}", "{}"]).format(shape), local


def _extension(draw: random.Random) -> tuple[str, str]:
    number = str(draw.choice([draw.randint(6000, 9999), draw.randint(60000, 699999)]))
    cue = draw.choice(["分机{}", "内线：{}", "短号{}", "转{}", "座机 {}", "ext.{}", "内线电话{}"])
    return cue.format(draw.choice([number, number.translate(FULL)])), number


def _bed(draw: random.Random) -> tuple[str, str]:
    number = draw.randint(1, 120)
    shape = draw.choice(["{}床", "{}号床", "加{}床", "床号{}", "床号：{}", "第{}床", "{}#床", "{} 床",
                         "病床{}", "床位:{}", "{}病床", "bed {}"])  # fmt: skip
    return shape.format(str(number)).translate(draw.choice([{}, FULL])), f"床:{number}"


def _record(draw: random.Random) -> tuple[str, str]:
    number = draw.choice(["", "A", "ZY", "00"]) + str(draw.randint(100_000, 99_999_999))
    cue = draw.choice(["病案号{}", "病案号：{}", "住院号 {}", "门诊号是{}", "病历号:{}", "就诊卡号{}",
                       "MRN: {}", "登记号{}", "住院号为{}", "就诊卡{}", "病人ID {}", "医保卡号:{}"])  # fmt: skip
    return cue.format(draw.choice([number, number.translate(FULL)])), number


def _name(draw: random.Random) -> tuple[str, str]:
    surname, given = draw.choice(SURNAMES), "".join(draw.sample(GIVEN, draw.choice([1, 2])))
    whole = surname + given
    return draw.choice([
        (f"患者{whole}，", whole), (f"联系人：{whole} ", whole), (f"报修人:{whole},", whole),
        (f"病人{whole}的", whole), (f"姓名 {whole}，", whole), (f"{surname}医生，", f"{surname}医生"),
        (f"请联系{whole}，", whole), (f"{whole}护士长说，", whole), (f"{surname}主任：", f"{surname}主任"),
        (f"{whole}医生，", whole), (f"找{whole}，", whole),
    ])  # fmt: skip


KINDS = (_identity, _mobile, _landline, _extension, _bed, _record, _name)


def generated(n: int, seed: int) -> Iterator[Written]:
    """Yield n texts; every one holds one to three personal values and up to two technical words."""
    draw = random.Random(seed)
    for _ in range(n):
        people = [kind(draw) for kind in draw.sample(KINDS, draw.choice([1, 1, 2, 3]))]
        words = draw.sample(TECHNICAL, draw.choice([0, 1, 1, 2]))
        parts = [text for text, _ in people] + [f"{word}" for word in words]
        parts.append(draw.choice(FAULTS))
        draw.shuffle(parts)
        text = draw.choice(["，", " ， ", "。", "；", "\n"]).join(parts)
        yield Written(text, tuple(secret for _, secret in people), tuple(words))
